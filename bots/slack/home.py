"""The App Home: stories, editions with when they go out next, what was posted last. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bots.answers import say
from bots.commands import Line, noop
from bots.fires import upcoming
from bots.handlers.editions import moment, reason
from bots.marks import Mark
from bots.slack.messages import button
from bots.slack.rich import elements
from briefings.model import Dispatch, Edition, Story
from briefings.plain import literal
from briefings.rendering.document import Inline, Strong, Text
from briefings.rendering.words import Words

_MOST = 20  # stories, editions and briefings that are shown


def home(
    stories: Sequence[tuple[Story, int]],
    editions: Sequence[Edition],
    posted: Sequence[Dispatch],
    now: datetime,
    words: Words,
) -> dict[str, Any]:
    """The view. `stories` with the number of their articles; `posted` the newest first."""
    blocks: list[dict[str, Any]] = [_header(words.message(noop("Stories")))]
    for story, articles in stories[:_MOST]:
        told = words.messages("%(n)s article", "%(n)s articles", articles) % {"n": articles}
        line: tuple[Inline, ...] = (Strong((Text(literal(story.name)),)), Text(f" · {story.slug} · {told}"))
        blocks.append(_line(line, words))
        if articles and len(story.slug) <= 72:
            brief = button(words.message(noop("Brief me")), Mark("story", story.slug))
            blocks.append({"type": "actions", "elements": [brief]})
    if not stories:
        blocks.append(_line(say(words, noop("There is no story yet.")), words))
        blocks.append(
            _line(say(words, noop("Make one with %(new)s."), new=Line("/sitrep story new …")), words)
        )
    blocks.append(_header(words.message(noop("Editions"))))
    blocks += [_line(_edition(e, now, words), words) for e in editions[:_MOST]]
    if not editions:
        blocks.append(_line(say(words, noop("There is no edition yet.")), words))
    blocks.append(_header(words.message(noop("Last briefings"))))
    blocks += [_line(_briefing(d, words), words) for d in posted[:_MOST]]
    if not posted:
        blocks.append(_line(say(words, noop("Nothing was posted yet.")), words))
    return {"type": "home", "blocks": blocks[:100]}


def _edition(e: Edition, now: datetime, words: Words) -> tuple[Inline, ...]:
    head = (
        Strong((Text(f"{e.id}"),)),
        Text(f" · {e.slug} · {e.template} · {literal(e.said)} ({e.timezone}) · "),
    )
    if e.paused:
        return (*head, *say(words, noop("paused: %(why)s"), why=reason(e.paused, words)))
    following = upcoming(e, now, 1)
    if not following:
        return head
    return (*head, *say(words, noop("next: %(at)s"), at=moment(following[0], ZoneInfo(e.timezone), words)))


def _briefing(d: Dispatch, words: Words) -> tuple[Inline, ...]:
    return (
        Text(f"{words.moment(d.settled or d.due)} · {d.template or d.kind.value} → "),
        Text(d.address.channel),
    )


def _header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}


def _line(inlines: Sequence[Inline], words: Words) -> dict[str, Any]:
    """A line of rich text; the number of a channel is shown as the channel that it is."""
    found = [_channel(x) for x in elements(inlines, words.language)]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": found}]}


def _channel(element: dict[str, Any]) -> dict[str, Any]:
    text = str(element.get("text", ""))
    if text[:1] in ("C", "G") and text.isalnum() and text.isupper() and 8 < len(text) < 15:
        return {"type": "channel", "channel_id": text}
    return element
