"""Application commands: what Discord takes, and what is registered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from tests.platforms.discord.limits import long, many
from tests.platforms.discord.refusals import Flaw

JSON = dict[str, Any]

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(
    1, 12
)
_NAME = re.compile(r"[-_'\w]{1,32}")
LOCALES = set(
    "id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja "
    "zh-TW ko ar he".split()
)


def flaws_of_commands(commands: Sequence[JSON]) -> list[Flaw]:
    """What is wrong with a set of commands for one place."""
    found: list[Flaw] = []
    for kind, most in ((1, 100), (2, 15), (3, 15)):
        names = Counter(c.get("name") for c in commands if (c.get("type") or 1) == kind)
        found += many("", list(names.elements()), 0, most)
        found += [
            Flaw("", "APPLICATION_COMMANDS_DUPLICATE_NAME", f"{name} is there {n} times.")
            for name, n in names.items()
            if n > 1
        ]
    for i, command in enumerate(commands):
        found += flaws_of_command(command, str(i))
    return found


def flaws_of_command(command: JSON, at: str = "") -> list[Flaw]:
    at = f"{at}." if at else ""
    if (command.get("type") or 1) != 1:
        found = list(long(f"{at}name", command.get("name"), 32, 1))
        if command.get("description"):
            found.append(Flaw(f"{at}description", "BASE_TYPE_BAD", "A context menu has no description."))
        return found
    found = [*_named(at, command), *_described(at, command), *_options(at, command.get("options") or [], 0)]
    if (size := _size(command)) > 8000:
        found.append(
            Flaw(f"{at}name", "APPLICATION_COMMAND_TOO_LARGE", f"At most 8000 characters, are {size}.")
        )
    return found


def _named(at: str, thing: JSON) -> Iterator[Flaw]:
    names = {"name": thing.get("name"), **_localized(thing, "name")}
    for where, name in names.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name != name.lower():
            said = f"{name!r} is not a name in small letters of at most 32."
            yield Flaw(f"{at}{where}", "APPLICATION_COMMAND_INVALID_NAME", said)
    for locale in [*(thing.get("name_localizations") or ()), *(thing.get("description_localizations") or ())]:
        if locale not in LOCALES:
            yield Flaw(f"{at}name_localizations", "BASE_TYPE_CHOICES", f"{locale} is no locale.")


def _described(at: str, thing: JSON) -> Iterator[Flaw]:
    texts = {"description": thing.get("description"), **_localized(thing, "description")}
    for where, text in texts.items():
        yield from long(f"{at}{where}", text, 100, 1)


def _localized(thing: JSON, field: str) -> dict[str, Any]:
    return {f"{field}_localizations.{k}": v for k, v in (thing.get(f"{field}_localizations") or {}).items()}


def _options(at: str, options: Sequence[JSON], depth: int) -> Iterator[Flaw]:
    yield from many(f"{at}options", options, 0, 25)
    for name, n in Counter(o.get("name") for o in options).items():
        if n > 1:
            yield Flaw(
                f"{at}options", "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", f"{name} is there {n} times."
            )
    nested = [o.get("type") in (SUBCOMMAND, GROUP) for o in options]
    if any(nested) and not all(nested):
        yield Flaw(
            f"{at}options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Subcommands beside other options."
        )
    optional = False
    for i, option in enumerate(options):
        here = f"{at}options.{i}."
        yield from _named(here, option)
        yield from _described(here, option)
        kind = option.get("type")
        if kind in (SUBCOMMAND, GROUP):
            if depth >= 2 or (kind == GROUP and depth):
                yield Flaw(here + "type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deep.")
            yield from _options(here, option.get("options") or [], depth + (1 if kind == GROUP else 2))
            continue
        if option.get("required") and optional:
            said = f"{option.get('name')} is required and comes after an optional one."
            yield Flaw(here + "required", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", said)
        optional = optional or not option.get("required")
        yield from _choices(here, option)


def _choices(at: str, option: JSON) -> Iterator[Flaw]:
    choices = option.get("choices") or []
    yield from many(f"{at}choices", choices, 0, 25)
    if choices and option.get("autocomplete"):
        yield Flaw(f"{at}autocomplete", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE", "Choices and completion.")
    for k, choice in enumerate(choices):
        for where, text in {"name": choice.get("name"), **_localized(choice, "name")}.items():
            yield from long(f"{at}choices.{k}.{where}", text, 100, 1)
        value = choice.get("value")
        if isinstance(value, str):
            yield from long(f"{at}choices.{k}.value", value, 100)
        if (option.get("type") == STRING) != isinstance(value, str):
            yield Flaw(f"{at}choices.{k}.value", "BASE_TYPE_BAD", f"{value!r} is not of the option's type.")


def _size(thing: JSON) -> int:
    """Name, description and the values of all options. Of the localized ones the longest counts."""
    size = 0
    for field in ("name", "description"):
        texts = [thing.get(field) or "", *(thing.get(f"{field}_localizations") or {}).values()]
        size += max(len(t) for t in texts)
    if isinstance(thing.get("value"), str):
        size += len(thing["value"])
    for inner in ("options", "choices"):
        size += sum(_size(x) for x in thing.get(inner) or [])
    return size


def registered(asked: JSON, id_: int, application: int, guild: int | None) -> JSON:
    """A command as Discord gives it back."""
    kind = asked.get("type") or 1
    allowed = asked.get("default_member_permissions")
    found = {
        "id": str(id_), "application_id": str(application), "version": str(id_), "type": kind, "name": asked["name"],
        "name_localizations": asked.get("name_localizations"), "description": asked.get("description") or "",
        "description_localizations": asked.get("description_localizations"),
        "default_member_permissions": None if allowed is None else str(allowed), "nsfw": bool(asked.get("nsfw")),
        "integration_types": asked.get("integration_types") or [0],
        "contexts": asked.get("contexts"), "dm_permission": asked.get("dm_permission", True) is not False,
    }  # fmt: skip
    if asked.get("options"):
        found["options"] = asked["options"]
    return found | ({"guild_id": str(guild)} if guild else {})
