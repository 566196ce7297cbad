"""What a command answers, before any platform has shaped it: a document of the core, and what goes with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from briefings.desk import Prepared
from briefings.model import Language, Story
from briefings.plain import literal
from briefings.rendering import Chart, Document
from briefings.rendering.document import Block, Code, Inline, ListBlock, Paragraph, Text
from briefings.rendering.words import Words

CHAT = "chat"  # the catalogue of what is said in chat and on the pages


@dataclass(frozen=True, slots=True)
class Field:
    """A question of a form. With `choices` (value, label) it is a choice of one, else a line to fill in."""

    option: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    value: str = ""
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """Questions whose answers make a call of `command` (its name, with the `fixed` options)."""

    command: str
    fields: tuple[Field, ...]
    submit: str
    fixed: Mapping[str, str] = field(default_factory=dict)
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """`public`: for the whole channel. `ok` is False for a refusal. `story` is what its citations are numbered in.

    `prepared` is what a briefing was made from, where the ledger has to remember it.
    """

    document: Document
    public: bool = True
    ok: bool = True
    story: Story | None = None
    charts: tuple[Chart, ...] = ()
    form: Form | None = None
    prepared: Prepared | None = None

    @property
    def language(self) -> Language:
        return self.document.language


class Named(Protocol):
    """What has a name in each language: a command, an option, a choice."""

    def named(self, language: Language) -> Inline: ...


class Refused(Exception):
    """A command can't be carried out: `what` says why and `hint` what to do, both messages with values to fill in."""

    def __init__(self, what: str, hint: str = "", **values: str | int | Inline | Named) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.values = values


_VALUE = re.compile(r"%\((\w+)\)s")


def say(words: Words, message: str, **values: str | int | Inline | Named) -> tuple[Inline, ...]:
    """A message in the words' language; its values stand in it as literal text, as the inlines that they are, or by
    their names in the language."""
    inlines: list[Inline] = []
    parts = _VALUE.split(words.message(message))
    for i, part in enumerate(parts):
        if i % 2 == 0:
            inlines += [Text(part)] if part else []
        else:
            value = values[part]
            if isinstance(value, str | int):
                inlines.append(Text(literal(str(value))))
            else:
                inlines.append(value if isinstance(value, Inline) else value.named(words.language))
    return tuple(inlines)


def paragraph(words: Words, message: str, **values: str | int | Inline | Named) -> Paragraph:
    return Paragraph(say(words, message, **values))


def bullets(*items: tuple[Inline, ...]) -> ListBlock:
    return ListBlock(tuple((Paragraph(i),) for i in items), None)


def typed(line: str) -> Code:
    """A command as it is typed."""
    return Code(literal(line))


def document(words: Words, *blocks: Block) -> Document:
    return Document(blocks, words.language)
