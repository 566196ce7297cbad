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


def _plain(text: str) -> list[str]:
    text = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("æ", "ae"))
    text = "".join(c for c in text if not unicodedata.combining(c)).casefold()
    return _WORD.findall(text)


@cache
def _stemmer(language: Language) -> Stemmer:
    return Stemmer(_NAMES[language])


def terms(text: str, language: Language) -> list[str]:
    """The text's words in order, as they are indexed.

    >>> terms("Les salariés licenciés", "fr") == terms("les salarie licencié", "fr")
    True
    """
    found: list[str] = _stemmer(language).stemWords(_plain(text))
    return found


def wanted(query: str) -> list[frozenset[str]]:
    """What a person looks for: for each word, the terms in each language that it may be. At most twelve words."""
    words = list(dict.fromkeys(_plain(query)))
    known = [w for w in words if len(w) > 1 or w.isdigit()] or words
    return [frozenset(terms(w, x)[0] for x in LANGUAGES) for w in known[:_MOST]]
