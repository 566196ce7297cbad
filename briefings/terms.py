"""The words that a search compares: no case, no accents, without endings, by the language of the text."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from Stemmer import Stemmer

from briefings.model import LANGUAGES, Language

_NAMES: dict[Language, str] = {"fr": "french", "en": "english"}
_WORD = re.compile(r"\w+")
_MOST = 12  # words of a query that count


def _words(text: str) -> list[str]:
    """The words without case, accents composed."""
    return _WORD.findall(unicodedata.normalize("NFC", text.casefold().replace("œ", "oe").replace("æ", "ae")))


def _plain(word: str) -> str:
    """Without accents."""
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


@cache
def _stemmer(language: Language) -> Stemmer:
    return Stemmer(_NAMES[language])


def terms(text: str, language: Language) -> list[str]:
    """The text's words in order, as they are indexed: without endings, then without accents.

    A word with accents gives the term of the word as it would be typed without them too, where that is another:
    endings are told by their accents ("employée").

    >>> terms("licenciées", "fr")
    ['licenci', 'licencie']
    """
    words = _words(text)
    if text.isascii():
        return [w for w in _stemmer(language).stemWords(words) if w]
    plain = [_plain(w) for w in words]
    stem = _stemmer(language).stemWords
    found: list[str] = []
    for word, own, bare in zip(words, stem(words), stem(plain), strict=True):
        own = _plain(own)
        if own:
            found.append(own)
        if bare and bare != own and not word.isascii():
            found.append(bare)
    return found


def wanted(query: str) -> list[frozenset[str]]:
    """What a person looks for: for each word, the terms in each language that it may be. At most twelve words."""
    words = list(dict.fromkeys(_words(query)))
    known = [w for w in words if len(w) > 1 or w.isdigit()] or words
    return [frozenset(t for x in LANGUAGES for t in terms(w, x)) for w in known[:_MOST]]
