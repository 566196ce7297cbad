"""The subject of a verb of speech, and of a sentence."""

from __future__ import annotations

from bisect import bisect_right

from briefings.model import Kind, Via
from briefings.reading.antecedents import CLITICS, CONJUNCTIONS, MARKS, Antecedents


class Subjects(Antecedents):
    """Finds who does the saying, by the order of the words."""

    # ---- subjects

    def subject(self, lo: int, k: int) -> tuple[str | None, int, Via] | None:
        """The subject of the verb at token `k`, in tokens from `lo` on."""
        words, lex = self.text.words, self.lex
        participle = self.is_participle(k, lo)
        j = k - 1
        while j > lo and words[j] in lex.cues and not participle and words[k].endswith(("er", "re", "ir")):
            j -= 1
        while j >= lo and (
            words[j] in lex.auxiliaries
            or words[j] in lex.adverbs
            or words[j] in CLITICS
            or (words[j].endswith(("ment", "ly")) and len(words[j]) > 5)
        ):
            if words[j] in ("elle", "il") and j - 1 >= lo and words[j - 1] not in lex.auxiliaries:
                break
            j -= 1
        if j < lo:
            return None
        if participle:
            return self.main_subject(range(lo, k))
        w = words[j]
        if w == "'s" and j - 1 in self.by_last:
            return self.of_mention(self.by_last[j - 1])
        if w in lex.pronouns and w not in ("lui", "it", "that"):
            found = self.pronoun(w, self.text.starts[j], None, j)
            return (found.name, found.actor, found.via) if found else None
        if w in lex.relatives:
            j -= 1
            if j >= lo and words[j] == ",":
                j -= 1
            return self._phrase_ending(lo, j)
        if w == ")":
            while j > lo and words[j] != "(":
                j -= 1
            j -= 1
            w = words[j] if j >= lo else ""
        if w == ",":
            return self._apposed(lo, j)
        if w in MARKS or w in ("et", "and", "but", "mais", "then"):
            return self.main_subject(range(lo, k))
        return self._phrase_ending(lo, j)

    def _apposed(self, lo: int, comma: int) -> tuple[str | None, int, Via] | None:
        """The subject before ", …, said": the name inside the commas or the one before them."""
        words = self.text.words
        c = comma - 1
        while c >= lo and words[c] != ",":
            c -= 1
        if c < lo:
            m = next((m for m in self.mentions_in(lo, comma) if not self.after_preposition(m)), None)
            return self.of_mention(m) if m is not None else self._phrase_ending(lo, comma - 1)
        inner = self.by_first.get(c + 1)
        if inner is not None and self.entities[inner.actor].kind is Kind.PERSON:
            return self.of_mention(inner)
        outer = self._phrase_ending(lo, c - 1)
        if outer is not None and outer[1] >= 0:
            return outer
        # An earlier comma may open the apposition: "X, président de Y, ancien Z, a dit".
        m = next((m for m in self.mentions_in(lo, comma) if not self.after_preposition(m)), None)
        return self.of_mention(m) if m is not None else outer

    def _phrase_ending(self, lo: int, j: int) -> tuple[str | None, int, Via] | None:
        """The noun phrase that ends at token `j`, resolved."""
        words, lex = self.text.words, self.lex
        if j < lo:
            return None
        m = self.by_last.get(j)
        if m is None:
            i = bisect_right(self.firsts, j) - 1
            if i >= 0 and self.mentions[i].last >= j >= self.mentions[i].first:
                m = self.mentions[i]
        if m is not None and not self.after_preposition(m):
            return self.of_mention(m)
        start = None
        k = m.first - 1 if m is not None else j
        while k >= lo and j - k < 16:
            w = words[k]
            if w in MARKS or w in lex.relatives or (w in CONJUNCTIONS and w not in ("et", "and")):
                break
            if k < j and (w in lex.auxiliaries and w not in lex.prepositions):
                break
            if w == "'s":
                k -= 1
                continue
            before = words[k - 1] if k > lo else ""
            named = self.by_last.get(k)
            if named is not None and not self.after_preposition(named):
                # "le ministre des Finances Vassilis Rapanos": the name is the head.
                return self.of_mention(named)
            if (
                w in lex.determiners
                and w not in ("du", "d'", "de")
                and before not in lex.prepositions
                and not (w == "des" and before not in ("", ","))
            ):
                start = k
                break
            if k == lo and (self.text.caps[k] or w in lex.role_heads or w in lex.role_prefix):
                start = k
            k -= 1
        if start is None:
            if m is not None:
                return self.of_mention(m)
            start = max(lo, k + 1)
            if (
                start > j
                or not words[start][0].isalpha()
                or words[start] in lex.prepositions
                or words[start] in lex.common - lex.determiners
            ):
                return None
        found = self.phrase(start, j, None, 3)
        return (found.name, found.actor, found.via) if found is not None else None

    def main_subject(self, tokens: range) -> tuple[str | None, int, Via] | None:
        """The subject of the sentence: the first name or phrase that no preposition governs, or a pronoun."""
        words, lex = self.text.words, self.lex
        k = tokens.start
        while k < tokens.stop:
            w = words[k]
            m = self.by_first.get(k)
            if m is not None:
                if not self.after_preposition(m):
                    return self.of_mention(m)
                k = m.last + 1
                continue
            if (
                w in lex.pronouns and w not in ("lui", "elle", "en", "it", "nous", "on", "we", "i", "you")
            ) or (w in ("elle",) and k + 1 < tokens.stop and words[k - 1 : k] not in (["pour"], ["avec"])):
                found = self.pronoun(w, self.text.starts[k], None, k)
                if found is not None:
                    return found.name, found.actor, found.via
            if (
                w in lex.determiners
                and w not in ("du", "d'", "de", "des")
                and (k == tokens.start or words[k - 1] not in lex.prepositions)
            ):
                end = self.phrase_end(k, tokens.stop)
                if self.person_like(k, end):
                    found = self.phrase(k, end, None, 1)
                    if found is not None:
                        return found.name, found.actor, found.via
                k = max(end, k) + 1
                continue
            k += 1
        m = next(iter(self.mentions_in(tokens.start, tokens.stop)), None)
        return self.of_mention(m) if m is not None else None
