"""The store: revisions kept, numbers lasting, tenants apart."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from briefings.dossier import View, compile_dossier
from briefings.errors import AlreadyThere, NotFound, SitrepError
from briefings.model import LOCAL, Article, Citation, Gap, Reading, Span, Story, Tenant
from briefings.reading import READER, read
from briefings.store import Store, open_store
from briefings.store.store import dump_reading, load_reading
from briefings.store.tables import readings

T = TypeVar("T")
NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
ONE = Tenant("discord", "1")
TWO = Tenant("discord", "2")
OTHER_PLATFORM = Tenant("slack", "1")

ENGLISH = (
    "The board of OpenAI removed Sam Altman, its chief executive, on Friday. "
    '"We lost confidence," said Mira Murati, the chief technology officer. '
    "About 700 employees threatened to leave. Shares could fall by 12%."
)
FRENCH = (
    "Le conseil d’administration a limogé Sam Altman vendredi 17 novembre. "
    "« Nous avons perdu confiance », a déclaré Mira Murati, la directrice technique. "
    "Au moins 700 salariés menacent de partir."
)


def article(identity: str = "a1", text: str = ENGLISH, published: datetime | None = NOW) -> Article:
    return Article(
        identity, text, title=f"About {identity}", outlet="The Sample Courier", url=f"https://example.org/{identity}",
        published=published, byline="A. Reporter", agency="Sample Wire", sample=True,
    )  # fmt: skip


def cite(identity: str, start: int, revision: int = 1) -> Citation:
    return Citation(identity, revision, Span(start, start + 10))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path)) as opened:
        yield opened


@pytest.fixture
def story(store: Store) -> Story:
    return store.create_story(ONE, "crisis", "Crisis", NOW, "fr")


# ---- stories ----------------------------------------------------------------------------------------------------


def test_a_story_comes_back_as_it_was_made(store: Store, story: Story) -> None:
    """Name, language and moment survive; the list has it too."""
    assert store.story(ONE, "crisis") == story
    assert store.stories(ONE) == [story]
    assert story.language == "fr"
    assert story.created == NOW


def test_a_second_story_of_the_same_name_is_refused(store: Store, story: Story) -> None:
    """A slug is unique within its tenant."""
    with pytest.raises(AlreadyThere, match="crisis"):
        store.create_story(ONE, story.slug, "Other", NOW)
    assert store.stories(ONE) == [story]


def test_an_unknown_story_names_those_there_are(store: Store) -> None:
    """NotFound's hint lists the tenant's stories in order, or says how to make one."""
    with pytest.raises(NotFound) as none:
        store.story(ONE, "nothing")
    assert "sitrep story add" in none.value.hint
    for slug in ("b", "a"):
        store.create_story(ONE, slug, slug, NOW)
    with pytest.raises(NotFound) as some:
        store.story(ONE, "nothing")
    assert "a, b" in some.value.hint


def test_an_unknown_story_does_not_name_anothers(store: Store, story: Story) -> None:
    """The hint lists nothing of another tenant."""
    with pytest.raises(NotFound) as caught:
        store.story(TWO, story.slug)
    assert "Stories:" not in caught.value.hint


# ---- articles ---------------------------------------------------------------------------------------------------


def test_an_article_comes_back_to_the_letter(store: Store, story: Story) -> None:
    """Each field of an article survives the store."""
    put = replace(article(text=FRENCH + "\n\n  \u202eافتراض \U0001f4f0 e\u0301 end  "), language="fr")
    store.add_article(ONE, story, read(put), NOW)
    (member,) = store.members(ONE, story)
    assert member.article == put
    assert member.added == NOW


def test_every_revision_is_kept(store: Store, story: Story) -> None:
    """Another text is a new revision; the earlier ones stay as they were."""
    texts = [f"{ENGLISH} Update {n}." for n in range(1, 5)]
    for n, text in enumerate(texts, 1):
        added = store.add_article(ONE, story, read(article(text=text)), NOW)
        assert added.what == ("new" if n == 1 else "revised")
        assert added.article.revision == n
    assert [store.article(ONE, story, "a1", n).text for n in range(1, 5)] == texts
    (member,) = store.members(ONE, story)
    assert (member.article.revision, member.revisions) == (4, 4)


def test_going_back_to_an_earlier_text_is_a_new_revision(store: Store, story: Story) -> None:
    """A text taken back is a change, though it was there before."""
    for text in ("First text.", "Second text.", "First text."):
        added = store.add_article(ONE, story, read(article(text=text)), NOW)
    assert (added.what, added.article.revision) == ("revised", 3)


def test_the_same_text_again_is_unchanged(store: Store, story: Story) -> None:
    """Adding an article twice stores it once."""
    store.add_article(ONE, story, read(article()), NOW)
    before = store.counts()
    added = store.add_article(ONE, story, read(article()), LATER)
    assert (added.what, added.article.revision) == ("unchanged", 1)
    assert store.counts() == before


def test_a_touched_date_alone_is_no_revision(store: Store, story: Story) -> None:
    """Outlets touch the date of an article without changing a word."""
    store.add_article(ONE, story, read(article()), NOW)
    added = store.add_article(ONE, story, read(article(published=LATER)), LATER)
    assert added.what == "unchanged"
    assert store.counts()["revisions"] == 1


@pytest.mark.parametrize("field", ["title", "text", "outlet", "agency"])
def test_another_word_is_a_revision(store: Store, story: Story, field: str) -> None:
    """Headline, text, outlet and agency make a revision."""
    store.add_article(ONE, story, read(article()), NOW)
    changed = replace(article(), **{field: "Another one."})  # type: ignore[arg-type]
    assert store.add_article(ONE, story, read(changed), NOW).what == "revised"


def test_members_stand_in_the_order_of_publication(store: Store, story: Story) -> None:
    """The list of a story's articles is by the moment they were published."""
    for n in (3, 1, 2):
        store.add_article(ONE, story, read(article(f"a{n}", published=NOW + timedelta(days=n))), NOW)
    assert [m.article.id for m in store.members(ONE, story)] == ["a1", "a2", "a3"]


def test_an_article_already_stored_is_new_to_a_second_story(store: Store, story: Story) -> None:
    """Joining another story is new there and adds no second copy."""
    other = store.create_story(ONE, "other", "Other", NOW)
    store.add_article(ONE, story, read(article()), NOW)
    assert store.add_article(ONE, other, read(article()), NOW).what == "new"
    assert store.counts()["articles"] == 1


def test_an_article_of_an_unknown_revision_is_not_found(store: Store, story: Story) -> None:
    """NotFound names the article and the revision."""
    store.add_article(ONE, story, read(article()), NOW)
    for identity, revision in (("a1", 2), ("nothing", 1)):
        with pytest.raises(NotFound, match=f"{identity}.*{revision}"):
            store.article(ONE, story, identity, revision)


def test_what_is_unchanged_is_told_as_it_is_stored(store: Store, story: Story) -> None:
    """A touched date, byline or address is not kept, and not told as if it were."""
    store.add_article(ONE, story, read(article()), NOW)
    store.add_article(ONE, story, read(article(text=FRENCH)), NOW)
    touched = replace(
        article(text=FRENCH, published=LATER), byline="Another", url="https://example.org/?x=1", revision=9
    )
    added = store.add_article(ONE, story, read(touched), LATER)
    assert added.what == "unchanged"
    assert added.article == store.article(ONE, story, "a1", 2)
    (member,) = store.members(ONE, story)
    assert added.article == member.article
    assert (added.article.published, added.article.byline, added.article.revision) == (NOW, "A. Reporter", 2)


# ---- several at once --------------------------------------------------------------------------------------------


@pytest.fixture
def four(store: Store) -> Iterator[list[Store]]:
    """Four stores on one file, as four programs would have it open."""
    with ExitStack() as stack:
        folder = store.path.parent
        yield [stack.enter_context(closing(open_store(folder, patience=30))) for _ in range(4)]


def at_once(stores: list[Store], work: Callable[[Store, int], T]) -> list[T | type[SitrepError]]:
    """What `work` comes to with each of the stores, all in the same moment; an error as its class."""
    start = threading.Barrier(len(stores))

    def one(n: int) -> T | type[SitrepError]:
        start.wait(30)
        try:
            return work(stores[n], n)
        except SitrepError as e:
            return type(e)

    with ThreadPoolExecutor(len(stores)) as pool:
        return list(pool.map(one, range(len(stores))))


def test_of_four_that_make_one_story_at_once_one_makes_it(store: Store, four: list[Store]) -> None:
    """The others are told that it is there."""
    for n in range(15):
        came = at_once(four, lambda s, _, slug=f"s{n}": s.create_story(ONE, slug, "Story", NOW))  # type: ignore[misc]
        assert len([x for x in came if isinstance(x, Story)]) == 1
        assert came.count(AlreadyThere) == 3
    assert len(store.stories(ONE)) == 15


def test_of_four_that_add_one_text_at_once_one_adds_it(store: Store, story: Story, four: list[Store]) -> None:
    """To the others it is unchanged."""
    reading = read(article())
    for n in range(15):
        put = replace(reading, article=replace(reading.article, id=f"a{n}"))
        came = at_once(four, lambda s, _, put=put: s.add_article(ONE, story, put, NOW).what)  # type: ignore[misc]
        assert sorted(map(str, came)) == ["new", "unchanged", "unchanged", "unchanged"]
    assert len(store.members(ONE, story)) == store.counts()["revisions"] == 15


def test_four_texts_of_one_article_at_once_are_four_revisions(
    store: Store, story: Story, four: list[Store]
) -> None:
    """Each gets the next number, and each text is kept under its own."""
    for n in range(8):
        puts = [read(article(f"a{n}", f"Text number {k} of four.")) for k in range(4)]
        came = at_once(four, lambda s, k, puts=puts: s.add_article(ONE, story, puts[k], NOW).article)  # type: ignore[misc]
        kept = [x for x in came if isinstance(x, Article)]
        assert sorted(x.revision for x in kept) == [1, 2, 3, 4]
        for k, x in enumerate(kept):
            assert store.article(ONE, story, x.id, x.revision).text == f"Text number {k} of four."


def test_a_public_article_that_four_tenants_add_at_once_is_stored_once(
    store: Store, four: list[Store]
) -> None:
    """It is new to each of them."""
    tenants = [Tenant("discord", str(n)) for n in range(4)]
    stories = [store.create_story(tenant, "crisis", "Crisis", NOW) for tenant in tenants]
    for n in range(8):
        put = read(article(f"a{n}"))
        came = at_once(
            four,
            lambda s, k, put=put: s.add_article(tenants[k], stories[k], put, NOW).what,  # type: ignore[misc]
        )
        assert came == ["new"] * 4
    assert store.counts()["articles"] == 8


# ---- own files beside public pages ------------------------------------------------------------------------------


def texts(store: Store, story: Story) -> dict[str, str]:
    """The story's articles: their texts by their ids."""
    return {m.article.id: m.article.text for m in store.members(ONE, story)}


def test_an_own_file_is_no_revision_of_a_public_page(store: Store, story: Story) -> None:
    """Two articles of one identity in one story each keep their text, and each have their own revisions."""
    other = store.create_story(TWO, "other", "Other", NOW)
    store.add_article(TWO, other, read(article("a1", "As published.")), NOW)
    store.add_article(ONE, story, read(article("a1", "As published.")), NOW)
    own = store.add_article(ONE, story, read(article("a1", "My own notes.")), NOW, private=True)
    assert (own.what, own.article.revision) == ("new", 1)
    assert own.article.id != "a1"
    assert texts(store, story) == {"a1": "As published.", own.article.id: "My own notes."}
    page = store.add_article(ONE, story, read(article("a1", "As corrected.")), NOW)
    again = store.add_article(ONE, story, read(article("a1", "My new notes.")), NOW, private=True)
    assert (page.what, page.article.id, page.article.revision) == ("revised", "a1", 2)
    assert (again.what, again.article.id, again.article.revision) == ("revised", own.article.id, 2)
    assert texts(store, story) == {"a1": "As corrected.", own.article.id: "My new notes."}
    assert [m.article.text for m in store.members(TWO, other)] == ["As corrected."]
    for identity, text in texts(store, story).items():
        assert store.article(ONE, story, identity, 2).text == text
    assert {a.id: r.article.text for a, r in store.readings(ONE, story) if r} == texts(store, story)


def test_an_own_file_and_a_public_page_are_cited_apart(store: Store, story: Story) -> None:
    """Their citations have different numbers, and each leads to its own text."""
    store.add_article(ONE, story, read(article("a1", "As published.")), NOW)
    own = store.add_article(ONE, story, read(article("a1", "My own notes.")), NOW, private=True).article.id
    numbering = store.keep_numbers(ONE, story, [cite("a1", 0), cite(own, 0)])
    assert [numbering.of(cite(identity, 0)) for identity in ("a1", own)] == [1, 2]
    for number, text in ((1, "As published."), (2, "My own notes.")):
        found = store.numbering(ONE, story).find(number)
        assert found is not None
        assert store.article(ONE, story, found.article, found.revision).text == text


def test_a_public_page_after_an_own_file_is_a_revision_of_the_file(store: Store, story: Story) -> None:
    """The story holds one article, which stays its tenant's; another tenant's page is untouched by it."""
    other = store.create_story(TWO, "other", "Other", NOW)
    store.add_article(ONE, story, read(article("a1", "Saved by hand.")), NOW, private=True)
    added = store.add_article(ONE, story, read(article("a1", "As fetched.")), NOW)
    assert (added.what, added.article.id, added.article.revision) == ("revised", "a1", 2)
    assert texts(store, story) == {"a1": "As fetched."}
    theirs = store.add_article(TWO, other, read(article("a1", "As published.")), NOW)
    assert (theirs.what, theirs.article.revision) == ("new", 1)
    assert texts(store, story) == {"a1": "As fetched."}


# ---- readings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [ENGLISH, FRENCH, "", "Short.", "\U0001f4f0 “Non”, e\u0301."])
def test_a_reading_survives_its_json(text: str) -> None:
    """What was dumped loads as an equal reading."""
    reading = read(article(text=text))
    assert load_reading(dump_reading(reading), reading.article) == reading


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_texts_reading_survives_its_json(text: str) -> None:
    """Whatever the text, the reading comes back equal."""
    reading = read(Article("x", text))
    assert load_reading(dump_reading(reading), reading.article) == reading


def test_a_dumped_reading_does_not_repeat_the_article() -> None:
    """The text is stored once, with its revision."""
    assert "threatened to leave" not in dump_reading(read(article()))


def test_stored_readings_come_back_equal(store: Store, story: Story) -> None:
    """A story's readings are those that were added, at their latest revisions, by identity."""
    put = [read(article("b", FRENCH)), read(article("a"))]
    for reading in put:
        store.add_article(ONE, story, reading, NOW)
    assert [r for _, r in store.readings(ONE, story)] == sorted(put, key=lambda r: r.article.id)


def test_readings_as_they_were_at_named_revisions(store: Store, story: Story) -> None:
    """`at` gives the articles as an earlier briefing saw them, and no others."""
    for text in ("Old text.", "New text."):
        store.add_article(ONE, story, read(article("a", text)), NOW)
    store.add_article(ONE, story, read(article("b")), NOW)
    assert [a.text for a, _ in store.readings(ONE, story, [("a", 1)])] == ["Old text."]
    assert store.readings(ONE, story, []) == []
    assert [a.text for a, _ in store.readings(ONE, story)] == ["New text.", ENGLISH]


def test_a_reading_of_another_reader_is_to_be_read_again(store: Store, story: Story) -> None:
    """A reading that another version made is None; its article is there to be read."""
    store.add_article(ONE, story, read(article()), NOW)
    with store.engine.begin() as connection:
        connection.execute(update(readings).values(reader=READER + 1))
    ((found, reading),) = store.readings(ONE, story)
    assert found == article()
    assert reading is None


# ---- tenants ----------------------------------------------------------------------------------------------------


def filled(store: Store, tenant: Tenant, mark: str) -> Story:
    """A story of the tenant's with something of everything in it; `mark` tells whose it is."""
    story = store.create_story(tenant, "crisis", f"Crisis {mark}", NOW)
    store.add_article(tenant, story, read(article("a1", f"{ENGLISH} {mark}")), NOW, private=True)
    store.keep_numbers(tenant, story, [cite("a1", len(mark))])
    store.set_mark(tenant, story, "channel", [("a1", 1)], NOW)
    store.add_gap(tenant, story, Gap(f"https://example.org/{mark}", "gone"), NOW)
    return story


def seen(store: Store, tenant: Tenant, story: Story) -> tuple[object, ...]:
    """All that a tenant can learn of its story."""
    return (
        store.story(tenant, story.slug),
        store.stories(tenant),
        store.members(tenant, story),
        store.readings(tenant, story),
        store.article(tenant, story, "a1", 1),
        store.gaps(tenant, story),
        dict(store.numbering(tenant, story).numbers),
        store.mark(tenant, story, "channel"),
    )


@pytest.mark.parametrize("other", [TWO, OTHER_PLATFORM])
def test_stories_of_the_same_name_are_apart(store: Store, other: Tenant) -> None:
    """Two tenants' stories of one name, with articles of one identity, share nothing private."""
    mine, theirs = filled(store, ONE, "first"), filled(store, other, "second")
    assert mine.id != theirs.id
    assert "second" not in repr(seen(store, ONE, mine))
    assert "first" not in repr(seen(store, other, theirs))


@pytest.mark.parametrize("other", [TWO, OTHER_PLATFORM, Tenant("discord", ""), Tenant("", "1")])
def test_reading_with_the_wrong_tenant_finds_nothing(store: Store, other: Tenant) -> None:
    """Each query for another tenant's story comes back empty or NotFound."""
    mine = filled(store, ONE, "first")
    assert store.stories(other) == []
    assert store.members(other, mine) == []
    assert store.readings(other, mine) == []
    assert store.readings(other, mine, [("a1", 1)]) == []
    assert store.gaps(other, mine) == []
    assert not store.numbering(other, mine).numbers
    assert store.numbering(other, mine).next == 1
    assert store.mark(other, mine, "channel") is None
    with pytest.raises(NotFound):
        store.story(other, mine.slug)
    with pytest.raises(NotFound):
        store.article(other, mine, "a1", 1)


@pytest.mark.parametrize("other", [TWO, OTHER_PLATFORM])
def test_writing_with_the_wrong_tenant_changes_nothing(store: Store, other: Tenant) -> None:
    """Each change to another tenant's story is NotFound and leaves it as it was."""
    mine = filled(store, ONE, "first")
    before, counts = seen(store, ONE, mine), store.counts()
    with pytest.raises(NotFound):
        store.add_article(other, mine, read(article("b1")), NOW)
    with pytest.raises(NotFound):
        store.add_article(other, mine, read(article("a1", "Overwritten.")), NOW, private=True)
    with pytest.raises(NotFound):
        store.add_gap(other, mine, Gap("what", "why"), NOW)
    with pytest.raises(NotFound):
        store.keep_numbers(other, mine, [cite("a1", 40)])
    with pytest.raises(NotFound):
        store.set_mark(other, mine, "channel", [], LATER)
    with pytest.raises(NotFound):
        store.remove_story(other, mine.slug)
    assert seen(store, ONE, mine) == before
    assert store.counts() == counts


def test_removing_a_story_leaves_the_other_tenants(store: Store) -> None:
    """The same name of another tenant stays with all that it has."""
    filled(store, ONE, "first")
    theirs = filled(store, TWO, "second")
    before = seen(store, TWO, theirs)
    store.remove_story(ONE, "crisis")
    assert seen(store, TWO, theirs) == before
    assert store.stories(ONE) == []


def test_a_public_article_is_stored_once_for_all_tenants(store: Store) -> None:
    """What anybody can fetch is shared; who holds it is not."""
    stories = [store.create_story(t, "crisis", "Crisis", NOW) for t in (ONE, TWO)]
    for tenant, story in zip((ONE, TWO), stories, strict=True):
        assert store.add_article(tenant, story, read(article()), NOW).what == "new"
    assert store.counts()["articles"] == 1


def test_a_private_article_of_one_identity_is_stored_for_each_tenant(store: Store) -> None:
    """Another's local file never shows as a revision of mine."""
    for tenant, text in ((ONE, "Mine."), (TWO, "Theirs.")):
        story = store.create_story(tenant, "crisis", "Crisis", NOW)
        added = store.add_article(tenant, story, read(article("a1", text)), NOW, private=True)
        assert (added.what, added.article.revision) == ("new", 1)
        assert [m.article.text for m in store.members(tenant, story)] == [text]


# ---- numbers ----------------------------------------------------------------------------------------------------


def test_a_citation_keeps_its_number(store: Store, story: Story) -> None:
    """Numbers are given in order and stay, whatever is numbered later."""
    store.add_article(ONE, story, read(article()), NOW)
    first = store.keep_numbers(ONE, story, [cite("a1", 0), cite("a1", 20)])
    assert [first.of(cite("a1", n)) for n in (0, 20)] == [1, 2]
    second = store.keep_numbers(ONE, story, [cite("a1", 40), cite("a1", 20), cite("a1", 40)])
    assert [second.of(cite("a1", n)) for n in (0, 20, 40)] == [1, 2, 3]
    again = store.numbering(ONE, story)
    assert dict(again.numbers) == dict(second.numbers)
    assert again.next == 4


def test_numbers_hold_though_what_was_known_of_them_is_old(store: Store, story: Story) -> None:
    """Whoever numbered meanwhile keeps theirs; where nobody did, what is known is enough."""
    store.add_article(ONE, story, read(article()), NOW)
    known = store.keep_numbers(ONE, story, [cite("a1", 0)])
    newer = store.keep_numbers(ONE, story, [cite("a1", 20)], known)
    assert [newer.of(cite("a1", n)) for n in (0, 20)] == [1, 2]
    newest = store.keep_numbers(ONE, story, [cite("a1", 40), cite("a1", 20)], known)
    assert [newest.of(cite("a1", n)) for n in (0, 20, 40)] == [1, 2, 3]
    assert dict(store.numbering(ONE, story).numbers) == dict(newest.numbers)


def test_a_new_revision_gets_new_numbers(store: Store, story: Story) -> None:
    """A number belongs to a revision: the old sentence keeps its own."""
    for text in ("Old text, long enough.", "New text, long enough."):
        store.add_article(ONE, story, read(article("a1", text)), NOW)
    numbering = store.keep_numbers(ONE, story, [cite("a1", 0, 1), cite("a1", 0, 2)])
    assert [numbering.of(cite("a1", 0, n)) for n in (1, 2)] == [1, 2]


def test_numbers_count_for_each_story(store: Store, story: Story) -> None:
    """Two stories that hold one article each begin at 1."""
    other = store.create_story(ONE, "other", "Other", NOW)
    for s in (story, other):
        store.add_article(ONE, s, read(article()), NOW)
    store.keep_numbers(ONE, story, [cite("a1", 0)])
    assert store.keep_numbers(ONE, other, [cite("a1", 30)]).of(cite("a1", 30)) == 1


def test_numbers_last_over_a_restart(store: Store, story: Story) -> None:
    """Another opening of the file gives the same numbers and goes on after them."""
    store.add_article(ONE, story, read(article()), NOW)
    store.keep_numbers(ONE, story, [cite("a1", 0)])
    with closing(open_store(store.path.parent)) as again:
        numbering = again.keep_numbers(ONE, story, [cite("a1", 50), cite("a1", 0)])
    assert [numbering.of(cite("a1", n)) for n in (0, 50)] == [1, 2]


def test_numbering_nothing_gives_no_number(store: Store, story: Story) -> None:
    """No citation, no number."""
    assert store.keep_numbers(ONE, story, []).next == 1


def test_two_that_number_at_once_give_each_citation_one_number(store: Store, story: Story) -> None:
    """Two stores on one file, two threads each: all numbers are different, without a hole, and agreed on."""
    store.add_article(ONE, story, read(article()), NOW)
    start = threading.Barrier(4)
    told: list[dict[Citation, int]] = []
    faults: list[BaseException] = []

    def number(by: Store, lane: int) -> None:
        try:
            start.wait(10)
            for n in range(12):
                mine, shared = cite("a1", 1000 * lane + n), cite("a1", 5000 + n)
                numbering = by.keep_numbers(ONE, story, [mine, shared])
                told.append({c: numbering.of(c) for c in (mine, shared)})
        except BaseException as e:
            faults.append(e)

    with closing(open_store(store.path.parent, patience=30)) as second:
        threads = [threading.Thread(target=number, args=((store, second)[n % 2], n)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert faults == []
    final = store.numbering(ONE, story)
    assert sorted(final.numbers.values()) == list(range(1, 61))
    assert final.next == 61
    assert all(final.of(c) == n for one in told for c, n in one.items())


@pytest.mark.parametrize("outside", ["a2", "nothing"])
def test_a_citation_of_an_article_outside_the_story_is_not_found(
    store: Store, story: Story, outside: str
) -> None:
    """No number is given, not even to the good citation beside it, whether another story holds it or none."""
    other = store.create_story(ONE, "other", "Other", NOW)
    store.add_article(ONE, story, read(article()), NOW)
    store.add_article(ONE, other, read(article("a2")), NOW)
    with pytest.raises(NotFound, match=outside):
        store.keep_numbers(ONE, story, [cite("a1", 0), cite(outside, 0)])
    assert not store.numbering(ONE, story).numbers
    assert store.keep_numbers(ONE, story, [cite("a1", 0)]).of(cite("a1", 0)) == 1


# ---- marks and gaps ---------------------------------------------------------------------------------------------


def test_a_mark_is_what_the_last_briefing_was_made_from(store: Store, story: Story) -> None:
    """Each channel has its own; a later one replaces it."""
    assert store.mark(ONE, story, "a") is None
    store.set_mark(ONE, story, "a", [("y", 2), ("x", 1)], NOW)
    store.set_mark(ONE, story, "b", [], NOW)
    store.set_mark(ONE, story, "a", [("x", 3)], LATER)
    found = store.mark(ONE, story, "a")
    assert found is not None
    assert (found.at, found.members) == (LATER, (("x", 3),))
    other = store.mark(ONE, story, "b")
    assert other is not None
    assert other.members == ()


def test_a_gap_is_told_once_with_its_latest_reason(store: Store, story: Story) -> None:
    """What failed twice is one gap."""
    store.add_gap(ONE, story, Gap("https://example.org/x", "slow"), NOW)
    store.add_gap(ONE, story, Gap("https://example.org/x", "gone"), LATER)
    assert store.gaps(ONE, story) == [Gap("https://example.org/x", "gone", LATER)]


def test_a_gap_closes_when_its_article_comes(store: Store, story: Story) -> None:
    """An address that answers at last, wherever it led, is no gap any more; the others stay."""
    store.add_gap(ONE, story, Gap("https://example.org/a1", "slow"), NOW)
    store.add_gap(ONE, story, Gap("https://example.org/other", "slow"), NOW)
    store.close_gap(ONE, story, "https://example.org/a1")
    assert [g.what for g in store.gaps(ONE, story)] == ["https://example.org/other"]


# ---- removing ---------------------------------------------------------------------------------------------------


def test_removing_a_story_removes_all_that_was_its_alone(store: Store) -> None:
    """No row of it stays behind, but how many articles came in: that holds for the day whatever is removed."""
    filled(store, ONE, "first")
    store.remove_story(ONE, "crisis")
    assert {name: n for name, n in store.counts().items() if n} == {"intake": 1}


def test_removing_a_story_keeps_the_articles_that_others_hold(store: Store, story: Story) -> None:
    """An article in two stories goes with the second one."""
    other = store.create_story(TWO, "other", "Other", NOW)
    for tenant, s in ((ONE, story), (TWO, other)):
        store.add_article(tenant, s, read(article("shared")), NOW)
    store.add_article(ONE, story, read(article("alone")), NOW)
    store.keep_numbers(ONE, story, [cite("shared", 0), cite("alone", 0)])
    numbers = store.keep_numbers(TWO, other, [cite("shared", 0)])
    store.remove_story(ONE, "crisis")
    assert [m.article.id for m in store.members(TWO, other)] == ["shared"]
    assert dict(store.numbering(TWO, other).numbers) == dict(numbers.numbers)
    assert store.counts()["articles"] == 1
    store.remove_story(TWO, "other")
    assert store.counts()["revisions"] == 0


def test_removing_an_unknown_story_is_not_found(store: Store) -> None:
    """NotFound, and nothing else happens."""
    with pytest.raises(NotFound):
        store.remove_story(ONE, "nothing")


def test_a_story_made_anew_begins_empty(store: Store) -> None:
    """A name taken again inherits no member, number, mark or gap."""
    filled(store, ONE, "first")
    store.remove_story(ONE, "crisis")
    again = store.create_story(ONE, "crisis", "Again", NOW)
    assert store.members(ONE, again) == []
    assert store.gaps(ONE, again) == []
    assert store.mark(ONE, again, "channel") is None
    assert store.numbering(ONE, again).next == 1


def test_a_large_story_is_removed_whole(store: Store) -> None:
    """More articles than fit one IN list go too."""
    story = store.create_story(LOCAL, "large", "Large", NOW)
    reading = Reading(Article("x", "Text."), "en")
    for n in range(600):
        store.add_article(LOCAL, story, replace(reading, article=Article(f"x{n}", "Text.")), NOW)
    store.remove_story(LOCAL, "large")
    assert {name: n for name, n in store.counts().items() if n} == {"intake": 1}


def test_a_dossier_of_stored_readings_is_that_of_the_readings(store: Store, story: Story) -> None:
    """Nothing that a dossier needs is lost on the way through the store."""
    put = [read(article("a")), read(article("b", FRENCH))]
    for reading in put:
        store.add_article(ONE, story, reading, NOW)
    stored = compile_dossier([r for _, r in store.readings(ONE, story) if r is not None])
    assert View(stored).facts == View(compile_dossier(put)).facts
