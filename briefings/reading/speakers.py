"""Who said it: each quotation's speaker and cue, and which quotations are no speech at all.

What is looked at, in this order: the words after the closing mark up to the end of the sentence ("…", a déclaré X;
"…", X said), those before the opening mark (X a déclaré : « … »; selon X, « … »), then what came before: the quotation
that this one carries on, and the last who spoke. A pronoun or a phrase ("le ministre") is traced back to a name.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

from briefings.model import Kind, Quote, Via
from briefings.reading.antecedents import Speaker
from briefings.reading.cues import Cues
from briefings.reading.quotations import Quotation

_STOPS = frozenset(".!?…")
_FAR = 120  # words before or after a quotation that are looked at


class Attributor(Cues):
    """Attributes one article's quotations in order."""

    def run(self) -> list[Quote]:
        quotes: list[Quote] = []
        last: Speaker | None = None  # who spoke last
        last_paragraph = -9
        previous: Quotation | None = None
        for i, q in enumerate(self.quotations):
            following = self.quotations[i + 1] if i + 1 < len(self.quotations) else None
            self.after_next = self.quotations[i + 2] if i + 2 < len(self.quotations) else None
            right = self._right(q, following)
            left, joined = self._left(q, previous)
            if self._is_label(q, left, right):
                previous = q
                continue
            found = self.beside(q, left, right, joined)
            carried = False
            if (
                q.continues
                and last is not None
                and last_paragraph == q.paragraph - 1
                and not (found and found.strength == 3)
            ):
                found, carried = Speaker(last.name, last.actor, Via.IMPLICIT, None, 1), True
            elif (
                joined and last is not None and previous is not None and (found is None or found.strength < 3)
            ):
                found, carried = (
                    Speaker(last.name, last.actor, last.via, found.cue if found else last.cue, 3),
                    True,
                )
            elif found is None or found.strength == 1:
                implied = self._implied(q, left, right, last, last_paragraph, previous, following)
                if implied is not None and (found is None or not left):
                    found, carried = implied, True
            if not carried and not self._is_speech(q, found, left, right):
                previous = q
                continue
            if found is None and not self._is_speech(q, None, left, right):
                previous = q
                continue
            sentence = self.text.sentence_at(q.inner.start)
            if found is not None and found.name is not None:
                last, last_paragraph = found, q.paragraph
                self.last, self.last_inner = found, q.inner
            quotes.append(
                Quote(
                    q.inner,
                    q.inner.of(self.text.raw),
                    sentence,
                    found.name if found else None,
                    found.cue if found else None,
                    found.via if found and found.name is not None else None,
                )
            )
            previous = q
        return self._handed_back(quotes)

    def _handed_back(self, quotes: list[Quote]) -> list[Quote]:
        """Speech over several paragraphs whose speaker stands after the last of them: the earlier ones get it too."""
        continues = {q.inner: q.continues for q in self.quotations}
        for i in range(len(quotes) - 2, -1, -1):
            following = quotes[i + 1]
            if quotes[i].speaker is None and following.speaker is not None and continues[following.span]:
                quotes[i] = replace(quotes[i], speaker=following.speaker, via=Via.IMPLICIT)
        return quotes

    # ---- the words around

    def _ends_sentence(self, k: int) -> bool:
        """Whether token `k` is a mark that ends its sentence (and not one in an abbreviation)."""
        text = self.text
        if text.words[k] not in _STOPS:
            return False
        if text.words[k] != ".":
            return True
        before = text.words[k - 1] if k else ""
        tight = k > 0 and text.ends[k - 1] == text.starts[k]
        if text.words[k + 1 : k + 2] == [")"]:
            return False
        if (
            tight
            and (before in self.lex.abbreviations or (len(before) == 1 and text.caps[k - 1]))
            and k + 1 < len(text.words)
        ):
            return False
        return not (
            k + 1 < len(text.words) and text.starts[k + 1] == text.ends[k] and text.words[k + 1][0].isalnum()
        )

    def _right(self, q: Quotation, following: Quotation | None) -> range:
        """Tokens after the closing mark that belong to the quotation's sentence."""
        text = self.text
        end = text.paragraphs[q.paragraph].end
        if following is not None and following.paragraph == q.paragraph:
            end = min(end, following.outer.start)
        tokens = text.tokens_in(q.outer.end, end)
        stop = tokens.start
        while stop < tokens.stop and stop - tokens.start < _FAR and not self._ends_sentence(stop):
            stop += 1
        right = range(tokens.start, stop)
        if not right:
            return right
        first = right.start
        last_char = text.plain[q.inner.end - 1]
        if (
            text.caps[first]
            and last_char in ".!?…"
            and not (self._is_short_tag(right) and (last_char in "!?" or text.language == "en"))
        ):
            return range(first, first)
        return right

    def _is_short_tag(self, tokens: range) -> bool:
        """ "Trump said." and the like: a subject and its verb of speech and hardly more."""
        for k in tokens[:6]:
            if (
                self.text.words[k] in self.lex.cues
                and k > tokens.start
                and self.text.words[k] not in self.lex.auxiliaries
            ):
                rest = tokens.stop - k
                return rest < 12 and not any(
                    self.text.words[j] in (":", "«", "“", '"', "that") for j in range(k, tokens.stop)
                )
        return False

    def _left(self, q: Quotation, previous: Quotation | None) -> tuple[range, bool]:
        """Tokens before the opening mark in its sentence, and whether the sentence goes back into a quotation."""
        text = self.text
        start = text.paragraphs[q.paragraph].start
        joined = False
        if previous is not None and previous.paragraph == q.paragraph and previous.outer.end >= start:
            start = previous.outer.end
            joined = True
        tokens = text.tokens_in(start, q.outer.start)
        first = tokens.stop
        while first > tokens.start and tokens.stop - first < _FAR and not self._ends_sentence(first - 1):
            first -= 1
        if joined and (
            first > tokens.start
            or (
                previous is not None
                and text.plain[previous.inner.end - 1] in ".!?…"
                and tokens
                and text.caps[tokens.start]
            )
        ):
            joined = False
        if joined and previous is not None and tokens.start == tokens.stop:
            joined = text.plain[previous.inner.end - 1] not in ".!?…"
        return range(first, tokens.stop), joined

    # ---- no speech at all

    def _is_label(self, q: Quotation, left: range, right: range) -> bool:
        """Titles, nicknames, words as words: what a naming word stands before."""
        words = self.text.words
        size = len(self.text.tokens_in(q.inner.start, q.inner.end))
        if left and size <= 12:
            before = words[left.stop - 1]
            if before in self.lex.cues and words[left.stop - 2] in self.lex.auxiliaries | {"s'", "se"}:
                return False  # "s'est dit « … »"
            if before in self.lex.naming and not (
                size > 4 and before in ("slogan", "message", "mot", "term", "word", "words", "chant")
            ):
                return True
            if before == "," and left.stop - left.start > 1 and words[left.stop - 2] in self.lex.naming:
                return True
            if (
                size <= 8
                and before not in self.lex.cues
                and any(
                    w in self.lex.naming and w not in self.lex.cues
                    for w in words[max(left.start, left.stop - 3) : left.stop]
                )
                and self._title_case(q)
            ):
                return True
        return False

    def _title_case(self, q: Quotation) -> bool:
        tokens = [k for k in self.text.tokens_in(q.inner.start, q.inner.end) if self.text.words[k].isalpha()]
        big = [k for k in tokens if len(self.text.words[k]) > 3]
        return bool(tokens) and self.text.caps[tokens[0]] and all(self.text.caps[k] for k in big)

    def _is_speech(self, q: Quotation, found: Speaker | None, left: range, right: range) -> bool:
        """Whether somebody says these words, rather than the article setting a term off."""
        text = self.text
        tokens = text.tokens_in(q.inner.start, q.inner.end)
        size = sum(text.words[k][0].isalnum() for k in tokens)
        strength = found.strength if found else 0
        if strength >= 2:
            if strength == 3 and size <= 2 and self._far(q, left, right):
                return False
            return not (
                size <= 6
                and self._title_case(q)
                and size >= 2
                and text.plain[q.inner.end - 1] not in ",.!?"
                and self._far(q, left, right)
            )
        if q.single:
            return size > 6 and strength > 0
        last = text.plain[q.inner.end - 1]
        if not left and not right:
            return True
        if size >= 8 or (size >= 4 and last in ".!?,"):
            return True
        return bool(strength == 1 and size >= 4 and not self._title_case(q))

    def _far(self, q: Quotation, left: range, right: range) -> bool:
        """Whether the words of speech are not right beside the quotation."""
        words = self.text.words
        near = list(words[max(left.start, left.stop - 6) : left.stop]) + list(
            words[right.start : right.start + 6]
        )
        return not any(w in self.lex.cues or w.rpartition("-")[2] in self.lex.pronouns for w in near)

    # ---- nothing beside it

    def _implied(
        self,
        q: Quotation,
        left: range,
        right: range,
        last: Speaker | None,
        last_paragraph: int,
        previous: Quotation | None,
        following: Quotation | None,
    ) -> Speaker | None:
        """Who goes on speaking where nothing beside the quotation says."""
        text = self.text
        if (
            previous is not None
            and last is not None
            and previous.paragraph == q.paragraph
            and last_paragraph == q.paragraph
        ):
            return Speaker(last.name, last.actor, Via.IMPLICIT, None, 1)
        if not left and following is not None and following.paragraph == q.paragraph:
            ahead = self.after(following, self._right(following, self.after_next))
            if ahead is not None and ahead.strength == 3 and ahead.name is not None:
                return Speaker(ahead.name, ahead.actor, Via.IMPLICIT, None, 1)
        if left:
            return None
        if (
            last is not None
            and 0 < q.paragraph - last_paragraph <= 1
            and not self._speaks_between(last_paragraph, q)
        ):
            return Speaker(last.name, last.actor, Via.IMPLICIT, None, 1)
        # The sentence before the quotation, in this paragraph or the last one.
        i = bisect_right(text.sentence_starts, q.outer.start) - 1
        for s in range(
            i - 1 if i >= 0 and text.sentences[i].start >= q.outer.start - 1 else i, max(-1, i - 3), -1
        ):
            sentence = text.sentences[s]
            tokens = text.tokens_in(sentence.start, min(sentence.end, q.outer.start))
            subject = self.main_subject(tokens[:_FAR])
            if subject is not None and (
                subject[1] < 0 or self.entities[subject[1]].kind is Kind.PERSON or s == i - 1
            ):
                return Speaker(subject[0], subject[1], Via.IMPLICIT, None, 1)
        if last is not None and q.paragraph - last_paragraph <= 2:
            return Speaker(last.name, last.actor, Via.IMPLICIT, None, 1)
        return None

    def _speaks_between(self, paragraph: int, q: Quotation) -> bool:
        """Whether somebody else is named as subject between the last quotation and this one."""
        text = self.text
        i = bisect_right(text.sentence_starts, q.outer.start) - 1
        if i <= 0:
            return False
        sentence = text.sentences[i - 1]
        if sentence.end <= text.paragraphs[paragraph].start:
            return False
        tokens = text.tokens_in(sentence.start, sentence.end)[:_FAR]
        return (
            any(self.is_cue(k, tokens.start) for k in tokens)
            and self.main_subject(tokens) is not None
            and text.plain[sentence.end - 1] == ":"
        )
