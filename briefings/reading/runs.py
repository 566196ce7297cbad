"""Mentions by their capitals: runs of capitalised words, less what only stands at their edges.

Which words may begin or join a name comes from the lexicon; whether a lone capitalised word is a name is told by the
rest of the article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import compress
from operator import not_

from briefings.model import Kind, Language, Span, fold
from briefings.reading.lexicon import lexicon
from briefings.reading.text import Text, WordTable

#: Lower-case words inside the names of persons.
PARTICLES = frozenset(
    """de du des d' la le van von der den ter di da del della dos das al el ben bin ibn ag y""".split()
)
#: Words that join the parts of an organisation's name.
JOINERS = {
    "fr": frozenset("""de du des d' la le les l' et pour sur à au aux""".split()),
    "en": frozenset(["of", "for", "the", "and"]),
}
ARTICLES = {
    "fr": frozenset("""le la les l' du des au aux cette ce""".split()),
    "en": frozenset(["the"]),
}
_FIRM = frozenset(
    """capital mutual terminals logistics airlines airways motors energy systems solutions foods pharma steel rail insurance
    investments ventures associates immobilier habitat industries energies telecom telecoms hotels stores
    markets records studios pictures entertainment club fc united athletic inc corp ltd llc plc sa gmbh ag co group groupe holdings technologies partners bank media""".split()
)
_ROMAN = re.compile(r"[IVXLC]+(?:e|er|ème|th)?$")
_VILLAGE = re.compile(r"-(?:sur|sous|en|les|lès|de|du|la|le)-|^sainte?-")
_MADE_OF = re.compile(r"-[a-z]+$")  # "Russian-made"
MAX_WORDS = 9


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


def capitalised(text: Text) -> list[Mention]:
    words, caps = text.words, text.caps
    lower_here = set(compress(words, map(not_, caps)))
    capitals = [i for i, c in enumerate(caps) if c]
    inside = {words[i] for i in capitals if not opens_sentence(text, i)}
    found: list[Mention] = []
    done = 0
    for i in capitals:
        if i < done:
            continue
        j = run_end(text, i)
        found += _trimmed(text, i, j, lower_here, inside)
        done = j + 1
    return found


def opens_sentence(text: Text, i: int) -> bool:
    """Whether token `i` is capitalised by its place: first in its sentence, or after an opening mark or a colon."""
    return i in text.first or (i > 0 and text.words[i - 1] in "«“\"‘':—–-•*([…" and text.words[i - 1] != "'s")


def gap_after(text: Text, i: int) -> str:
    """What stands between token `i` and the next."""
    return text.plain[text.ends[i] : text.starts[i + 1]] if i + 1 < len(text.starts) else "\n"


def run_end(text: Text, i: int) -> int:
    """The last token of the run of capitals that begins at `i`."""
    words, caps, lex = text.words, text.caps, text.lex
    joiners = JOINERS[text.language]
    n = len(words)
    j = i
    has_body = words[i] in lex.bodies
    while j + 1 < n and j - i < MAX_WORDS:
        gap = gap_after(text, j)
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
            and "\n" not in gap_after(text, k)
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
        if "\n" in gap_after(text, m):
            return 0
        m += 1
    if m == k or m >= len(words) or not caps[m] or "\n" in gap_after(text, m - 1):
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
    opens = opens_sentence(text, i)
    edges = _edge_table(text.language)
    # Leading words that are no part of a name: openers, demonyms, roles and titles of address.
    while i <= j:
        w = words[i]
        more = i < j
        if not edges[w]:
            break
        if w == ".":
            i += 1
        elif w in lex.titles and (more or text.language == "fr"):
            title = w
            i += 1
        elif (
            (
                (w in lex.common or w in lex.determiners or w in lex.prepositions)
                and not (
                    _compound_place(text, i) or (w in ("de", "le", "la", "van", "von") and title and more)
                )
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


@cache
def _edge_table(language: Language) -> WordTable:
    """1 for the words that may stand at a run's edge without being part of the name, 0 for plain names."""
    lex = lexicon(language)
    at_edge = (
        lex.common | lex.determiners | lex.prepositions | lex.demonyms | lex.role_prefix | lex.role_heads
    )
    at_edge |= lex.agencies | lex.recall_org | lex.cues | lex.adverbs | lex.titles.keys() | {".", "us", "uk"}
    return WordTable(lambda word: word in at_edge or word.rpartition("-")[2] in lex.role_heads)


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
    return w in text.lex.given or (head in text.lex.given and bool(dash) and _goes_on(text, i + 1))


def _goes_on(text: Text, i: int) -> bool:
    """Whether a name may go on at token `i`: a capital, or a particle before one."""
    caps = text.caps
    return i < len(caps) and (caps[i] or (text.words[i] in PARTICLES and i + 1 < len(caps) and caps[i + 1]))


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
    while k >= 0 and words[k] in ARTICLES[text.language] and words[k] not in ("du", "des", "au", "aux"):
        k -= 1
    if k >= 0 and (words[k] in lex.prepositions or words[k] in ("du", "des", "au", "aux")):
        return False
    following = words[j + 1]
    if following in lex.cues and not (text.language == "en" and following.endswith("ing")):
        return True
    if text.language == "en" and following in lex.events and following.endswith("ed"):
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
    if _given(text, i) and (j > i or not (i and words[i - 1] in ARTICLES[text.language])):
        return Kind.PERSON
    before = (
        words[i - 1]
        if i and not gap_after(text, i - 1).strip() and "\n" not in gap_after(text, i - 1)
        else ""
    )
    if before in lex.recall_org:
        return Kind.ORG  # "le groupe X", "start-up X"
    if before in ARTICLES[text.language] - {"cette", "ce"}:
        return Kind.ORG
    if j > i and any(w in lex.places for w in inner):
        return Kind.ORG
    return None
