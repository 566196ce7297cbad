"""Whose report a sentence gives: "according to Bloomberg" is Bloomberg's voice, whoever prints it."""

from __future__ import annotations

import re
from functools import lru_cache

from briefings.model import LANGUAGES, Language, fold
from briefings.outlets import outlets
from briefings.reading.lexicon import lexicon

_NEAR = r"(?:(?:the|le|la|les|l['’]|un|une|its|son|an?|to|à|au|aux|de|du|des|d['’])\s*)*"
_MANY = 64  # sets of names that are kept compiled
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


@lru_cache(maxsize=8192)
def credited(sentence: str, language: Language, carriers: frozenset[str] = frozenset()) -> str:
    """The outlet, folded, whose report the sentence says that it gives; "" where it credits none.

    `carriers` are names of outlets that are known from the story.
    """
    names = _known() | frozenset(c for c in carriers if len(c) > 1)
    if not any(n in sentence for n in names):
        return ""
    m = _pattern(language, names).search(sentence)
    return fold(m["a"] or m["b"]) if m is not None else ""
