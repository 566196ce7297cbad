"""Calendar expressions, each resolved against the day of publication where it needs one.

A bare weekday is the last such day up to publication, or the coming one where a future tense or "prochain" says so.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from briefings.model import DateMention, Language, Span
from briefings.reading.lexicon import lexicon
from briefings.reading.text import Text, WordTable


def _alt(words: list[str]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


@cache
def _pattern(language: Language) -> re.Pattern[str]:
    lex = lexicon(language)
    whole = {m: i for m, i in lex.months.items() if m in lex.month_names}
    months = _alt(list(whole))
    short = _alt([m for m in lex.months if m not in whole])
    days = _alt(list(lex.days))
    if language == "fr":
        day = r"(?P<day>1er|\d{1,2})"
        parts = [
            rf"(?:(?P<weekday>{days})s?(?:,)? (?:le )?)?{day}(?:(?: et | au |-| ?/ ?|, )(?:\d{{1,2}}|1er))? (?P<month>{months}|(?:{short})\.)(?: (?P<year>\d{{4}}|'?\d{{2}}(?!\d| ?(?:h|heures)\b)))?(?: (?P<rel1>dernier|prochain))?",
            rf"(?:(?P<part>début|mi|fin|courant|à la mi|d'ici)[- ])?(?P<month2>{months})(?: (?P<year2>\d{{4}})| (?P<rel2>dernier|prochain))?",
            rf"(?:ce |cette )?(?P<weekday2>{days})(?:s(?= |,))?(?: (?P<rel3>dernier|prochain|passé))?",
            r"(?:premier|second|deuxième|troisième|quatrième) (?:semestre|trimestre) (?:de |d')?(?P<half>\d{4})",
            r"ce (?P<partday>matin|soir|midi)|cet (?P<partday2>après-midi)|cette (?P<partday3>nuit)",
            r"(?P<ago>il y a (?:tout juste |environ |près de )?(?P<agon>\d{1,3}|un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|quinze) (?P<agou>jours?|semaines?|mois|ans|an|années?))",
            r"(?P<named>avant-hier|après-demain|aujourd'hui|hier|demain)",
            r"(?P<relday>(?:la veille(?! de)|(?:le |au )?lendemain(?! (?:de|du|des|d'))|(?:le )?même jour|ce jour-là))",
            r"(?:(?P<span1>début|fin|milieu) (?:de |du )?(?:l'|la |le |cette |ce )?)?(?:l'|cette |ce |la |le )?(?P<unit>année|an|mois|semaine|week-end|weekend|été|automne|hiver|printemps) (?P<rel4>dernière|dernier|prochaine|prochain|passée|passé|suivante|suivant|précédente)",
            r"(?:cette |(?P<span2>début|fin|milieu) (?:de |d'|du )(?:l'|la |cette |ce )?)(?P<unit2>année|semaine)(?!\w)",
            r"ce (?P<unit3>week-end|weekend|mois-ci|mois)(?!\w)|cet (?P<unit4>été|automne|hiver)|ce (?P<unit5>printemps)|(?:l'|à l'|en |au )(?P<season>été|automne|hiver|printemps) (?P<yearS>\d{4})",
            r"(?:les |des )?années (?P<decade>\d{2,4})(?!\d)",
            r"(?<![\d.,/°-])(?P<iso>\d{4}-\d{2}-\d{2})(?!\d)|(?<![\d.,/])(?P<slash>\d{1,2}/\d{1,2}/\d{4})(?!\d)",
            r"(?<![\d.,/°$€£n-])(?P<year3>1[5-9]\d\d|20\d\d)(?![\d%€$]|[.,]\d| ?(?:euros|dollars|personnes|habitants|emplois|postes|h\b|m\b|km|salariés|millions))",
        ]
    else:
        parts = [
            rf"(?:(?P<weekday>{days}),? )?(?P<month>{months}|(?:{short})(?=[. ]))\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|[:.]\d|,\d{{3}})(?:[-–]\d{{1,2}})?(?:,? (?P<year>\d{{4}}))?",
            rf"(?:(?P<weekdayb>{days}),? )?(?:the )?(?P<dayb>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<monthb>{months})(?:,? (?P<yearb>\d{{4}}))?",
            rf"(?:(?P<part>early|mid|late|end of|beginning of|last|next|this)[- ])?(?P<month2>{months.replace('|may', '').replace('may|', '').replace('|march', '').replace('march|', '')}|(?<=in )(?:May|March))(?: (?:of )?(?P<year2>\d{{4}}))?",
            rf"(?:(?P<rel3>last|next|this|past|coming|on) )?(?P<weekday2>{days})(?=\W|$)",
            r"(?P<ago>(?P<agon>\d{1,3}|a|one|two|three|four|five|six|seven|eight|nine|ten) (?P<agou>days?|weeks?|months?|years?) (?:ago|earlier))",
            r"(?P<named>the day before yesterday|the day after tomorrow|yesterday|today|tonight|tomorrow)",
            r"(?P<relday>the (?:day before|previous day|next day|following day|same day)(?! of| that))",
            r"(?P<rel4>last|next|this|past|previous|coming) (?P<unit>year|month|week|weekend|summer|autumn|fall|winter|spring)(?!\w)",
            r"(?:the )?(?P<decade>1[89]\d0|20\d0)s\b",
            r"(?<![\d.,/-])(?P<iso>\d{4}-\d{2}-\d{2})(?!\d)|(?<![\d.,/])(?P<slash>\d{1,2}/\d{1,2}/\d{4})(?!\d)",
            r"(?<![\d.,/$€£#-])(?P<year3>1[5-9]\d\d|20\d\d)(?![\d%]|[.,]\d|-\w| (?:dollars|euros|people|jobs|miles|votes))",
        ]
    return re.compile(r"(?<!\w)(?:" + "|".join(parts) + ")", re.IGNORECASE)


_NUMBERS = {
    **dict.fromkeys(("un", "une", "a", "one"), 1), **dict.fromkeys(("deux", "two"), 2), **dict.fromkeys(("trois", "three"), 3),
    **dict.fromkeys(("quatre", "four"), 4), **dict.fromkeys(("cinq", "five"), 5), "six": 6, **dict.fromkeys(("sept", "seven"), 7),
    **dict.fromkeys(("huit", "eight"), 8), **dict.fromkeys(("neuf", "nine"), 9), **dict.fromkeys(("dix", "ten"), 10), "quinze": 15,
}  # fmt: skip
_NAMED = {
    "avant-hier": -2, "the day before yesterday": -2, "hier": -1, "yesterday": -1, "aujourd'hui": 0, "today": 0, "tonight": 0,
    "demain": 1, "tomorrow": 1, "après-demain": 2, "the day after tomorrow": 2,
}  # fmt: skip
_LAST = frozenset("""dernier dernière passé passée last past previous précédente""".split())
_NEXT = frozenset(["prochain", "prochaine", "next", "coming", "suivant", "suivante"])


def dates(text: Text, published: date | None, spoken: list[Span] | None = None) -> list[DateMention]:
    """All calendar expressions in order of place. Without a day of publication the relative ones have no value."""
    found: list[DateMention] = []
    resolver = _Resolver(text, published)
    for m in _matches(text):
        g = {k: v for k, v in m.groupdict().items() if v is not None}
        if not _is_date(text, m, g):
            continue
        start, end = m.span()
        if (
            g.get("named", "").lower() in ("aujourd'hui", "today")
            and spoken
            and text.plain[start - 2 : start] != "d'"
            and any(s.start <= start < s.end for s in spoken)
        ):
            continue  # in somebody's mouth it mostly means "nowadays"
        start = _without_article(text, start, end)
        found.append(DateMention(Span(start, end), resolver.value(m, g), resolver.ahead(m)))
    return found


_NAMED_DAYS = "aujourd'hui hier demain avant-hier après-demain jour-là today yesterday tomorrow tonight"
_UNITS = """année années an ans mois mois-ci semaine semaines jour jours week-end weekend soir matin midi après-midi nuit
semestre trimestre year years month months week weeks day days veille lendemain"""


@cache
def _table(language: Language) -> WordTable:
    """For a word that may belong to a calendar expression: 1 and how many words before it the expression may begin."""
    lex = lexicon(language)
    reach = dict.fromkeys(_NAMED_DAYS.split(), 1)
    reach |= dict.fromkeys(_UNITS.split(), 7)
    reach |= dict.fromkeys(lex.seasons, 5)
    reach |= dict.fromkeys([d + s for d in lex.days for s in ("", "s")], 3)
    reach |= dict.fromkeys(lex.months, 6)

    def look(word: str) -> int:
        known = reach.get(word) or reach.get(word.rpartition("-")[2])  # "mi-novembre"
        if known:
            return known
        decade = word[-1] == "s" and word[:-1].isdigit()
        return 5 if decade or (word[0].isdigit() and len(word) >= 4) else 0

    return WordTable(look)


def _matches(text: Text) -> Iterator[re.Match[str]]:
    """The pattern's matches, tried only from the words right before those that may belong to a date."""
    match = _pattern(text.language).match
    plain, starts = text.plain, text.starts
    tried = -1  # the last token that a match was tried from
    done = 0  # where the last match ended
    for i, reach in enumerate(_table(text.language).of(text.words)):
        if not reach:
            continue
        for k in range(max(tried + 1, i - reach + 1), i + 1):
            tried = k
            if starts[k] < done:
                continue
            m = match(plain, starts[k])
            if m is not None:
                done = m.end()
                yield m


_ARTICLE = re.compile(r"(?:le|la|les|l'|ce|cette|cet|the|on|this|à la|il y a)(?: |(?<='))", re.IGNORECASE)


def _without_article(text: Text, start: int, end: int) -> int:
    m = _ARTICLE.match(text.plain, start, end)
    if (
        m
        and m.group().lower().strip() not in ("il y a",)
        and m.end() < end
        and text.plain[start:end].lower()
        not in ("the day before yesterday", "the day after tomorrow", "this week", "this year", "this month")
    ):
        return m.end()
    return start


def _is_date(text: Text, m: re.Match[str], g: dict[str, str]) -> bool:
    plain = text.plain
    start, end = m.span()
    before, after = plain[max(0, start - 14) : start].lower(), plain[end : end + 14].lower()
    if end < len(plain) and (
        plain[end].isalnum()
        or (
            plain[end] == "-"
            and plain[end + 1 : end + 2].isalpha()
            and "year3" not in g
            and "named" not in g
            and not after.startswith("-là")
        )
    ):
        return False
    if "weekday2" in g or ("weekday" in g and "day" not in g):
        if before.endswith(
            (
                "chaque ",
                "every ",
                "tous les ",
                "each ",
                "du lundi au ",
                "black ",
                "good ",
                "ash ",
                "vendredi saint",
            )
        ) or after.startswith((" saint",)):
            return False
        if plain[start - 1 : start] == "'":
            return False
        if (
            m.group().lower().endswith("s")
            and text.language == "en"
            and not m.group().lower().endswith("days")
        ):
            return False
    if "month2" in g and "year2" not in g and text.language == "en":
        if not plain[m.start("month2")].isupper():
            return False
        if (
            after.startswith((" has", " is", " was"))
            and "part" not in g
            and g["month2"].lower() in ("april", "june", "august")
        ):
            return False
    if (
        "month2" in g
        and text.language == "fr"
        and plain[m.start("month2")].isupper()
        and text.sentence_at(start).start != start
        and "year2" not in g
    ):
        return not plain[m.start("month2") : m.end("month2")].istitle() or before.endswith(
            ("en ", "de ", "d'", "fin ", "depuis ")
        )
    if "year3" in g:
        if before.endswith(
            ("euro ", "euros ", "boeing ", "n° ", "no. ", "room ", "article ", "$", "€", "top ")
        ):
            return False
        value = int(g["year3"])
        if (
            text.language == "en"
            and re.match(r" [a-z]+s\b", after)
            and value < 1900
            and not before.endswith(("in ", "since ", "from ", "of "))
        ):
            return False
    return not ("named" in g and after.startswith(("'s paper", "-")))


class _Resolver:
    """Turns a match into an ISO value; remembers the last day named for "le lendemain"."""

    def __init__(self, text: Text, published: date | None) -> None:
        self.text = text
        self.published = published
        self.last: date | None = None
        self._ahead: dict[int, bool] = {}
        self.lex = text.lex

    def value(self, m: re.Match[str], g: dict[str, str]) -> str | None:
        try:
            value = self._value(m, g)
        except (ValueError, OverflowError):
            return None
        if value is not None and len(value) == 10:
            self.last = date.fromisoformat(value)
        return value

    def _value(self, m: re.Match[str], g: dict[str, str]) -> str | None:
        if "iso" in g:
            return date.fromisoformat(g["iso"]).isoformat()
        if "slash" in g:
            a, b, year = (int(x) for x in g["slash"].split("/"))
            if self.text.language == "fr" or a > 12:
                return date(year, b, a).isoformat()
            return date(year, a, b).isoformat()
        day = g.get("day") or g.get("dayb")
        if day:
            return self._full(m, g, int(re.sub(r"\D", "", day)))
        if "month2" in g:
            return self._month(m, g)
        if "weekday2" in g:
            return self._weekday(m, self.lex.days[g["weekday2"].lower()], (g.get("rel3") or "").lower())
        if "year3" in g:
            return g["year3"]
        if "decade" in g:
            return None
        if "season" in g:
            return g["yearS"]
        if "half" in g:
            return g["half"]
        p = self.published
        if "relday" in g:
            said = g["relday"].lower()
            anchor = self.last or p
            if anchor is None:
                return None
            shift = (
                0
                if "même" in said or "same" in said or "ce jour" in said or "that day" in said
                else -1
                if "veille" in said or "before" in said or "previous" in said
                else 1
            )
            return (anchor + timedelta(shift)).isoformat()
        if p is None:
            return None
        if "partday" in g or "partday2" in g or "partday3" in g:
            return p.isoformat()
        if "named" in g:
            return (p + timedelta(_NAMED[g["named"].lower()])).isoformat()
        if "ago" in g:
            return self._ago(p, g)
        return self._unit(p, g)

    def _full(self, m: re.Match[str], g: dict[str, str], day: int) -> str | None:
        month = self._month_number(g.get("month") or g["monthb"])
        year = g.get("year") or g.get("yearb")
        if year:
            year = year.lstrip("'")
            full = int(year) if len(year) == 4 else int(year) + (1900 if int(year) > 30 else 2000)
            return date(full, month, day).isoformat()
        if self.published is None:
            return None
        return self._nearest(day, month, (g.get("rel1") or "").lower(), m).isoformat()

    def _nearest(self, day: int, month: int, relative: str, m: re.Match[str]) -> date:
        """The year is the one that puts the day nearest to publication, before it unless the future is meant."""
        p = self.published
        assert p is not None
        candidates = []
        for year in (p.year - 1, p.year, p.year + 1):
            try:
                candidates.append(date(year, month, day))
            except ValueError:
                continue
        if not candidates:
            raise ValueError("no such day")
        if relative == "dernier":
            return max(c for c in candidates if c <= p) if any(c <= p for c in candidates) else candidates[0]
        if relative == "prochain":
            return min((c for c in candidates if c >= p), default=candidates[-1])
        weekday = m.groupdict().get("weekday")
        if weekday:
            fitting = [c for c in candidates if c.weekday() == self.lex.days[weekday.lower()]]
            if fitting:
                return min(fitting, key=lambda c: abs(c - p))
        return min(
            candidates,
            key=lambda c: (
                abs((c - p).days) + (120 if c > p and (c - p).days > 60 and not self.ahead(m) else 0)
            ),
        )

    def _month_number(self, name: str) -> int:
        return self.lex.months[name.lower().rstrip(".")]

    def _month(self, m: re.Match[str], g: dict[str, str]) -> str | None:
        month = self._month_number(g["month2"])
        if "year2" in g:
            return f"{g['year2']}-{month:02}"
        p = self.published
        if p is None:
            return None
        relative = (g.get("rel2") or g.get("part") or "").lower()
        year = p.year
        if relative in ("dernier", "last"):
            year -= month >= p.month
        elif relative in ("prochain", "next"):
            year += month <= p.month
        elif month > p.month and not self.ahead(m):
            year -= 1
        elif month < p.month - 3 and self.ahead(m):
            year += 1
        return f"{year}-{month:02}"

    def _weekday(self, m: re.Match[str], weekday: int, relative: str) -> str | None:
        p = self.published
        if p is None:
            return None
        back = (p.weekday() - weekday) % 7
        if relative in _NEXT or (relative not in _LAST and self.ahead(m) and back):
            return (p + timedelta((weekday - p.weekday()) % 7 or 7)).isoformat()
        if relative in _LAST and back == 0:
            back = 7
        return (p - timedelta(back)).isoformat()

    def _ago(self, p: date, g: dict[str, str]) -> str:
        n = _NUMBERS.get(g["agon"].lower()) or int(g["agon"])
        unit = g["agou"].lower()
        if unit.startswith(("jour", "day")):
            return (p - timedelta(n)).isoformat()
        if unit.startswith(("semaine", "week")):
            return (p - timedelta(7 * n)).isoformat()[:7]
        if unit.startswith(("mois", "month")):
            months = p.year * 12 + p.month - 1 - n
            return f"{months // 12}-{months % 12 + 1:02}"
        return str(p.year - n)

    def _unit(self, p: date, g: dict[str, str]) -> str | None:
        unit = (
            g.get("unit") or g.get("unit2") or g.get("unit3") or g.get("unit4") or g.get("unit5") or ""
        ).lower()
        relative = (g.get("rel4") or "").lower()
        shift = -1 if relative in _LAST else 1 if relative in _NEXT else 0
        if unit in ("année", "an", "year"):
            return str(p.year + shift)
        if unit.startswith(("mois", "month")):
            months = p.year * 12 + p.month - 1 + shift
            return f"{months // 12}-{months % 12 + 1:02}"
        if unit.startswith(("semaine", "week")):
            anchor = p + timedelta(7 * shift)
            if "end" in unit:
                anchor = p - timedelta((p.weekday() + 2) % 7 if shift <= 0 else -((5 - p.weekday()) % 7 or 7))
            return anchor.isoformat()[:7]
        if unit in self.lex.seasons:
            begun = self.lex.seasons[unit] <= p.month
            return str(p.year - (shift < 0 and not begun) + (shift > 0 and begun))
        return None

    def ahead(self, m: re.Match[str]) -> bool:
        """Whether the clause around the expression speaks of what is to come: the verb nearest to it tells."""
        known = self._ahead.get(m.start())
        if known is None:
            known = self._ahead[m.start()] = self._looks_ahead(m)
        return known

    def _looks_ahead(self, m: re.Match[str]) -> bool:
        text = self.text
        i = bisect_right(text.sentence_starts, m.start()) - 1
        sentence = text.sentences[max(0, i)]
        before = text.plain[max(sentence.start, m.start() - 110) : m.start()]
        if _UNTIL[text.language].search(before):
            return True
        coming = [x.start() for x in _FUTURE[text.language].finditer(before)]
        gone = [x.start() for x in _PAST[text.language].finditer(before)]
        if coming or gone:
            return (coming[-1] if coming else -1) > (gone[-1] if gone else -1)
        after = text.plain[m.end() : min(sentence.end, m.end() + 60)]
        first, past = _FUTURE[text.language].search(after), _PAST[text.language].search(after)
        return first is not None and (past is None or first.start() < past.start())


_UNTIL: dict[Language, re.Pattern[str]] = {
    "fr": re.compile(
        r"(?:jusqu'(?:au|à|en)|d'ici(?: au| à)?|à partir d[eu]|à compter d[eu]|avant) ?(?:le |la )?$",
        re.IGNORECASE,
    ),
    "en": re.compile(r"(?:until|till|by|from|starting|beginning) (?:on )?(?:the )?$", re.IGNORECASE),
}
_FUTURE: dict[Language, re.Pattern[str]] = {
    "fr": re.compile(
        r"\b[^\W\d_]{2,20}(?:era|eront|ira|iront|dra|dront|tra|tront)\b|\b(?:sera|seront|aura|auront|doit|doivent|devrait|devraient|va|vont)\b"
        r"|\b(?:prévue?s?|attendue?s?|programmée?s?|prochaine?)\b"
    ),
    "en": re.compile(
        r"\b(?:will|shall|would|scheduled|expected|set to|due|plans?|planned|upcoming|is to|are to|going to|set for)\b"
    ),
}
_PAST: dict[Language, re.Pattern[str]] = {
    "fr": re.compile(
        r"\b(?:a|ont|avait|avaient|s'est|est|sont|était|étaient|été|fut|furent)\b [^\W\d_]{2,20}(?:é|ée|és|ées|i|is|it|u|us|ue|ert)\b|\b[^\W\d_]{3,20}(?:ée?s?|èrent)\b"
    ),
    "en": re.compile(r"\b(?:was|were|had|did|said|told|[a-z]{3,20}ed)\b"),
}
