"""The App Home: a view that Slack takes, whatever stories are called and however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.answers import CHAT
from bots.marks import read
from bots.slack.home import home
from briefings.model import LANGUAGES, Address, Dispatch, Edition, Language, Sent, State, Story, Tenant
from briefings.rendering.words import Words, zone_of
from tests.unit.hostile import FRAGMENTS, module_at, strings

JSON = dict[str, Any]
Checker = Callable[[JSON], list[str]]
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TENANT = Tenant("slack", "T1")
CHANNEL = "C0123456789"
LITERAL = {"text", "link"}


@pytest.fixture(scope="session")
def view_faults(shared: Callable[[str], Path]) -> Checker:
    """What Slack's own types find wrong with a view."""
    found: Checker = module_at(shared("contracts/slack_contract.py")).validate_view
    return found


def story(name: str, number: int = 1, slug: str = "") -> Story:
    return Story(number, slug or f"story-{number}", name, NOW)


def edition(number: int, *, said: str = "every day at 8", paused: str = "") -> Edition:
    return Edition(
        number, TENANT, 1, "story-1", "flash", "en", "0 8 * * *", "Europe/Paris", said,
        Address("slack", CHANNEL), NOW, paused=paused,
    )  # fmt: skip


def dispatch(number: int, channel: str = CHANNEL) -> Dispatch:
    return Dispatch(
        number, TENANT, Sent.BRIEFING, Address("slack", channel), State.POSTED, NOW, NOW,
        template="flash", settled=NOW - timedelta(hours=number),
    )  # fmt: skip


def words(language: Language = "en") -> Words:
    return Words(language, zone_of("Europe/Paris"), CHAT)


def walked(value: Any) -> Iterator[JSON]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walked(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walked(inner)


def read_out(view: JSON) -> str:
    return "\n".join(
        "".join(str(x["text"]) for x in walked(b) if isinstance(x.get("text"), str)) for b in view["blocks"]
    )


def check(view: JSON, view_faults: Checker) -> None:
    assert view_faults(view) == []
    assert len(view["blocks"]) <= 100
    ids = [x["action_id"] for x in walked(view) if "action_id" in x]
    assert len(ids) == len(set(ids))
    for name in ids:
        assert len(name) <= 255
        assert read(name) is not None
    for x in walked(view):
        kind = x.get("type", "plain_text")
        assert kind not in ("mrkdwn", "user", "usergroup", "broadcast", "emoji", "link")
        if kind == "text":
            assert x["text"]
        elif kind == "plain_text" and "text" in x:
            assert x["text"]
            assert x["emoji"] is False
        elif kind == "header":
            assert len(x["text"]["text"]) <= 150


LOOSE = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@given(st.lists(strings, max_size=4), strings, st.sampled_from(LANGUAGES))
@LOOSE
def test_whatever_things_are_called_slack_takes_it(
    view_faults: Checker, names: list[str], said: str, language: Language
) -> None:
    """Stories, and when editions go out as a person wrote it."""
    stories = [(story(n, i), i) for i, n in enumerate(names)]
    check(home(stories, [edition(1, said=said)], [dispatch(1)], NOW, words(language)), view_faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_hundred_of_each_are_a_view_that_slack_takes(view_faults: Checker, language: Language) -> None:
    """The first of them are shown, all with their buttons."""
    stories = [(story(FRAGMENTS[i % len(FRAGMENTS)], i), i % 3) for i in range(200)]
    editions = [edition(i, paused="" if i % 2 else "asked", said="x" * 200) for i in range(200)]
    check(home(stories, editions, [dispatch(i) for i in range(200)], NOW, words(language)), view_faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_there_is_nothing_it_says_so(view_faults: Checker, language: Language) -> None:
    """Of each, and how to begin."""
    view = home([], [], [], NOW, words(language))
    check(view, view_faults)
    assert len(view["blocks"]) == 7
    assert "/sitrep" in read_out(view)


@pytest.mark.parametrize("slug", ["s" * 72, "s" * 80])
def test_a_story_with_a_long_slug_is_shown(view_faults: Checker, slug: str) -> None:
    """With a button where one can name it."""
    view = home([(story("A story", slug=slug), 2)], [], [], NOW, words())
    check(view, view_faults)
    assert slug in read_out(view)
    found = [read(x["action_id"]) for x in walked(view) if "action_id" in x]
    assert [m.reference for m in found if m is not None] == ([slug] if len(slug) == 72 else [])


def test_a_story_is_told_with_its_articles_and_can_be_briefed_where_it_has_some() -> None:
    """By a button that names it."""
    view = home([(story("A", 1), 0), (story("B", 2), 1), (story("C", 3), 2)], [], [], NOW, words())
    assert "A · story-1 · 0 article" in read_out(view)
    assert "B · story-2 · 1 article\n" in read_out(view)
    assert "C · story-3 · 2 articles\n" in read_out(view)
    found = [read(x["action_id"]) for x in walked(view) if "action_id" in x]
    assert [(m.verb, m.reference) for m in found if m is not None] == [
        ("story", "story-2"),
        ("story", "story-3"),
    ]


@pytest.mark.parametrize("name", ["GREENLAND", "COVIDCRISIS", "C0123456789", "G0123456789"])
def test_a_storys_name_is_never_taken_for_a_channel(name: str) -> None:
    """However much it looks like the number of one."""
    view = home([(story(name), 1)], [], [], NOW, words())
    assert name in read_out(view)
    assert "channel" not in [x.get("type") for x in walked(view)]


@pytest.mark.parametrize("said", ["GREENLAND", CHANNEL])
def test_what_a_person_wrote_is_never_taken_for_a_channel(said: str) -> None:
    """Of an edition's times."""
    view = home([], [edition(1, said=said)], [], NOW, words())
    assert said in read_out(view)
    assert "channel" not in [x.get("type") for x in walked(view)]


def test_where_a_briefing_was_posted_is_shown_as_the_channel_that_it_is() -> None:
    """Its number says nothing to a reader."""
    view = home([], [], [dispatch(1)], NOW, words())
    assert [x["channel_id"] for x in walked(view) if x.get("type") == "channel"] == [CHANNEL]
    assert CHANNEL not in read_out(view)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_edition_is_told_with_its_next_time_or_why_it_rests(language: Language) -> None:
    """In its own time zone."""
    view = home([], [edition(1), edition(2, paused="asked")], [], NOW, words(language))
    assert "08:00" in read_out(view)
    assert "1 · story-1 · flash · every day at 8 (Europe/Paris)" in read_out(view)
    assert words(language).message("paused: %(why)s").partition("%")[0] in read_out(view)
