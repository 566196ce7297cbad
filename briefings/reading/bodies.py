"""Bodies: an organisation's head noun with its adjectives and complement ("ministère de l'Intérieur").

Heads that the lexicon lists also count without a capital, where they are definite ("le gouvernement malien").
"""

from __future__ import annotations

from functools import cache

from briefings.model import Kind, Language, Span
from briefings.reading.lexicon import lexicon
from briefings.reading.runs import ARTICLES, MAX_WORDS, Mention, gap_after, opens_sentence, run_end
from briefings.reading.text import Text, WordTable


def bodies(text: Text) -> list[Mention]:
    lex, words, caps = text.lex, text.words, text.caps
    found: list[Mention] = []
    done = 0
    for i, body in enumerate(_body_table(text.language).of(words)):
        if not body or i < done or (not caps[i] and body < 2):
            continue
        w = words[i]
        before = words[i - 1] if i else ""
        last, more = _extent(text, i)
        definite = before in ARTICLES[text.language] or before in ("de", "d'") or caps[i]
        if text.language == "en":
            first = i
            while (
                first > 0
                and (
                    words[first - 1] in lex.demonyms
                    or (caps[first - 1] and not caps[i] and words[first - 1] in lex.places)
                )
                and not gap_after(text, first - 1).strip()
            ):
                first -= 1
            if caps[i] or ((words[first - 1] if first else "") not in ("the", "a") and first == i):
                continue
            found.append(_body(text, first, last))
            done = last + 1
            continue
        capital_name = caps[i] and (more or not opens_sentence(text, i)) and last > i
        lower_name = not caps[i] and definite and (more or w not in lex.bodies_need_more)
        opening = caps[i] and opens_sentence(text, i) and w in lex.bodies_lower and definite and more
        if capital_name or lower_name or opening:
            found.append(_body(text, i, last))
        done = last + 1
    return found


@cache
def _body_table(language: Language) -> WordTable:
    """1: heads a body's name when capitalised; 2: also uncapitalised."""
    lex = lexicon(language)
    return WordTable(lambda word: (word in lex.bodies) + (word in lex.bodies and word in lex.bodies_lower))


def _body(text: Text, first: int, last: int) -> Mention:
    return Mention(
        first,
        last,
        Span(text.starts[first], text.ends[last]),
        text.surface(first, last),
        Kind.ORG,
        opens=first in text.first,
    )


def _extent(text: Text, i: int) -> tuple[int, bool]:
    """The last token of the body that begins at `i`, and whether an adjective or complement follows its head."""
    lex, words, caps = text.lex, text.words, text.caps
    if text.language == "en":
        return i, False
    n = len(words)
    j = i
    complements = 0
    while j + 1 < n and j - i < MAX_WORDS:
        gap = gap_after(text, j)
        if gap not in ("", " "):
            break
        k = j + 1
        if _adjective(text, k):
            j = k
            continue
        if words[k] in ("de", "du", "des", "d'", "pour") and complements < (3 if caps[i] else 2):
            m = k + 1
            if m < n and words[m] in ("la", "l'", "le", "les"):
                m += 1
            if (
                m >= n
                or not words[m][0].isalpha()
                or words[m] in lex.determiners
                or words[m] in lex.prepositions
            ):
                break
            known = caps[m] or words[m] in _COMPLEMENTS or words[m] in lex.bodies or caps[i]
            if (
                not known
                or (words[m] in lex.days or words[m] in lex.months)
                or (words[k] == "pour" and not caps[m])
            ):
                break
            complements += 1
            j = run_end(text, m) if caps[m] else m
            continue
        if (
            words[k] == "et"
            and complements
            and k + 1 < n
            and caps[i]
            and (caps[k + 1] or _adjective(text, k + 1))
            and words[k + 1] not in lex.given
        ):
            break
        if (
            caps[k]
            and words[k] not in lex.common
            and words[i]
            in (
                "gouvernement",
                "groupe",
                "commission",
                "cabinet",
                "régime",
                "journal",
                "quotidien",
                "chaîne",
                "école",
                "banque",
                "université",
                "front",
                "union",
            )
        ):
            j = run_end(text, k)
            break
        break
    return j, j > i


#: Nouns that complete a body's name without a capital.
_COMPLEMENTS = frozenset(
    """administration surveillance sécurité justice police défense santé travail finances intérieur
    ministres état gouvernement commerce ville région journalistes travailleurs enquête contrôle
    direction instance appel cassation comptes renseignement renseignements""".split()
)


def _adjective(text: Text, k: int) -> bool:
    lex, w = text.lex, text.words[k]
    if text.caps[k]:
        return w in lex.demonyms
    if w in lex.demonyms:
        return True
    if (
        w in lex.common
        or w in lex.auxiliaries
        or w in lex.cues
        or w in lex.events
        or w in lex.adverbs
        or w in lex.role_stop
    ):
        return False
    return len(w) > 4 and bool(lex.adjective.search(w)) and not w.endswith(("ement", "ment"))
