"""The merged facts that a view gives: each with its key, its citations and the outlets that carry it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from briefings.model import Bound, Citation, Kind, Language, Status


def key_of(kind: str, *content: str) -> str:
    """A fact's key: its kind and canonical content, the same whatever order the articles came in."""
    return f"{kind}:{hashlib.sha256('␟'.join(content).encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Text:
    """One printing of a fact: the words to the letter, their language, and where they stand."""

    language: Language
    words: str
    citation: Citation
    outlet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What all facts have. `citations` is never empty and is in order of publication.

    `outlets` are the publishers that carry it, `voices` how many of them are independent: agency copy and
    near-copies count once. `aliases` are keys of facts merged into this one.
    """

    key: str
    citations: tuple[Citation, ...]
    outlets: tuple[str, ...]
    voices: int
    first: datetime | None
    last: datetime | None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleFact(Fact):
    """A role of a person as cited. `texts` holds it in each language; `days` when outlets gave it (ISO)."""

    actor: str
    concept: str
    of: str
    texts: tuple[Text, ...]
    days: tuple[str, ...]
    former: bool
    interim: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorFact(Fact):
    """A person or organisation, merged over articles and languages. `salience` 0–1 within the story.

    `names` are its other forms; `called` the one that each language's articles mostly use.
    """

    name: str
    kind: Kind
    names: tuple[str, ...]
    called: tuple[tuple[Language, str], ...]
    roles: tuple[RoleFact, ...]
    salience: float
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteFact(Fact):
    """The same words, whoever printed them. `speakers` has more than one where outlets differ."""

    text: Text
    texts: tuple[Text, ...]
    speaker: str | None
    speakers: tuple[str, ...]
    attributions: tuple[tuple[str, Text], ...]  # each speaker's first printing
    cue: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureFact(Fact):
    """One claim: value, bound and unit, as of when it was first printed."""

    topic: str
    value: float
    unit: str
    bound: Bound
    text: Text
    sentence: Text
    counts: str


@dataclass(frozen=True, slots=True)
class FigureSeries:
    """The claims about one thing, by time. `labels` are what is counted, as printed in each language."""

    topic: str
    labels: tuple[Text, ...]
    unit: str
    claims: tuple[FigureFact, ...]

    @property
    def label(self) -> str:
        """What is counted, as first printed; the unit where no noun was."""
        return self.labels[0].words if self.labels else self.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class DevelopmentFact(Fact):
    """What happened on `date` (ISO day, month or year). `texts` are the sentences that say so."""

    date: str
    concept: str
    actors: tuple[str, ...]
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsequenceFact(Fact):
    """An effect and its status; `on` are the actors it names."""

    status: Status
    on: tuple[str, ...]
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class OutletFact:
    """An outlet of the story: its articles (ids), languages, and whether it is a sample of the demo."""

    name: str
    articles: tuple[str, ...]
    languages: tuple[Language, ...]
    first: datetime | None
    last: datetime | None
    facts: int
    sample: bool
