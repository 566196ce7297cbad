"""Which roles an article gives its actors: beside the name, in brackets, or by "is", "became", "as".

"le CEO de Microsoft, Satya Nadella", "Jan Leike, cadre senior d'OpenAI,", "CTO Mira Murati",
"Akli Gasmi, jeune berger en Kabylie,", "Greg Brockman (chair)", "Murati was named interim CEO".
"""

from __future__ import annotations

from bisect import bisect_right

from briefings.model import Kind, Role, Span
from briefings.reading.actors import Entity
from briefings.reading.runs import Mention
from briefings.reading.text import Text

_MAX_WORDS = 14  # of a role's noun phrase


class RoleFinder:
    """Finds the roles of one article's persons; `found` is actor index → roles in order of place."""

    def __init__(self, text: Text, entities: list[Entity]) -> None:
        self.text = text
        self.entities = entities
        self.found: dict[int, list[Role]] = {}
        self.given: set[tuple[int, str]] = set()
        self.mentions = sorted((m for e in entities for m in e.mentions), key=lambda m: m.first)
        self.firsts = [m.first for m in self.mentions]
        self.at = {m.first: m for m in self.mentions}

    def run(self) -> dict[int, list[Role]]:
        for m in self.mentions:
            if self.entities[m.actor].kind is not Kind.PERSON:
                continue
            self._before(m)
            self._after(m)
            self._become(m)
        return self.found

    # ---- where a role may stand --------------------------------------------------------------------------------

    def _before(self, m: Mention) -> None:
        """ "le ministre Arnaud Montebourg", "le CEO de Microsoft, Satya Nadella", "CTO Mira Murati"."""
        text = self.text
        end = m.first - 1
        if m.title:
            while end >= 0 and (text.words[end] == "." or text.words[end] == m.title):
                if text.words[end] == m.title and m.title in text.lex.role_heads | {"prime"}:
                    break
                end -= 1
        comma = end >= 0 and text.words[end] == ","
        if comma:
            end -= 1
        if end < 0 or "\n" in text.plain[text.ends[end] : text.starts[m.first]]:
            return
        head = self._head_before(end, m.first, comma)
        if head is None:
            return
        start, plural = head
        stop = end
        # The complement must run up to the name: nothing but the noun phrase may stand between.
        reach = self._extent(start, m.first)
        if reach < stop:
            return
        if comma and self._belongs_before(start):
            return
        self._add(m.actor, start, stop)
        if plural:
            self._share(m, start, stop)

    def _belongs_before(self, start: int) -> bool:
        """ "Bret Taylor, chair of the board, Larry Summers": without an article the role is the name's before it."""
        text = self.text
        return (
            start > 1
            and text.words[start - 1] == ","
            and any(
                m.last == start - 2 and self.entities[m.actor].kind is Kind.PERSON
                for m in self.mentions[
                    max(0, bisect_right(self.firsts, start) - 3) : bisect_right(self.firsts, start)
                ]
            )
        )

    def _head_before(self, end: int, limit: int, comma: bool) -> tuple[int, bool] | None:
        """The first token of the noun phrase that ends at token `end` and has a role at its head."""
        text, lex = self.text, self.text.lex
        sentence = text.sentence_at(text.starts[limit])
        best = None
        k = end
        while k >= 0 and end - k < _MAX_WORDS and text.starts[k] >= sentence.start:
            w = text.words[k]
            if w == ")" and k > 1 and text.words[k - 2] == "(":  # "le maire (LR) de X"
                k -= 3
                continue
            if w in ',;:.!?«»“”"()—–' and not (w == "." and k):
                break
            if (w in lex.cues and w not in lex.role_heads) or w in lex.relatives:
                break
            if w in lex.role_heads and self._role_at(k) and not self._inside_name(k):
                best = k
                # A preposition before the head makes it part of a longer phrase; go on looking.
                if k == 0 or text.words[k - 1] not in ("de", "du", "des", "d'", "of", "to"):
                    break
            k -= 1
        if best is None:
            return None
        while best > 0 and text.words[best - 1] in lex.role_heads and not self._inside_name(best - 1):
            best -= 1  # "secrétaire général", "ministre déléguée": the head is the first of them
        start = best
        while start > 0 and self._prefix(start - 1):
            start -= 1
        return start, text.words[best].endswith("s") and text.words[best] not in ("boss", "mps")

    def _after(self, m: Mention) -> None:
        """ "Jan Leike, cadre senior d'OpenAI et chercheur respecté," and "Greg Brockman (chair)"."""
        text, lex = self.text, self.text.lex
        k = m.last + 1
        if (
            m.first > 1
            and text.words[m.first - 1] in ("de", "d'", "of")
            and text.words[m.first - 2] in lex.role_heads
        ):
            return  # the name completes another's role: "porte-parole de X, …"
        if k + 1 >= len(text.words) or text.words[k] not in (",", "(", ":", "—", "–"):
            return
        mark = text.words[k]
        k += 1
        named = self.at.get(k)
        if named is not None and text.words[named.last + 1 : named.last + 2] == ["'s"]:
            k = named.last + 2  # "Emmett Shear, OpenAI's interim CEO,"
        elif named is not None and text.caps[k] and not self._role_at(k):
            return
        start = k
        determined = False
        while start < len(text.words) and text.words[start] in lex.determiners and not self._role_at(start):
            determined = True
            start += 1
        if text.words[k] in ("l'un", "one") or text.words[start : start + 2] in (
            ["un", "des"],
            ["one", "of"],
        ):
            start += 2
        aged = start + 2 < len(text.words) and text.words[start].isdigit() and text.words[start + 1] == ","
        if aged:  # "Tom Meer, 53, a farmer"
            start += 2
            start += text.words[start] in lex.determiners
        if start >= len(text.words):
            return
        head = self._head_from(start)
        stop = self._extent(start, start + _MAX_WORDS)
        if head is None and not self._bare_apposition(start, stop, mark, determined):
            return
        following = text.words[stop + 1] if stop + 1 < len(text.words) else "."
        if mark == "(" and following not in (")", ","):
            return
        if mark == ":" and not determined:
            return
        if head is None and following not in (",", "."):
            return
        self._split(m.actor, start, stop)
        # A second one behind it: "cofondateur de Twitch, directeur général par intérim d'OpenAI".
        if mark == "," and following == "," and (self._role_at(stop + 2) or self._prefix(stop + 2)):
            further = self._extent(stop + 2, stop + 2 + _MAX_WORDS)
            if text.words[further + 1 : further + 2] in ([","], ["."], [";"]) and not self._leads_to_name(
                further
            ):
                self._split(m.actor, stop + 2, further)

    def _leads_to_name(self, k: int) -> bool:
        """Whether a name stands right behind token `k`: then the role is that one's."""
        return k + 1 in self.at or (self.text.words[k + 1 : k + 2] == [","] and k + 2 in self.at)

    def _bare_apposition(self, start: int, stop: int, mark: str, determined: bool) -> bool:
        """A noun phrase between commas whose head is no known role: "jeune berger en Kabylie" after a name."""
        text, lex = self.text, self.text.lex
        w = text.words[start]
        if mark != "," or text.caps[start] or not w.isalpha() or stop - start > 7 or stop == start:
            return False
        if (
            w in lex.common
            or w in lex.prepositions
            or w in lex.auxiliaries
            or w in lex.cues
            or w in lex.adverbs
            or w in lex.relatives
            or w in lex.events
        ):
            return False
        if w in lex.role_prefix:
            return True
        return text.language == "en" and determined

    def _become(self, m: Mention) -> None:
        """ "X est le patron de", "X a été nommé ministre", "X was named interim CEO", "comme président"."""
        text, lex = self.text, self.text.lex
        k = m.last + 1
        if text.words[k : k + 1] == [","] and k + 1 < len(text.words) and text.words[k + 1] in lex.relatives:
            k += 1
        limit = min(len(text.words), k + 9)
        seen = False
        while k < limit:
            w = text.words[k]
            if w in ',;:.!?«»“”"(' or k in self.at:
                return
            if w in lex.become:
                seen = True
            elif seen and (w in lex.role_heads or self._prefix(k)):
                head = self._head_from(k)
                if head is not None and not self._inside_name(k):
                    self._split(m.actor, k, self._extent(k, k + _MAX_WORDS))
                return
            elif (
                seen
                and w not in lex.determiners
                and w not in lex.adverbs
                and w not in ("été", "au", "poste", "de", "by", "not", "pas")
            ) or (
                not seen
                and w not in lex.auxiliaries
                and w not in lex.adverbs
                and w not in lex.relatives
                and w not in ("été", "brièvement", "briefly")
            ):
                return
            k += 1

    # ---- the extent of a role's noun phrase --------------------------------------------------------------------------

    def _role_at(self, k: int) -> bool:
        """Whether a role of the lexicon begins at token `k`."""
        text, lex = self.text, self.text.lex
        w = text.words[k]
        if w in lex.roles:
            return True
        tail = w.rpartition("-")[2]
        if tail != w and tail in lex.roles:
            return True
        phrase = w
        for j in range(k + 1, min(k + 4, len(text.words))):
            phrase += ("" if phrase.endswith("'") else " ") + text.words[j]
            if phrase in lex.roles:
                return True
        return False

    def _prefix(self, k: int) -> bool:
        text, lex = self.text, self.text.lex
        w = text.words[k]
        return (
            w in lex.role_prefix
            or (text.language == "en" and (w in lex.demonyms or w.rpartition("-")[2] in ("based", "elect")))
        ) and k not in self.at

    def _head_from(self, start: int) -> int | None:
        """The role head within the first words from `start`: adjectives and, in English, nouns may stand before it."""
        text, lex = self.text, self.text.lex
        reach = 5 if text.language == "en" else 3
        for k in range(start, min(start + reach, len(text.words))):
            w = text.words[k]
            if (
                w in ',;:.()«»"'
                or w in lex.prepositions
                or (w in lex.auxiliaries)
                or (w in lex.cues and w not in lex.role_heads)
                or w in lex.relatives
            ):
                return None
            if self._role_at(k):
                return k
        return None

    def _inside_name(self, k: int) -> bool:
        """Whether token `k` is part of a name."""
        i = bisect_right(self.firsts, k) - 1
        return i >= 0 and self.mentions[i].last >= k and self.mentions[i].first < k

    def _extent(self, start: int, limit: int) -> int:
        """The last token of the noun phrase that begins at `start`, before token `limit`."""
        text, lex = self.text, self.text.lex
        last = start
        k = start
        limit = min(limit, len(text.words), start + _MAX_WORDS)
        while k < limit:
            w = text.words[k]
            m = self.at.get(k)
            if w == "(" and text.words[k + 2 : k + 3] == [")"] and k > start:
                k += 3
                continue
            if k > start:
                gap = text.plain[text.ends[k - 1] : text.starts[k]]
                if "\n" in gap or w in ',;:.!?«»“”"()[]—–':
                    break
                if (
                    m is not None
                    and self.entities[m.actor].kind is Kind.PERSON
                    and text.words[k - 1] not in lex.prepositions
                ):
                    break
                if w == "par" and text.words[k + 1 : k + 2] not in (["intérim"], ["interim"]):
                    break
                if w in lex.role_stop or (
                    w in lex.cues
                    and w not in lex.roles
                    and w not in lex.events
                    and not text.caps[k]
                    and text.words[k - 1] not in lex.determiners
                ):
                    break
                if w in lex.auxiliaries and w not in lex.prepositions:
                    break
                if w in ("et", "and") and not (k + 1 < limit and (self._joins(k + 1))):
                    break
                if w in ("en", "dans", "in") and not (
                    k + 1 < limit
                    and (
                        text.caps[k + 1]
                        or text.words[k + 1] in ("chef", "charge", "interim", "intérim", "exercice", "chief")
                    )
                ):
                    break
            last = m.last if m is not None else k
            k = last + 1
        while last > start and text.words[last] in lex.prepositions | lex.determiners | {"et", "and"}:
            last -= 1
        return last

    def _joins(self, k: int) -> bool:
        """Whether what follows an "and" belongs to the phrase: a second role, or the rest of a name."""
        return (
            self.text.words[k] in ("de", "du", "des", "d'", "of")  # "ministre du logement et de la ville"
            or self._role_at(k)
            or self._prefix(k)
            or not (self.text.caps[k] or self.text.words[k] in self.text.lex.determiners)
        )

    # ---- what is kept --------------------------------------------------------------------------------------------------

    def _split(self, actor: int, start: int, stop: int) -> None:
        """Two roles joined by "et" are two: "cadre senior d'OpenAI et chercheur respecté dans le domaine"."""
        text = self.text
        for k in range(start + 1, stop):
            if (
                text.words[k] in ("et", "and")
                and (self._role_at(k + 1) or self._prefix(k + 1))
                and k - start > 1
            ):
                self._add(actor, start, k - 1)
                self._split(actor, k + 1, stop)
                return
        self._add(actor, start, stop)

    def _add(self, actor: int, start: int, stop: int) -> None:
        text, lex = self.text, self.text.lex
        while start < stop and text.words[start] in lex.determiners:
            start += 1
        if stop < start or stop - start >= _MAX_WORDS:
            return
        span = Span(text.starts[start], text.ends[stop])
        surface = text.surface(start, stop)
        roles = self.found.setdefault(actor, [])
        if (actor, surface.lower()) in self.given:
            return
        self.given.add((actor, surface.lower()))
        former = any(w in lex.former or w.startswith("ex-") for w in text.words[start : start + 2])
        roles.append(Role(surface, span, text.sentence_at(span.start), former))

    def _share(self, m: Mention, start: int, stop: int) -> None:
        """A plural role belongs to each of the names that follow: "les physiciens A, B et C"."""
        text = self.text
        k = m.last + 1
        while k + 1 < len(text.words) and text.words[k] in (",", "et", "and", "ou", "or"):
            k += 1
            if k < len(text.words) and text.words[k] in ("et", "and"):
                k += 1
            following = self.at.get(k)
            if following is None or self.entities[following.actor].kind is not Kind.PERSON:
                return
            self._add(following.actor, start, stop)
            k = following.last + 1
