"""The App Home: stories, editions with when they go out next, what was posted last. Pure."""

from __future__ import annotations

import re
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
        blocks.append(_line(say(words, noop("Make one with %(new)s."), new=Line("/story new …")), words))
    blocks.append(_header(words.message(noop("Editions"))))
    blocks += [_line(_edition(e, now, words), words) for e in editions[:_MOST]]
    if not editions:
        blocks.append(_line(say(words, noop("There is no edition yet.")), words))
    blocks.append(_header(words.message(noop("Last briefings"))))
    blocks += [_briefing(d, words) for d in posted[:_MOST]]
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


def _briefing(d: Dispatch, words: Words) -> dict[str, Any]:
    """When a briefing was posted, and where: a channel of Slack's as the link that it is."""
    line = _line((Text(f"{words.moment(d.settled or d.due)} · {d.template or d.kind.value} → "),), words)
    channel = d.address.channel
    known = d.address.via == "slack" and re.fullmatch(r"[CG][A-Z0-9]{7,14}", channel)
    where = (
        {"type": "channel", "channel_id": channel} if known else {"type": "text", "text": literal(channel)}
    )
    line["elements"][0]["elements"].append(where)
    return line


def _header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}


def _line(inlines: Sequence[Inline], words: Words) -> dict[str, Any]:
    found = elements(inlines, words.language)
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": found}]}
