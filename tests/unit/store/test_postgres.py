"""The store on PostgreSQL: what a file does, a server does too; and what can go wrong with a server is told."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from briefings.errors import (
    AlreadyThere,
    NotFound,
    SettingsFault,
    SitrepError,
    StoreBroken,
    StoreError,
    StoreTooNew,
)
from briefings.model import Article, Channel, Citation, Gap, Language, Reading, Span, Story, Tenant
from briefings.reading import read
from briefings.store import HEAD, Store, open_store, wanted
from briefings.store.search import TABLE
from briefings.store.tables import metadata

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
ONE = Tenant("discord", "1")
TWO = Tenant("discord", "2")
SECRET = "s3cret-w0rd"
ENGLISH = (
    "The board of OpenAI removed Sam Altman, its chief executive, on Friday. "
    '"We lost confidence," said Mira Murati, the chief technology officer. '
    "About 700 employees threatened to leave. Shares could fall by 12%."
)


@pytest.fixture
def story(store: Store) -> Story:
    return store.create_story(ONE, "crisis", "Crisis", NOW, "fr")


def article(identity: str = "a1", body: str = ENGLISH, **more: Any) -> Article:
    known: dict[str, Any] = {
        "title": f"About {identity}", "outlet": "The Sample Courier", "url": f"https://example.org/{identity}",
        "published": NOW, "byline": "A. Reporter", "agency": "Sample Wire", "language": "en", "sample": True,
    }  # fmt: skip
    return Article(identity, body, **{**known, **more})


def add(store: Store, story: Story, *articles: Article, tenant: Tenant = ONE, private: bool = False) -> list[str]:  # fmt: skip
    return [store.add_article(tenant, story, read(a), NOW, private).what for a in articles]


def find(store: Store, story: Story, query: str, *, every: bool = True, tenant: Tenant = ONE) -> list[str]:
    return store.search.find(tenant, story, wanted(query), 20, every=every)


# ---- stories and articles ------------------------------------------------------------------------------------------


def test_a_story_comes_back_as_it_was_made(store: Store, story: Story) -> None:
    """Once in its tenant; another tenant has its own of that name."""
    assert store.story(ONE, "crisis") == story
    with pytest.raises(AlreadyThere):
        store.create_story(ONE, "crisis", "Again", NOW)
    theirs = store.create_story(TWO, "crisis", "Theirs '; DROP TABLE stories; --", LATER)
    assert store.stories(ONE) == [story]
    assert store.stories(TWO) == [theirs]
    with pytest.raises(NotFound):
        store.story(Tenant("slack", "1"), "crisis")


def test_an_article_is_added_revised_or_unchanged(store: Store, story: Story) -> None:
    """Every revision is kept to the letter, with its reading; the story's version grows with each."""
    put = article(body=ENGLISH + "\n\n \u202eافتراض \U0001f4f0 e\u0301 %s :x \\ ' \" $1  ")
    again = replace(put, text=put.text + "More.")
    assert add(store, story, put, put, again, replace(again, byline="B")) == ["new", "unchanged", "revised", "unchanged"]  # fmt: skip
    assert store.article(ONE, story, "a1", 1) == put
    assert store.article(ONE, story, "a1", 2) == replace(again, revision=2)
    assert store.latest(ONE, story) == {"a1": 2}
    assert [(m.article, m.added, m.revisions) for m in store.members(ONE, story)] == [(replace(again, revision=2), NOW, 2)]  # fmt: skip
    (now,) = store.readings(ONE, story)
    (then,) = store.readings(ONE, story, [("a1", 1)])
    assert now == (replace(again, revision=2), read(replace(again, revision=2)))
    assert then == (put, read(put))
    assert store.version(ONE, story).articles == 2
    assert store.added_since(ONE, NOW) == 1
    assert store.added_since(TWO, NOW) == 0


def test_a_tenants_own_article_is_its_alone(store: Store, story: Story) -> None:
    """Public ones are shared; nothing of another's story is told."""
    theirs = store.create_story(TWO, "crisis", "Theirs", NOW)
    add(store, story, article("a1"), article("a2"))
    add(store, story, article("own"), private=True)
    add(store, theirs, article("a1"), article("own", "Other words."), tenant=TWO)
    assert sorted(store.latest(ONE, story)) == ["a1", "a2", "own"]
    assert store.article(TWO, theirs, "own", 1).text == "Other words."
    assert store.counts()["articles"] == 4
    assert store.latest(TWO, story) == store.latest(ONE, theirs) == {}
    assert store.members(TWO, story) == []
    assert store.readings(TWO, story) == []
    assert find(store, story, "board", tenant=TWO) == []
    with pytest.raises(NotFound):
        add(store, story, article("a3"), tenant=TWO)


def test_a_removed_story_takes_what_only_it_holds(store: Store, story: Story) -> None:
    """With all that was noted of it; what another story holds stays, and is found there."""
    other = store.create_story(ONE, "other", "Other", NOW)
    add(store, story, article("a1"), article("a2"))
    add(store, other, article("a1"))
    store.keep_numbers(ONE, story, [Citation("a2", 1, Span(0, 5))])
    store.set_mark(ONE, story, "c", [("a2", 1)], NOW)
    store.add_gap(ONE, story, Gap("https://x", "why"), NOW)
    store.channels.choose(ONE, "c", NOW, story=story)
    store.remove_story(ONE, "crisis")
    assert store.stories(ONE) == [other]
    assert find(store, other, "board") == ["a1"]
    counts = store.counts()
    assert {t: counts[t] for t in ("articles", "revisions", "readings", "memberships", "citations", "marks", "gaps")} == {
        "articles": 1, "revisions": 1, "readings": 1, "memberships": 1, "citations": 0, "marks": 0, "gaps": 0,
    }  # fmt: skip
    assert store.channels.channel(ONE, "c") == Channel(ONE, "c", "c")
    with store.engine.connect() as c:
        assert c.execute(text(f"SELECT count(*) FROM {TABLE}")).scalar_one() == 1


def test_numbers_and_marks_last(store: Store, story: Story) -> None:
    """A citation keeps its number; a mark is moved; a gap is told until it is closed."""
    add(store, story, article("a1"), article("a2"))
    first, second = Citation("a1", 1, Span(0, 5)), Citation("a2", 1, Span(3, 9))
    store.keep_numbers(ONE, story, [first])
    kept = store.keep_numbers(ONE, story, [second, first])
    assert (kept.of(first), kept.of(second), kept.next) == (1, 2, 3)
    assert store.numbering(ONE, story).numbers == kept.numbers
    assert store.version(ONE, story).next_number == 3
    with pytest.raises(NotFound, match="a9"):
        store.keep_numbers(ONE, story, [Citation("a9", 1, Span(0, 1))])
    for now, members in ((NOW, [("a2", 1), ("a1", 1)]), (LATER, [("a1", 2)])):
        store.set_mark(ONE, story, "c", members, now)
        found = store.mark(ONE, story, "c")
        assert found is not None
        assert (found.at, found.members) == (now, tuple(sorted(members)))
    assert store.mark(TWO, story, "c") is None
    for why in ("one", "two"):
        store.add_gap(ONE, story, Gap("w" * 900, why, None, "FetchFailed"), NOW)
    assert store.gaps(ONE, story) == [Gap("w" * 500, "two", NOW, "FetchFailed")]
    store.close_gap(ONE, story, "w" * 900)
    assert store.gaps(ONE, story) == []


def test_numbers_and_articles_given_at_once_are_given_once(store: Store, story: Story) -> None:
    """Whichever of several threads comes first: one article, one number for each citation, none left out."""
    cited = [Citation("a1", 1, Span(n, n + 1)) for n in range(12)]
    with ThreadPoolExecutor(6) as pool:
        added = list(pool.map(lambda _: add(store, story, article("a1")), range(6)))
        assert sorted(x for (x,) in added) == ["new", *["unchanged"] * 5]
        added = list(pool.map(lambda n: add(store, story, article("a1", f"{ENGLISH} {n}.")), range(6)))
        assert added == [["revised"]] * 6
        list(pool.map(lambda n: store.keep_numbers(ONE, story, cited[n : n + 7]), range(6)))
    assert store.latest(ONE, story) == {"a1": 7}
    assert find(store, story, "board") == ["a1"]
    numbers = store.numbering(ONE, story).numbers
    assert sorted(numbers[c] for c in cited) == list(range(1, 13))


# ---- channels ------------------------------------------------------------------------------------------------------


def test_channels_and_their_messages(store: Store, story: Story) -> None:
    """Choices stay, joining is news once, messages are in order, and none of it is another tenant's."""
    channels = store.channels
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda _: channels.join(ONE, "c", "general", NOW), range(6)))
    assert sorted(told) == [False] * 5 + [True]
    channels.choose(ONE, "c", NOW, story=story, language="fr")
    whole = Channel(ONE, "c", "general", "crisis", "fr", "Europe/Paris")
    assert channels.choose(ONE, "c", NOW, timezone="Europe/Paris") == whole
    assert channels.channels(ONE) == [whole]
    assert channels.channel(TWO, "c") is None
    posted = [channels.post(ONE, "c", "Ann", f'{{"é": "\\u0000 🙂 {n}"}}', NOW) for n in range(4)]
    assert channels.messages(ONE, "c") == posted
    assert channels.messages(ONE, "c", before=posted[3].id, most=2) == posted[1:3]
    assert channels.messages(ONE, "c", after=posted[0].id, most=2) == posted[1:3]
    assert channels.messages(TWO, "c") == []
    changed = channels.rewrite(ONE, "c", posted[1].id, "{}", LATER)
    assert changed == replace(posted[1], body="{}", edited=LATER) == channels.message(ONE, "c", changed.id)
    assert channels.edited(ONE, "c", LATER) == [changed]
    assert channels.edited(ONE, "c", LATER + timedelta(microseconds=1)) == channels.edited(TWO, "c", NOW) == []  # fmt: skip
    for tenant, number in ((TWO, changed.id), (ONE, changed.id + 99)):
        with pytest.raises(NotFound):
            channels.rewrite(tenant, "c", number, "x", NOW)
    channels.leave(ONE, "c")
    assert channels.messages(ONE, "c") == []
    assert channels.channels(ONE) == []
    assert channels.post(ONE, "c", "Ann", "x", NOW).id > posted[-1].id


def test_a_message_is_posted_once_under_its_key(store: Store) -> None:
    """Also by many at once, and where it was changed since; a channel that is not there is told."""
    with pytest.raises(NotFound, match="c"):
        store.channels.post_once(ONE, "c", "Sitrep", "x", NOW, "7-0")
    store.channels.join(ONE, "c", "general", NOW)
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda n: store.channels.post_once(ONE, "c", "Sitrep", str(n), NOW, "7-0"), range(6)))  # fmt: skip
    assert len(set(made)) == 1
    assert store.channels.post_once(ONE, "c", "Sitrep", "other", NOW, "7-1") != made[0]
    changed = store.channels.rewrite(ONE, "c", made[0].id, "y", LATER)
    assert store.channels.post_once(ONE, "c", "Sitrep", "x", NOW, "7-0") == changed
    assert len(store.channels.messages(ONE, "c")) == 2


# ---- full text -----------------------------------------------------------------------------------------------------

HARBOUR = "Employees of the harbour threatened to resign. The board stayed calm."
PORT = "Les salariés du port ont menacé de démissionner. Le conseil reste très calme."
FOUND: list[tuple[str, Language, str, str]] = [
    ("head", "en", "Harbour board resigns", "Nothing else is known of it by now in town."),
    ("much", "en", "News", f"{HARBOUR} The harbour is calm, the harbour waits."),
    ("once", "en", "News", f"{HARBOUR} " + "Many other words stand here about the weather. " * 30),
    ("port", "fr", "Crise d’hôtel", PORT),
    ("cœur", "fr", "L’équipe", "Le cœur de l’équipe est parti avec 700 salariées licenciées."),
    ("odd", "en", "It's a \\ 'quoted' title", r"""'' \' \\ "x" :* & | ! ( ) <-> 'a':1A $$ %s :name é½ﷺŉ⑴ a\'b _ end"""),
]  # fmt: skip


def test_a_server_finds_what_a_file_finds(tmp_path: Path, postgres_url: str) -> None:
    """In French and English, by all words or any, whatever stands in the text or the query; the best first alike."""
    with ExitStack() as stack:
        both = [stack.enter_context(closing(open_store(tmp_path, url=u))) for u in ("", postgres_url)]
        stories = [s.create_story(ONE, "crisis", "Crisis", NOW) for s in both]
        for s, x in zip(both, stories, strict=True):
            add(s, x, *(article(i, body, title=title, language=lang) for i, lang, title, body in FOUND))

        def found(query: str, *, every: bool = True) -> list[list[str]]:
            return [find(s, x, query, every=every) for s, x in zip(both, stories, strict=True)]

        for query, expected in (
            ("harbour", ["head", "much", "once"]),
            ("HARBOURS board", ["head", "much", "once"]),
            ("employee resigned", ["much", "once"]),
            ("salarié", ["cœur", "port"]),
            ("démissions très", ["port"]),
            ("l'hôtel", ["port"]),
            ("coeur", ["cœur"]),
            ("licenciees 700", ["cœur"]),
            ("quoted", ["odd"]),
            ("harbour salariés", []),
            ("zebra", []),
        ):
            file, server = found(query)
            assert sorted(file) == sorted(server) == sorted(expected), query
            assert file[:1] == server[:1], query
        assert [x[0] for x in found("harbour")] == ["head", "head"]
        for query in ("harbour salariés", "calm zebra", "board équipe 700"):
            file, server = found(query, every=False)
            assert sorted(file) == sorted(server) != [], query
        for query in ("'", "\\", "a\\'b", "''':*", "x' | 'y", "!(board)", "é½ﷺŉ⑴", "%s :name", "\0board", "'a':1A", "$$"):  # fmt: skip
            file, server = found(query, every=False)
            assert sorted(file) == sorted(server), query


def test_a_revised_article_is_found_by_its_new_words(store: Store, story: Story) -> None:
    """And no longer by the old ones."""
    add(store, story, article("a1", HARBOUR), article("a1", "The zebra left."))
    assert find(store, story, "harbour") == []
    assert find(store, story, "zebra") == ["a1"]


# ---- hostile text --------------------------------------------------------------------------------------------------

HOSTILE = {
    "emoji": "The board 🙂🧨 said “no” 👩\u200d👩\u200d👧. \U0010ffff \ufffe \ufeff",
    "controls": "The \x01\x02\x1b[31m board\x7f\x85 met.\u2028\u2029",
    "bidi": "The \u202eboard\u2066 met.",
    "long word": f"The board {'x' * 5000} met {'é' * 3000} and {'𐀀' * 2500}.",
    "accents": "The board " + "e" + "\u0301" * 3000 + " met.",
    "many": "The board met. " * 70_000,
    "sql": "The board'); DROP TABLE articles; -- met \\x00 \\ %(x)s {y} :z",
}


def test_hostile_text_is_stored_to_the_letter(store: Store, story: Story) -> None:
    """And found, wherever it stands."""
    for what, body in HOSTILE.items():
        put = article(what, body, title=f"T {body[:50]}", byline=body[-50:])
        store.add_article(ONE, story, Reading(put, "en"), NOW)
        assert store.article(ONE, story, what, 1) == put
    assert sorted(find(store, story, "board")) == sorted(HOSTILE)


def test_a_text_with_nul_is_stored_or_refused(store: Store, story: Story) -> None:
    """PostgreSQL's texts hold none: it is a StoreError that says so, and nothing is half stored."""
    put = article("nul", "The board\0 met.")
    if store.shared:
        with pytest.raises(StoreError, match="NUL"):
            add(store, story, put)
        assert store.latest(ONE, story) == {}
        assert store.added_since(ONE, NOW) == 0
    else:
        add(store, story, put)
        assert store.article(ONE, story, "nul", 1) == put
    assert add(store, story, article("a2")) == ["new"]


# ---- the server ----------------------------------------------------------------------------------------------------


def run_sql(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as c:
        c.execute(statement.encode())


def test_many_who_open_an_empty_database_at_once_all_do(tmp_path: Path, postgres_url: str) -> None:
    """Threads and processes: one makes the tables, the others wait and find them."""
    program = "import sys, pathlib; from briefings.store import open_store; s = open_store(pathlib.Path(sys.argv[1]), url=sys.argv[2]); print(len(s.counts())); s.close()"  # fmt: skip
    command = [sys.executable, "-c", program, str(tmp_path), postgres_url]
    others = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]  # fmt: skip
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: open_store(tmp_path, url=postgres_url), range(4)))
    for s in opened:
        assert s.stories(ONE) == []
        s.close()
    for other in others:
        out, err = other.communicate(timeout=30)
        assert (out.strip(), err) == (str(len(metadata.tables)), "")


def test_opening_again_keeps_what_was_stored(tmp_path: Path, postgres_url: str) -> None:
    """The data folder holds nothing of it; another program's spelling of the address will do."""
    with closing(open_store(tmp_path / "none", url=postgres_url)) as store:
        made = store.create_story(ONE, "crisis", "Crisis", NOW)
    for scheme in ("postgres://", "postgresql+psycopg://", "postgresql+psycopg2://"):
        url = postgres_url.replace("postgresql://", scheme)
        with closing(open_store(tmp_path / "none", url=url)) as store:
            assert store.stories(ONE) == [made]
    assert not (tmp_path / "none").exists()


def test_another_programs_database_is_refused(tmp_path: Path, postgres_url: str) -> None:
    """And left as it is."""
    run_sql(postgres_url, "CREATE TABLE recipes (id integer)")
    with pytest.raises(StoreBroken, match="not Sitrep's") as caught:
        open_store(tmp_path, url=postgres_url)
    assert "of its own" in caught.value.hint
    with psycopg.connect(postgres_url) as c:
        found = c.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert found == [("recipes",)]


def test_a_newer_database_is_refused(tmp_path: Path, postgres_url: str) -> None:
    """With what to do."""
    open_store(tmp_path, url=postgres_url).close()
    run_sql(postgres_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreTooNew, match=f"9999; this one knows {HEAD}") as caught:
        open_store(tmp_path, url=postgres_url)
    assert "later" in caught.value.hint


def test_moments_are_in_utc_whatever_the_servers_zone(tmp_path: Path, postgres_url: str) -> None:
    """A database whose sessions live in Tokyo gives back what it was given."""
    run_sql(postgres_url, f"ALTER DATABASE {postgres_url.rsplit('/', 1)[1]} SET timezone = 'Asia/Tokyo'")
    with closing(open_store(tmp_path, url=postgres_url)) as store:
        assert store.create_story(ONE, "crisis", "Crisis", NOW) == store.story(ONE, "crisis")
        store.ledger.advance("fires", NOW, lambda *_: None)
        assert store.ledger.mark_of("fires") == NOW


def test_a_dropped_connection_is_made_anew(tmp_path: Path, postgres_url: str) -> None:
    """A server that was restarted is not a broken store; one in the middle of a call is told."""
    drop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with closing(open_store(tmp_path, url=postgres_url)) as store:
        store.create_story(ONE, "crisis", "Crisis", NOW)
        run_sql(postgres_url, drop)
        assert len(store.stories(ONE)) == 1
        store.ledger.advance("fires", NOW, lambda *_: None)
        with pytest.raises(StoreError, match="can't be reached"):
            store.ledger.advance("fires", LATER, lambda *_: run_sql(postgres_url, drop))
        assert store.ledger.mark_of("fires") == NOW


@contextmanager
def refusing() -> Iterator[int]:
    """A fake server that asks for a password and takes none; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def packet(kind: bytes, body: bytes) -> bytes:
            return kind + struct.pack("!I", len(body) + 4) + body

        def serve() -> None:
            for _ in range(9):
                try:
                    c, _address = listening.accept()
                except OSError:
                    return
                with c:
                    while (asked := c.recv(4096))[4:8] in (b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"):
                        c.sendall(b"N")  # no TLS, no GSSAPI
                    assert asked
                    c.sendall(packet(b"R", struct.pack("!I", 3)))
                    assert SECRET.encode() in c.recv(4096)
                    c.sendall(packet(b"E", b"SFATAL\0C28P01\0Mpassword authentication failed for user \"u\"\0\0"))  # fmt: skip

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def test_a_wrong_password_is_told_without_it(tmp_path: Path) -> None:
    """With the server's words, its address and what to check; no cause that is told holds it either."""
    with refusing() as port, pytest.raises(StoreError, match="password authentication failed") as caught:
        open_store(tmp_path, url=f"postgresql://u:{SECRET}@127.0.0.1:{port}/db")
    assert f"postgresql://u@127.0.0.1:{port}/db" in caught.value.message
    assert "database_url" in caught.value.hint
    assert not holds_secret(caught.value)


def holds_secret(error: BaseException | None) -> bool:
    """Whether an error or what it came from tells the password."""
    return error is not None and (SECRET in str(error) + repr(error) or holds_secret(error.__cause__))


@pytest.mark.parametrize(
    ("url", "kind", "match"),
    [
        ("postgresql://u:{}@127.0.0.1:1/db", StoreError, "can't be reached"),
        ("postgresql://u:{}@nowhere.invalid/db", StoreError, "can't be reached"),
        ("postgresql://u:{}@127.0.0.1:99999/db", StoreError, "port"),
        ("postgresql://u:{}@127.0.0.1:1/db?nonsense=1", StoreError, "nonsense"),
        ("mysql://u:{}@127.0.0.1/db", SettingsFault, "PostgreSQL"),
        ("sqlite:///u:{}", SettingsFault, "PostgreSQL"),
        ("u:{}@host/db", SettingsFault, "no address"),
        ("postgresql:/u:{}@host/db", SettingsFault, "no address"),
        (" ", SettingsFault, "no address"),
    ],
)
def test_a_wrong_address_is_told_without_its_password(
    tmp_path: Path, url: str, kind: type[SitrepError], match: str
) -> None:
    """As a mistake in the settings or a server that is not there."""
    with pytest.raises(kind, match=match) as caught:
        open_store(tmp_path, url=url.format(SECRET))
    assert not holds_secret(caught.value)


# ---- the schema ----------------------------------------------------------------------------------------------------


def test_the_migrations_make_the_tables(tmp_path: Path, postgres_url: str) -> None:
    """A freshly migrated database differs in nothing from the tables as declared, in types, names and what cascades."""
    with closing(open_store(tmp_path, url=postgres_url)) as store, store.engine.connect() as connection:
        options = {"compare_type": True, "include_name": lambda name, kind, _: kind != "table" or not name.startswith(TABLE)}  # fmt: skip
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
        inspector = inspect(connection)
        for name, table in metadata.tables.items():
            keys = inspector.get_foreign_keys(name)
            found = {inspector.get_pk_constraint(name)["name"], *(k["name"] for k in keys), *(u["name"] for u in inspector.get_unique_constraints(name))}  # fmt: skip
            assert found == {str(c.name) for c in table.constraints}, name
            cascades = {(k["constrained_columns"][0], k["options"].get("ondelete")) for k in keys}
            assert cascades == {(k.parent.name, k.ondelete) for k in table.foreign_keys}, name
