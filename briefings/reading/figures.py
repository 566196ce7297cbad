"""Figures: the quantities that an article claims, with unit, bound and what is counted.

Left out, as they claim nothing: dates, times of day, ages in passing, ordinals, numbers in names, one to three in words.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import cache

from briefings.model import Bound, DateMention, Figure, Language, Span
from briefings.reading.lexicon import lexicon
from briefings.reading.text import Text, WordTable, tokens

_BETWEEN = frozenset("""ces ses les the its their l' la cette""".split())
_MAX_COUNTED = 6  # words of what is counted


def _alternatives(words: list[str]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


@cache
def _pattern(language: Language) -> re.Pattern[str]:
    """A number with its sign, scale and unit, matched where a digit, a currency sign or a number word stands.

    Every part is bounded, so that no text makes it run on.
    """
    f = lexicon(language).figures
    if language == "fr":
        number = r"\d{1,3}(?:[ .]\d{3}){1,5}(?!\d)(?:,\d{1,4})?|\d{1,15}(?:[,.]\d{1,4})?"
    else:
        number = r"\d{1,3}(?:,\d{3}){1,5}(?!\d)(?:\.\d{1,4})?|\d{1,15}(?:\.\d{1,4})?"
    spelled = _alternatives(list(f["spelled"]))
    small = _alternatives(list(f["small"]))
    collective = _alternatives(list(f["collective"]))
    scales = _alternatives(list(f["scales"]))
    currencies = _alternatives(list(f["currencies"]))
    percent = _alternatives(f["percent"])
    of = r"(?:d'|de )?" if language == "fr" else ""
    return re.compile(
        rf"(?:(?P<number>{number})|(?P<spelled>{spelled})(?![\w-])|(?P<small>{small})(?= (?:{scales})\b)|(?P<collective>{collective})(?![\w-]))"
        rf"(?:[ -]?(?P<scale>{scales})(?![\w']))?"
        rf"(?: ?(?P<percent>{percent})(?!\w)| ?{of}(?P<currency>{currencies})(?!\w))?"
    )


@cache
def _before(language: Language) -> re.Pattern[str]:
    """What may stand right before a number: hedge, currency sign, minus."""
    f = lexicon(language).figures
    hedges = _alternatives(f["about"] + f["at_least"] + f["at_most"])
    return re.compile(
        rf"(?:(?<![\w'-])(?P<hedge>{hedges})(?: (?:les? |the )?|(?<=')))?(?P<sign>(?:us\$|[$€£¥]) ?)?(?P<minus>(?<![\w])[-−+] ?)?\Z"
    )


@cache
def _hedging(language: Language) -> frozenset[str]:
    """The words that may stand right before a hedged number: a hedge's last word, or an article."""
    f = lexicon(language).figures
    hedges = f["about"] + f["at_least"] + f["at_most"]
    return frozenset(
        [tokens(h, language)[-1] for h in hedges] + ["le", "les", "the", "$", "€", "£", "¥", "-", "−"]
    )


@cache
def _number_words(language: Language) -> frozenset[str]:
    """The words that a number in words may begin with."""
    f = lexicon(language).figures
    phrases = [*f["spelled"], *f["small"], *f["collective"]]
    return frozenset(p.split()[0] for p in phrases)


@cache
def _table(language: Language) -> WordTable:
    words = _number_words(language)
    return WordTable(lambda word: word[0].isdigit() or word in words)


_LEAD = 28  # characters before a number that its hedge may take


def figures(text: Text, dates: list[DateMention], names: list[Span]) -> list[Figure]:
    """All figures in order of place. `dates` and `names` are places whose numbers claim nothing."""
    taken = sorted([d.span for d in dates] + names)
    lex = text.lex
    f = lex.figures
    spelled = f["spelled"]
    claims: list[Figure] = []
    previous: _Number | None = None  # the bare number right before, which may begin a range
    starts = [t.start for t in taken]
    match = _pattern(text.language).match
    before = _before(text.language)
    hedging = _hedging(text.language)
    done = 0
    for i, may_begin in enumerate(_table(text.language).of(text.words)):
        if not may_begin or text.starts[i] < done:
            continue
        core = text.starts[i]
        m = match(text.low, core)
        if m is None or (
            core
            and text.plain[core - 1] in ".,/'"
            and (core < 2 or not text.plain[core - 2].isspace())
            and text.plain[core - 2 : core] != "d'"
        ):
            continue
        done = m.end()
        if _overlaps(taken, starts, core, m.end()):
            continue
        value = _value(m, text.language, spelled, f)
        hedged = core > 1 and (text.words[i - 1] in hedging or text.plain[core - 1] in "$€£¥-−+")
        lead = before.search(text.low[max(0, core - _LEAD) : core] if hedged else "")
        assert lead is not None  # it matches the empty string
        low, previous = previous, None
        if m["number"] and not (m["scale"] or m["percent"] or m["currency"]):
            previous = _Number(core, m.end(), value, -1)
        joined = low is not None and _joins(text.plain, low, core)
        if not joined and not _claims(text, m, lead, i, value):
            continue
        hedge, sign, minus = lead["hedge"], lead["sign"], lead["minus"]
        start = core - len(sign or "")
        if minus and m["percent"]:
            start -= len(minus)
            value = -value if minus[0] != "+" else value
        if hedge:
            start = core - (lead.end() - lead.start("hedge"))
        unit, counts = _unit(text, m, sign, m.end())
        span = Span(start, m.end())
        claim = Figure(
            span, span.of(text.raw), value, unit, _bound(hedge, m, f), text.sentence_at(core), counts
        )
        if low is not None and joined and low.value * _scale(m, f) < value:
            if low.claim >= 0:
                start = claims.pop().span.start
            else:
                start = low.start
            span = Span(start, m.end())
            claim = replace(claim, span=span, text=span.of(text.raw), bound=Bound.AT_MOST)
            claims.append(replace(claim, value=low.value * _scale(m, f), bound=Bound.AT_LEAST))
        elif previous is not None:
            previous = replace(previous, claim=len(claims))
        claims.append(claim)
    return claims


@dataclass(frozen=True, slots=True)
class _Number:
    """A bare number that may begin a range: its place, value, and the claim made of it, -1 for none."""

    start: int
    end: int
    value: float
    claim: int


_RANGE = re.compile(r" ?(à|to|-|–|et|and) ?")


def _joins(plain: str, low: _Number, core: int) -> bool:
    """Whether "60" and what stands at `core` make a range: "60 à 70 %", "entre 3 et 5", "60-70"."""
    joint = _RANGE.fullmatch(plain, low.end, core)
    if joint is None:
        return False
    opener = plain[max(0, low.start - 6) : low.start].lower()
    return joint[1] not in ("et", "and") or opener.endswith(("entre ", "tween "))


def _scale(m: re.Match[str], f: dict[str, dict[str, float]]) -> float:
    """The scale that the higher number of a range gives the lower: "3 à 5 millions"."""
    return f["scales"][m["scale"]] if m["scale"] else 1.0


def _overlaps(taken: list[Span], starts: list[int], start: int, end: int) -> bool:
    i = bisect_left(starts, end) - 1
    return any(taken[k].start < end and start < taken[k].end for k in range(max(0, i - 1), i + 1))


def _value(
    m: re.Match[str], language: Language, spelled: dict[str, float], f: dict[str, dict[str, float]]
) -> float:
    if m["number"]:
        digits = m["number"]
        if language == "fr":
            digits = digits.replace(" ", "")
            if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", digits):
                digits = digits.replace(".", "")
            digits = digits.replace(",", ".")
        else:
            digits = digits.replace(",", "")
        value = float(digits)
    elif m["spelled"]:
        value = float(spelled[m["spelled"]])
    elif m["small"]:
        value = float(f["small"][m["small"]])
    else:
        value = float(f["collective"][m["collective"]])
    if m["scale"]:
        value *= f["scales"][m["scale"]]
    return round(value, 6) if value < 1e15 else value


def _bound(hedge: str | None, m: re.Match[str], f: dict[str, list[str]]) -> Bound:
    if hedge in f["at_least"]:
        return Bound.AT_LEAST
    if hedge in f["at_most"]:
        return Bound.AT_MOST
    if hedge in f["about"] or m["collective"]:
        return Bound.ABOUT
    return Bound.EXACT


def _claims(text: Text, m: re.Match[str], lead: re.Match[str], i: int, value: float) -> bool:
    """Whether the number is a quantity that somebody claims, and not a date, an age, a clock time or a label."""
    lex, plain = text.lex, text.plain
    f = lex.figures
    core, end = m.span()
    hedge = lead["hedge"]
    before = text.words[i - 1] if i and "\n" not in plain[text.ends[i - 1] : core] else ""
    j = bisect_left(text.starts, end)
    after = text.words[j] if j < len(text.words) and "\n" not in plain[end : text.starts[j]] else ""
    tight = plain[end : end + 1]
    if m["percent"] or m["currency"] or lead["sign"]:
        return True
    if m["collective"] and not m["scale"]:
        return False
    if (
        tight
        and (tight.isalnum() or tight in "/°º")
        and not (tight.isalpha() and text.language == "en" and m["scale"])
    ):
        return False
    if core and (plain[core - 1].isalnum() or plain[core - 1] in "/:°#") and not hedge:
        return False
    if plain[end : end + 2][:1] == ":" and plain[end + 1 : end + 2].isdigit():
        return False
    if m["number"]:
        if before in f["numbered"] or (
            before in ("°", "n°", ".") and i > 1 and text.words[i - 2] in ("n", "no", "art")
        ):
            return False
        if (
            1500 <= value <= 2100
            and "," not in m["number"]
            and " " not in m["number"]
            and not hedge
            and not m["scale"]
            and len(m["number"]) == 4
        ):
            return False  # a year
        if _reference(plain, core, end):
            return False
        if (
            (
                i
                and text.caps[i - 1]
                and before not in lex.common
                and (i - 1) not in text.first
                and not m["scale"]
                and not hedge
                and plain[text.ends[i - 1] : core] == " "
                and before not in lex.months
            )
            and before not in lex.demonyms
            and (not after or not after[0].isalpha() or after in lex.prepositions or after in lex.common)
        ):
            return False  # a number in a name
    clock = before in ("après", "avant", "à", "vers", "dès") and value <= 24
    lasting = (
        after == "heures"
        and not clock
        and (hedge or before not in ("à", "vers", "dès", "de", "jusqu'", "entre", "et"))
    )
    if (after in f["time_units"] or after in ("h", "e", "er", "ème", "th", "st", "nd", "rd")) and not lasting:
        return False
    if after in ("am", "pm", "a", "p") and plain[text.starts[j] : text.starts[j] + 4].lower() in (
        "a.m.",
        "p.m.",
        "am",
        "pm",
        "am ",
        "pm ",
    ):
        return False
    if after in f["age"][:2] and text.language == "fr" and _is_age(text, i, j):
        return False
    if text.language == "en" and (
        plain[end : end + 9].lower().startswith(("-year-old", " years old", " year old", " years of"))
        or before in ("aged", "age")
    ):
        return False
    if (
        text.language == "en"
        and before == ","
        and tight == ","
        and 10 < value < 110
        and i > 1
        and text.caps[i - 2]
    ):
        return False  # "Tom Meer, 53,"
    if before == "h" or after in lex.months or before in lex.months:
        return False
    if m["spelled"] and not m["scale"]:
        if not after or not after[0].isalpha() or after in lex.auxiliaries:
            return False
        if after in lex.days:
            return False
    return not (not after and not hedge and not m["scale"] and text.sentence_at(core).start == core)


def _reference(plain: str, core: int, end: int) -> bool:
    """A footnote mark or a score: "[1]", "3-1", "16:50"."""
    before, after = plain[core - 1 : core], plain[end : end + 1]
    if before == "[" and after == "]":
        return True
    return (after in ("-", "–") and plain[end + 1 : end + 2].isdigit()) or (
        before in ("-", "–") and plain[core - 2 : core - 1].isdigit()
    )


def _is_age(text: Text, i: int, j: int) -> bool:
    """ "un lycéen de 17 ans", "âgé de 28 ans": a person's age rather than a duration."""
    before = text.words[i - 1] if i else ""
    if before in ("de", "d'") and i > 1:
        noun = text.words[i - 2] if text.words[i - 2] != "environ" or i < 4 else text.words[i - 4]
        return noun in text.lex.roles or noun in (
            "âgé",
            "âgée",
            "âgés",
            "âgées",
            "âge",
            "garçon",
            "fille",
            "fillette",
            "enfant",
            "homme",
            "femme",
            "hommes",
            "femmes",
            "adolescent",
            "adolescente",
            "mineur",
            "bébé",
            "jeune",
            "jeunes",
            "personne",
        )
    return before == "," and text.words[j + 1 : j + 2] in ([","], ["."])


def _unit(text: Text, m: re.Match[str], sign: str | None, end: int) -> tuple[str, str]:
    """The unit (currency code, % or the noun counted) and the noun phrase that is counted."""
    lex = text.lex
    f = lex.figures
    phrase = _counted(text, end)
    if m["percent"]:
        return "%", phrase
    currency = (m["currency"] or sign or "").strip()
    if currency:
        return f["currencies"][currency], phrase
    if not phrase:
        return _shared(text, end) or _carried(text, m.start()), ""
    words = phrase.split()
    noun = words[0]
    if text.language == "en":
        k = 0
        while k + 1 < len(words) and not (
            words[k].lower().endswith("s")
            or words[k].lower() in ("people", "men", "women", "children", "percent", "police")
        ):
            k += 1
        noun = (
            words[k]
            if words[k].lower().endswith("s") or words[k].lower() in ("people", "men", "women", "children")
            else words[0]
        )
    return noun, phrase


def _counted(text: Text, end: int) -> str:
    """The noun phrase right after the number: up to a verb, a mark, or a few words."""
    lex = text.lex
    i = bisect_left(text.starts, end)
    if (
        i < len(text.words)
        and text.words[i] in ("de", "d'", "des", "of")
        and text.plain[end : text.starts[i]].isspace()
    ):
        i += 1
        while i < len(text.words) and text.words[i] in _BETWEEN:
            i += 1
        if text.words[i + 1 : i + 2] == ["'s"]:  # "700 of the firm's employees"
            i += 2
    if i >= len(text.words) or not text.words[i][0].isalpha() or "\n" in text.plain[end : text.starts[i]]:
        return ""
    last = i - 1
    k = i
    while k < len(text.words) and k - i < _MAX_COUNTED:
        w = text.words[k]
        if k > i and "\n" in text.plain[text.ends[k - 1] : text.starts[k]]:
            break
        if not w[0].isalpha() or w in lex.auxiliaries or w in lex.relatives or (w in lex.cues and k > i):
            break
        if (w in lex.role_stop and w not in lex.prepositions) or (
            w in lex.prepositions and w not in ("de", "d'", "des", "du", "of")
        ):
            break
        if w in ("et", "and", "ou", "or", "à"):
            break
        last = k
        k += 1
    while last >= i and text.words[last] in lex.prepositions | lex.determiners | lex.common:
        last -= 1
    return text.surface(i, last) if last >= i else ""


_OF_ALL = re.compile(
    r" (?:of|out of|sur|des|parmi)(?: (?:the|its|their|les|ses|leurs|[^\W\d_]{2,20}'s))*"
    r" (?:(?:about|some|nearly|more than|environ|près de|plus de) )?(?:\d[\d ,.]* ?)?([^\W\d_]{3,})"
)


def _shared(text: Text, end: int) -> str:
    """ "738 of 770 employees", "505 sur 700 salariés", "700 of OpenAI's employees": the noun counted stands behind."""
    m = _OF_ALL.match(text.plain, end, min(len(text.plain), end + 80))
    return m[1] if m else ""


def _carried(text: Text, start: int) -> str:
    """ "Sur 770 employés, plus de 700 ont signé": the noun counted before in the same sentence."""
    sentence = text.sentence_at(start)
    for m in re.finditer(r"\d ([^\W\d_]{3,})", text.plain[sentence.start : start][-200:]):
        if m[1].lower() not in text.lex.months:
            return m[1]
    return ""
