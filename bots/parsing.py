"""A typed line as a call: "/quotes by:Altman", "/story add https://…", "/point modele:flash".

Options are given as `name:value`, `name=value` or `--name value`, or in their order without names. Words between
quotation marks are one word. English and French names are taken, with or without accents.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from bots.answers import Refused, typed
from bots.commands import CHOICES, COMMANDS, REST, Command, Example, Kind, Line, Listed, Option, noop
from briefings.model import PLAIN, Address, Manner, fold
from briefings.nearest import nearest

Value = str | int | tuple[str, ...]

MOST_CHARACTERS = 4_000
_ANY_WORDS = frozenset(
    {Kind.WORDS, Kind.ADDRESSES, Kind.WHEN, Kind.TOPICS, Kind.ARTICLE}
)  # what may hold a colon of its own
_SPOKEN = frozenset({Kind.ACTOR, Kind.DAY})  # "/quotes by Altman", "/timeline since yesterday"
_NUMBER_MARK = re.compile(r"^(?:n[°ºo]\.?|#|no\.)\s*", re.IGNORECASE)
_TOKEN = re.compile(
    r"""(?P<name>--[\w-]+(?=[\s=]|$)=?|[\w-]+[:=](?!//))?(?:"(?P<a>[^"]*)"|“(?P<b>[^”]*)”|«\s?(?P<c>[^»]*?)\s?»|(?P<d>\S+))?"""
)


@dataclass(frozen=True, slots=True)
class Posting:
    """Where and how an edition is posted, as a platform's own options choose it.

    `address` None: where the command is typed. `name` is what people call the channel, `role` the role that is called.
    """

    address: Address | None = None
    name: str = ""
    manner: Manner = PLAIN
    role: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A command with its options' values, checked for their kind alone.

    `private`: the answer is for the asker alone, whatever the command. `posting` is what the platform adds to an edition.
    """

    command: Command
    values: Mapping[str, Value] = field(default_factory=dict)
    private: bool = False
    posting: Posting = Posting()

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def number(self, name: str) -> int | None:
        value = self.values.get(name)
        return value if isinstance(value, int) else None

    def several(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name)
        return value if isinstance(value, tuple) else ()


@cache
def _names() -> dict[tuple[str, ...], Command]:
    """Every command by its folded English and French path."""
    found = {}
    for c in COMMANDS:
        for path in (c.path, c.fr):
            found[tuple(fold(p) for p in path)] = c
    return found


@cache
def groups() -> dict[str, tuple[Command, ...]]:
    """The commands of two words by their folded first word, English and French."""
    found: dict[str, tuple[Command, ...]] = {}
    for c in COMMANDS:
        if len(c.path) == 2:
            for first in {fold(c.path[0]), fold(c.fr[0])}:
                found[first] = (*found.get(first, ()), c)
    return found


def command_of(text: str) -> Command | None:
    """The command that these words begin with, if any: "story add", "aide"."""
    words = [fold(w) for w in text.strip().lstrip("/").split()[:2]]
    for size in (2, 1):
        found = _names().get(tuple(words[:size])) if len(words) >= size else None
        if found is not None:
            return found
    return None


def clean(text: str) -> str:
    """Text that every encoding has: a lone half of a surrogate pair is a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def parse(line: str, templates: Collection[str] = ()) -> Call:
    """The call that a line makes. Refused says what is wrong with it, and the nearest that is right.

    `templates` are the names that a template may have: a word without a name goes to the option that knows it.
    """
    line = clean(line).strip()
    if not line.lstrip("/").strip():
        raise Refused(noop("Nothing was typed."), noop("%(help)s lists what there is."), help=Line("/help"))
    if len(line) > MOST_CHARACTERS:
        raise Refused(
            noop("This line has more than %(most)s characters."), noop("Split it."), most=MOST_CHARACTERS
        )
    command = command_of(line)
    if command is None:
        raise _unknown(line)
    rest = line.lstrip("/").split(maxsplit=len(command.path))
    arguments = rest[len(command.path)] if len(rest) > len(command.path) else ""
    return Call(command, _checked(command, placed(command, arguments, templates)))


def made(command: Command, given: Mapping[str, str]) -> Call:
    """The call that a form or a platform's own options make. Refused where a value is none of its kind."""
    values = {o.name: clean(given[o.name]) for o in command.options if given.get(o.name)}
    if sum(len(v) for v in values.values()) > MOST_CHARACTERS:
        raise Refused(
            noop("This line has more than %(most)s characters."), noop("Split it."), most=MOST_CHARACTERS
        )
    kinds = {o.name: o.kind for o in command.options}
    return Call(command, _checked(command, {n: _words_of(v, kinds[n]) for n, v in values.items()}))


def _words_of(value: str, kind: Kind) -> list[str]:
    """The words of one field, as they would be typed."""
    if kind is Kind.ADDRESSES:
        return value.split()
    if kind is Kind.TOPICS:
        return [t.raw if t.name else t.text for t in tokens(value)]
    return [value]


def _unknown(line: str) -> Refused:
    words = line.lstrip("/").split()
    group = groups().get(fold(words[0]))
    if group is not None:
        return Refused(
            noop("%(group)s needs to be told what to do."),
            noop("There is: %(known)s."),
            group=typed(f"/{words[0]}"),
            known=Listed(group),
        )
    name = typed(f"/{words[0][:50]}")
    what = noop("There is no command %(name)s.")
    near = nearest_commands(" ".join(words[:2]))
    if near:
        return Refused(what, noop("Did you mean %(near)s?"), name=name, near=Listed(near))
    return Refused(what, noop("%(help)s lists what there is."), name=name, help=Line("/help"))


def nearest_commands(text: str) -> tuple[Command, ...]:
    """The commands whose English or French names are most like the text, at most two."""
    names = {n: c for c in COMMANDS for n in (c.name, " ".join(c.fr))}
    return tuple(dict.fromkeys(names[n] for n in nearest(text, names, most=2)))


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a line: as typed (`raw`), the option's name that it begins with ("" where it has none), what follows."""

    name: str
    text: str
    raw: str
    end: int


def tokens(text: str) -> list[Token]:
    """The words of a line with the names that they begin with."""
    found: list[Token] = []
    for m in _TOKEN.finditer(text):
        if m[0]:
            words = next((g for g in (m["a"], m["b"], m["c"], m["d"]) if g is not None), "")
            found.append(Token((m["name"] or "").rstrip(":=").removeprefix("--"), words, m[0], m.end()))
    return found


def placed(command: Command, text: str, templates: Collection[str]) -> dict[str, list[str]]:
    """The words of a line by the option that they are for. Refused where one is for none."""
    given: dict[str, list[str]] = {}
    loose: list[str] = []
    current: Option | None = None  # a named option that takes the words that follow, or the next one
    for i, token in enumerate(tokens(text)):
        option = command.option(token.name) if token.name else None
        bare = command.option(token.text) if i == 0 and not token.name else None
        if bare is not None and bare.kind in _SPOKEN:
            given[bare.name] = []
            current = bare
            continue
        if option is not None:
            given.setdefault(option.name, []).append(token.text)
            current = option if option.kind in REST or not token.text else None
        elif token.name and not any(o.kind in _ANY_WORDS for o in command.options):
            raise Refused(
                noop("%(command)s has no option “%(option)s”."),
                noop("It takes: %(known)s."),
                command=command,
                option=token.name[:50],
                known=Listed(command.options),
            )
        elif current is not None:
            given[current.name].append(token.raw if token.name else token.text)
            current = current if current.kind in REST else None
        else:
            loose.append(token.raw if token.name else token.text)
    named = frozenset(given)
    for word in loose:
        option = _taker(command, word, given, templates, named)
        given.setdefault(option.name, []).append(word)
    return given


def _checked(command: Command, given: Mapping[str, Sequence[str]]) -> dict[str, Value]:
    """The options' values from their words. Refused where one is wrong, or a required one is missing."""
    values: dict[str, Value] = {}
    for option in command.options:
        words = [w for w in given.get(option.name, []) if w.strip()]
        if words:
            values[option.name] = _value(option, words)
        elif option.required:
            raise Refused(
                noop("%(command)s needs %(option)s."),
                noop("For example: %(example)s"),
                command=command,
                option=option,
                example=Example(command),
            )
    return values


def _taker(
    command: Command,
    word: str,
    given: Mapping[str, Sequence[str]],
    templates: Collection[str],
    named: Collection[str],
) -> Option:
    """The option that a word without a name is for: the one that knows it, else the first that takes any."""
    when = next((o for o in command.options if o.kind is Kind.WHEN and o.name not in named), None)
    if when is not None:  # its words may look like anything: first what stands before it
        needed = [o for o in command.options if o.required and o.name not in given]
        template = next((o for o in needed if o.kind is Kind.TEMPLATE), None)
        if template is not None and word.lower() in templates:
            return template
        return needed[0] if needed else when
    free = [o for o in command.options if o.name not in given or (o.kind in REST and o.name not in named)]
    for option in free:
        if option.kind in CHOICES and choice_of(option.kind, word) is not None:
            return option
        if option.kind is Kind.TEMPLATE and word.lower() in templates:
            return option
    for option in free:
        if option.kind not in CHOICES and (option.kind is not Kind.TEMPLATE or len(free) == 1):
            return option
    if free:
        return free[0]
    raise Refused(
        noop("%(command)s does not know what to do with “%(word)s”."),
        noop("%(help)s says what it takes."),
        command=command,
        word=word[:80],
        help=Line(f"/help {command.name}"),
    )


def choice_of(kind: Kind, word: str) -> str | None:
    """The value of a closed kind that a word means, in English or French."""
    folded = fold(word)
    for choice in CHOICES[kind]:
        if folded in (fold(choice.value), fold(choice.label), fold(choice.fr)):
            return choice.value
    return None


def _value(option: Option, words: list[str]) -> Value:
    if option.kind in (Kind.ADDRESSES, Kind.TOPICS):
        return tuple(_address(w) for w in words)
    if option.kind in (Kind.ARTICLE, Kind.STORY, Kind.ANY_STORY):
        return _address(" ".join(words))
    text = " ".join(words)
    if option.kind in (Kind.NUMBER, Kind.EDITION):
        number = _NUMBER_MARK.sub("", text).strip("[]")
        if not number.isascii() or not number.isdigit() or len(number) > 9:
            raise Refused(
                noop("“%(word)s” is not a number."),
                noop("Give the number of a citation, such as 12 for [12].")
                if option.kind is Kind.NUMBER
                else noop("Give the number of an edition, as %(list)s has it."),
                list=Line("/edition list"),
                word=text[:80],
            )
        return int(number)
    if option.kind in CHOICES:
        value = choice_of(option.kind, text)
        if value is None:
            raise Refused(
                noop("“%(word)s” is not a value of %(option)s."),
                noop("Choose one of these: %(known)s."),
                word=text[:80],
                option=option,
                known=Listed(CHOICES[option.kind]),
            )
        return value
    return text.strip()


def _address(word: str) -> str:
    """An address without the angle brackets that chats put around it."""
    if word.startswith("<") and word.endswith(">"):
        word = word[1:-1].partition("|")[0]
    return word
