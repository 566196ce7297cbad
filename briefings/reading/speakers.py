"""Who said it: each quotation's speaker and cue, and which quotations are no speech at all.

What is looked at, in this order: the words after the closing mark up to the end of the sentence ("…", a déclaré X;
"…", X said), those before the opening mark (X a déclaré : « … »; selon X, « … »), then what came before: the quotation
that this one carries on, and the last who spoke. A pronoun or a phrase ("le ministre") is traced back to a name.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from briefings.model import Kind, Quote, Role, Span, Via, fold
from briefings.reading.actors import Entity
from briefings.reading.quotations import Quotation
from briefings.reading.runs import PARTICLES, Mention
from briefings.reading.text import Text

_STOPS = frozenset(".!?…")
_MARKS = frozenset(',;:.!?…«»“”"()[]—–―')
_FINITE = re.compile(r"(?:e|ent|ait|aient|it|a|ut)$")  # how a verb in the third person may end in French
_MEMORY = 80  # names that a pronoun or phrase is traced back over
_CLITICS = frozenset(
    """s' se l' m' t' n' ne y en lui leur le la les nous vous me te c' pas plus été""".split()
)
_CONJUNCTIONS = frozenset(
    """que qu' mais car or donc si quand lorsque tandis alors comme and but as while because if when though
    although that whether et""".split()
)
_NOUN_LIKE = frozenset(
    """demande demandes annonce critique critiques note notes rapport signal souhait accuse cri pense appel
    post comment claim claims report reports question answer state states order fear fears hope hopes
    vote tout back back-up read post posts call calls demand demands promise offer view test tests reply
    address title tweet tweets label brand hint joke chant shout voice object content comments statement
    thought found feeling saw seen seeing put puts gave give lit met mis sent""".split()
)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who was found beside a quotation: an actor or the phrase that names them."""

    name: str | None
    actor: int
    via: Via
    cue: str | None
    strength: int  # 3: said outright beside it, 2: according to, 1: guessed from the sentence


class Attributor:
    """Attributes one article's quotations in order."""

    def __init__(
        self, text: Text, entities: list[Entity], roles: dict[int, list[Role]], quotations: list[Quotation]
    ) -> None:
        self.text = text
        self.lex = text.lex
        self.entities = entities
        self.roles = roles
        self.quotations = quotations
        inside = [q.outer for q in quotations]
        outer_starts = [s.start for s in inside]

        def quoted(place: int) -> bool:
            i = bisect_right(outer_starts, place) - 1
            return i >= 0 and place < inside[i].end

        self.mentions = sorted(
            (m for e in entities for m in e.mentions if not quoted(m.span.start)), key=lambda m: m.first
        )
        self.firsts = [m.first for m in self.mentions]
        self.by_first = {m.outset: m for m in self.mentions} | {m.first: m for m in self.mentions}
        self.by_last = {m.last: m for m in self.mentions}
        self.last: Speaker | None = None  # who spoke last
        self.last_inner: Span | None = None  # and where
        self.paragraph_starts = [p.start for p in text.paragraphs]
        self.according = [tuple(a.replace("'", "' ").split()) for a in self.lex.according]

    # ---- the loop -----------------------------------------------------------------------------------------------------

    def run(self) -> list[Quote]:
        quotes: list[Quote] = []
        last: Speaker | None = None  # who spoke last
        last_paragraph = -9
        previous: Quotation | None = None
        for i, q in enumerate(self.quotations):
            following = self.quotations[i + 1] if i + 1 < len(self.quotations) else None
            right = self._right(q, following)
            left, joined = self._left(q, previous)
            if self._is_label(q, left, right):
                previous = q
                continue
            found = self._beside(q, left, right, joined)
            carried = False
            if q.continues and last is not None:
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
        return quotes

    # ---- the words around -----------------------------------------------------------------------------------------------

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
        while stop < tokens.stop and not self._ends_sentence(stop):
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
        while first > tokens.start and not self._ends_sentence(first - 1):
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

    # ---- no speech at all ---------------------------------------------------------------------------------------------

    def _is_label(self, q: Quotation, left: range, right: range) -> bool:
        """Titles, nicknames, words as words: what a naming word stands before."""
        words = self.text.words
        size = len(self.text.tokens_in(q.inner.start, q.inner.end))
        if left and size <= 12:
            before = words[left.stop - 1]
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

    # ---- beside the quotation ------------------------------------------------------------------------------------------

    def _beside(self, q: Quotation, left: range, right: range, joined: bool) -> Speaker | None:
        after = self._after(q, right)
        if after is not None and after.strength == 3:
            return after
        before = self._before(q, left, joined)
        if before is not None and before.strength == 3:
            return before
        candidates = [s for s in (before, after) if s is not None]
        return max(candidates, key=lambda s: s.strength, default=None)

    def _after(self, q: Quotation, right: range) -> Speaker | None:
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
            return self._named(self.by_first[k], q, None)
        # "a-t-il déclaré", "dit-elle"
        for j in range(k, min(k + 4, right.stop)):
            _head, dash, tail = words[j].rpartition("-")
            if dash and tail in ("il", "elle", "ils", "elles", "on", "je", "t-il") and text.language == "fr":
                return self._pronoun(
                    tail,
                    q.inner.start,
                    self._cue_text(
                        j, right, words[j].startswith(("a-", "ont-", "avait-", "avaient-", "s'est-"))
                    ),
                    j,
                )
            if words[j] in _MARKS:
                break
        # "said Caddell", "a déclaré Oumar Maïga"
        inverted = self._inverted(k, right, q)
        if inverted is not None:
            return inverted
        # "a été jugé « insuffisant » par les experts"
        if words[k] in ("par", "by") and k + 1 < right.stop and self._passive(q):
            n = k + 1
            if n in self.by_first:
                return self._named(self.by_first[n], q, text.surface(k, k))
            return self._phrase(n, self._phrase_end(n, right.stop), q, text.surface(k, k), 3)
        # "Gulowsen said", "the source added", "X, head of Y, told Z"
        tagged = (
            text.plain[q.inner.end - 1] in ",.!?…—-'"
            or words[right.start] in (",", "–", "—")
            or text.language == "fr"
        )
        limit = min(right.stop, k + 30) if tagged else k
        if text.language == "fr" and (words[k] in _CONJUNCTIONS or self._is_participle(k, k)):
            limit = k
        for j in range(k, limit):
            if words[j] in (":", ";", "«", "“", '"'):
                break
            if self._is_cue(j, k) and j > k:
                subject = self._subject(k, j, q)
                if subject is not None:
                    return Speaker(subject[0], subject[1], subject[2], words[j], 3)
                break
            if j > k + 3 and words[j] in _CONJUNCTIONS and words[j] not in ("as",) and text.language == "fr":
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

    def _is_cue(self, j: int, start: int) -> bool:
        """Whether token `j` is a verb of speech, and not a noun of the same form."""
        words, lex = self.text.words, self.lex
        w = words[j]
        if w not in lex.cues or (self.text.caps[j] and j not in self.text.first):
            return False
        before = words[j - 1] if j > start else ""
        if (
            before in lex.determiners and before not in ("l'", "le", "la", "les", "that", "some", "one")
        ) or before in ("de", "d'", "of", "sans", "pour", "à"):
            return False
        if w not in _NOUN_LIKE:
            return not (before in ("l'", "le", "la", "les", "the") and self.text.language == "en")
        return (
            before == ""
            or before in lex.pronouns
            or before in lex.auxiliaries
            or before in lex.adverbs
            or before in lex.relatives
            or before in (",", "'s", "to", "and", "et", "s'", "se", "lui", "leur")
            or j - 1 in self.by_last
        )

    def _is_participle(self, j: int, lo: int) -> bool:
        """Whether token `j` is a present participle, whose subject is its sentence's."""
        w = self.text.words[j]
        if self.text.language == "fr":
            return w.endswith("ant")
        return w.endswith("ing") and (j == lo or self.text.words[j - 1] not in self.lex.auxiliaries)

    def _inverted(self, k: int, right: range, q: Quotation) -> Speaker | None:
        """A verb of speech and then its subject, from token `k` on."""
        text, lex, words = self.text, self.lex, self.text.words
        j = k
        tagged = self._is_tag(k, right)
        while j < right.stop and j - k < 7 and not self._is_cue(j, k) and not tagged:
            if words[j] in lex.auxiliaries or words[j] in lex.adverbs or words[j] in _CLITICS:
                j += 1
                continue
            return None
        if j >= right.stop or j - k >= 7 or self._is_participle(j, k):
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
                return self._named(self.by_first[n], q, cue)
            if w in lex.pronouns and text.language == "en":
                return self._pronoun(w, q.inner.start, cue, n)
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
                or (w in _CLITICS and w not in ("le", "la", "les", "l'"))
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
                stop = self._phrase_end(n, right.stop)
                return self._phrase(n, stop, q, cue, 3)
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
        if w in known or w in _CONJUNCTIONS:
            return False
        following = verb + 1
        if words[following] in lex.determiners - {"de", "d'", "du"}:
            return self._person_like(following, min(following + 5, right.stop - 1)) or self._names_person(
                following, right
            )
        return following in self.by_first

    def _names_person(self, k: int, right: range) -> bool:
        return any(
            self.entities[m.actor].kind is Kind.PERSON for m in self._mentions(k, min(k + 8, right.stop))
        )

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
            if words[k] in _MARKS:
                return k
            if (
                k > n + 1
                and words[k] in self.lex.determiners
                and words[k - 1] not in ("à", "de", "au", "sur", "dans")
            ):
                return k
            if self.text.caps[k] and words[k] not in self.lex.determiners:
                return k + 1
            k += 1
        return k

    def _phrase_end(self, n: int, stop: int) -> int:
        """The last token of a noun phrase that begins at `n`."""
        words, lex = self.text.words, self.lex
        text_is_english = self.text.language == "en"
        k = n
        last = n
        while k < stop and k - n < 14:
            w = words[k]
            if k > n and (
                w in _MARKS
                or w in lex.relatives
                or w in lex.auxiliaries
                or (w in _CONJUNCTIONS and w not in ("et", "and"))
            ):
                break
            if k > n + 1 and self._is_cue(k, n) and words[k - 1] not in lex.prepositions:
                break
            if (
                k > n + 1
                and k not in self.by_first
                and (w in lex.adverbs or w in lex.events or (w.endswith("ed") and text_is_english))
            ):
                break
            if (
                k > n
                and w
                in (
                    "à",
                    "au",
                    "aux",
                    "dans",
                    "sur",
                    "lors",
                    "après",
                    "avant",
                    "pour",
                    "en",
                    "in",
                    "on",
                    "at",
                    "during",
                    "after",
                    "to",
                    "from",
                    "par",
                )
                and not (False)
            ):
                break
            m = self.by_first.get(k)
            last = m.last if m is not None else k
            k = last + 1
        while last > n and words[last] in lex.prepositions | lex.determiners | {"et", "and"}:
            last -= 1
        return last

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
                    named = self._named(self.by_first[n], q, cue)
                    return Speaker(named.name, named.actor, named.via, cue, 2)
                if words[n] in self.lex.pronouns:
                    found = self._pronoun(words[n], q.inner.start, cue, n)
                    return Speaker(found.name, found.actor, found.via, cue, 2) if found else None
                return self._phrase(n, self._phrase_end(n, tokens.stop), q, cue, 2)
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
            if words[k] in _MARKS:
                return False
        return False

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
                return self._named(m, q, ":")
        found = None
        for j in reversed(left):
            if not self._is_cue(j, left.start):
                continue
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
        subject = self._main_subject(left, q)
        if subject is None:
            return None
        announces = words[left.stop - 1] == ":"
        return Speaker(
            subject[0], subject[1], subject[2] if announces else Via.IMPLICIT, None, 2 if announces else 1
        )

    def _by_cue(self, j: int, left: range, q: Quotation, joined: bool) -> Speaker | None:
        """The subject of the verb of speech at token `j` before the opening mark."""
        cue = self._whole_cue(j, left)
        subject = self._subject(left.start, j, q)
        if subject is None:
            inverse = self._inverted(self._verb_start(j, left.start), range(left.start, left.stop), q)
            if inverse is not None:
                return inverse
            subject = (
                self._main_subject(left, q)
                if not self._is_participle(j, left.start) or j > left.start
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
        return self._main_subject(range(tokens.start + 1, tokens.stop), q)

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
            self.text.words[j - 1] in self.lex.auxiliaries or self.text.words[j - 1] in _CLITICS
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

    # ---- subjects ---------------------------------------------------------------------------------------------------------

    def _subject(self, lo: int, k: int, q: Quotation) -> tuple[str | None, int, Via] | None:
        """The subject of the verb at token `k`, in tokens from `lo` on."""
        words, lex = self.text.words, self.lex
        participle = self._is_participle(k, lo)
        j = k - 1
        while j > lo and words[j] in lex.cues and not participle and words[k].endswith(("er", "re", "ir")):
            j -= 1
        while j >= lo and (
            words[j] in lex.auxiliaries
            or words[j] in lex.adverbs
            or words[j] in _CLITICS
            or (words[j].endswith(("ment", "ly")) and len(words[j]) > 5)
        ):
            if words[j] in ("elle", "il") and j - 1 >= lo and words[j - 1] not in lex.auxiliaries:
                break
            j -= 1
        if j < lo:
            return None
        if participle:
            return self._main_subject(range(lo, k), q)
        w = words[j]
        if w == "'s" and j - 1 in self.by_last:
            return self._of_mention(self.by_last[j - 1])
        if w in lex.pronouns and w not in ("lui", "it", "that"):
            found = self._pronoun(w, self.text.starts[j], None, j)
            return (found.name, found.actor, found.via) if found else None
        if w in lex.relatives:
            j -= 1
            if j >= lo and words[j] == ",":
                j -= 1
            return self._phrase_ending(lo, j, q)
        if w == ")":
            while j > lo and words[j] != "(":
                j -= 1
            j -= 1
            w = words[j] if j >= lo else ""
        if w == ",":
            return self._apposed(lo, j, q)
        if w in _MARKS or w in ("et", "and", "but", "mais", "then"):
            return self._main_subject(range(lo, k), q)
        return self._phrase_ending(lo, j, q)

    def _apposed(self, lo: int, comma: int, q: Quotation) -> tuple[str | None, int, Via] | None:
        """The subject before ", …, said": the name inside the commas or the one before them."""
        words = self.text.words
        c = comma - 1
        while c >= lo and words[c] != ",":
            c -= 1
        if c < lo:
            m = next((m for m in self._mentions(lo, comma) if not self._after_preposition(m)), None)
            return self._of_mention(m) if m is not None else self._phrase_ending(lo, comma - 1, q)
        inner = self.by_first.get(c + 1)
        if inner is not None and self.entities[inner.actor].kind is Kind.PERSON:
            return self._of_mention(inner)
        outer = self._phrase_ending(lo, c - 1, q)
        if outer is not None and outer[1] >= 0:
            return outer
        # An earlier comma may open the apposition: "X, président de Y, ancien Z, a dit".
        m = next((m for m in self._mentions(lo, comma) if not self._after_preposition(m)), None)
        return self._of_mention(m) if m is not None else outer

    def _mentions(self, lo: int, hi: int) -> list[Mention]:
        return self.mentions[bisect_left(self.firsts, lo) : bisect_left(self.firsts, hi)]

    def _after_preposition(self, m: Mention) -> bool:
        words = self.text.words
        k = m.first - 1
        while k >= 0 and (
            words[k] in ("la", "l'", "le", "les", "the", "his", "her", "its", "leur", "son", "sa")
            or (m.lead and k >= m.lead[0])
        ):
            k -= 1
        return (
            k >= 0
            and words[k] in self.lex.prepositions | {"du", "des", "au", "aux"}
            and not (k in self.text.first and words[k] in ("selon", "pour"))
        )

    def _phrase_ending(self, lo: int, j: int, q: Quotation) -> tuple[str | None, int, Via] | None:
        """The noun phrase that ends at token `j`, resolved."""
        words, lex = self.text.words, self.lex
        if j < lo:
            return None
        m = self.by_last.get(j)
        if m is None:
            i = bisect_right(self.firsts, j) - 1
            if i >= 0 and self.mentions[i].last >= j >= self.mentions[i].first:
                m = self.mentions[i]
        if m is not None and not self._after_preposition(m):
            return self._of_mention(m)
        start = None
        k = m.first - 1 if m is not None else j
        while k >= lo and j - k < 16:
            w = words[k]
            if w in _MARKS or w in lex.relatives or (w in _CONJUNCTIONS and w not in ("et", "and")):
                break
            if k < j and (w in lex.auxiliaries and w not in lex.prepositions):
                break
            if w == "'s":
                k -= 1
                continue
            before = words[k - 1] if k > lo else ""
            named = self.by_last.get(k)
            if named is not None and not self._after_preposition(named):
                # "le ministre des Finances Vassilis Rapanos": the name is the head.
                return self._of_mention(named)
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
                return self._of_mention(m) if self.entities[m.actor].kind is Kind.PERSON or True else None
            start = max(lo, k + 1)
            if (
                start > j
                or not words[start][0].isalpha()
                or words[start] in lex.prepositions
                or words[start] in lex.common - lex.determiners
            ):
                return None
        found = self._phrase(start, j, q, None, 3)
        return (found.name, found.actor, found.via) if found is not None else None

    def _main_subject(self, tokens: range, q: Quotation) -> tuple[str | None, int, Via] | None:
        """The subject of the sentence: the first name or phrase that no preposition governs, or a pronoun."""
        words, lex = self.text.words, self.lex
        k = tokens.start
        while k < tokens.stop:
            w = words[k]
            m = self.by_first.get(k)
            if m is not None:
                if not self._after_preposition(m):
                    return self._of_mention(m)
                k = m.last + 1
                continue
            if (
                w in lex.pronouns and w not in ("lui", "elle", "en", "it", "nous", "on", "we", "i", "you")
            ) or (w in ("elle",) and k + 1 < tokens.stop and words[k - 1 : k] not in (["pour"], ["avec"])):
                found = self._pronoun(w, self.text.starts[k], None, k)
                if found is not None:
                    return found.name, found.actor, found.via
            if (
                w in lex.determiners
                and w not in ("du", "d'", "de", "des")
                and (k == tokens.start or words[k - 1] not in lex.prepositions)
            ):
                end = self._phrase_end(k, tokens.stop)
                if self._person_like(k, end):
                    found = self._phrase(k, end, q, None, 1)
                    if found is not None:
                        return found.name, found.actor, found.via
                k = max(end, k) + 1
                continue
            k += 1
        m = next(iter(self._mentions(tokens.start, tokens.stop)), None)
        return self._of_mention(m) if m is not None else None

    def _person_like(self, start: int, end: int) -> bool:
        """Whether a phrase names somebody who can speak: a role, a body, a paper."""
        words, lex = self.text.words, self.lex
        for k in range(start, min(end, start + 4) + 1):
            if (
                words[k] in lex.role_heads
                or words[k] in lex.recall_org
                or words[k] in lex.bodies
                or words[k] in lex.media
                or words[k] in lex.cue_nouns
            ):
                return True
            if k > start and words[k] in lex.prepositions:
                return False
        return False

    # ---- names for what was found ----------------------------------------------------------------------------------------

    def _of_mention(self, m: Mention) -> tuple[str | None, int, Via]:
        return self.entities[m.actor].name, m.actor, Via.NAME

    def _named(self, m: Mention, q: Quotation, cue: str | None) -> Speaker:
        """The mention, or the name that stands in apposition behind it ("un manifestant, Abdel Nasser")."""
        return Speaker(self.entities[m.actor].name, m.actor, Via.NAME, cue, 3)

    def _phrase(self, start: int, end: int, q: Quotation, cue: str | None, strength: int) -> Speaker | None:
        """A noun phrase as speaker: its own name, the name beside it, whom it recalls, or the phrase itself."""
        text, words, lex = self.text, self.text.words, self.lex
        named = [m for m in self._mentions(start, end + 1) if not self._after_preposition(m)]
        persons = (m for m in named if self.entities[m.actor].kind is Kind.PERSON)
        head_named = next(persons, named[0] if named else None)  # "la conseillère EELV Anna Ek" is Anna Ek
        if head_named is not None:
            return Speaker(self.entities[head_named.actor].name, head_named.actor, Via.NAME, cue, strength)
        # "la porte-parole, Anna Ek," and "le PDG de HP France Gérald Karsenti"
        k = end + 1
        if k < len(words) and words[k] == ",":
            k += 1
        beside = self.by_first.get(k)
        if (
            beside is not None
            and k > end + (words[end + 1] != ",")
            and any(
                words[i] in lex.role_heads or words[i] in lex.recall_org or words[i] in lex.bodies
                for i in range(start, end + 1)
            )
        ):
            return Speaker(self.entities[beside.actor].name, beside.actor, Via.NAME, cue, strength)
        recalled = self._recall(start, end)
        if recalled >= 0:
            return Speaker(self.entities[recalled].name, recalled, Via.ROLE, cue, strength)
        end = min(end, start + 7)
        if all(words[k] in lex.determiners or words[k] in lex.prepositions for k in range(start, end + 1)):
            return None
        return Speaker(text.surface(start, end), -1, Via.ROLE, cue, strength)

    def _recall(self, start: int, end: int) -> int:
        """The actor that a definite phrase recalls ("le ministre", "the company", "ce dernier"), or -1."""
        text, words, lex = self.text, self.text.words, self.lex
        if (
            words[start]
            not in (
                "le",
                "la",
                "l'",
                "les",
                "the",
                "ce",
                "cet",
                "cette",
                "this",
                "that",
                "son",
                "sa",
                "his",
                "her",
            )
            and words[start] not in lex.role_heads
        ):
            return -1
        here = text.starts[start]
        body = [words[k] for k in range(start, end + 1) if words[k] not in lex.determiners]
        if not body:
            return -1
        if body[0] in ("dernier", "dernière"):
            return self._recent(here, None)
        wanted = set(fold(" ".join(body)).split()) - PARTICLES
        best, score = -1, 0.0
        for actor, roles in self.roles.items():
            for r in roles:
                theirs = set(fold(r.text).split()) - PARTICLES
                head = next((w for w in body if w in lex.role_heads), None)
                if head is None or fold(head) not in theirs:
                    continue
                value = len(wanted & theirs) / len(wanted) + (0.3 if r.span.start < here else 0.0)
                if value > score and len(wanted & theirs) * 2 >= len(wanted):
                    best, score = actor, value
        if best >= 0:
            return best
        head = body[0] if body[0] in lex.recall_org else None
        if head is None and len(body) == 2 and body[1] in lex.recall_org and text.language == "en":
            head = body[1]
        if (
            head is not None
            and len(body) <= 2
            and not (len(body) == 2 and body[1] in lex.recall_org and text.language == "fr")
        ):
            return self._recall_org(head, here)
        for index, e in enumerate(self.entities):
            if (
                e.kind is Kind.ORG
                and fold(e.name).split()[:1] == [fold(body[0])]
                and body[0] in lex.bodies
                and len(body) == 1
            ):
                return index
        return -1

    def _recall_org(self, head: str, here: int) -> int:
        """The organisation last named before, preferring one whose name has the head or that stands beside it."""
        place = bisect_left(self.text.starts, here)
        count = bisect_left(self.firsts, place)
        orgs = [
            m
            for m in self.mentions[max(0, count - _MEMORY) : count]
            if self.entities[m.actor].kind is Kind.ORG
        ]
        for m in reversed(orgs):
            e = self.entities[m.actor]
            if fold(head) in fold(e.name).split() or any(
                x.first and self.text.words[x.first - 1] == head for x in e.mentions[:_MEMORY]
            ):
                return m.actor
        heads = [m for m in orgs[-12:] if not self._after_preposition(m)]
        return heads[-1].actor if heads else orgs[-1].actor if orgs else -1

    def _pronoun(self, pronoun: str, here: int, cue: str | None, token: int) -> Speaker | None:
        """Whom a pronoun stands for: the subject of this sentence or the last one that fits."""
        pronoun = pronoun.removeprefix("t-")
        sex = {"il": "m", "he": "m", "him": "m", "lui": "m", "elle": "f", "she": "f"}.get(pronoun)
        if pronoun in ("on", "nous", "we", "i", "je", "you", "it"):
            return Speaker(None, -1, Via.PRONOUN, cue, 3) if cue else None
        if pronoun in ("ils", "elles", "they", "eux"):
            return None
        fresh = self._new_phrase(here, token)
        if fresh is not None:
            return Speaker(fresh.name, fresh.actor, Via.PRONOUN, cue, 3)
        if self._goes_on(here, sex) and self.last is not None:
            return Speaker(self.last.name, self.last.actor, Via.PRONOUN, cue, 3)
        actor = self._recent(here, sex)
        if actor < 0:
            return Speaker(None, -1, Via.PRONOUN, cue, 3) if cue else None
        return Speaker(self.entities[actor].name, actor, Via.PRONOUN, cue, 3)

    def _new_phrase(self, here: int, token: int) -> Speaker | None:
        """A role that opens the pronoun's own paragraph ("Le maire s'est dit … a-t-il insisté") and names nobody else."""
        text, words, lex = self.text, self.text.words, self.lex
        i = bisect_right(self.paragraph_starts, here) - 1
        if i < 0 or (self.last_inner is not None and self.last_inner.start >= text.paragraphs[i].start):
            return None
        tokens = text.tokens_in(text.paragraphs[i].start, here)
        k = tokens.start
        if (
            len(tokens) < 3
            or words[k] not in lex.determiners
            or words[k + 1] not in lex.role_heads
            or token <= k + 1
        ):
            return None
        if any(self.entities[m.actor].kind is Kind.PERSON for m in self._mentions(tokens.start, tokens.stop)):
            return None
        return self._phrase(k, self._phrase_end(k, tokens.stop), self.quotations[0], None, 3)

    def _goes_on(self, here: int, sex: str | None) -> bool:
        """Whether the one who spoke last, in this paragraph or the end of the last, may be the pronoun's."""
        if self.last is None or self.last.name is None or not self.last_inner:
            return False
        if self.last.actor >= 0:
            e = self.entities[self.last.actor]
            if (sex and e.sex and e.sex != sex) or e.kind is not Kind.PERSON:
                return False
        between = [
            m
            for m in self._mentions_between(self.last_inner.end, here)
            if self.entities[m.actor].kind is Kind.PERSON and m.actor != self.last.actor
        ]
        subjects = [m for m in between if not self._after_preposition(m)]
        return not subjects and here - self.last_inner.end < 700

    def _mentions_between(self, start: int, end: int) -> list[Mention]:
        tokens = self.text.tokens_in(start, end)
        return self._mentions(tokens.start, tokens.stop)

    def _fits(self, m: Mention, sex: str | None) -> bool:
        e = self.entities[m.actor]
        return e.kind is Kind.PERSON and not (sex and e.sex and e.sex != sex)

    def _recent(self, here: int, sex: str | None) -> int:
        """The person that the text is about before `here`: the subject of this sentence, or of the last that has one.

        A sentence whose subject is a pronoun keeps the subject of the one before. Where no subject fits, the person
        named last; where none was named, the one in the headline or named first after.
        """
        text = self.text
        i = bisect_right(text.sentence_starts, here) - 1
        fallback = -1
        for s in range(i, max(-1, i - 7), -1):
            sentence = text.sentences[s]
            stop = min(sentence.end, here)
            fitting = [m for m in self._mentions_between(sentence.start, stop) if self._fits(m, sex)]
            if not fitting:
                continue
            subject = next((m for m in fitting if not self._after_preposition(m)), None)
            pronominal = any(
                text.words[k] in ("il", "elle", "he", "she") for k in text.tokens_in(sentence.start, stop)[:8]
            )
            if subject is not None and not (
                pronominal and s < i and subject.first > text.tokens_in(sentence.start, stop).start + 8
            ):
                return subject.actor
            if fallback < 0 and not pronominal:
                fallback = fitting[-1].actor
        if fallback >= 0:
            return fallback
        count = bisect_left(self.firsts, bisect_left(text.starts, here))
        before = self.mentions[max(0, count - _MEMORY) : count]
        for m in reversed(before):
            if self._fits(m, sex):
                return m.actor
        if sex == "m":
            for m in reversed(before):
                if not self._after_preposition(m):
                    return m.actor
        fitting = [m for m in self.mentions[:_MEMORY] if self._fits(m, sex)]
        return (
            max(fitting, key=lambda m: (self.entities[m.actor].headline, -m.first)).actor if fitting else -1
        )

    # ---- nothing beside it --------------------------------------------------------------------------------------------------

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
            ahead = self._after(following, self._right(following, None))
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
            subject = self._main_subject(text.tokens_in(sentence.start, min(sentence.end, q.outer.start)), q)
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
        tokens = text.tokens_in(sentence.start, sentence.end)
        return (
            any(self._is_cue(k, tokens.start) for k in tokens)
            and self._main_subject(tokens, q) is not None
            and text.plain[sentence.end - 1] == ":"
        )
