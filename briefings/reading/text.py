"""A text cut up: paragraphs, sentences and words, all as code points of the text as stored."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from briefings.model import Language, Span
from briefings.reading.lexicon import Lexicon, lexicon

# Same length on both sides: places found in the plain text hold in the stored one.
_PLAIN = str.maketrans(
    {
        "’": "'",
        "\u02bc": "'",
        "\u2019": "'",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u2007": " ",
        "\t": " ",
        "\u2011": "-",
        "\u2010": "-",
        "\r": "\n",
        "\u2028": "\n",
        "\u2029": "\n",
        "\x0b": "\n",
        "\x0c": "\n",
        "\x85": "\n",
    }
)

_WORD: dict[Language, re.Pattern[str]] = {
    "fr": re.compile(
        r"(?:[ldjmtsnc]|qu|jusqu|lorsqu|puisqu|quoiqu)'(?=\w)|aujourd'hui|quelqu'un|\d+(?:[.,]\d+)*|\w+(?:-\w+)*|[^\w\s]",
        re.IGNORECASE,
    ),
    "en": re.compile(r"'(?:s|ve|re|ll|d|m|t)\b|[OD]'[A-Z]\w+|\d+(?:[.,]\d+)*|\w+(?:-\w+)*|[^\w\s]"),
}
_END = re.compile(r"(?:(?<!\.)\.(?!\.)|\.{2,}|[!?…]+)(?:[!?….]*)(?:\[\d+\])?((?: ?[»”]|[\"')\]])*)(?=\s|$)|\n")
_START = re.compile(r"[\s\-–—•*·]*")
_OPENERS = "«“„\"'‘([—–-•"


@dataclass(frozen=True, slots=True)
class Text:
    """An article's body cut up. `plain` has straight apostrophes and ordinary blanks, same length as `raw`.

    `starts`, `ends`, `words` (lower case) and `caps` (begins with a capital) run in step, one entry a token;
    `first` holds the token indices that begin a sentence.
    """

    raw: str
    plain: str
    language: Language
    lex: Lexicon
    paragraphs: tuple[Span, ...]
    sentences: tuple[Span, ...]
    sentence_starts: tuple[int, ...]
    starts: list[int]
    ends: list[int]
    words: list[str]
    caps: list[bool]
    first: frozenset[int]

    def sentence_at(self, place: int) -> Span:
        """The sentence that holds `place`, or the last one that begins before it."""
        return self.sentences[max(0, bisect_right(self.sentence_starts, place) - 1)]

    def tokens_in(self, start: int, end: int) -> range:
        """Indices of the tokens that begin in `[start, end)`."""
        return range(bisect_left(self.starts, start), bisect_left(self.starts, end))

    def surface(self, first: int, last: int) -> str:
        """The stored text from token `first` to token `last`, both included."""
        return self.raw[self.starts[first] : self.ends[last]]


def cut(raw: str, language: Language) -> Text:
    """Cut a body up. An empty body has no paragraphs, sentences or tokens."""
    lex = lexicon(language)
    plain = raw.translate(_PLAIN)
    paragraphs = tuple(_paragraphs(plain))
    sentences = tuple(_sentences(plain, lex))
    starts: list[int] = []
    ends: list[int] = []
    words: list[str] = []
    caps: list[bool] = []
    for m in _WORD[language].finditer(plain):
        word = m.group()
        starts.append(m.start())
        ends.append(m.end())
        caps.append(word[0].isupper())
        words.append(word.lower())
    sentence_starts = tuple(s.start for s in sentences)
    first = set()
    for s in sentences:
        i = bisect_left(starts, s.start)
        while i < len(starts) and not words[i][0].isalnum():
            i += 1
        first.add(i)
    return Text(raw, plain, language, lex, paragraphs, sentences, sentence_starts, starts, ends, words, caps, frozenset(first))


def _paragraphs(plain: str) -> list[Span]:
    """Lines that hold anything, without the blanks around them."""
    spans = []
    at = 0
    for line in plain.split("\n"):
        kept = line.strip()
        if kept:
            start = at + line.index(kept[0])
            spans.append(Span(start, start + len(kept)))
        at += len(line) + 1
    return spans


def _sentences(plain: str, lex: Lexicon) -> list[Span]:
    """Sentences end at a full stop, a mark or a line's end, not after an abbreviation or an initial."""
    spans = []
    start = _START.match(plain).end()  # type: ignore[union-attr]  # it matches everywhere
    for m in _END.finditer(plain):
        stop = m.end()
        if m.group() != "\n" and not _ends_here(plain, m, lex):
            continue
        if m.group() == "\n":
            stop = m.start()
        stop = max(start, stop)
        while stop > start and plain[stop - 1].isspace():
            stop -= 1
        if stop > start:
            spans.append(Span(start, stop))
        start = max(start, _START.match(plain, m.end()).end())  # type: ignore[union-attr]
    stop = len(plain.rstrip())
    if stop > start:
        spans.append(Span(start, stop))
    return spans


def _ends_here(plain: str, m: re.Match[str], lex: Lexicon) -> bool:
    after = m.end()
    while after < len(plain) and plain[after] in " \n":
        after += 1
    if after < len(plain):
        following = plain[after]
        if following.islower() or following in ",;:":
            return False
        if not (following.isalnum() or following in _OPENERS):
            return False
    if plain[m.start()] == "." and m.end() - m.start() == 1:
        word_start = m.start()
        while word_start > 0 and (plain[word_start - 1].isalnum() or plain[word_start - 1] == "."):
            word_start -= 1
        word = plain[word_start : m.start()]
        if len(word) == 1 and word.isupper():
            return False
        if word.lower() in lex.abbreviations and plain[m.end() : m.end() + 1] != "\n":
            return False
    return True
