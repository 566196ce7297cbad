"""What stands beside a quotation: cue and speaker after its closing mark, before its opening mark, or by "selon"."""

from __future__ import annotations

import re

from briefings.model import Role, Via
from briefings.reading.actors import Entity
from briefings.reading.antecedents import CLITICS, CONJUNCTIONS, MARKS, Speaker
from briefings.reading.quotations import Quotation
from briefings.reading.subjects import Subjects
from briefings.reading.text import Text

_CUES = 5  # verbs of speech before a quotation that are tried, the nearest first
_FINITE = re.compile(r"(?:e|ent|ait|aient|it|a|ut)$")  # how a verb in the third person may end in French


class Cues(Subjects):
    """Looks for the speaker in the words around one quotation."""

    def __init__(
        self, text: Text, entities: list[Entity], roles: dict[int, list[Role]], quotations: list[Quotation]
    ) -> None:
        super().__init__(text, entities, roles, quotations)
        self.according = [tuple(a.replace("'", "' ").split()) for a in self.lex.according]

    def beside(self, q: Quotation, left: range, right: range, joined: bool) -> Speaker | None:
        after = self.after(q, right)
        if after is not None and after.strength == 3:
            return after
        before = self._before(q, left, joined)
        if before is not None and before.strength == 3:
            return before
        candidates = [s for s in (before, after) if s is not None]
        return max(candidates, key=lambda s: s.strength, default=None)

    # ---- after the closing mark

    def after(self, q: Quotation, right: range) -> Speaker | None:
        text, _lex, words = self.text, self.lex, self.text.words
        k = right.start
        while k < right.stop and words[k] in (",", ".", "–", "—", "―", "-", "(", ")", "»", "”", "…"):
            k += 1
        if k >= right.stop:
            return None
        # "…" ― Pamela Padilla
        if (
            words[right.start] in ("―", "—", "–")
            and k in self.by_first
            and self.by_first[k].last + 1 >= right.stop - 1
        ):
            return self.named(self.by_first[k], None)
        # "a-t-il déclaré", "dit-elle"
        for j in range(k, min(k + 4, right.stop)):
            _head, dash, tail = words[j].rpartition("-")
            if dash and tail in ("il", "elle", "ils", "elles", "on", "je", "t-il") and text.language == "fr":
                return self.pronoun(
                    tail,
                    q.inner.start,
                    self._cue_text(
                        j, right, words[j].startswith(("a-", "ont-", "avait-", "avaient-", "s'est-"))
                    ),
                    j,
                )
            if words[j] in MARKS:
                break
        # "said Caddell", "a déclaré Oumar Maïga"
        inverted = self._inverted(k, right, q)
        if inverted is not None:
            return inverted
        # "a été jugé « insuffisant » par les experts"
        if words[k] in ("par", "by") and k + 1 < right.stop and self._passive(q):
            n = k + 1
            if n in self.by_first:
                return self.named(self.by_first[n], text.surface(k, k))
            return self.phrase(n, self.phrase_end(n, right.stop), text.surface(k, k), 3)
        # "Gulowsen said", "the source added", "X, head of Y, told Z"
        tagged = (
            text.plain[q.inner.end - 1] in ",.!?…—-'"
            or words[right.start] in (",", "–", "—")
            or text.language == "fr"
        )
        limit = min(right.stop, k + 30) if tagged else k
        if text.language == "fr" and (words[k] in CONJUNCTIONS or self.is_participle(k, k)):
            limit = k
        for j in range(k, limit):
            if words[j] in (":", ";", "«", "“", '"'):
                break
            if self.is_cue(j, k) and j > k:
                subject = self.subject(k, j)
                if subject is not None:
                    return Speaker(subject[0], subject[1], subject[2], words[j], 3)
                break
            if j > k + 3 and words[j] in CONJUNCTIONS and words[j] not in ("as",) and text.language == "fr":
                break
        return self._by_according(k, right, q)

    def _passive(self, q: Quotation) -> bool:
        """Whether a passive stands right before the opening mark: "a été jugé «", "was called “"."""
        words = self.text.words
        k = self.text.tokens_in(0, q.outer.start).stop - 1
        near = words[max(0, k - 4) : k + 1]
        return any(w in ("été", "been", "was", "were", "est", "sont", "is", "are") for w in near)

    def _cue_text(self, j: int, tokens: range, auxiliary: bool) -> str:
        """The cue from its first word to the participle that completes it."""
        last = j
        if auxiliary:
            for n in range(j + 1, min(j + 5, tokens.stop)):
                if self.text.words[n] in self.lex.cues or self.text.words[n].endswith(("é", "it", "u", "is")):
                    last = n
                    break
        return self.text.surface(j, last)

    def _inverted(self, k: int, right: range, q: Quotation) -> Speaker | None:
        """A verb of speech and then its subject, from token `k` on."""
        text, lex, words = self.text, self.lex, self.text.words
        j = k
        tagged = self._is_tag(k, right)
        while j < right.stop and j - k < 7 and not self.is_cue(j, k) and not tagged:
            if words[j] in lex.auxiliaries or words[j] in lex.adverbs or words[j] in CLITICS:
                j += 1
                continue
            return None
        if j >= right.stop or j - k >= 7 or self.is_participle(j, k):
            return None
        while (
            j + 1 < right.stop
            and words[j + 1] in lex.cues
            and words[j + 1] not in lex.role_heads
            and not text.caps[j + 1]
            and text.language == "fr"
        ):
            j += 1
        cue = text.surface(k, j)
        n = j + 1
        steps = 0
        while n < right.stop and steps < 12:
            steps += 1
            w = words[n]
            if n in self.by_first:
                return self.named(self.by_first[n], cue)
            if w in lex.pronouns and text.language == "en":
                return self.pronoun(w, q.inner.start, cue, n)
            if (
                w in ("à", "au", "aux", "sur", "dans", "devant", "en", "lors", "via", "par")
                and text.language == "fr"
            ):
                n = self._skip_phrase(n, right)
                continue
            if (
                w in lex.adverbs
                or w in lex.days
                or w in lex.months
                or (w in CLITICS and w not in ("le", "la", "les", "l'"))
                or w.isdigit()
            ):
                n += 1
                continue
            if (
                w in ("le", "la", "les")
                and n + 1 < right.stop
                and (words[n + 1] in lex.days or words[n + 1].isdigit())
            ):
                n += 2
                continue
            if (
                w in lex.determiners
                or w in lex.role_heads
                or w in lex.role_prefix
                or w in lex.bodies
                or (text.caps[n] and w not in lex.common)
            ):
                stop = self.phrase_end(n, right.stop)
                return self.phrase(n, stop, cue, 3)
            if text.language == "en" and (w[0].isdigit() or "-" in w or w in lex.demonyms):
                n += 1
                continue
            return None
        return None

    def _is_tag(self, k: int, right: range) -> bool:
        """French: whether a comma, a verb and its subject follow the quotation, whatever the verb ("», soupire Anna Ek")."""
        words, lex = self.text.words, self.lex
        if self.text.language != "fr" or k == right.start or words[right.start] != "," or k + 1 >= right.stop:
            return False
        verb = k + (words[k] in ("s'", "se"))
        w = words[verb]
        if (
            verb + 1 >= right.stop
            or self.text.caps[verb]
            or not w.isalpha()
            or len(w) < 4
            or not _FINITE.search(w)
        ):
            return False
        known = (
            lex.common | lex.determiners | lex.prepositions | lex.adverbs | lex.auxiliaries | lex.relatives
        )
        if w in known or w in CONJUNCTIONS:
            return False
        following = verb + 1
        if words[following] in lex.determiners - {"de", "d'", "du"}:
            return self.person_like(following, min(following + 5, right.stop - 1)) or self.names_person(
                following, right
            )
        return following in self.by_first

    def _skip_phrase(self, n: int, right: range) -> int:
        """Past a prepositional phrase: "à l'AFP", "sur son blog", "au journal Le Monde"."""
        words = self.text.words
        k = n + 1
        while k < right.stop and k - n < 10:
            if k in self.by_first:
                governed = words[k - 1] in self.lex.prepositions | self.lex.determiners | {
                    "au",
                    "aux",
                    "du",
                    "des",
                }
                return self.by_first[k].last + 1 if governed else k
            if words[k] in MARKS:
                return k
            if (
                k > n + 1
                and words[k] in self.lex.determiners - {"de", "d'", "du", "des"}
                and words[k - 1] not in ("à", "de", "d'", "au", "sur", "dans")
            ):
                return k
            if self.text.caps[k] and words[k] not in self.lex.determiners:
                return k + 1
            k += 1
        return k

    # ---- "selon X"

    def _by_according(self, k: int, tokens: range, q: Quotation) -> Speaker | None:
        """ "selon X", "according to X" anywhere in the tokens."""
        words = self.text.words
        for j in range(k, tokens.stop):
            for opener in self.according:
                size = len(opener)
                if tuple(words[j : j + size]) != opener or j + size >= tokens.stop:
                    continue
                if opener in (("pour",), ("for",), ("per",)) and not (
                    j in self.text.first or (j == tokens.start and self.text.caps[j])
                ):
                    continue
                n = j + size
                if opener in (("pour",), ("for",)) and not self._someone(n):
                    continue
                cue = self.text.surface(j, j + size - 1)
                if n in self.by_first:
                    named = self.named(self.by_first[n], cue)
                    return Speaker(named.name, named.actor, named.via, cue, 2)
                if words[n] in self.lex.pronouns:
                    found = self.pronoun(words[n], q.inner.start, cue, n)
                    return Speaker(found.name, found.actor, found.via, cue, 2) if found else None
                return self.phrase(n, self.phrase_end(n, tokens.stop), cue, 2)
        return None

    def _someone(self, n: int) -> bool:
        """Whether a person or body stands at token `n`, so that "pour" means "in the view of"."""
        words, lex = self.text.words, self.lex
        if n in self.by_first or words[n] in ("lui", "elle"):
            return True
        for k in range(n, min(n + 4, len(words))):
            if (
                words[k] in lex.role_heads
                or words[k] in lex.recall_org
                or k in self.by_first
                or words[k] in lex.bodies
            ):
                return True
            if words[k] in MARKS:
                return False
        return False

    # ---- before the opening mark

    def _before(self, q: Quotation, left: range, joined: bool) -> Speaker | None:
        text, words = self.text, self.text.words
        if not left:
            return None
        if (
            words[left.stop - 1] == ":"
            and left.stop - left.start <= 4
            and all(text.caps[k] for k in range(left.start, left.stop - 1))
        ):
            m = self.by_first.get(left.start)
            if m is not None:
                return self.named(m, ":")
        found = None
        tried = 0
        for j in reversed(left):
            if tried == _CUES:
                break
            if not self.is_cue(j, left.start):
                continue
            tried += 1
            speaker = self._by_cue(j, left, q, joined)
            if (
                speaker is not None
                and speaker.strength == 3
                and (speaker.actor >= 0 or speaker.via is Via.PRONOUN or self._can_speak(speaker.name))
            ):
                return speaker
            found = found or speaker
        if found is not None:
            return found
        by = self._by_according(left.start, left, q)
        if by is not None:
            return by
        subject = self.main_subject(left)
        if subject is None:
            return None
        announces = words[left.stop - 1] == ":"
        return Speaker(
            subject[0], subject[1], subject[2] if announces else Via.IMPLICIT, None, 2 if announces else 1
        )

    def _by_cue(self, j: int, left: range, q: Quotation, joined: bool) -> Speaker | None:
        """The subject of the verb of speech at token `j` before the opening mark."""
        cue = self._whole_cue(j, left)
        subject = self.subject(left.start, j)
        if subject is None:
            inverse = self._inverted(self._verb_start(j, left.start), range(left.start, left.stop), q)
            if inverse is not None:
                return inverse
            subject = (
                self.main_subject(left)
                if not self.is_participle(j, left.start) or j > left.start
                else self._subject_after(q)
            )
        if subject is not None:
            return Speaker(subject[0], subject[1], subject[2], cue, 3)
        return Speaker(None, -1, Via.IMPLICIT, cue, 2) if not joined else None

    def _subject_after(self, q: Quotation) -> tuple[str | None, int, Via] | None:
        """ "Estimant que « … », il vota": the subject stands behind the quotation."""
        text = self.text
        tokens = text.tokens_in(q.outer.end, text.paragraphs[q.paragraph].end)[:8]
        if not tokens or text.words[tokens.start] != ",":
            return None
        return self.main_subject(range(tokens.start + 1, tokens.stop))

    def _can_speak(self, name: str | None) -> bool:
        """Whether a phrase begins with somebody who can speak."""
        words = (name or "").lower().replace("’", "'").replace("'", "' ").split()[:5]
        return any(
            w in self.lex.role_heads
            or w in self.lex.recall_org
            or w in self.lex.bodies
            or w in self.lex.cue_nouns
            or w in self.lex.media
            for w in words
        )

    def _verb_start(self, j: int, start: int) -> int:
        while j > start and (
            self.text.words[j - 1] in self.lex.auxiliaries or self.text.words[j - 1] in CLITICS
        ):
            j -= 1
        return j

    def _whole_cue(self, j: int, left: range) -> str:
        """The verb with its auxiliary, and the "que" or "that" that follows it."""
        words = self.text.words
        start = j
        k = j - 1
        while (
            k >= left.start
            and j - k < 4
            and (
                words[k] in self.lex.auxiliaries
                or words[k] in self.lex.adverbs
                or words[k] in ("s'", "se", "été")
            )
        ):
            if words[k] in self.lex.auxiliaries or words[k] in ("s'", "se"):
                start = k
            k -= 1
        return self.text.surface(start, j)
