"""Channels: what was chosen in each, and a web channel's messages."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from briefings.errors import NotFound
from briefings.model import LANGUAGES, Channel, Tenant
from briefings.store import Store, open_store

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
ONE = Tenant("discord", "1")
TWO = Tenant("discord", "2")
OTHERS = (TWO, Tenant("slack", "1"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path)) as opened:
        yield opened


# ---- choices -------------------------------------------------------------------------------------------------------


def test_a_channel_that_nobody_knows_is_none(store: Store) -> None:
    """Nothing is made by asking."""
    assert store.channels.channel(ONE, "general") is None
    assert store.channels.channels(ONE) == []
    store.channels.leave(ONE, "general")


def test_joining_is_news_once(store: Store) -> None:
    """The first hears it, whatever name is given then; after leaving it is news again."""
    assert store.channels.join(ONE, "c", "general", NOW)
    assert not store.channels.join(ONE, "c", "renamed", NOW)
    assert store.channels.channel(ONE, "c") == Channel(ONE, "c", "general")
    store.channels.leave(ONE, "c")
    assert store.channels.join(ONE, "c", "renamed", NOW)


def test_joining_at_once_is_news_to_one(store: Store) -> None:
    """Two events of one joining say one welcome."""
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: store.channels.join(ONE, "c", "general", NOW), range(8)))
    assert sorted(told) == [False] * 7 + [True]


def test_what_is_not_chosen_stays(store: Store) -> None:
    """Each choice is kept until another takes its place; the first one makes the channel."""
    story = store.create_story(ONE, "crisis", "Crisis", NOW)
    assert store.channels.choose(ONE, "c", NOW) == Channel(ONE, "c", "c")
    assert store.channels.choose(ONE, "c", NOW, language="fr") == Channel(ONE, "c", "c", None, "fr")
    store.channels.choose(ONE, "c", NOW, story=story)
    store.channels.choose(ONE, "c", NOW, timezone="Europe/Paris")
    whole = Channel(ONE, "c", "c", "crisis", "fr", "Europe/Paris")
    assert store.channels.channel(ONE, "c") == store.channels.choose(ONE, "c", NOW) == whole
    for language in LANGUAGES:
        assert store.channels.choose(ONE, "c", NOW, language=language).language == language


def test_what_was_chosen_outlives_a_joining(store: Store) -> None:
    """And the channel keeps its choices when its name is told."""
    store.channels.choose(ONE, "c", NOW, language="fr")
    store.channels.join(ONE, "c", "general", NOW)
    found = store.channels.channel(ONE, "c")
    assert found is not None
    assert found.language == "fr"


def test_channels_are_by_age(store: Store) -> None:
    """Then by id."""
    for minutes, channel in ((2, "a"), (0, "z"), (1, "c"), (1, "b")):
        store.channels.join(ONE, channel, channel, NOW + timedelta(minutes=minutes))
    assert [c.id for c in store.channels.channels(ONE)] == ["z", "b", "c", "a"]


def test_a_channel_is_its_tenants(store: Store) -> None:
    """One of the same id on another server or platform is another, and leaves by itself."""
    story = store.create_story(ONE, "crisis", "Crisis", NOW)
    store.channels.choose(ONE, "c", NOW, story=story, language="fr", timezone="UTC")
    for other in OTHERS:
        assert store.channels.channel(other, "c") is None
        assert store.channels.channels(other) == []
        assert store.channels.join(other, "c", "theirs", NOW)
        store.channels.choose(other, "c", NOW, language="en")
        store.channels.leave(other, "c")
    assert store.channels.channel(ONE, "c") == Channel(ONE, "c", "c", "crisis", "fr", "UTC")


def test_another_tenants_story_is_not_told(store: Store) -> None:
    """Even where a channel was made to point to it, nothing of it is seen."""
    story = store.create_story(TWO, "secret", "Secret", NOW)
    assert store.channels.choose(ONE, "c", NOW, story=story).story is None
    assert [c.story for c in store.channels.channels(ONE)] == [None]


def test_a_channel_whose_story_went_has_none(store: Store) -> None:
    """Also after another story took its id; its other choices stay."""
    story = store.create_story(ONE, "crisis", "Crisis", NOW)
    store.channels.choose(ONE, "c", NOW, story=story, language="fr")
    store.remove_story(ONE, "crisis")
    assert store.channels.channel(ONE, "c") == Channel(ONE, "c", "c", None, "fr")
    again = store.create_story(ONE, "other", "Other", NOW)
    assert again.id == story.id
    assert store.channels.channel(ONE, "c") == Channel(ONE, "c", "c", None, "fr")


# ---- messages ------------------------------------------------------------------------------------------------------


def test_a_message_is_kept_as_it_was_posted(store: Store) -> None:
    """By its number, in its channel alone."""
    posted = store.channels.post(ONE, "c", "Ann", '{"é": "\\u0000 🙂"}', NOW)
    assert store.channels.messages(ONE, "c") == [posted]
    assert store.channels.message(ONE, "c", posted.id) == posted
    assert (posted.author, posted.at, posted.body) == ("Ann", NOW, '{"é": "\\u0000 🙂"}')
    for tenant, channel, number in (
        (ONE, "d", posted.id),
        (ONE, "c", posted.id + 1),
        *((x, "c", posted.id) for x in OTHERS),
    ):
        with pytest.raises(NotFound):
            store.channels.message(tenant, channel, number)
        if number == posted.id:
            assert store.channels.messages(tenant, channel) == []


def test_messages_are_told_in_pages(store: Store) -> None:
    """The newest, those before one, those after one; always the oldest of them first."""
    ids = [store.channels.post(ONE, "c", "a", str(n), NOW).id for n in range(7)]
    for n in range(3):
        store.channels.post(TWO, "c", "x", str(n), NOW)
        store.channels.post(ONE, "d", "x", str(n), NOW)

    def told(**bounds: int) -> list[int]:
        return [m.id for m in store.channels.messages(ONE, "c", **bounds)]

    assert ids == sorted(ids)
    assert told() == ids
    assert told(most=3) == ids[4:]
    assert told(most=3, before=ids[4]) == ids[1:4]
    assert told(before=ids[0]) == []
    assert told(most=3, after=ids[1]) == ids[2:5]
    assert told(after=0) == ids
    assert told(after=ids[-1]) == []


def test_leaving_forgets_the_messages(store: Store) -> None:
    """Of that channel alone."""
    for tenant, channel in ((ONE, "c"), (ONE, "d"), (TWO, "c")):
        store.channels.join(tenant, channel, channel, NOW)
        store.channels.post(tenant, channel, "a", "x", NOW)
    store.channels.leave(ONE, "c")
    assert store.channels.messages(ONE, "c") == []
    assert store.channels.channel(ONE, "c") is None
    assert len(store.channels.messages(ONE, "d")) == len(store.channels.messages(TWO, "c")) == 1
