"""Who is named in an article: mentions of persons and organisations, gathered into actors.

A mention is a run of capitalised words ("Fatou Bensouda"), a body with its complement ("ministère de
l'Intérieur"), or an abbreviation. Which words may begin or join a name comes from the lexicon; whether a lone
capitalised word is a name is told by the rest of the article.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache

from briefings.model import Kind, Language, Span, fold
from briefings.reading.lexicon import lexicon
from briefings.reading.text import Text, WordTable

#: Lower-case words inside the names of persons.
PARTICLES = frozenset(
    [
        "de",
        "du",
        "des",
        "d'",
        "la",
        "le",
        "van",
        "von",
        "der",
        "den",
        "ter",
        "di",
        "da",
        "del",
        "della",
        "dos",
        "das",
        "al",
        "el",
        "ben",
        "bin",
        "ibn",
        "ag",
        "y",
    ]
)
#: Words that join the parts of an organisation's name.
JOINERS = {
    "fr": frozenset(
        ["de", "du", "des", "d'", "la", "le", "les", "l'", "et", "pour", "sur", "à", "au", "aux"]
    ),
    "en": frozenset(["of", "for", "the", "and"]),
}
_ARTICLES = {
    "fr": frozenset(["le", "la", "les", "l'", "du", "des", "au", "aux", "cette", "ce"]),
    "en": frozenset(["the"]),
}
_FIRM = frozenset(
    [
        "inc",
        "corp",
        "ltd",
        "llc",
        "plc",
        "sa",
        "gmbh",
        "ag",
        "co",
        "group",
        "groupe",
        "holdings",
        "technologies",
        "partners",
        "bank",
        "media",
    ]
)
_ROMAN = re.compile(r"[IVXLC]+(?:e|er|ème|th)?$")
_VILLAGE = re.compile(r"-(?:sur|sous|en|les|lès|de|du|la|le)-|^sainte?-")
_MADE_OF = re.compile(r"-[a-z]+$")  # "Russian-made"
_GENERATION = frozenset(["jr", "sr", "ii", "iii", "iv"])
_MAX_WORDS = 9


@dataclass(slots=True)
class Mention:
    """A name in its place: tokens `first` to `last`, both included; `title` is the title of address before it."""

    first: int
    last: int
    span: Span
    text: str
    kind: Kind | None = None
    title: str = ""
    lead: tuple[int, int] | None = None  # tokens of a role that stands right before the name
    opens: bool = False  # begins its sentence
    actor: int = -1
    titled: int = -1  # the first token of the title of address
    key: str = ""  # the text folded

    def __post_init__(self) -> None:
        self.key = fold(self.text)

    @property
    def outset(self) -> int:
        """The first token of the name with the role or title of address before it."""
        return self.lead[0] if self.lead else self.titled if self.titled >= 0 else self.first


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


def mentions(text: Text) -> list[Mention]:
    """All mentions in order of place, none inside another."""
    named = _capitalised(text)
    bodies = _bodies(text)
    return _settle(text, named, bodies)


def _settle(text: Text, named: list[Mention], bodies: list[Mention]) -> list[Mention]:
    """Where a body and a run of capitals overlap, the longer holds; a body's complement is not named twice."""
    taken = sorted(named + bodies, key=lambda m: (m.first, -(m.last - m.first)))
    kept: list[Mention] = []
    for m in taken:
        if m.title:
            k = m.first - 1
            while (
                k > 0 and text.words[k] in (".", m.title) and text.words[k - 1] in (m.title, *text.lex.titles)
            ):
                k -= 1
            m.titled = k
        if kept and m.first <= kept[-1].last:
            if m.last > kept[-1].last and m.last - m.first > kept[-1].last - kept[-1].first:
                kept[-1] = m
            continue
        kept.append(m)
    return kept


# ---- runs of capitals ---------------------------------------------------------------------------------------------


def _capitalised(text: Text) -> list[Mention]:
    _lex, words, caps = text.lex, text.words, text.caps
    lower_here = {w for w, c in zip(words, caps, strict=True) if not c}
    inside = {
        w for i, (w, c) in enumerate(zip(words, caps, strict=True)) if c and not _opens_sentence(text, i)
    }
    found: list[Mention] = []
    done = 0
    for i, capital in enumerate(caps):
        if not capital or i < done:
            continue
        j = _run_end(text, i)
        found += _trimmed(text, i, j, lower_here, inside)
        done = j + 1
    return found


def _opens_sentence(text: Text, i: int) -> bool:
    """Whether token `i` is capitalised by its place: first in its sentence, or after an opening mark or a colon."""
    return i in text.first or (i > 0 and text.words[i - 1] in "«“\"‘':—–-•*([…" and text.words[i - 1] != "'s")


def _gap(text: Text, i: int) -> str:
    """What stands between token `i` and the next."""
    return text.plain[text.ends[i] : text.starts[i + 1]] if i + 1 < len(text.starts) else "\n"


def _run_end(text: Text, i: int) -> int:
    """The last token of the run of capitals that begins at `i`."""
    words, caps, lex = text.words, text.caps, text.lex
    joiners = JOINERS[text.language]
    n = len(words)
    j = i
    has_body = words[i] in lex.bodies
    while j + 1 < n and j - i < _MAX_WORDS:
        gap = _gap(text, j)
        if "\n" in gap or len(gap) > 2:
            break
        k = j + 1
        if caps[k]:
            has_body = has_body or words[k] in lex.bodies
            j = k
            continue
        if (
            words[k] == "."
            and len(words[j]) == 1
            and k + 1 < n
            and caps[k + 1]
            and not gap
            and "\n" not in _gap(text, k)
            and words[k + 1] not in lex.common
            and not (j == i and i > 0 and words[i - 1] in lex.prepositions)
        ):  # an initial
            j = k + 1
            continue
        if words[k] == "." and words[j] + "." in lex.titles and k + 1 < n and caps[k + 1]:
            j = k + 1
            continue
        if words[k] == "&" and k + 1 < n and caps[k + 1]:
            j = k + 1
            continue
        step = _joined(text, i, k, has_body, joiners)
        if step:
            j = step
            continue
        break
    return j


def _joined(text: Text, i: int, k: int, has_body: bool, joiners: frozenset[str]) -> int:
    """The token that ends the next part where `k` begins a joiner ("de", "of the") that may stand in a name, or 0."""
    words, caps, lex = text.words, text.caps, text.lex
    person = _given(text, i) or words[i] in lex.titles
    m = k
    while m < len(words) and m - k < 3 and not caps[m] and words[m] in (joiners if has_body else PARTICLES):
        if "\n" in _gap(text, m):
            return 0
        m += 1
    if m == k or m >= len(words) or not caps[m] or "\n" in _gap(text, m - 1):
        return 0
    if has_body and not person:
        if words[k] in ("and", "et") and (
            words[m] in lex.given or words[k - 1] in lex.bodies or m > k + 1 or words[m] in lex.bodies
        ):
            return 0
        return m
    if person and words[k] in PARTICLES and words[k] not in ("des",) and words[m] not in lex.places:
        return m
    if words[k] in ("van", "von", "der", "bin", "ben", "al", "el", "di", "da", "del", "ag", "y", "von der"):
        return m
    return 0


def _trimmed(text: Text, i: int, j: int, lower_here: set[str], inside: set[str]) -> list[Mention]:
    """The name or names in a run of capitals, without what only stands at its edges."""
    lex, words = text.lex, text.words
    lead_from = i
    title = ""
    opens = _opens_sentence(text, i)
    # Leading words that are no part of a name: openers, demonyms, roles and titles of address.
    while i <= j:
        w = words[i]
        more = i < j
        if w == ".":
            i += 1
        elif w in lex.titles and (more or text.language == "fr"):
            title = w
            i += 1
        elif (
            (
                (w in lex.common or w in lex.determiners or w in lex.prepositions)
                and not (_compound_place(text, i) or (w in ("de", "van", "von") and title and more))
            )
            or (w in lex.demonyms and (not more or words[i + 1] not in lex.bodies))
            or (more and _leads(text, i) and words[i + 1] not in lex.bodies and not _is_given(text, i))
            or (opens and i in text.first and (w in lex.cues or w in lex.adverbs) and w not in lex.given)
        ):
            i += 1
        else:
            break
    while (
        j > i
        and (words[j] in lex.common or words[j] in lex.days or words[j] in lex.months or words[j] == ".")
        and words[j] not in lex.given
    ):
        j -= 1
    while j > i and words[j] in JOINERS[text.language]:
        j -= 1
    if i > j:
        return []
    lead = (lead_from, i - 1) if i > lead_from and not title else None
    split = 0 if title else _seam(text, i, j, inside)
    if split:
        left = _one(text, i, split - 1, lower_here, inside, title, lead, opens and i == lead_from)
        return left + _trimmed(text, split, j, lower_here, inside)
    return _one(text, i, j, lower_here, inside, title, lead, opens and i == lead_from)


def _leads(text: Text, i: int) -> bool:
    """Whether token `i` belongs to a role before a name: "ex-ministre", "Archaeologist", "US" of "US President"."""
    lex, w = text.lex, text.words[i]
    tail = w.rpartition("-")[2]
    return (
        w in lex.role_prefix
        or w in lex.role_heads
        or (tail != w and tail in lex.role_heads)
        or w in ("us", "uk")
        or w in lex.agencies
        or (w in lex.recall_org and text.surface(i, i).isupper())
    )


def _compound_place(text: Text, i: int) -> bool:
    """Whether a common word and the next make a place's name, as in "New York"."""
    return (
        i + 1 < len(text.words)
        and text.caps[i + 1]
        and f"{text.words[i]}-{text.words[i + 1]}" in text.lex.places
    )


def _is_given(text: Text, i: int) -> bool:
    """A given name that is also a word (a "Pierre", a "Will"): taken for a name where a capitalised word follows."""
    return text.words[i] in text.lex.given and i + 1 < len(text.words) and text.caps[i + 1]


def _given(text: Text, i: int) -> bool:
    """Whether token `i` is a given name, or a compound of one ("Jean-Luc")."""
    w = text.words[i]
    head, dash, _tail = w.partition("-")
    return w in text.lex.given or (
        head in text.lex.given and bool(dash) and i + 1 < len(text.words) and text.caps[i + 1]
    )


def _seam(text: Text, i: int, j: int, inside: set[str]) -> int:
    """Where an organisation runs into a person ("Microsoft Satya Nadella"): the person's first token, or 0."""
    lex, words = text.lex, text.words
    if _given(text, i) or words[j] in lex.bodies:
        return 0
    for k in range(i + 1, j):
        if (
            _given(text, k)
            and text.caps[k + 1]
            and words[k - 1] not in PARTICLES | JOINERS["en"] | {"&", "."}
        ):
            left = text.surface(i, k - 1)
            governed = i > 0 and words[i - 1] in lex.prepositions
            if left.isupper() or governed or any(w in lex.bodies or w in lex.places for w in words[i:k]):
                return k
            return 0
    return 0


def _one(
    text: Text,
    i: int,
    j: int,
    lower_here: set[str],
    inside: set[str],
    title: str,
    lead: tuple[int, int] | None,
    opens: bool,
) -> list[Mention]:
    """The tokens as a mention, unless they only look like a name."""
    lex, words = text.lex, text.words
    single = i == j
    w = words[i]
    surface = text.surface(i, j)
    if single and (
        len(surface) < 2
        or surface[-1] in "'’"
        or w in lex.demonyms
        or w in lex.abbreviated_nouns
        or w in lex.agencies
    ):
        return []
    if single and text.language == "en" and _MADE_OF.search(surface):
        return []
    if _ROMAN.match(surface) or (single and text.language == "fr" and _VILLAGE.search(w) and not title):
        return []
    if single and i > 1 and words[i - 1] in ("des", "de", "la", "l'", "du", "of") and _portfolio(text, i):
        return []
    if w in lex.days or w in lex.months:
        return [] if single else _one(text, i + 1, j, lower_here, inside, title, lead, False)
    if (words[i] in lex.not_actors and text.language == "fr") or (
        words[j] in lex.not_actors and text.language == "en"
    ):
        return []
    place = surface.replace("’", "'").replace(" ", "-").lower()
    if not title and place in lex.places:
        if not _place_acts(text, i, j):
            return []
        return [Mention(i, j, Span(text.starts[i], text.ends[j]), surface, Kind.ORG, opens=opens)]
    acronym = surface.isupper() and len(surface) <= 8
    camel = any(c.isupper() for c in surface[1:]) and not acronym and single and "-" not in surface
    if single and not title:
        if opens and not acronym and not camel:
            if w in lower_here and w not in inside:
                return []
            if w not in inside and w not in lex.given and (w.endswith("s") or not _acts(text, j)):
                return []
            if w not in inside and (
                w in lex.role_heads
                or w in lex.bodies
                or w in lex.events
                or w in lex.cues
                or lex.adjective.search(w)
            ):
                return []
        if not acronym and (w in lex.role_heads or w in lex.bodies) and w in lower_here:
            return []
        if w in lex.role_heads and w not in lex.given:
            return []
    span = Span(text.starts[i], text.ends[j])
    return [Mention(i, j, span, surface, _kind(text, i, j, title, acronym, camel), title, lead, opens)]


def _place_acts(text: Text, i: int, j: int) -> bool:
    """Whether a place stands for those who govern it: "Bruxelles a salué", "Russia said"."""
    words, lex = text.words, text.lex
    if j + 1 >= len(words):
        return False
    k = i - 1
    while k >= 0 and words[k] in _ARTICLES[text.language] and words[k] not in ("du", "des", "au", "aux"):
        k -= 1
    if k >= 0 and (words[k] in lex.prepositions or words[k] in ("du", "des", "au", "aux")):
        return False
    following = words[j + 1]
    if following in lex.cues and not (text.language == "en" and following.endswith("ing")):
        return True
    return (
        following in ("a", "ont", "has", "have", "n'")
        and j + 2 < len(words)
        and (words[j + 2] in lex.cues or words[j + 2] in lex.events)
    )


def _portfolio(text: Text, i: int) -> bool:
    """Whether the word is what a minister is in charge of ("ministre des Finances")."""
    k = i - 1
    while k > 0 and text.words[k] in ("la", "l'", "de", "des", "du", "of", "the"):
        k -= 1
    concept = text.lex.roles.get(text.words[k], "")
    return concept in ("minister", "deputy_minister")


def _acts(text: Text, j: int) -> bool:
    """Whether the token after `j` is a verb of speech or an auxiliary: a lone opener is then likely somebody."""
    nxt = text.words[j + 1] if j + 1 < len(text.words) else ""
    if (
        nxt == ","
        and j + 2 < len(text.words)
        and text.words[j + 2] in text.lex.determiners | text.lex.role_heads
    ):
        return True
    return (
        nxt in text.lex.cues or nxt in ("'s", "(") or (text.language == "fr" and nxt in text.lex.auxiliaries)
    )


def _kind(text: Text, i: int, j: int, title: str, acronym: bool, camel: bool) -> Kind | None:
    """Person or organisation where the words tell, else None."""
    lex, words = text.lex, text.words
    if title:
        return Kind.PERSON
    inner = words[i : j + 1]
    if acronym or camel or "&" in inner or any(w in lex.bodies or w in _FIRM for w in inner):
        return (
            Kind.PERSON
            if _given(text, i) and j > i and words[j] not in lex.bodies and words[j] not in _FIRM
            else Kind.ORG
        )
    if _given(text, i) and (j > i or not (i and words[i - 1] in _ARTICLES[text.language])):
        return Kind.PERSON
    before = words[i - 1] if i and not _gap(text, i - 1).strip() and "\n" not in _gap(text, i - 1) else ""
    if before in _ARTICLES[text.language] - {"cette", "ce"}:
        return Kind.ORG
    if j > i and any(w in lex.places for w in inner):
        return Kind.ORG
    return None


# ---- bodies: "gouvernement malien", "Fédération belge du secteur financier" ------------------------------------------


def _bodies(text: Text) -> list[Mention]:
    lex, words, caps = text.lex, text.words, text.caps
    found: list[Mention] = []
    done = 0
    for i, body in enumerate(_body_table(text.language).of(words)):
        if not body or i < done or (not caps[i] and body < 2):
            continue
        w = words[i]
        before = words[i - 1] if i else ""
        last, more = _extent(text, i)
        definite = before in _ARTICLES[text.language] or before in ("de", "d'") or caps[i]
        if text.language == "en":
            first = i
            while (
                first > 0
                and (
                    words[first - 1] in lex.demonyms
                    or (caps[first - 1] and not caps[i] and words[first - 1] in lex.places)
                )
                and not _gap(text, first - 1).strip()
            ):
                first -= 1
            if caps[i] or ((words[first - 1] if first else "") not in ("the", "a") and first == i):
                continue
            found.append(_body(text, first, last))
            done = last + 1
            continue
        capital_name = caps[i] and (more or not _opens_sentence(text, i)) and last > i
        lower_name = not caps[i] and definite and (more or w not in lex.bodies_need_more)
        opening = caps[i] and _opens_sentence(text, i) and w in lex.bodies_lower and definite and more
        if capital_name or lower_name or opening:
            found.append(_body(text, i, last))
        done = last + 1
    return found


@cache
def _body_table(language: Language) -> WordTable:
    """1: heads a body's name when capitalised; 2: also uncapitalised."""
    lex = lexicon(language)
    return WordTable(lambda word: (word in lex.bodies) + (word in lex.bodies and word in lex.bodies_lower))


def _body(text: Text, first: int, last: int) -> Mention:
    return Mention(
        first,
        last,
        Span(text.starts[first], text.ends[last]),
        text.surface(first, last),
        Kind.ORG,
        opens=first in text.first,
    )


def _extent(text: Text, i: int) -> tuple[int, bool]:
    """The last token of the body that begins at `i`, and whether an adjective or complement follows its head."""
    lex, words, caps = text.lex, text.words, text.caps
    if text.language == "en":
        return i, False
    n = len(words)
    j = i
    complements = 0
    while j + 1 < n and j - i < _MAX_WORDS:
        gap = _gap(text, j)
        if gap not in ("", " "):
            break
        k = j + 1
        if _adjective(text, k):
            j = k
            continue
        if words[k] in ("de", "du", "des", "d'", "pour") and complements < (3 if caps[i] else 2):
            m = k + 1
            if m < n and words[m] in ("la", "l'", "le", "les"):
                m += 1
            if (
                m >= n
                or not words[m][0].isalpha()
                or words[m] in lex.determiners
                or words[m] in lex.prepositions
            ):
                break
            known = caps[m] or words[m] in _COMPLEMENTS or words[m] in lex.bodies or caps[i]
            if (
                not known
                or (words[m] in lex.days or words[m] in lex.months)
                or (words[k] == "pour" and not caps[m])
            ):
                break
            complements += 1
            j = _run_end(text, m) if caps[m] else m
            continue
        if (
            words[k] == "et"
            and complements
            and k + 1 < n
            and caps[i]
            and (caps[k + 1] or _adjective(text, k + 1))
            and words[k + 1] not in lex.given
        ):
            break
        if (
            caps[k]
            and words[k] not in lex.common
            and words[i]
            in (
                "gouvernement",
                "groupe",
                "commission",
                "cabinet",
                "régime",
                "journal",
                "quotidien",
                "chaîne",
                "école",
                "banque",
                "université",
                "front",
                "union",
            )
        ):
            j = _run_end(text, k)
            break
        break
    return j, j > i


#: Nouns that complete a body's name without a capital.
_COMPLEMENTS = frozenset(
    [
        "administration",
        "surveillance",
        "sécurité",
        "justice",
        "police",
        "défense",
        "santé",
        "travail",
        "finances",
        "intérieur",
        "ministres",
        "état",
        "gouvernement",
        "commerce",
        "ville",
        "région",
        "journalistes",
        "travailleurs",
        "enquête",
        "contrôle",
        "direction",
        "instance",
        "appel",
        "cassation",
        "comptes",
        "renseignement",
        "renseignements",
    ]
)


def _adjective(text: Text, k: int) -> bool:
    lex, w = text.lex, text.words[k]
    if text.caps[k]:
        return w in lex.demonyms
    if w in lex.demonyms:
        return True
    if (
        w in lex.common
        or w in lex.auxiliaries
        or w in lex.cues
        or w in lex.events
        or w in lex.adverbs
        or w in lex.role_stop
    ):
        return False
    return len(w) > 4 and bool(lex.adjective.search(w)) and not w.endswith(("ement", "ment"))


# ---- gathering mentions into actors -----------------------------------------------------------------------------------

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
            if m.kind is not Kind.ORG:
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
    for m in [*same, *(alone or [])]:
        before = words[m.first - 1] if m.first else ""
        if before in _ARTICLES[text.language] or before in ("chez", "at", "@", "#"):
            return Kind.ORG
        if before in ("de", "d'", "of") and m.first > 1 and words[m.first - 2] in lex.role_heads:
            return Kind.ORG  # "cofondateur de Twitch"
    for m in [*same, *(alone or [])]:
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
        return Kind.PERSON if alone or len(same[0].key.split()) < 4 else Kind.ORG
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
    if any(m.text.isupper() for m in e.mentions):
        return False
    return all(m.first and text.words[m.first - 1] in text.lex.place_prepositions for m in e.mentions)


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
