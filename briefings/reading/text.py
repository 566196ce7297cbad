"""A text cut up: paragraphs, sentences and words, all as code points of the text as stored."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from briefings.model import Language, Span
from briefings.reading.lexicon import Lexicon, lexicon

# One character for one: places found in the plain text hold in the stored one.
_PLAIN = {
    **dict.fromkeys("’\u02bc", "'"),
    **dict.fromkeys("\u00a0\u202f\u2009\u2007\t", " "),
    **dict.fromkeys("\u2011\u2010", "-"),
    **dict.fromkeys("\r\u2028\u2029\x0b\x0c\x85", "\n"),
}


def plainly(text: str) -> str:
    """The text with straight apostrophes, ordinary blanks and line ends, of the same length."""
    for odd, plain in _PLAIN.items():
        if odd in text:
            text = text.replace(odd, plain)
    return text


_LARGEST = 100_000  # words that a table remembers before it starts anew


class WordTable(dict[str, int]):
    """What each word is, worked out once a word: `table.of(words)` is one look-up a token, at the speed of C."""

    def __init__(self, classify: Callable[[str], int]) -> None:
        super().__init__()
        self.classify = classify

    def __missing__(self, word: str) -> int:
        if len(self) >= _LARGEST:
            self.clear()
        value = self[word] = self.classify(word)
        return value

    def of(self, words: list[str]) -> list[int]:
        return list(map(self.__getitem__, words))


# Run over the lower-case text. An elision ("l'") and a possessive ("'s") are words of their own; first the commonest.
_WORD: dict[Language, re.Pattern[str]] = {
    "fr": re.compile(
        r"[^\W\d_]{3,}(?![\w'-])|(?:[ldjmtsnc]|qu|jusqu|lorsqu|puisqu|quoiqu)'(?=\w)|aujourd'hui|quelqu'un"
        r"|\d+(?:[.,]\d+)*(?!\w)|\w+(?:-\w+)*(?:'[^\W\d_]\w*)*|[^\w\s]"
    ),
    "en": re.compile(
        r"[^\W\d_]{3,}(?![\w'-])|'(?:s|ve|re|ll|d|m|t)\b|[od]'[a-z]\w+(?:-\w+)*|\d+(?:[.,]\d+)*(?!\w)|\w+(?:-\w+)*(?:'(?!ve\b|re\b|ll\b)[a-z]\w+)?|[^\w\s]"
    ),
}
_MARK = re.compile(r"[.!?…]+|\n")
# What may close behind a full stop: a footnote's number, closing marks; then a blank or the end.
_TAIL = re.compile(r"(?:\[\d{1,4}\])?(?: ?[»”]|[\"')\]]){0,8}(?=\s|\Z)")
_START = re.compile(r"[\s\-–—•*·]*")
_BLANKS = re.compile(r"[ \n]{0,40}")
_WORD_BEFORE = re.compile(r"[\w.]*\Z")
_OPENERS = "«“„\"'‘([—–-•"


@dataclass(frozen=True, slots=True)
class Text:
    """An article's body cut up. `plain` has straight apostrophes and ordinary blanks, `low` is that in lower case;
    both are as long as `raw`.

    `starts`, `ends`, `words` (lower case) and `caps` (begins with a capital) run in step, one entry a token;
    `first` holds the token indices that begin a sentence.
    """

    raw: str
    plain: str
    low: str
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
    plain = plainly(raw)
    paragraphs = tuple(_paragraphs(plain))
    sentences = tuple(_sentences(plain, lex))
    low = plain.lower()
    if len(low) != len(plain):  # a few letters grow when lowered: keep those as they are
        low = "".join(x if len(x := c.lower()) == 1 else c for c in plain)
    places = [m.span() for m in _WORD[language].finditer(low)]
    starts = [a for a, _ in places]
    ends = [b for _, b in places]
    words = [low[a:b] for a, b in places]
    caps = [plain[a].isupper() for a in starts]
    sentence_starts = tuple(s.start for s in sentences)
    first = set()
    for s in sentences:
        i = bisect_left(starts, s.start)
        while i < len(starts) and starts[i] < s.end and not words[i][0].isalnum():
            i += 1
        first.add(i)
    return Text(
        raw,
        plain,
        low,
        language,
        lex,
        paragraphs,
        sentences,
        sentence_starts,
        starts,
        ends,
        words,
        caps,
        frozenset(first),
    )


def tokens(phrase: str, language: Language) -> list[str]:
    """A phrase of the lexicon cut into words as a text is."""
    return [m.group() for m in _WORD[language].finditer(plainly(phrase).lower())]


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
    start = _skip_opening(plain, 0)
    for mark in _MARK.finditer(plain):
        if mark.start() < start:
            continue
        if mark.group() == "\n":
            stop = mark.start()
        else:
            tail = _TAIL.match(plain, mark.end())
            if tail is None or not _ends_here(plain, mark, tail.end(), lex):
                continue
            stop = tail.end()
        following = max(stop, mark.end())
        while stop > start and plain[stop - 1].isspace():
            stop -= 1
        if stop > start:
            spans.append(Span(start, stop))
        start = _skip_opening(plain, following)
    stop = len(plain.rstrip())
    if stop > start:
        spans.append(Span(start, stop))
    return spans


def _skip_opening(plain: str, place: int) -> int:
    """Past blanks and the dash or bullet before a sentence."""
    m = _START.match(plain, place)
    assert m is not None  # it matches the empty string
    return m.end()


def _ends_here(plain: str, mark: re.Match[str], end: int, lex: Lexicon) -> bool:
    """Whether the full stop or mark, which with what closes behind it ends at `end`, ends a sentence."""
    after = _BLANKS.match(plain, end).end()  # type: ignore[union-attr]  # it matches the empty string
    if after < len(plain):
        following = plain[after]
        if following.islower() or not (following.isalnum() or following in _OPENERS):
            return False
    if mark.group() == "." and end == mark.end():
        word = _WORD_BEFORE.search(plain, max(0, mark.start() - 24), mark.start())
        before = word.group() if word else ""
        if len(before) == 1 and before.isupper():
            return False
        if before.lower() in lex.abbreviations and plain[end : end + 1] != "\n":
            return False
    return True
