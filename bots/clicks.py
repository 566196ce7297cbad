"""The calls that buttons, menus and forms of a message stand for, answered to whoever clicked. Pure; all may be Refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bots.answers import Form, Refused
from bots.commands import command_named, noop
from bots.paging import SECTIONS
from bots.parsing import Call, made

_SECTIONS = frozenset(dict(SECTIONS))
#: What buttons and menus may lead to.
_CLICKED = _SECTIONS | {"brief", "edition list"}


def asked(name: str, values: Mapping[str, str]) -> Call:
    """A command that a button or a menu asks for."""
    command = command_named(name)
    if command is None or name not in _CLICKED:
        raise Refused(noop("There is no such section."))
    return replace(made(command, values), private=True)


def section(name: str, story: str) -> Call:
    """A section of a story, by the name of its command."""
    if name not in _SECTIONS:
        raise Refused(noop("There is no such section."))
    return asked(name, {"story": story})


def filled_in(form: Form | None, values: Mapping[str, str]) -> Call:
    """What a form asks for, with the answers to its questions."""
    command = command_named(form.command) if form is not None else None
    if command is None or form is None:
        raise Refused(noop("This form is no longer known."))
    return made(command, {**values, **form.fixed})
