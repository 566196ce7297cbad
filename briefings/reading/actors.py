"""Mentions gathered into actors: who is the same, by surname, abbreviation or the shorter form of a name."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from briefings.model import Kind, Span, fold
from briefings.reading.runs import ARTICLES, JOINERS, PARTICLES, Mention
from briefings.reading.text import Text

_LOOKED_AT = 40  # mentions of a name that tell its kind
_GENERATION = frozenset(["jr", "sr", "ii", "iii", "iv"])


@dataclass(slots=True)
class Entity:
    """An actor in the making."""

    name: str
    kind: Kind
    forms: dict[str, None] = field(default_factory=dict)  # in order of appearance
    mentions: list[Mention] = field(default_factory=list)
    sex: str = ""
    headline: bool = False  # named in the headline

    @property
    def keys(self) -> set[str]:
        return {fold(f) for f in self.forms}


_BRACKETED = re.compile(r"\s?\(([^()]{2,60})\)")


def gather(text: Text, found: list[Mention], title: list[str]) -> list[Entity]:
    """The actors, longest names first by appearance; each mention gets its actor's index.

    A surname alone joins the one person who bears it; an abbreviation joins the name that it stands behind in
    brackets or whose initials it is; a shorter form of an organisation's name joins the longer.
    `title` holds names from the headline, which may be fuller than those of the body.
    """
    lex = text.lex
    entities: list[Entity] = []
    by_key: dict[str, int] = {}
    surnames: dict[str, list[int]] = defaultdict(list)
    givens: dict[str, list[int]] = defaultdict(list)

    def add(m: Mention, kind: Kind) -> int:
        entities.append(Entity(m.text, kind))
        index = len(entities) - 1
        parts = m.key.split()
        while len(parts) > 1 and parts[-1] in _GENERATION:
            parts.pop()
        if kind is Kind.PERSON and len(parts) > 1:
            for cut_at in range(1, len(parts)):
                surnames[" ".join(parts[cut_at:])].append(index)
            givens[parts[0]].append(index)
            if len(parts) > 2:
                givens[" ".join(parts[:2])].append(index)
        if kind is Kind.ORG:
            orgs.add(m, index)
        return index

    same: dict[str, list[Mention]] = defaultdict(list)
    for m in found:
        same[m.key].append(m)
    orgs = _OrgIndex()
    order = sorted(found, key=lambda m: (-len(m.key.split()), m.first))
    short: list[Mention] = []
    for m in order:
        key = m.key
        if not key:
            continue
        index = by_key.get(key, -1)
        if index < 0:
            parts = key.split()
            particle = text.words[m.first - 1] if m.first and text.caps[m.first - 1] else ""
            if particle in PARTICLES and len(set(surnames.get(f"{particle} {key}", []))) == 1:
                index = surnames[f"{particle} {key}"][0]  # "Le Floc'h" of "Yann Le Floc'h"
            elif m.kind is not Kind.ORG:
                bearers = surnames.get(key, [])
                if len(set(bearers)) == 1:
                    index = bearers[0]
                elif bearers:  # several of the family: the one named last before
                    index = max(
                        bearers,
                        key=lambda b: max(
                            (x.first for x in entities[b].mentions if x.first < m.first), default=-1
                        ),
                    )
                elif (
                    len(parts) == 1
                    and len(set(givens.get(key, []))) == 1
                    and (parts[0] in lex.given or m.title == "")
                ) or (len(parts) == 2 and parts[0] in lex.given and len(set(givens.get(key, []))) == 1):
                    index = givens[key][0]
            if index < 0 and m.kind is not Kind.PERSON:
                index = orgs.longer(m)
        if index < 0:
            if len(key.split()) == 1 and m.kind is None:
                short.append(m)
                continue
            index = add(m, m.kind or _guess(text, same[key], same.get(key.split()[-1], [])))
        by_key.setdefault(key, index)
        entities[index].mentions.append(m)
        m.actor = index
    for m in short:
        index = by_key.get(m.key, -1)
        if index < 0:
            index = add(m, _guess(text, same[m.key]))
            by_key[m.key] = index
        entities[index].mentions.append(m)
        m.actor = index
    _abbreviations(text, entities)
    _finish(text, entities, title)
    return entities


class _OrgIndex:
    """Organisations by the beginnings and ends of their names and by their initials."""

    def __init__(self) -> None:
        self.heads: dict[str, int] = {}
        self.tails: dict[str, int] = {}
        self.initials: dict[str, int] = {}

    def add(self, m: Mention, index: int) -> None:
        words = m.key.split()
        for cut_at in range(1, len(words)):
            self.heads.setdefault(" ".join(words[:cut_at]), index)
            if m.text[0].isupper():
                self.tails.setdefault(" ".join(words[cut_at:]), index)
        if len(words) > 1:
            parts = m.text.replace("’", "'").replace("'", " ").replace("-", " ").split()
            self.initials.setdefault("".join(w[0] for w in parts if w[0].isupper()).lower(), index)
            self.initials.setdefault(
                "".join(w[0] for w in words if w not in PARTICLES and w not in JOINERS["en"]), index
            )

    def longer(self, m: Mention) -> int:
        """An organisation whose name begins or ends with this mention's words, or whose initials they are, or -1."""
        key, capital = m.key, m.text[0].isupper()
        single = " " not in key
        if len(key) > 2 and (capital or not single) and key in self.heads:
            return self.heads[key]
        if len(key) > 2 and capital and key in self.tails:
            return self.tails[key]
        if single and m.text.isupper() and len(m.text) > 1:
            return self.initials.get(key, -1)
        return -1


def _guess(text: Text, same: list[Mention], alone: list[Mention] | None = None) -> Kind:
    """A name's kind by what stands around its mentions: persons say things, have roles and take no article.

    `same` are the name's mentions, `alone` those of its last word by itself. Two or three capitalised words with
    nothing against it are a person; a lone word with nothing for it is not.
    """
    words, lex = text.words, text.lex
    several = same[0].last > same[0].first
    around = [*same[:_LOOKED_AT], *(alone or [])[:_LOOKED_AT]]
    for m in around:
        before = words[m.first - 1] if m.first else ""
        if several and m.last == m.first and text.caps[m.first - 1]:
            continue  # "Le Floc'h" beside "Yann Le Floc'h"
        if before in ARTICLES[text.language] or before in ("chez", "at", "@", "#"):
            return Kind.ORG
        if before in ("de", "d'", "of", "for") and m.first > 1 and words[m.first - 2] in lex.role_heads:
            return Kind.ORG  # "cofondateur de Twitch", "a spokesman for Twitch"
    for m in around:
        before = words[m.first - 1] if m.first else ""
        after = words[m.last + 1] if m.last + 1 < len(words) else ""
        if m.lead or m.title or after in lex.cues or before in lex.cues or before in lex.role_heads:
            return Kind.PERSON
        if (
            after == ","
            and before != ","
            and m.last + 2 < len(words)
            and (words[m.last + 2] in lex.role_heads or words[m.last + 2].isdigit())
        ):
            return Kind.PERSON
    if several:
        return Kind.PERSON if alone or same[0].last - same[0].first < 3 else Kind.ORG
    return Kind.ORG


def _abbreviations(text: Text, entities: list[Entity]) -> None:
    """Join what stands in brackets right behind a name with it: "Nouvelle Démocratie (ND)"."""
    starts = {m.first: (e, m) for e in entities for m in e.mentions}
    for e in list(entities):
        for m in list(e.mentions):
            if m.last + 3 >= len(text.words) or text.words[m.last + 1] != "(":
                continue
            inner = starts.get(m.last + 2)
            if inner is None or inner[0] is e or text.words[inner[1].last + 1 : inner[1].last + 2] != [")"]:
                continue
            other = inner[0]
            acronym = inner[1].text.isupper() or m.text.isupper()
            body = any(w in text.lex.bodies for w in text.words[m.first : m.last + 1])
            if (
                not acronym
                or e.kind is not Kind.ORG
                or other.kind is not Kind.ORG
                or not (body or _may_abbreviate(m.text, inner[1].text))
            ):
                continue
            e.mentions += other.mentions
            other.mentions = []


def _may_abbreviate(name: str, short: str) -> bool:
    """Whether the letters of the shorter, or half of them, come from the words of the longer."""
    if len(short) > len(name):
        name, short = short, name
    initials = {w[0] for w in fold(name).split()}
    letters = [c for c in fold(short) if c.isalpha()]
    return sum(c in initials for c in letters) * 2 >= len(letters)


def _is_place(text: Text, e: Entity) -> bool:
    """Whether every mention says where ("à Gao", "in Kassel") and nothing says who."""
    if any(m.title or m.lead for m in e.mentions) or text.words[e.mentions[0].first] in text.lex.given:
        return False
    if e.kind is Kind.ORG and any(
        w in text.lex.bodies for m in e.mentions for w in text.words[m.first : m.last + 1]
    ):
        return False
    if any(
        m.text.isupper()
        or (any(c.isupper() for c in m.text[1:] if c.isalpha()) and " " not in m.text and "-" not in m.text)
        for m in e.mentions
    ):
        return False  # "ONU", "YouTube"
    where = sum(_says_where(text, m) for m in e.mentions)
    return where == len(e.mentions) or (e.kind is not Kind.PERSON and where * 2 >= len(e.mentions) > 1)


def _says_where(text: Text, m: Mention) -> bool:
    """Whether a mention is governed by a preposition of place, or by a noun that has places ("maire de X")."""
    words, lex = text.words, text.lex
    if not m.first:
        return False
    before = words[m.first - 1]
    if before in lex.place_prepositions:
        return not (before == "to" and m.first > 1 and words[m.first - 2] in ("according", *lex.cues))
    return before in ("de", "d'", "of") and m.first > 1 and words[m.first - 2] in lex.of_places


def _only_headline(e: Entity, headlines: list[Span]) -> bool:
    """Whether the name stands only in lines where every word is capitalised, so that capitals tell nothing."""
    starts = [h.start for h in headlines]
    return bool(headlines) and all(
        (i := bisect_right(starts, m.span.start) - 1) >= 0 and m.span.start < headlines[i].end
        for m in e.mentions
    )


def _headlines(text: Text) -> list[Span]:
    if text.language != "en":
        return []
    lines = []
    for p in text.paragraphs:
        if p.end - p.start > 120 or text.plain[p.end - 1] in '.!?:"”':
            continue
        tokens = [i for i in text.tokens_in(p.start, p.end) if text.words[i].isalpha()]
        capitals = sum(text.caps[i] for i in tokens)
        if len(tokens) > 3 and capitals >= 0.6 * len(tokens):
            lines.append(p)
    return lines


def _finish(text: Text, entities: list[Entity], title: list[str]) -> None:
    """Choose each actor's name, collect its forms, learn its sex."""
    headlines = _headlines(text)
    entities[:] = [
        e for e in entities if e.mentions and not _is_place(text, e) and not _only_headline(e, headlines)
    ]
    for index, e in enumerate(entities):
        e.mentions.sort(key=lambda m: m.first)
        for m in e.mentions:
            m.actor = index
            e.forms.setdefault(m.text, None)
            if m.title:
                e.forms.setdefault(
                    text.raw[
                        text.starts[m.first - (2 if text.words[m.first - 1] == "." else 1)] : m.span.end
                    ],
                    None,
                )
                e.sex = e.sex or text.lex.titles.get(m.title, "").replace("n", "")
        bare = list(dict.fromkeys(m.text for m in e.mentions))
        e.name = max(bare, key=lambda f: (len(fold(f).split()), len(f)))
        if e.kind is Kind.PERSON:
            parts = fold(e.name).split()
            e.sex = (
                e.sex or text.lex.given.get(parts[0], "") or text.lex.given.get(e.name.split()[0].lower(), "")
            )
            e.headline = any(fold(full).split()[-1:] == parts[-1:] for full in title)
            for full in title:
                if fold(full).split()[-1:] == parts and len(full.split()) > 1:
                    e.name = full
                    e.forms.setdefault(full, None)
