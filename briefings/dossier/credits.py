"""Whose report a sentence gives: "according to Bloomberg" is Bloomberg's voice, whoever prints it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from briefings.model import LANGUAGES, Language, fold
from briefings.outlets import outlets
from briefings.reading.lexicon import lexicon

_NEAR = r"(?:(?:the|le|la|les|l['’]|un|une|its|son|an?|to|à|au|aux|de|du|des|d['’])\s*)*"
_MANY = 64  # sets of names that are kept compiled
_WORD = re.compile(r"\w+")
_APPOSITION = r"(?:,[^,.;:]{1,60},)?"


@lru_cache(maxsize=_MANY)
def _pattern(language: Language, names: frozenset[str]) -> re.Pattern[str]:
    """Names of outlets beside the words by which reports are credited, in that language."""
    known = lexicon(language)
    spelled = "|".join(re.escape(n).replace("\\ ", r"\s+") for n in sorted(names, key=lambda n: (-len(n), n)))
    media = "|".join(sorted(map(re.escape, known.media)))
    before = "|".join(re.escape(x).replace("'", "['’]").replace("\\ ", r"\s+") for x in known.crediting)
    after = "|".join(sorted(map(re.escape, known.credited)))
    auxiliary = "|".join(sorted(map(re.escape, known.auxiliaries | known.adverbs)))
    return re.compile(
        rf"\b(?i:{before})\s*(?i:{_NEAR})(?:(?i:{media})\s+(?i:{_NEAR}))?(?:[a-zà-ÿ]+\s+)?(?P<a>{spelled})(?!\w)"
        rf"|(?<!\w)(?P<b>{spelled})(?:\s+(?i:{media}))?{_APPOSITION}\s+(?:(?i:{auxiliary}|first|also)\s+){{0,3}}(?i:{after})\b"
    )


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Outlets and agencies that are known whatever the story is about."""
    agencies = {
        a.upper() if len(a) <= 4 else a.capitalize()
        for x in LANGUAGES
        for a in lexicon(x).agencies
        if "-" not in a
    }
    return frozenset({*outlets().values(), *agencies})


@lru_cache(maxsize=1)
def _known_names() -> _Names:
    return _Names(_known())


class _Names:
    """Names of outlets by their first word, so that a sentence is searched for a few of them."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first: dict[str, list[str]] = defaultdict(list)
        for name in names:
            first = _WORD.search(name)
            self._by_first[first[0] if first else ""].append(name)

    def stand_in(self, sentence: str, words: set[str]) -> bool:
        """Whether one of them is in the sentence, whose words these are."""
        return any(n in sentence for w in words & self._by_first.keys() for n in self._by_first[w])


class Credits:
    """Whose report a sentence gives. `carriers` are names of outlets that are known from the story."""

    def __init__(self, carriers: Iterable[str] = ()) -> None:
        self._carriers = frozenset(c for c in carriers if len(c) > 1)
        self._names = _Names(self._carriers)

    def of(self, sentence: str, language: Language) -> str:
        """The outlet, folded, that the sentence credits; "" where it credits none."""
        words = {"", *_WORD.findall(sentence)}
        if not (_known_names().stand_in(sentence, words) or self._names.stand_in(sentence, words)):
            return ""
        m = _pattern(language, _known() | self._carriers).search(sentence)
        return fold(m["a"] or m["b"]) if m is not None else ""
