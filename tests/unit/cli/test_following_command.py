"""`sitrep story follow` and its like, and `sitrep poll`, over a site on loopback."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from briefings.model import LOCAL, Decision, Story
from tests.unit.cli.calling import NOW
from tests.unit.cli.terminal import Terminal
from tests.unit.polling import BODY, HEAD, OTHER, OTHER_HEAD, Entry, page, rss

EARLIER = NOW - timedelta(hours=1)
DAM = Entry("/a1", date=EARLIER)
PEARS = Entry(
    "/a2", OTHER_HEAD, "Pears cost twice as much as a year ago, growers in the valley say.", date=EARLIER
)


class Site:
    """What stands at each path; whatever else is asked for is not there. `asked` counts."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.asked: Counter[str] = Counter()
        self.at: dict[str, str | int] = {"/a1": page(), "/a2": page(OTHER_HEAD, OTHER)}
        self.feed(DAM, PEARS)

    def feed(self, *entries: Entry) -> None:
        self.at["/feed"] = rss(self.base, entries)

    def url(self, path: str = "/feed") -> str:
        return self.base + path


@contextmanager
def serving() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.asked[self.path] += 1
            found = here.at.get(self.path, 404)
            body = found.encode() if isinstance(found, str) else b""
            self.send_response(200 if isinstance(found, str) else found)
            kind = "text/html" if body.startswith(b"<html") else "application/rss+xml"
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: object = "-", size: object = "-") -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here = Site(f"http://127.0.0.1:{server.server_address[1]}")
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as found:
        yield found


class Following(Terminal):
    """A terminal, and what has come of what was typed in it. Its settings let the loopback be asked."""

    def story(self, slug: str = "norvo") -> Story:
        with self.store() as store:
            return store.story(LOCAL, slug)

    def kept(self, slug: str = "norvo") -> list[tuple[str, str]]:
        with self.store() as store:
            return [(f.kind.value, f.value) for f in store.follows.follows(LOCAL, store.story(LOCAL, slug))]

    def titles(self, slug: str = "norvo") -> list[str]:
        with self.store() as store:
            return sorted(m.article.title for m in store.members(LOCAL, store.story(LOCAL, slug)))


@pytest.fixture
def sitrep(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Following:
    terminal = Following(tmp_path, capsys)
    monkeypatch.setenv("SITREP_FETCH__ALLOW_NETWORKS", '["127.0.0.0/8"]')
    monkeypatch.setenv("SITREP_SOURCES__ROBOTS", "false")
    return terminal


# ---- following ---------------------------------------------------------------------------------------------------------------------


def test_what_is_followed_is_listed(sitrep: Following, site: Site) -> None:
    """With numbers; what brings it in is told beside it."""
    ran = sitrep("story", "follow", "norvo", "sluice,", "gate", site.url(), site.url("/a1"))
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert [x.split()[:2] for x in lines] == [["1", "words"], ["2", "feed"], ["3", "page"]]
    assert lines[0].endswith("sluice, gate")
    assert site.url() in lines[1]
    assert "sitrep run" in ran.err
    assert "sitrep poll" in ran.err


def test_a_story_that_is_not_there_is_made(sitrep: Following) -> None:
    """And said so; of one that is there, nothing is."""
    ran = sitrep("story", "follow", "Varnholt crisis", "sluice")
    assert ran.out.splitlines()[0] == "Made the story varnholt-crisis."
    assert "Made" not in sitrep("story", "follow", "varnholt-crisis", "gate").out
    assert sitrep.kept("varnholt-crisis") == [("words", "sluice"), ("words", "gate")]


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["sluice"], "sluice"),
        (["sluice", "gate"], "sluice gate"),
        (["sluice gate"], '"sluice gate"'),
        (["sluice, gate"], "sluice, gate"),
        (["sluice,", "gate"], "sluice, gate"),
        (["sluice", ",", "gate"], "sluice, gate"),
        (['"sluice gate", quay'], '"sluice gate", quay'),
        (["varnholt: sluice, gate"], "varnholt: sluice, gate"),
        (["story:sluice, gate"], "story:sluice, gate"),
    ],
)  # fmt: skip
def test_words_phrases_and_alternatives_are_kept_as_they_were_typed(
    sitrep: Following, words: list[str], kept: str
) -> None:
    """What the shell holds together is a phrase, unless a comma parts it."""
    assert sitrep("story", "follow", "norvo", *words).code == 0
    assert sitrep.kept() == [("words", kept)]


def test_an_address_with_a_comma_stays_whole(sitrep: Following, site: Site) -> None:
    """It is no list of alternatives."""
    site.at["/feed?only=1,2"] = site.at["/feed"]
    assert sitrep("story", "follow", "norvo", site.url("/feed?only=1,2")).code == 0
    assert sitrep.kept() == [("feed", site.url("/feed?only=1,2"))]


def test_outlets_examples_and_folders_are_options(sitrep: Following, site: Site, tmp_path: Path) -> None:
    """Each may be given more than once."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    ran = sitrep(
        "story", "follow", "norvo", "--outlet", "lemonde.fr", "--outlet", "The Quay Post", "--like", site.url("/a1"),
        "--folder", str(inbox),
    )  # fmt: skip
    assert ran.code == 0
    kept = sitrep.kept()
    assert [k for k, _ in kept] == ["outlet", "outlet", "like", "folder"]
    assert [v for k, v in kept if k != "like"] == ["Le Monde", "The Quay Post", str(inbox.resolve())]
    assert sitrep.titles() == [HEAD]


def test_what_fails_is_told_and_the_rest_is_followed(sitrep: Following, site: Site, tmp_path: Path) -> None:
    """With the exit code of what failed."""
    ran = sitrep("story", "follow", "norvo", "sluice", site.url("/missing"), site.url())
    assert ran.code == 69
    assert ran.err.startswith(f"failed     {site.url('/missing')}: ")
    assert "404" in ran.err
    assert [k for k, _ in sitrep.kept()] == ["words", "feed"]
    ran = sitrep("story", "follow", "norvo", "--folder", str(tmp_path / "nowhere"), "--outlet", "…")
    assert ran.code == 66
    assert "There is no folder" in ran.err
    assert "is no outlet's name" in ran.err
    ran = sitrep("story", "follow", "norvo", "sluice")
    assert ran.code == 73
    assert "already followed by sluice" in ran.err
    assert len(sitrep.kept()) == 2


def test_loopback_is_asked_only_where_the_settings_allow_it(
    sitrep: Following, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 77, and nobody was asked."""
    monkeypatch.setenv("SITREP_FETCH__ALLOW_NETWORKS", "[]")
    ran = sitrep("story", "follow", "norvo", site.url())
    assert ran.code == 77
    assert not site.asked
    assert "followed by nothing" in ran.out
    assert sitrep.kept() == []


def test_nothing_to_follow_by_is_said(sitrep: Following) -> None:
    """What is followed already is listed."""
    ran = sitrep("story", "follow", "norvo")
    assert (ran.code, ran.out) == (0, "The story norvo is followed by nothing. Give words or addresses.\n")
    sitrep("story", "follow", "norvo", "sluice")
    assert sitrep("story", "follow", "norvo").out.split() == ["1", "words", "sluice"]


# ---- showing -----------------------------------------------------------------------------------------------------------------------


def test_a_story_shows_what_it_is_followed_by(sitrep: Following, site: Site) -> None:
    """Also as JSON; that it rests too."""
    sitrep("story", "follow", "norvo", "sluice", site.url())
    shown = sitrep("story", "show", "norvo").out
    assert "  followed by:\n" in shown
    assert "   1  words   sluice\n" in shown
    sitrep("story", "pause", "norvo")
    assert "  followed by (it rests):\n" in sitrep("story", "show", "norvo").out
    value = json.loads(sitrep("story", "show", "norvo", "--json").out)
    assert value["resting"] is True
    assert value["followed_by"] == [
        {"kind": "words", "value": "sluice", "title": "", "why": ""},
        {"kind": "feed", "value": site.url(), "title": "", "why": ""},
    ]


def test_what_fails_is_shown(sitrep: Following, site: Site) -> None:
    """With why, until it is back."""
    sitrep("story", "follow", "norvo", site.url())
    site.at["/feed"] = 500
    ran = sitrep("poll")
    assert f"  {site.url()}: " in ran.err
    assert "500" in ran.err
    shown = sitrep("story", "show", "norvo").out
    assert "fails: " in shown
    assert "500" in shown
    site.feed(DAM)
    assert sitrep("poll").err == ""
    shown = sitrep("story", "show", "norvo").out
    assert f"   1  feed    The Quay Post ({site.url()})\n" in shown


# ---- polling -----------------------------------------------------------------------------------------------------------------------


def test_a_poll_tells_what_came_in(sitrep: Following, site: Site) -> None:
    """Story by story; a second one brings nothing new."""
    sitrep("story", "follow", "norvo", "sluice", site.url())
    sitrep("story", "follow", "Ombrelle", site.url())
    ran = sitrep("poll")
    assert (ran.code, ran.err) == (0, "")
    told = [x.split() for x in ran.out.splitlines()]
    assert ["norvo", "1", "1", "new"] in [[*x[:2], *x[-2:]] for x in told]
    assert ["ombrelle", "2", "articles,", "2", "new"] in told
    assert ran.out.splitlines()[-1].startswith("Asked: ")
    assert "1 articles" not in ran.out
    assert sitrep.titles() == [HEAD]
    again = sitrep("poll")
    assert again.out.count(" 0 new") == 2
    assert sitrep.titles("ombrelle") == sorted([HEAD, OTHER_HEAD])


def test_a_poll_where_nothing_is_followed_says_so(sitrep: Following) -> None:
    """With exit code 0."""
    ran = sitrep("poll")
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "Nothing is followed."


def test_a_poll_reads_a_folder_that_is_followed(sitrep: Following, tmp_path: Path) -> None:
    """What lies there comes in."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "one.txt").write_text(f"Title: {HEAD}\nOutlet: The Quay Post\n\n{BODY}", "utf8")
    sitrep("story", "follow", "norvo", "--folder", str(inbox))
    assert sitrep("poll").code == 0
    assert sitrep.titles() == [HEAD]


def test_a_poll_asks_what_the_settings_follow(
    sitrep: Following, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A story of words alone draws on it."""
    sitrep("story", "follow", "norvo", "sluice")
    monkeypatch.setenv("SITREP_SOURCES__FEEDS", json.dumps([site.url()]))
    assert sitrep("poll").code == 0
    assert sitrep.titles() == [HEAD]


# ---- unfollowing and resting -------------------------------------------------------------------------------------------------------


def test_what_is_unfollowed_is_told(sitrep: Following, site: Site) -> None:
    """By number, words or address; without it, all."""
    sitrep("story", "follow", "norvo", "sluice", "gate", site.url(), site.url("/a1"))
    ran = sitrep("story", "unfollow", "norvo", "3")
    assert (ran.code, ran.out) == (0, f"No longer followed by: page {site.url('/a1')}\n")
    assert (
        sitrep("story", "unfollow", "norvo", "Sluice", "gate").out
        == "No longer followed by: words sluice gate\n"
    )
    assert sitrep("story", "unfollow", "norvo", f"{site.url()}?utm_source=x").code == 0
    assert sitrep.kept() == []
    sitrep("story", "follow", "norvo", "sluice", "--outlet", "lemonde.fr")
    ran = sitrep("story", "unfollow", "norvo")
    assert ran.out == "No longer followed by: outlet Le Monde\nNo longer followed by: words sluice\n"


def test_unfollowing_a_story_that_nothing_follows_is_said(sitrep: Following) -> None:
    """A command says what it did, or that there was nothing to do."""
    ran = sitrep("story", "unfollow", "norvo")
    assert "followed by nothing" in ran.out + ran.err


def test_what_is_not_followed_is_refused(sitrep: Following) -> None:
    """With what is; exit code 66."""
    sitrep("story", "follow", "norvo", "sluice")
    ran = sitrep("story", "unfollow", "norvo", "gate")
    assert (ran.code, ran.out) == (66, "")
    assert ran.err == "Error: The story 'norvo' is not followed by 'gate'.\nIt is followed by: sluice.\n"
    assert sitrep("story", "unfollow", "nowhere").code == 66


def test_a_story_rests_and_goes_on(sitrep: Following, site: Site) -> None:
    """Meanwhile nothing comes in; following more wakes it."""
    sitrep("story", "follow", "norvo", site.url())
    assert sitrep("story", "pause", "norvo").out == "The story norvo rests.\n"
    sitrep("poll")
    assert sitrep.titles() == []
    assert sitrep("story", "resume", "norvo").out == "The story norvo is followed again.\n"
    sitrep("poll")
    assert len(sitrep.titles()) == 2
    sitrep("story", "pause", "norvo")
    sitrep("story", "follow", "norvo", "pears")
    assert not sitrep.story().resting
    assert sitrep("story", "pause", "nowhere").code == 66


# ---- matches and decisions -----------------------------------------------------------------------------------------------------------


def test_matches_are_told_with_score_and_reasons(sitrep: Following, site: Site) -> None:
    """And by whom they were decided."""
    assert sitrep("story", "matches", "norvo").out == "Nothing was matched to norvo yet.\n"
    sitrep("story", "follow", "norvo", "sluice", site.url())
    sitrep("poll")
    first, second = sitrep("story", "matches", "norvo").out.splitlines()
    assert first.startswith("in    ")
    assert 0 < float(first.split()[1]) <= 1
    assert f"The Quay Post: {HEAD}" in first
    assert "[words sluic" in first
    assert second.strip() == site.url("/a1")
    assert sitrep("story", "exclude", "norvo", HEAD).code == 0
    (line, _) = sitrep("story", "matches", "norvo").out.splitlines()
    assert line.startswith("out   0.00")
    assert line.endswith("· by command line")


def test_a_person_takes_in_and_out(sitrep: Following, site: Site) -> None:
    """By address, id or headline; what was never seen is fetched."""
    sitrep("story", "follow", "norvo", "sluice", site.url())
    sitrep("poll")
    ran = sitrep("story", "exclude", "norvo", f"{site.url('/a1')}?utm_source=x")
    assert (ran.code, ran.out) == (0, f"Out of norvo: {HEAD}\n")
    sitrep("poll")
    assert sitrep.titles() == []
    assert sitrep("story", "include", "norvo", HEAD.lower()).out == f"In norvo: {HEAD}\n"
    assert sitrep("story", "include", "norvo", site.url("/a2")).out == f"In norvo: {OTHER_HEAD}\n"
    assert sitrep.titles() == sorted([HEAD, OTHER_HEAD])
    with sitrep.store() as store:
        found = store.follows.matches(LOCAL, store.story(LOCAL, "norvo"))
    assert {(m.verdict.decision, m.decided_by) for m in found} == {(Decision.IN, "command line")}


@pytest.mark.parametrize("what", ["include", "exclude"])
def test_what_can_not_be_decided_is_refused(sitrep: Following, site: Site, what: str) -> None:
    """Exit codes as everywhere; nothing is kept."""
    ran = sitrep("story", what, "norvo", "Nothing such")
    assert (ran.code, ran.out) == (66, "")
    assert "Nothing such" in ran.err
    assert "address" in ran.err
    ran = sitrep("story", what, "norvo", site.url("/missing"))
    assert ran.code == (69 if what == "include" else 66)
    assert sitrep("story", what, "norvo").code == 2
    assert sitrep("story", what, "nowhere", "x").code == 66


def test_outside_text_steers_no_terminal(sitrep: Following, site: Site) -> None:
    """Neither a headline nor a feed's title nor what was typed."""
    hostile = "Sluice \x1b[2J\u202eat Varnholt"
    shown = "Sluice \N{REPLACEMENT CHARACTER}[2J at Varnholt"
    site.at["/feed"] = rss(
        site.base, [Entry("/a1", hostile.replace("\x1b", "&#27;"), date=EARLIER)], "Quay \u202e Post"
    )
    site.at["/a1"] = page(hostile)
    for ran in (
        sitrep("story", "follow", "norvo", "sluice\x1b[2J", "sluice", site.url()),
        sitrep("story", "follow", "norvo", "http://127.0.0.1:1/\x1b[2J"),
        sitrep("poll"),
        sitrep("story", "show", "norvo"),
        sitrep("story", "matches", "norvo"),
        sitrep("story", "unfollow", "norvo"),
    ):
        assert ran.harmless, (ran, shown)


@pytest.mark.parametrize(
    "command", ["follow", "unfollow", "pause", "resume", "matches", "include", "exclude"]
)
def test_help_says_what_each_is_for(sitrep: Following, command: str) -> None:
    """As do its group and the root."""
    assert command in sitrep("story", "--help").out
    ran = sitrep("story", command, "--help")
    assert ran.code == 0
    assert "The story's name" in ran.out
