"""The words of Sitrep as types. Everything is frozen; places are code points; moments are UTC.

`None` means "not stated", never "failed". Strings that came from an article are kept to the letter.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Literal

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")


class Kind(StrEnum):
    """What an actor is."""

    PERSON = "person"
    ORG = "org"


class Bound(StrEnum):
    """How a figure's value is meant."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ABOUT = "about"


class Status(StrEnum):
    """Whether a consequence has come, may come, or is said not to."""

    REPORTED = "reported"
    EXPECTED = "expected"
    DENIED = "denied"


class Via(StrEnum):
    """How the speaker stands beside a quote."""

    NAME = "name"
    ROLE = "role"
    PRONOUN = "pronoun"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open `[start, end)` code points in the body of one revision of an article."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]

    def holds(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Article:
    """One published text. `id` stays the same over its revisions; `revision` counts from 1.

    `published` is the moment of publication; only its date is used where the outlet gave no time.
    `outlet` is the publisher's name, "" where it is not known. `agency` names the press agency whose
    text this is, where the byline or the last line says so.
    """

    id: str
    text: str
    title: str = ""
    outlet: str = ""
    url: str = ""
    language: Language | None = None
    published: datetime | None = None
    byline: str = ""
    agency: str = ""
    revision: int = 1
    sample: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """The place a fact came from: an article's revision and the sentence in its body."""

    article: str
    revision: int
    span: Span


@dataclass(frozen=True, slots=True)
class Quote:
    """Exact words between quotation marks. `span` is what stands between the marks.

    `speaker` is the fullest name (or phrase) that the article gives, None where nobody is stated;
    `cue` the words that introduce the speech. `sentence` is where the quote stands.
    """

    span: Span
    text: str
    sentence: Span
    speaker: str | None = None
    cue: str | None = None
    via: Via | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """A title or function, to the letter, where it was given. `former`: said to be past."""

    text: str
    span: Span
    sentence: Span
    former: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or organisation that one article names. `mentions` are in order of appearance.

    `salience` is 0–1: how much of the story hangs on it, by place, frequency and speech.
    """

    name: str
    kind: Kind
    aliases: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    salience: float = 0.0
    mentions: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity as claimed: `value` with its scale applied; `unit` is an ISO currency code, "%" or a noun.

    `counts` is what is counted, in the article's words ("" where only the unit says so).
    """

    span: Span
    text: str
    value: float
    unit: str
    bound: Bound
    sentence: Span
    counts: str = ""


@dataclass(frozen=True, slots=True)
class DateMention:
    """A calendar expression; `value` is an ISO day, month or year, as precise as the text, or None.

    `ahead`: its clause speaks of what is to come.
    """

    span: Span
    value: str | None
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Development:
    """What happened, in the sentence `span`, on `date` (ISO, as precise as known)."""

    span: Span
    date: str
    actors: tuple[str, ...] = ()
    concept: str = ""


@dataclass(frozen=True, slots=True)
class Consequence:
    """An effect that the sentence `span` states; `on` are the actors named in it."""

    span: Span
    status: Status
    on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one article says. Every tuple is in order of place; actors by falling salience."""

    article: Article
    language: Language
    sentences: tuple[Span, ...] = ()
    quotes: tuple[Quote, ...] = ()
    actors: tuple[Actor, ...] = ()
    figures: tuple[Figure, ...] = ()
    dates: tuple[DateMention, ...] = ()
    developments: tuple[Development, ...] = ()
    consequences: tuple[Consequence, ...] = ()


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose stories these are: a platform and a server or workspace on it."""

    platform: str
    id: str

    @property
    def owner(self) -> str:
        """By which articles are marked that are the tenant's alone."""
        return f"{self.platform}/{self.id}"


#: Who owns what is made on the command line.
LOCAL = Tenant("local", "desk")


@dataclass(frozen=True, slots=True)
class Story:
    """The articles about one crisis. `slug` is unique within the tenant. `resting`: nothing new is matched to it."""

    id: int
    slug: str
    name: str
    created: datetime
    language: Language | None = None
    resting: bool = field(default=False, compare=False)


class Following(StrEnum):
    """What a story is followed by."""

    WORDS = "words"
    OUTLET = "outlet"
    FEED = "feed"
    PAGE = "page"
    FOLDER = "folder"
    LIKE = "like"


class Decision(StrEnum):
    """Whether an article belongs to a story. A person's decision is never changed by a match."""

    IN = "in"
    MAYBE = "maybe"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Follow:
    """One thing that a story is followed by: words, an outlet's name, an address, a folder, or an example's id.

    `said_in` is where trouble with it is told. `why` says what is wrong with its feed, "" where nothing is, and `failing`
    since when.
    """

    id: int
    kind: Following
    value: str
    feed: int | None = None
    title: str = ""
    made_by: str = ""
    said_in: Address | None = None
    why: str = ""
    failing: datetime | None = None
    asked: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an article was matched: the rule that it met, and what of it is in the article."""

    kind: Following
    value: str
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How near an article is to a story, 0 to 1, why, and what follows from it."""

    score: float
    reasons: tuple[Reason, ...]
    decision: Decision


@dataclass(frozen=True, slots=True)
class Matched:
    """A match as it is stored. `decided_by` names the person who decided, "" where nobody did."""

    article: Article
    verdict: Verdict
    at: datetime
    decided_by: str = ""


@dataclass(frozen=True, slots=True)
class Followed:
    """A story with all that it is followed by."""

    tenant: Tenant
    story: Story
    by: tuple[Follow, ...]


@dataclass(frozen=True, slots=True)
class Polled:
    """A feed, page or folder that is due. `article` is the id of the article whose page it is, "" for another.

    `digest` is that of what was last read; `told`: its followers know that it fails; `turn` grows when somebody else
    follows it, who is to get what stands in it already.
    """

    id: int
    kind: Following
    url: str
    interval: float
    article: str = ""
    owner: str = ""
    title: str = ""
    etag: str = ""
    modified: str = ""
    digest: str = ""
    failures: int = 0
    failing: datetime | None = None
    told: bool = False
    created: datetime | None = None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Channel:
    """A place where briefings are read, and what its people chose: story (slug), language, IANA time zone."""

    tenant: Tenant
    id: str
    name: str = ""
    story: str | None = None
    language: Language | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """What could not be fetched or read; a briefing states it.

    `why` is the error's own words, in English; `kind` its class in `errors.py`, by which other languages tell it.
    """

    what: str
    why: str
    at: datetime | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A story's article in a list: what a person needs to know it by."""

    article: Article
    added: datetime
    revisions: int = field(default=1)


@dataclass(frozen=True, slots=True)
class Address:
    """Where briefings are posted: a channel, and the publisher ("web", "relay", "discord", "slack") that reaches it."""

    via: str
    channel: str

    def __str__(self) -> str:
        return f"{self.via}:{self.channel}"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nothing is posted, "HH:MM" in the edition's time zone; `start` after `end` goes over midnight."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Manner:
    """How an edition is posted, where the platform can: without a sound, passed on to the channels that follow an
    announcement channel, with a role called (its id), under a forum's tags (their ids), its body in a thread."""

    silent: bool = False
    crosspost: bool = False
    role: str = ""
    tags: tuple[str, ...] = ()
    thread: bool = False


PLAIN = Manner()


#: In place of a cron line: whenever the story has something new.
INSTANT = "@instant"


@dataclass(frozen=True, slots=True)
class Edition:
    """A standing order: this story by this template and language into this channel, at these times.

    `cron` has five fields and is read in `timezone` (IANA), or is INSTANT; `said` is how a person wrote it. `missed` says what
    becomes of the fires of a time when nothing ran: "newest", "all", or the hours that one may be late ("12").
    Fires count after `since`: the moment when it was made or resumed. `paused` says why, "" where it runs.
    """

    id: int
    tenant: Tenant
    story: int
    slug: str
    template: str
    language: Language
    cron: str
    timezone: str
    said: str
    address: Address
    since: datetime
    only_changed: bool = False
    missed: str = "newest"
    quiet: Quiet | None = None
    paused: str = ""
    made_by: str = ""
    made_in: Address | None = None
    manner: Manner = PLAIN

    @property
    def instant(self) -> bool:
        """Whether it goes out whenever there is something new."""
        return self.cron == INSTANT


class Sent(StrEnum):
    """What a dispatch is."""

    BRIEFING = "briefing"
    CORRECTION = "correction"
    ANSWER = "answer"
    NOTICE = "notice"


class State(StrEnum):
    """How far a dispatch is. The first three are unsettled: later ones of the channel wait behind them."""

    QUEUED = "queued"  # its turn comes
    GOING = "going"  # a worker has it
    WAITING = "waiting"  # it failed, and is tried again at `retry`
    POSTED = "posted"
    SKIPPED = "skipped"  # nothing had changed, or a newer one took its place
    DEAD = "dead"  # given up: a person decides
    UNCERTAIN = "uncertain"  # it may be there or not; the platform can't tell
    DROPPED = "dropped"  # a person decided against it

    @property
    def settled(self) -> bool:
        return self not in UNSETTLED


UNSETTLED = (State.QUEUED, State.GOING, State.WAITING)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One posting of one briefing to one channel, as the ledger has it.

    `due` is the fire time or when it was asked for; `fire` its key within the edition. `attempt` counts the workflows
    that were started for it, `claim` the runs; what a run of an earlier claim does no longer counts. `of` is the
    dispatch that a correction corrects.
    """

    id: int
    tenant: Tenant
    kind: Sent
    address: Address
    state: State
    due: datetime
    created: datetime
    story: int | None = None
    edition: int | None = None
    of: int | None = None
    template: str = ""
    language: Language = "en"
    timezone: str = "UTC"
    fire: str | None = None
    attempt: int = 1
    claim: int = 0
    tries: int = 0
    retry: datetime | None = None
    why: str = ""
    content: str | None = None
    settled: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a dispatch: one message on the platform. Numbers count from 0.

    `key` is the mark by which the platform's own messages are told; `body` what is sent, `digest` its hash;
    `message` the platform's id, "" until it is posted. `tried`: when it was last sent, whatever came of it.
    For a correction `edits` is the id of the message to change. `first`: the id of the dispatch's first message, once
    it is there, for platforms that post the others beneath it; it is not stored.
    """

    dispatch: int
    number: int
    key: str
    body: str
    digest: str
    message: str = ""
    edits: str = ""
    tries: int = 0
    tried: datetime | None = None
    posted: datetime | None = None
    first: str = ""


_ELISION = re.compile(r"^(?:l'|d'|le |la |les |the |un |une |a |an )", re.IGNORECASE)
_NOT_WORD = re.compile(r"[^\w%]+")
_NAME = 64  # characters


def fold(text: str) -> str:
    """The text for comparing: no case, no accents, no leading article, single spaces.

    >>> fold("L’Équipe  dirigeante")
    'equipe dirigeante'
    """
    return _fold_name(text) if len(text) <= _NAME else _fold(text)


def _fold(text: str) -> str:
    text = text.replace("’", "'")
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if not unicodedata.combining(c))
    text = text.casefold().strip()
    text = _ELISION.sub("", text)
    return _NOT_WORD.sub(" ", text).strip()


_fold_name = lru_cache(maxsize=16384)(_fold)  # names come again and again; sentences would only take room


def day_of(article: Article) -> date | None:
    """The day of publication, None where the article states none."""
    return article.published.date() if article.published else None
