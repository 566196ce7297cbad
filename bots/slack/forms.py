"""Modals for commands: a question for each option, what was filled in, and what is wrong with it. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bots.answers import CHAT, Refused
from bots.commands import CHOICES, Command, Kind, Option, noop
from bots.handlers.channels import zone_named
from bots.handlers.editions import bearable, in_zone, only_if_changed, schedule
from bots.paging import shortened
from bots.parsing import made
from bots.telling import tell_refused
from briefings.model import Language
from briefings.rendering.words import Words

CALLBACK = "sitrep_form"
OPTION = "sitrep_option"  # begins the action_id of a select whose options are asked for
CHANNEL, THREAD = "channel", "thread"  # questions that an edition has in Slack alone

_EXTERNAL = frozenset({Kind.STORY, Kind.ACTOR, Kind.ZONE, Kind.EDITION, Kind.COMMAND})
_MOST_TITLE, _MOST_LABEL, _MOST_HINT, _MOST_ERROR, _MOST_VALUE = 24, 200, 200, 150, 1_000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a form was asked for; it travels with the form."""

    command: str
    channel: str
    name: str = ""
    thread: str = ""
    language: Language = "en"
    private: bool = False
    threaded: bool = False


def modal(
    command: Command, origin: Origin, given: Mapping[str, str], templates: Sequence[str]
) -> dict[str, Any]:
    """The form of a command, with the values that were given already."""
    words = Words(origin.language, domain=CHAT)
    blocks = [_question(o, origin, given.get(o.name, ""), templates, words) for o in command.options]
    if command.name == "edition add":
        blocks += _posting(origin, words)
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps(asdict(origin)),
        "title": _plain(shortened(f"/{command.words(origin.language)}", _MOST_TITLE)),
        "submit": _plain(words.message(noop("Go"))),
        "close": _plain(words.message(noop("Cancel"))),
        "blocks": blocks,
    }


def _question(
    option: Option, origin: Origin, value: str, templates: Sequence[str], words: Words
) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "type": "input",
        "block_id": option.name,
        "label": _plain(shortened(option.word(words.language).capitalize(), _MOST_LABEL)),
        "hint": _plain(shortened(words.message(option.help), _MOST_HINT)),
        "optional": not option.required,
        "element": _element(option, origin, value, templates, words),
    }
    return asked


def _element(
    option: Option, origin: Origin, value: str, templates: Sequence[str], words: Words
) -> dict[str, Any]:
    action = f"{OPTION}:{origin.command}:{option.name}"
    if option.kind in _EXTERNAL:
        made: dict[str, Any] = {"type": "external_select", "action_id": action, "min_query_length": 0}
        return {**made, "initial_option": _option(value, value)} if 0 < len(value) <= 150 else made
    if option.kind is Kind.YES:
        yes = _option("yes", words.message(noop("yes")))
        checked = {"type": "checkboxes", "action_id": action, "options": [yes]}
        return {**checked, "initial_options": [yes]} if value else checked
    choices = _choices(option, templates, words)
    if choices:
        select: dict[str, Any] = {"type": "static_select", "action_id": action, "options": choices}
        first = next((c for c in choices if c["value"] == value), None)
        return {**select, "initial_option": first} if first is not None else select
    text: dict[str, Any] = {"type": "plain_text_input", "action_id": action, "max_length": _MOST_VALUE}
    return {**text, "initial_value": value[:_MOST_VALUE]} if value else text


def _choices(option: Option, templates: Sequence[str], words: Words) -> list[dict[str, Any]]:
    if option.kind is Kind.TEMPLATE:
        return [_option(n, n) for n in templates[:100]]
    return [_option(c.value, words.message(c.label)) for c in CHOICES.get(option.kind, ())]


def _posting(origin: Origin, words: Words) -> list[dict[str, Any]]:
    """Where an edition goes, and whether its body stands in a thread."""
    yes = _option("yes", words.message(noop("Headline in the channel, the rest in its thread.")))
    return [
        {
            "type": "input",
            "block_id": CHANNEL,
            "label": _plain(words.message(noop("Channel"))),
            "optional": True,
            "element": {
                "type": "conversations_select",
                "action_id": f"{OPTION}:{origin.command}:{CHANNEL}",
                "default_to_current_conversation": True,
                "filter": {"include": ["public", "private"], "exclude_bot_users": True},
            },
        },
        {
            "type": "input",
            "block_id": THREAD,
            "label": _plain(words.message(noop("In a thread"))),
            "optional": True,
            "element": {
                "type": "checkboxes",
                "action_id": f"{OPTION}:{origin.command}:{THREAD}",
                "options": [yes],
                **({"initial_options": [yes]} if origin.threaded else {}),
            },
        },
    ]


def _option(value: str, label: str) -> dict[str, Any]:
    return {"text": _plain(shortened(label, 75).strip() or value[:75]), "value": value}


def option(value: str, label: str) -> dict[str, Any] | None:
    """An option of a select; None where its value is longer than one may be."""
    return _option(value, label) if 0 < len(value) <= 150 else None


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text or "—", "emoji": False}


# ---- what was filled in ----------------------------------------------------------------------------------------------------


def origin_of(view: Mapping[str, Any]) -> Origin:
    """ValueError or TypeError where the form is not one of ours."""
    return Origin(**json.loads(str(view.get("private_metadata") or "{}")))


def filled(view: Mapping[str, Any]) -> dict[str, str]:
    """The values of a submitted form by the names of its questions; none that was left empty."""
    values: dict[str, str] = {}
    for block, actions in ((view.get("state") or {}).get("values") or {}).items():
        for state in actions.values():
            value = _value(state)
            if value:
                values[str(block)] = value
    return values


def _value(state: Mapping[str, Any]) -> str:
    if state.get("selected_options"):
        return str(state["selected_options"][0]["value"])
    if state.get("selected_option"):
        return str(state["selected_option"]["value"])
    return str(state.get("selected_conversation") or state.get("value") or "").strip()


def faults(
    command: Command,
    values: Mapping[str, str],
    words: Words,
    templates: Collection[str],
    now: datetime,
    default_zone: str,
    minutes: int,
) -> dict[str, str]:
    """What is wrong, by the question where it stands; in the reader's language. Empty where all can be carried out."""
    found: dict[str, str] = {}
    for option_ in command.options:
        value = values.get(option_.name)
        if value is None:
            continue
        try:
            _check(option_, value, values, words.language, templates, now, default_zone, minutes)
        except Refused as e:
            found[option_.name] = _told(e, words)
    if not found:
        try:
            made(command, values)
        except Refused as e:
            wrong = e.values.get("option")
            name = wrong.name if isinstance(wrong, Option) else command.options[0].name
            found[name] = _told(e, words)
    return found


def _check(
    option_: Option,
    value: str,
    values: Mapping[str, str],
    language: Language,
    templates: Collection[str],
    now: datetime,
    default_zone: str,
    minutes: int,
) -> None:
    match option_.kind:
        case Kind.ZONE:
            zone_named(value)
        case Kind.TEMPLATE if value not in templates:
            raise Refused(noop("There is no template “%(name)s”."), name=value[:80])
        case Kind.WHEN:
            spoken, zone = in_zone(only_if_changed(value)[0])
            cron = schedule(spoken, language)
            try:
                name = zone_named(values.get("timezone") or zone or default_zone)
            except Refused:
                return  # it is told where the zone stands
            bearable(cron, name, now, minutes)
        case Kind.NUMBER | Kind.EDITION | Kind.STATUS | Kind.LANGUAGE:
            made(Command(("x",), ("x",), "", (option_,)), {option_.name: value})
        case _:
            pass


def _told(e: Refused, words: Words) -> str:
    what, hint = tell_refused(e, words)
    return shortened(" ".join(_words(x) for x in (what, hint) if x), _MOST_ERROR)


def _words(inlines: Sequence[Any]) -> str:
    found = []
    for x in inlines:
        if hasattr(x, "text"):
            found.append(str(x.text))
        elif hasattr(x, "children"):
            found.append(_words(x.children))
    return "".join(found)
