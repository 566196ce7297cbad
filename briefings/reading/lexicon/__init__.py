"""The languages that the reading knows: one TOML file each, holding words of the language and never of the news.

A new language starts with a file here; the loader makes every verb form and set from it once, on first use.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from babel import Locale

from briefings.model import LANGUAGES, Language, fold


@dataclass(frozen=True)
class Lexicon:
    """One language's words, lower case with straight apostrophes, ready for look-up."""

    language: Language
    telling: frozenset[str]
    common: frozenset[str]
    months: dict[str, int]
    month_names: frozenset[str]  # without the abbreviations
    days: dict[str, int]
    seasons: dict[str, int]
    abbreviations: frozenset[str]
    titles: dict[str, str]  # title, lower case → "m", "f" or "n"
    cues: frozenset[str]
    cue_nouns: frozenset[str]
    according: tuple[str, ...]
    pronouns: dict[str, str]  # → "m", "f" or "p" (plural or unsexed)
    relatives: frozenset[str]
    auxiliaries: frozenset[str]
    adverbs: frozenset[str]
    naming: frozenset[str]
    determiners: frozenset[str]
    prepositions: frozenset[str]
    place_prepositions: frozenset[str]
    bodies: frozenset[str]
    bodies_lower: frozenset[str]
    bodies_need_more: frozenset[str]
    recall_org: frozenset[str]
    common_bodies: dict[str, str]  # folded name → concept
    crediting: tuple[str, ...]
    credited: frozenset[str]
    media: frozenset[str]
    agencies: frozenset[str]
    abbreviated_nouns: frozenset[str]
    roles: dict[str, str]  # head noun phrase → concept
    role_heads: frozenset[str]  # the first words of the above
    role_prefix: frozenset[str]
    role_stop: frozenset[str]
    former: frozenset[str]
    interim: tuple[str, ...]
    become: frozenset[str]
    demonyms: frozenset[str]
    adjective: re.Pattern[str]  # the endings of adjectives
    of_places: frozenset[str]  # nouns that a place follows: "maire de", "city of"
    places: frozenset[str]  # blanks as hyphens
    not_actors: frozenset[str]
    events: dict[str, str]  # word → concept
    given: dict[str, str]  # first name → "m" or "f"
    counted: dict[str, str]  # word → concept of what a figure counts
    figures: dict[str, Any]
    dates: dict[str, Any]
    consequences: dict[str, Any]


def _set(text: str | list[str]) -> frozenset[str]:
    return frozenset(text.split() if isinstance(text, str) else [x.lower() for x in text])


def _french_forms(stem: str) -> list[str]:
    """The forms of a regular -er verb: finite third persons, participles, gerund, infinitive."""
    soft = stem[:-1] + "ç" if stem.endswith("c") else stem + "e" if stem.endswith("g") else stem
    weak = [stem + e for e in ("e", "ent", "é", "ée", "és", "ées", "er", "era", "eront", "èrent")]
    return weak + [soft + e for e in ("ait", "aient", "a", "ant")]


def _english_forms(base: str) -> list[str]:
    """The forms of a regular verb: base, -s, -ed, -ing, with dropped e, y→ie and doubled consonant."""
    if base.endswith("e"):
        return [base, base + "s", base + "d", base[:-1] + "ing"]
    if base.endswith("y") and base[-2] not in "aeiou":
        return [base, base[:-1] + "ies", base[:-1] + "ied", base + "ing"]
    if re.search(r"(?:s|x|ch|sh)$", base):
        return [base, base + "es", base + "ed", base + "ing"]
    doubled = base + base[-1]
    return [base, base + "s", base + "ed", base + "ing", doubled + "ed", doubled + "ing"]


def _by_word(groups: dict[str, str]) -> dict[str, str]:
    """`{"concept": "a|b"}` turned round to `{"a": "concept", "b": "concept"}`; the first concept wins."""
    words: dict[str, str] = {}
    for concept, forms in groups.items():
        for form in forms.split("|"):
            words.setdefault(form.strip().lower(), concept)
    return words


def _given_names() -> dict[str, str]:
    """Given names cross borders: every language's list holds for all."""
    given: dict[str, str] = {}
    for language in LANGUAGES:
        for sex, names in _raw(language)["given_names"].items():
            given.update(dict.fromkeys(names.split(), sex))
    return given


def _places(language: Language) -> frozenset[str]:
    """Countries and regions from the Unicode locale data (CLDR), and the towns of the file."""
    territories = (name for code, name in Locale(language).territories.items() if code.isalpha())
    return _set(_raw(language)["places"]["names"]) | {
        t.lower().replace("’", "'").replace(" ", "-").removeprefix("the-") for t in territories
    }


@cache
def _raw(language: Language) -> dict[str, Any]:
    text = resources.files(__package__).joinpath(f"{language}.toml").read_text("utf8")
    return tomllib.loads(text.replace("’", "'"))


@cache
def lexicon(language: Language) -> Lexicon:
    """The words of `language`, read once."""
    raw = _raw(language)
    cues = set(raw["cue_forms"].split())
    for stem in raw.get("cue_er", "").split():
        cues.update(_french_forms(stem))
    for base in raw.get("cue_regular", "").split():
        cues.update(_english_forms(base))
    months = {m.lower(): i for i, m in enumerate(raw["months"], 1)} | raw["month_forms"]
    titles = {
        form: sex
        for sex in "mfn"
        for t in raw[f"titles_{sex}"]
        for form in (t.lower(), t.lower().rstrip("."))
    }
    roles = _by_word(raw["roles"])
    words = raw["words"]
    return Lexicon(
        language=language,
        telling=_set(raw["telling"]),
        common=_set(raw["common"]),
        months=months,
        month_names=frozenset(m for m in months if m in {x.lower() for x in raw["months"]} or len(m) > 5),
        days={d.lower(): i for i, d in enumerate(raw["days"])},
        seasons=raw["seasons"],
        abbreviations=frozenset(a.lower() for a in raw["abbreviations"].split()),
        titles=titles,
        cues=frozenset(cues),
        cue_nouns=_set(raw["cue_nouns"]),
        according=tuple(raw["according"]),
        crediting=tuple(raw["crediting"]),
        credited=_set(raw["credited"]),
        pronouns={p: sex for sex in "mfp" for p in raw[f"pronouns_{sex}"]},
        relatives=_set(raw["relatives"]),
        auxiliaries=_set(raw["auxiliaries"]),
        adverbs=_set(raw["adverbs"]),
        naming=_set(raw["naming"]),
        determiners=_set(raw["determiners"]),
        prepositions=_set(raw["prepositions"]),
        place_prepositions=_set(raw["place_prepositions"]),
        bodies=_set(raw["bodies"]),
        bodies_lower=_set(raw["bodies_lower"]),
        bodies_need_more=_set(raw["bodies_need_more"]),
        recall_org=_set(raw["recall_org"]),
        common_bodies={fold(w): c for w, c in _by_word(raw["common_bodies"]).items()},
        media=_set(raw["media"]),
        agencies=_set(raw["agencies"]),
        abbreviated_nouns=_set(raw["abbreviated_nouns"]),
        roles=roles,
        role_heads=frozenset(r.split()[0] for r in roles),
        role_prefix=_set(words["role_prefix"]),
        role_stop=_set(words["role_stop"]),
        former=_set(words["former"]),
        interim=tuple(words["interim"]),
        become=_set(words["become"]),
        demonyms=_set(words["demonyms"]),
        adjective=re.compile(words["adjective"]),
        places=_places(language),
        of_places=_set(raw["places"]["of_places"]),
        not_actors=_set(raw["places"]["not_actors"]),
        events=_by_word(raw["events"]),
        given=_given_names(),
        counted=_by_word(raw["counted"]),
        figures=raw["figures"] | {"numbered": _set(raw["figures"]["numbered"])},
        dates=raw["dates"],
        consequences=raw["consequences"],
    )
