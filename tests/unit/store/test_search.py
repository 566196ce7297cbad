"""Full text: which articles of a story hold the words, in both languages, the best first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from briefings.model import LANGUAGES, LOCAL, Article, Language, Story, Tenant
from briefings.reading import READER, read
from briefings.store import Store, database, migrating, open_store, terms, wanted
from briefings.store.store import dump_reading

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
OTHER = Tenant("discord", "1")
ENGLISH = Article("en", "Employees of the harbour threatened to resign. The board stayed calm.", "Harbour crisis", language="en")  # fmt: skip
FRENCH = Article("fr", "Les salariés du port ont menacé de démissionner. Le conseil reste très calme.", "Crise d’hôtel", language="fr")  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path)) as opened:
        yield opened


def add(
    store: Store, story: Story, *articles: Article, tenant: Tenant = LOCAL, private: bool = False
) -> None:
    for a in articles:
        store.add_article(tenant, story, read(a), NOW, private)


def filled(store: Store, *articles: Article) -> Story:
    story = store.create_story(LOCAL, "crisis", "Crisis", NOW)
    add(store, story, *(articles or (ENGLISH, FRENCH)))
    return story


def find(
    store: Store, story: Story, query: str, tenant: Tenant = LOCAL, *, every: bool = True, most: int = 10
) -> list[str]:
    return store.search.find(tenant, story, wanted(query), most, every=every)


# ---- terms ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Les salariés licenciés", "les salarie licencié", "fr"),
        ("démission démissionner", "DEMISSION demissionne", "fr"),
        ("l’équipe", "L'EQUIPE", "fr"),
        ("cœur", "coeur", "fr"),
        ("resigning employees", "Resign employee", "en"),
        ("naïve café", "NAIVE CAFE", "en"),
        ("ﬁve", "five", "en"),
        ("Straße", "strasse", "en"),
        ("e\u0301te\u0301", "été", "fr"),
    ],
)
def test_words_are_compared_without_what_does_not_matter(one: str, other: str, language: Language) -> None:
    """Case, accents, endings, apostrophes and ligatures: each word is looked for among the terms of the other."""
    for text, query in ((one, other), (other, one)):
        found = set(terms(text, language))
        assert [w for w in wanted(query) if not w & found] == []
    assert len(wanted(one)) == len(wanted(other))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("licenciées", ["licenci", "licencie"]),
        ("licenciees", ["licencie"]),
        ("salariés", ["salari", "salar"]),
        ("salaries", ["salar"]),
        ("hôtel", ["hotel"]),
        ("port", ["port"]),
    ],
)
def test_a_word_with_accents_has_the_term_of_the_word_without_them_too(
    word: str, expected: list[str]
) -> None:
    """Its own first, and the other one where it is another: French endings are told by their accents."""
    assert terms(word, "fr") == expected


def test_different_words_stay_different() -> None:
    """Numbers too."""
    assert len({*terms("board bond 700 770 resign result", "en")}) == 6


def test_a_querys_words_are_looked_for_in_both_languages() -> None:
    """Each once, in order, at most twelve; letters alone only where there is nothing else."""
    assert wanted("démissions") == [frozenset(t for x in LANGUAGES for t in terms("démissions", x))]
    assert len(wanted("démissions")[0]) == 3
    assert len(wanted("board Board BOARD")) == 1
    assert len(wanted(" ".join(f"w{n}" for n in range(40)))) == 12
    assert wanted("l'équipe d 7") == [*wanted("équipe"), *wanted("7")]
    assert wanted("a") == [frozenset({"a"})]
    assert wanted("") == wanted("!!! —") == []


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_query_has_terms(text: str) -> None:
    """Not an empty one among them, and none that a query could be broken with."""
    for word in wanted(text):
        assert word
        assert all(t and '"' not in t and not any(c.isspace() for c in t) for t in word)


# ---- finding -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("salarié", ["fr"]),
        ("SALARIES", ["fr"]),
        ("demissionner", ["fr"]),
        ("hotel", ["fr"]),
        ("l'hôtel", ["fr"]),
        ("tres calme", ["fr"]),
        ("employee", ["en"]),
        ("resigned", ["en"]),
        ("threaten", ["en"]),
        ("HARBOUR BOARD", ["en"]),
        ("harbour", ["en"]),
        ("salariés board", []),
        ("zebra", []),
        ("", []),
        ("!!!", []),
    ],
)
def test_an_article_is_found_by_all_the_words(store: Store, query: str, expected: list[str]) -> None:
    """In the headline or the text, without case, accents and endings, in either language."""
    assert find(store, filled(store), query) == expected


def test_an_article_is_found_by_any_of_the_words(store: Store) -> None:
    """Where that is asked for."""
    story = filled(store)
    assert sorted(find(store, story, "salariés board zebra", every=False)) == ["en", "fr"]
    assert find(store, story, "zebra giraffe", every=False) == []


def test_a_word_in_the_headline_comes_first(store: Store) -> None:
    """Before one in a text; there, those with more of them; then by id."""
    story = filled(
        store,
        Article("a", "The harbour was calm that day.", "The weather", language="en"),
        Article("b", "The harbour, the harbour again.", "The weather", language="en"),
        Article("c", "The weather was calm that day.", "The harbour", language="en"),
        Article("d", "The weather was calm that day.", "The weather", language="en"),
    )
    assert find(store, story, "harbour") == ["c", "b", "a"]
    assert find(store, story, "harbour", most=2) == ["c", "b"]
    twins = store.create_story(LOCAL, "twins", "Twins", NOW)
    add(store, twins, *(Article(x, "The harbour.", "T", language="en") for x in ("z", "y", "x")))
    assert find(store, twins, "harbour") == ["x", "y", "z"]


def test_a_revised_article_is_found_by_its_new_words_alone(store: Store) -> None:
    """In the headline and the text; adding the same again changes nothing."""
    story = filled(store)
    add(
        store, story, replace(ENGLISH, title="Zebra crisis", text="The lighthouse went dark."), FRENCH, FRENCH
    )
    assert find(store, story, "harbour") == find(store, story, "employees") == []
    assert find(store, story, "zebra") == find(store, story, "lighthouse") == ["en"]
    assert find(store, story, "salariés") == ["fr"]
    add(store, story, ENGLISH)
    assert find(store, story, "harbour") == ["en"]
    assert find(store, story, "lighthouse") == []


def test_an_article_in_two_stories_is_found_in_each(store: Store) -> None:
    """By the words of its last revision; what is in one story alone is not found in the other."""
    story = filled(store)
    second = store.create_story(LOCAL, "second", "Second", NOW)
    add(store, second, ENGLISH)
    assert find(store, second, "harbour") == ["en"]
    assert find(store, second, "salariés") == []
    add(store, second, replace(ENGLISH, text="The lighthouse went dark."))
    assert find(store, story, "lighthouse") == find(store, second, "lighthouse") == ["en"]


def test_a_removed_story_forgets(store: Store) -> None:
    """What no story holds any more is gone from the index; what another holds is still found there."""
    story = filled(store)
    second = store.create_story(LOCAL, "second", "Second", NOW)
    add(store, second, ENGLISH)
    store.remove_story(LOCAL, "crisis")
    assert find(store, story, "harbour") == find(store, story, "salariés") == []
    assert find(store, second, "harbour") == ["en"]
    assert indexed(store) == 1
    store.remove_story(LOCAL, "second")
    assert indexed(store) == 0
    again = store.create_story(LOCAL, "again", "Again", NOW)
    add(store, again, Article("new", "The lighthouse went dark.", language="en"))
    assert find(store, again, "harbour salariés", every=False) == []
    assert find(store, again, "lighthouse") == ["new"]


def indexed(store: Store) -> int:
    with store.engine.connect() as c:
        return int(c.exec_driver_sql("SELECT count(*) FROM article_words").scalar_one())


def test_tenants_do_not_find_each_others_articles(store: Store) -> None:
    """Neither in a story of the same name nor with the other's story in hand; private namesakes are each one's own."""
    mine = filled(store)
    theirs = store.create_story(OTHER, "crisis", "Crisis", NOW)
    add(store, theirs, Article("own", "The lighthouse went dark.", language="en"), tenant=OTHER, private=True)
    add(store, mine, Article("own", "The ferry sank.", language="en"), private=True)
    assert find(store, mine, "lighthouse") == find(store, theirs, "harbour", OTHER) == []
    assert find(store, theirs, "lighthouse") == find(store, mine, "harbour", OTHER) == []
    assert find(store, theirs, "lighthouse", OTHER) == find(store, mine, "ferry") == ["own"]
    assert find(store, theirs, "ferry", OTHER) == []


HOSTILE = ['" OR * NEAR(', '"', "'; DROP TABLE stories; --", "title:x", "NEAR(a b, 2)", "a AND", "NOT", "a* ^b", "{a b}: c",
           "-", "(", "\x00", "\ud800", "a_b _", "_", "%(x)s", ":match", "?", "a" * 5000, "𞤀 ١ ² ᏸ", "\u0345"]  # fmt: skip


@pytest.mark.parametrize("every", [True, False])
@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_query_is_only_words(store: Store, query: str, every: bool) -> None:
    """Nothing in it is an operator, a column or SQL."""
    story = filled(store)
    assert find(store, story, query, every=every) == []
    assert find(store, story, "harbour") == ["en"]


def test_any_text_can_be_looked_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    """And what a text says is found by its own words."""
    with closing(open_store(tmp_path_factory.mktemp("any"))) as store:
        story = filled(store)

        @settings(deadline=None, max_examples=60)
        @given(st.text(max_size=60), st.booleans())
        def look(query: str, every: bool) -> None:
            assert set(find(store, story, query, every=every)) <= {"en", "fr"}

        look()
        for article in (ENGLISH, FRENCH):
            for word in article.text.split():
                assert article.id in find(store, story, word)


# ---- an older database ---------------------------------------------------------------------------------------------


def test_articles_of_a_database_without_an_index_are_found(tmp_path: Path) -> None:
    """One of the first schema gets its words when it is opened: those of each article's last revision, in its language."""
    path = first_schema(tmp_path)
    with closing(open_store(tmp_path)) as store:
        (story,) = store.stories(LOCAL)
        assert find(store, story, "salarie") == ["fr"]
        assert find(store, story, "resigned") == ["en"]
        assert find(store, story, "lighthouse") == []
        assert indexed(store) == 2
        assert store.version(LOCAL, story).next_number == 1
        assert {a.id: r is not None for a, r in store.readings(LOCAL, story)} == {"en": True, "fr": True}
        add(store, story, replace(ENGLISH, text="The ferry sank."))
        assert find(store, story, "ferry") == ["en"]
        assert find(store, story, "resigned") == []
    assert path.with_name(f"{path.name}.before-0001").exists()


def first_schema(folder: Path) -> Path:
    """A database of the first schema with a story of two articles, one of them revised; its file."""
    path = folder / database.FILE
    config = migrating.config()
    assert ScriptDirectory.from_config(config).get_base() == "0001"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    at = NOW.replace(tzinfo=None).isoformat(" ", "microseconds")
    with closing(sqlite3.connect(path)) as c, c:
        c.execute(
            "INSERT INTO stories VALUES (1, ?, ?, 'crisis', 'Crisis', NULL, ?, 1)",
            (LOCAL.platform, LOCAL.id, at),
        )
        old = replace(ENGLISH, text="The lighthouse went dark.")
        for key, revisions in ((1, (old, replace(ENGLISH, revision=2))), (2, (FRENCH,))):
            c.execute(
                "INSERT INTO articles VALUES (?, '', ?, '', ?)", (key, revisions[-1].id, len(revisions))
            )
            c.execute("INSERT INTO memberships VALUES (1, ?, ?)", (key, at))
            for a in revisions:
                values = (key, a.revision, a.title, a.text, a.language, at)
                c.execute("INSERT INTO revisions VALUES (?, ?, ?, ?, '', '', '', ?, NULL, 0, 'x', ?)", values)
                c.execute(
                    "INSERT INTO readings VALUES (?, ?, ?, ?)",
                    (key, a.revision, READER, dump_reading(read(a))),
                )
    return path
