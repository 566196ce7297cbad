"""Whom a name, a phrase ("le ministre") or a pronoun means, traced back through the article."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from briefings.model import Kind, Role, Span, Via, fold
from briefings.reading.actors import Entity
from briefings.reading.quotations import Quotation
from briefings.reading.runs import PARTICLES, Mention
from briefings.reading.text import Text

MARKS = frozenset(',;:.!?…«»“”"()[]—–―')
CLITICS = frozenset(
    """s' se l' m' t' n' ne y en lui leur le la les nous vous me te c' pas plus été""".split()
)
CONJUNCTIONS = frozenset(
    """que qu' mais car or donc si quand lorsque tandis alors comme and but as while because if when though
    although that whether et""".split()
)
# Verbs of speech that are as often nouns: only a subject before them makes them verbs.
_NOUN_LIKE = frozenset(
    """demande demandes annonce critique critiques note notes rapport signal souhait accuse cri pense appel
    post comment claim claims report reports question answer state states order fear fears hope hopes
    vote tout back back-up read post posts call calls demand demands promise offer view test tests reply
    address title tweet tweets label brand hint joke chant shout voice object content comments statement
    thought found feeling saw seen seeing put puts gave give lit met mis sent""".split()
)
_DEFINITE = frozenset("le la l' les the ce cet cette this that son sa his her".split())
_MEMORY = 80  # names that a pronoun or phrase is traced back over


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who was found beside a quotation: an actor or the phrase that names them."""

    name: str | None
    actor: int
    via: Via
    cue: str | None
    strength: int  # 3: said outright beside it, 2: according to, 1: guessed from the sentence


class Antecedents:
    """One article's names and roles as antecedents. `last` is who spoke last, `last_inner` where."""

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
        agencies = self.lex.agencies  # "à l'AFP Anna Ek": the agency before the name is no part of it
        whole = {m.outset: m for m in self.mentions if text.words[m.outset] not in agencies}
        self.by_first = whole | {m.first: m for m in self.mentions}
        self.by_last = {m.last: m for m in self.mentions}
        self.after_next: Quotation | None = None  # the quotation after the next
        self.by_head = self._roles_by_head()
        self.bodies: dict[str, int] = {}  # the first word of a body's name → the first such actor
        for index, e in enumerate(entities):
            if e.kind is Kind.ORG:
                self.bodies.setdefault(fold(e.name).partition(" ")[0], index)
        self.last: Speaker | None = None  # who spoke last
        self.last_inner: Span | None = None  # and where
        self.paragraph_starts = [p.start for p in text.paragraphs]

    def _roles_by_head(self) -> dict[str, list[tuple[int, frozenset[str], int]]]:
        """The roles given in the article by each head noun in them: (actor, words, place)."""
        table: dict[str, list[tuple[int, frozenset[str], int]]] = {}
        heads = {fold(h) for h in self.lex.role_heads}
        for actor, roles in self.roles.items():
            for r in roles:
                words = frozenset(fold(r.text).split()) - PARTICLES
                for head in words & heads:
                    table.setdefault(head, []).append((actor, words, r.span.start))
        return table

    # ---- names in their places

    def mentions_in(self, lo: int, hi: int) -> list[Mention]:
        return self.mentions[bisect_left(self.firsts, lo) : bisect_left(self.firsts, hi)]

    def _mentions_between(self, start: int, end: int) -> list[Mention]:
        tokens = self.text.tokens_in(start, end)
        return self.mentions_in(tokens.start, tokens.stop)

    def after_preposition(self, m: Mention) -> bool:
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
            and not (words[k] == "selon" or (k in self.text.first and words[k] == "pour"))
            and not (words[k] == "après" and words[k - 1] == "d'")
            and not (words[k] == "to" and words[k - 1] == "according")
        )

    # ---- verbs of speech

    def is_cue(self, j: int, start: int) -> bool:
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

    def is_participle(self, j: int, lo: int) -> bool:
        """Whether token `j` is a present participle, whose subject is its sentence's."""
        w = self.text.words[j]
        if self.text.language == "fr":
            return w.endswith("ant")
        return w.endswith("ing") and (j == lo or self.text.words[j - 1] not in self.lex.auxiliaries)

    # ---- phrases

    def phrase_end(self, n: int, stop: int) -> int:
        """The last token of a noun phrase that begins at `n`."""
        words, lex = self.text.words, self.lex
        text_is_english = self.text.language == "en"
        k = n
        last = n
        while k < stop and k - n < 14:
            w = words[k]
            if k > n and (
                w in MARKS
                or w in lex.relatives
                or w in lex.auxiliaries
                or (w in CONJUNCTIONS and w not in ("et", "and"))
            ):
                break
            if k > n + 1 and self.is_cue(k, n) and words[k - 1] not in lex.prepositions:
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

    def person_like(self, start: int, end: int) -> bool:
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

    def names_person(self, k: int, right: range) -> bool:
        return any(
            self.entities[m.actor].kind is Kind.PERSON for m in self.mentions_in(k, min(k + 8, right.stop))
        )

    def of_mention(self, m: Mention) -> tuple[str | None, int, Via]:
        return self.entities[m.actor].name, m.actor, Via.NAME

    def named(self, m: Mention, cue: str | None) -> Speaker:
        """The mention, or the name that stands in apposition behind it ("un manifestant, Abdel Nasser")."""
        return Speaker(self.entities[m.actor].name, m.actor, Via.NAME, cue, 3)

    def phrase(self, start: int, end: int, cue: str | None, strength: int) -> Speaker | None:
        """A noun phrase as speaker: its own name, the name beside it, whom it recalls, or the phrase itself."""
        text, words, lex = self.text, self.text.words, self.lex
        named = [m for m in self.mentions_in(start, end + 1) if not self.after_preposition(m)]
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
        if words[start] not in _DEFINITE and words[start] not in lex.role_heads:
            return -1
        here = text.starts[start]
        body = [words[k] for k in range(start, end + 1) if words[k] not in lex.determiners]
        if not body:
            return -1
        if body[0] in ("dernier", "dernière"):
            return self._recent(here, None)
        wanted = set(fold(" ".join(body)).split()) - PARTICLES
        best, score = -1, 0.0
        head = next((w for w in body if w in lex.role_heads), None)
        for actor, theirs, place in self.by_head.get(fold(head), [])[:_MEMORY] if head else []:
            value = len(wanted & theirs) / len(wanted) + (0.3 if place < here else 0.0)
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
        if len(body) == 1 and body[0] in lex.bodies:
            return self.bodies.get(fold(body[0]), -1)
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
        heads = [m for m in orgs[-12:] if not self.after_preposition(m)]
        return heads[-1].actor if heads else orgs[-1].actor if orgs else -1

    # ---- pronouns

    def pronoun(self, pronoun: str, here: int, cue: str | None, token: int) -> Speaker | None:
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
        if any(
            self.entities[m.actor].kind is Kind.PERSON for m in self.mentions_in(tokens.start, tokens.stop)
        ):
            return None
        return self.phrase(k, self.phrase_end(k, tokens.stop), None, 3)

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
            for m in self._mentions_between(self.last_inner.end, here)[-_MEMORY:]
            if self.entities[m.actor].kind is Kind.PERSON and m.actor != self.last.actor
        ]
        subjects = [m for m in between if not self.after_preposition(m)]
        return not subjects and here - self.last_inner.end < 700

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
            here_named = self._mentions_between(sentence.start, stop)
            fitting = [m for m in here_named[:_MEMORY] if self._fits(m, sex)]
            if not fitting:
                continue
            subject = next((m for m in fitting if not self.after_preposition(m)), None)
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
                if not self.after_preposition(m):
                    return m.actor
        fitting = [m for m in self.mentions[:_MEMORY] if self._fits(m, sex)]
        return (
            max(fitting, key=lambda m: (self.entities[m.actor].headline, -m.first)).actor if fitting else -1
        )
