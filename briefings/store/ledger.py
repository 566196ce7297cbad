"""The ledger: every dispatch with its parts, from the moment that it is due until it is pruned.

Whoever delivers claims a dispatch first, and gives its claim with all that it writes: what a run writes after another
has claimed the dispatch is refused (`Overtaken`). Dispatches of a channel stand in line by their numbers. Methods that
make one ready take `enqueue`, which starts its delivery within the same transaction; without it, whoever delivers finds
the dispatch by `unstarted`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from briefings.model import (
    PLAIN,
    UNSETTLED,
    Address,
    Dispatch,
    Edition,
    Manner,
    Part,
    Sent,
    State,
    Story,
    Tenant,
)
from briefings.store import tables as t
from briefings.store.editions import load_manner, pause_at
from briefings.store.ledger_lookup import (
    NOTE,
    UNSETTLED_STATES,
    LedgerLookup,
    dispatch_of,
    dispatches_query,
)

#: Starts the delivery of (dispatch, attempt) by `via`, after so many seconds, in the transaction of the connection.
Enqueue = Callable[[Connection, int, int, str, float], None]

_TAKING = 7_230_002  # the advisory lock of those who put dispatches in line


class Overtaken(Exception):
    """Another run has claimed the dispatch: this one must stop."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A part before it is stored: what is sent, and the id of the message that it changes ("" for a new one)."""

    body: str
    edits: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A dispatch before it is in the ledger. `content` is a body that is rendered already."""

    tenant: Tenant
    kind: Sent
    address: Address
    due: datetime
    story: int | None = None
    edition: int | None = None
    of: int | None = None
    template: str = ""
    language: str = "en"
    timezone: str = "UTC"
    fire: str | None = None
    content: str | None = None
    state: State = State.QUEUED
    why: str = ""

    @classmethod
    def for_edition(cls, e: Edition, due: datetime, fire: str | None) -> Order:
        return cls(
            e.tenant, Sent.BRIEFING, e.address, due, e.story, e.id,
            template=e.template, language=e.language, timezone=e.timezone, fire=fire,
        )  # fmt: skip


def digest_of(body: str) -> str:
    return sha256(body.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a briefing is made from. `members` is the mark's, as JSON; `paused` None where there is no edition."""

    story: Story | None
    members: str | None
    version: int
    paused: bool | None
    only_changed: bool
    manner: Manner = PLAIN


# ---- statements that every delivery runs, made once ------------------------------------------------------------------------

_D, _P, _S = t.dispatches.c, t.parts.c, t.stories.c
_OPEN: list[Any] = [literal_column(f"'{s.value}'") for s in UNSETTLED]
_before = t.dispatches.alias("before")
_CLAIM = (
    update(t.dispatches)
    .where(
        _D.id == bindparam("number"),
        _D.attempt == bindparam("of_attempt"),
        _D.state.in_(_OPEN),
        ~exists().where(
            _before.c.via == _D.via,
            _before.c.channel == _D.channel,
            _before.c.state.in_(_OPEN),
            _before.c.id < _D.id,
        ),
    )
    .values(state=State.GOING.value, claim=_D.claim + 1, retry=None)
    .returning(t.dispatches)
)
_INPUTS = (
    select(t.stories, t.marks.c.members, t.editions.c.active, t.editions.c.only_changed, t.editions.c.manner)
    .select_from(t.dispatches)
    .outerjoin(t.stories, and_(_S.id == _D.story, _S.platform == _D.platform, _S.tenant == _D.tenant))
    .outerjoin(t.marks, and_(t.marks.c.story == _D.story, t.marks.c.channel == bindparam("at_channel")))
    .outerjoin(t.editions, t.editions.c.id == _D.edition)
    .where(_D.id == bindparam("number"))
)
_FIRST = select(func.min(_D.id)).where(
    _D.via == bindparam("by"), _D.channel == bindparam("at_channel"), _D.state.in_(_OPEN)
)
_TRYING = (
    update(t.parts)
    .where(_P.dispatch == bindparam("of_dispatch"), _P.number == bindparam("of_number"))
    .values(tries=_P.tries + 1, tried=bindparam("now"))
)
_POSTED = (
    update(t.parts)
    .where(_P.dispatch == bindparam("of_dispatch"), _P.number == bindparam("of_number"), _P.posted.is_(None))
    .values(message=bindparam("as_message"), posted=bindparam("now"))
)
_PUT_PART = insert(t.parts)
_UNCHECK = (
    update(t.stories)
    .where(_S.id == bindparam("for_story"), _S.checked > bindparam("made_at"))
    .values(checked=bindparam("made_at"))
)


def _taking(statement: Any) -> Any:
    """A new dispatch; none where its edition's fire is there already."""
    return statement.on_conflict_do_nothing(index_elements=["edition", "fire"]).returning(t.dispatches.c.id)


_TAKE_FILE, _TAKE_SERVER = _taking(sqlite.insert(t.dispatches)), _taking(postgresql.insert(t.dispatches))
_PUT_CONTENT_FILE = sqlite.insert(t.contents).on_conflict_do_nothing(index_elements=["hash"])
_PUT_CONTENT_SERVER = postgresql.insert(t.contents).on_conflict_do_nothing(index_elements=["hash"])


def _marking(statement: Any) -> Any:
    """The mark of a channel, new or moved, where the story is still there."""
    now = bindparam("now", type_=t.Moment)
    row = select(_S.id, bindparam("for_channel"), now, bindparam("as_members")).where(
        _S.id == bindparam("for_story")
    )
    put = statement.from_select(["story", "channel", "at", "members"], row)
    return put.on_conflict_do_update(
        index_elements=["story", "channel"], set_={"at": put.excluded.at, "members": put.excluded.members}
    )


_PUT_MARK_FILE, _PUT_MARK_SERVER = _marking(sqlite.insert(t.marks)), _marking(postgresql.insert(t.marks))


@cache
def _mine(names: tuple[str, ...]) -> Any:
    """A change of those columns of a dispatch that is still in the hands of a claim."""
    own = and_(
        _D.id == bindparam("number"), _D.claim == bindparam("of_claim"), _D.state == literal_column("'going'")
    )
    statement = update(t.dispatches).where(own)
    if not names:
        return statement.values(claim=bindparam("of_claim"))
    return statement.values({name: bindparam(name) for name in names})


class Ledger(LedgerLookup):
    # ---- coming in ---------------------------------------------------------------------------------------------------------

    def take(self, orders: Sequence[Order], now: datetime, enqueue: Enqueue | None) -> list[int]:
        """Put these in line; the numbers of those that are new. An edition's fire is taken once."""
        with self._write(alone=False) as c:
            self._in_turn(c)
            return self._take_all(c, orders, now, enqueue)

    def rest(
        self,
        address: Address,
        why: str,
        notices: Callable[[Sequence[Edition]], list[Order]],
        now: datetime,
        enqueue: Enqueue | None,
    ) -> list[Edition]:
        """Let the editions of a channel rest and put in line what is said of it, both or neither; those that ran."""
        with self._write() as c:
            self._in_turn(c)
            paused = pause_at(c, address, why)
            self._take_all(c, notices(paused), now, enqueue)
        return paused

    def _take_all(
        self, c: Connection, orders: Sequence[Order], now: datetime, enqueue: Enqueue | None
    ) -> list[int]:
        made: list[int] = []
        for order in orders:
            number = self._take(c, order, now)
            if number is None:
                continue
            made.append(number)
            if order.state is State.QUEUED:
                self._start(c, number, 1, order.address.via, 0.0, enqueue)
        return made

    def _in_turn(self, c: Connection) -> None:
        """One after the other puts dispatches in line: numbers become visible in their order."""
        if self.shared:
            c.execute(select(func.pg_advisory_xact_lock(_TAKING)))

    def _start(
        self, c: Connection, number: int, attempt: int, via: str, seconds: float, enqueue: Enqueue | None
    ) -> None:
        """Have an attempt made; by whoever delivers (`unstarted`), where this process can't start it."""
        if enqueue is not None:
            enqueue(c, number, attempt, via, seconds)
        else:
            c.execute(update(t.dispatches).where(t.dispatches.c.id == number).values(started=False))

    def _take(self, c: Connection, o: Order, now: datetime) -> int | None:
        values = {
            "platform": o.tenant.platform, "tenant": o.tenant.id, "story": o.story, "edition": o.edition, "of": o.of,
            "kind": o.kind.value, "via": o.address.via, "channel": o.address.channel, "state": o.state.value, "due": o.due,
            "created": now, "settled": now if o.state.settled else None, "template": o.template, "language": o.language,
            "timezone": o.timezone, "fire": o.fire, "attempt": 1, "claim": 0, "tries": 0, "started": True, "why": o.why,
            "content": self._keep(c, o.content, now) if o.content is not None else None, "retry": None,
        }  # fmt: skip
        number: int | None = c.execute(
            _TAKE_SERVER if self.shared else _TAKE_FILE, values
        ).scalar_one_or_none()
        return number

    def note(
        self, order: Order, bodies: Sequence[tuple[str, str]], now: datetime, version: int | None = None
    ) -> int:
        """Something that is posted already: its (message id, body) pairs. Its number. `version` as in `settle`."""
        with self._write(alone=False) as c:
            self._in_turn(c)
            number = self._take(c, order, now)
            assert number is not None  # no fire stands in its way
            for i, (message, body) in enumerate(bodies):
                self._put_part(c, number, i, Draft(body), now, message, posted=True)
            if order.story is not None and version is not None:
                c.execute(_UNCHECK, {"for_story": order.story, "made_at": version})
        return number

    # ---- delivering --------------------------------------------------------------------------------------------------------

    def claim(self, number: int, attempt: int) -> Dispatch | None:
        """Make the dispatch one's own; None where it is settled, in newer hands, or behind another of its channel."""
        with self._write(alone=False) as c:
            if self.shared:
                row = c.execute(dispatches_query().where(t.dispatches.c.id == number)).first()
                if row is None:
                    return None
                self._line(c, row.via, row.channel)
            mine = c.execute(_CLAIM, {"number": number, "of_attempt": attempt}).first()
        return dispatch_of(mine) if mine is not None else None

    def inputs(self, d: Dispatch, channel: str) -> Inputs:
        """What a briefing is made from, in one question; `channel` is that of the mark."""
        with self._read() as c:
            r = c.execute(_INPUTS, {"number": d.id, "at_channel": channel}).first()
        if r is None or r.slug is None:
            return Inputs(None, None, 0, None, False)
        return Inputs(
            Story(r.id, r.slug, r.name, r.created, r.language),
            r.members,
            r.version,
            None if r.active is None else not r.active,
            bool(r.only_changed),
            load_manner(r.manner),
        )

    def keep(
        self, d: Dispatch, content: str, drafts: Sequence[Draft], now: datetime, *, trying: bool = False
    ) -> list[Part]:
        """Store what is going to be posted, before any of it is; what an earlier run stored stays. Overtaken.

        `trying`: the first part is about to be sent.
        """
        with self._write(alone=False) as c:
            self._mine(c, d, content=self._keep(c, content, now))
            there = d.claim > 1 and self._parts(c, d.id)
            if there:
                if trying and there[0].posted is None:
                    c.execute(_TRYING, {"of_dispatch": d.id, "of_number": there[0].number, "now": now})
                return there
            return [
                self._put_part(c, d.id, i, draft, now, tried=trying and i == 0)
                for i, draft in enumerate(drafts)
            ]

    def replace(self, d: Dispatch, drafts: Sequence[Draft], now: datetime) -> list[Part]:
        """Notes of their own in place of the parts that could not be posted. Overtaken."""
        p = t.parts.c
        with self._write(alone=False) as c:
            self._mine(c, d)
            last = c.execute(select(func.max(p.number)).where(p.dispatch == d.id)).scalar_one()
            c.execute(delete(t.parts).where(p.dispatch == d.id, p.posted.is_(None)))
            for i, draft in enumerate(drafts, (last if last is not None else -1) + 1):
                self._put_part(c, d.id, i, draft, now, mark=NOTE)
            return self._parts(c, d.id)

    def _put_part(
        self,
        c: Connection,
        dispatch: int,
        number: int,
        draft: Draft,
        now: datetime,
        message: str = "",
        *,
        mark: str = "",
        tried: bool = False,
        posted: bool = False,
    ) -> Part:
        part = Part(
            dispatch, number, f"{dispatch}-{number}{mark}", draft.body, self._keep(c, draft.body, now), message, draft.edits,
            int(tried or posted), now if tried or posted else None, now if posted else None,
        )  # fmt: skip
        c.execute(
            _PUT_PART,
            {
                "dispatch": dispatch, "number": number, "key": part.key, "content": part.digest, "message": message,
                "edits": draft.edits, "tries": part.tries, "tried": part.tried, "posted": part.posted,
            },
        )  # fmt: skip
        return part

    def trying(self, d: Dispatch, number: int, now: datetime) -> None:
        """A part is about to be sent. Overtaken."""
        with self._write(alone=False) as c:
            self._mine(c, d)
            c.execute(_TRYING, {"of_dispatch": d.id, "of_number": number, "now": now})

    def posted(self, d: Dispatch, number: int, message: str, now: datetime) -> None:
        """A part is there, under this id. Overtaken: what is there is noted all the same."""
        with self._write(alone=False) as c:
            self._posted(c, d, number, message, now)
            claim = c.execute(
                select(t.dispatches.c.claim).where(t.dispatches.c.id == d.id)
            ).scalar_one_or_none()
        if claim != d.claim:
            raise Overtaken

    def _posted(self, c: Connection, d: Dispatch, number: int, message: str, now: datetime) -> None:
        c.execute(
            _POSTED, {"of_dispatch": d.id, "of_number": number, "as_message": message[:128], "now": now}
        )

    def settle(
        self,
        d: Dispatch,
        state: State,
        why: str,
        now: datetime,
        enqueue: Enqueue | None,
        mark: tuple[str, str] | None = None,
        version: int | None = None,
        posted: tuple[int, str] | None = None,
    ) -> None:
        """The dispatch is done with; the next one of its channel goes. Overtaken.

        `mark` is (channel, members as JSON): from here on "since the last briefing" counts. `version` is the story's
        when the briefing was made: where it has changed since, corrections are looked for again. `posted` is the last
        part's number and its message.
        """
        overtaken = False
        with self._write(alone=False) as c:
            self._line(c, d.address.via, d.address.channel)
            if posted is not None:
                self._posted(c, d, *posted, now)
            try:
                self._mine(c, d, state=state.value, why=why[:1000], settled=now, retry=None)
            except Overtaken:
                overtaken = True  # what is there is noted all the same
            else:
                self._go_on(c, d.address, now, enqueue)
                if d.story is not None and mark is not None:
                    values = {
                        "for_story": d.story,
                        "for_channel": mark[0][:200],
                        "now": now,
                        "as_members": mark[1],
                    }
                    c.execute(_PUT_MARK_SERVER if self.shared else _PUT_MARK_FILE, values)
                if d.story is not None and version is not None:
                    c.execute(_UNCHECK, {"for_story": d.story, "made_at": version})
        if overtaken:
            raise Overtaken

    def wait(
        self,
        d: Dispatch,
        why: str,
        retry: datetime,
        seconds: float,
        enqueue: Enqueue | None,
        tries: int | None = None,
    ) -> None:
        """It did not go: another attempt is made then. `tries` counts those that failed in a row, by itself one more. Overtaken."""
        waiting = {"state": State.WAITING.value, "why": why[:1000], "retry": retry}
        with self._write(alone=False) as c:
            self._mine(c, d, **waiting, attempt=d.attempt + 1, tries=d.tries + 1 if tries is None else tries)
            self._start(c, d.id, d.attempt + 1, d.address.via, seconds, enqueue)

    def _mine(self, c: Connection, d: Dispatch, **values: Any) -> None:
        """Hold the dispatch's row, and change it. Overtaken where it is another's by now."""
        statement = _mine(tuple(sorted(values)))
        if not c.execute(statement, {"number": d.id, "of_claim": d.claim, **values}).rowcount:
            raise Overtaken

    def _line(self, c: Connection, via: str, channel: str) -> None:
        """Nobody else looks at the channel's line meanwhile, or changes it."""
        if self.shared:
            c.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{via}:{channel}", 0))))

    def _first(self, c: Connection, via: str, channel: str) -> int | None:
        """The first of the channel's line."""
        found: int | None = c.execute(_FIRST, {"by": via, "at_channel": channel}).scalar_one()
        return found

    def _go_on(self, c: Connection, address: Address, now: datetime, enqueue: Enqueue | None) -> None:
        """Start the first of the channel's line, where it waits for nothing but its turn."""
        d = t.dispatches.c
        first = self._first(c, address.via, address.channel)
        if first is None:
            return
        # Its time has come already, and it was not the first then.
        its_time = and_(d.state == State.WAITING.value, d.retry <= now)
        ready = (
            update(t.dispatches)
            .where(d.id == first, or_(d.state == State.QUEUED.value, its_time))
            .values(attempt=d.attempt + 1)
            .returning(d.attempt)
        )
        attempt = c.execute(ready).scalar_one_or_none()
        if attempt is not None:
            self._start(c, first, attempt, address.via, 0.0, enqueue)

    # ---- by hand -----------------------------------------------------------------------------------------------------------

    def retry(
        self, tenant: Tenant, number: int, enqueue: Enqueue | None, now: datetime | None = None
    ) -> Dispatch:
        """Try one again that was given up, or that waits: now, and with its tries and its time counted anew. NotFound.

        One that is uncertain is sent without asking whether it is there: whoever has it tried again has looked.
        """
        d = t.dispatches.c
        again = [s.value for s in (State.DEAD, State.UNCERTAIN, State.WAITING)]
        with self._write(alone=False) as c:
            row = self._row(c, tenant, number)
            self._line(c, row.via, row.channel)
            if row.state == State.UNCERTAIN.value:  # a person has looked: what may have been sent is sent
                unsent = and_(_P.dispatch == number, _P.posted.is_(None))
                c.execute(update(t.parts).where(unsent).values(tries=0, tried=None))
            anew = (
                update(t.dispatches)
                .where(d.id == number, d.state.in_(again))
                .values(
                    state=State.QUEUED.value,
                    attempt=d.attempt + 1,
                    tries=0,
                    why="",
                    retry=None,
                    settled=None,
                    created=now if now is not None else d.created,
                )
                .returning(d.attempt)
            )
            attempt = c.execute(anew).scalar_one_or_none()
            if attempt is not None:
                self._start(c, number, attempt, row.via, 0.0, enqueue)
            return dispatch_of(c.execute(dispatches_query().where(d.id == number)).one())

    def drop(self, tenant: Tenant, number: int, now: datetime, enqueue: Enqueue | None) -> Dispatch:
        """Give one up that has not been posted. NotFound."""
        d = t.dispatches.c
        with self._write(alone=False) as c:
            row = self._row(c, tenant, number)
            open_ = [*UNSETTLED_STATES, State.DEAD.value, State.UNCERTAIN.value]
            self._line(c, row.via, row.channel)
            c.execute(
                update(t.dispatches)
                .where(d.id == number, d.state.in_(open_))
                .values(state=State.DROPPED.value, claim=d.claim + 1, settled=now, retry=None)
            )
            self._go_on(c, Address(row.via, row.channel), now, enqueue)
            return dispatch_of(c.execute(dispatches_query().where(d.id == number)).one())

    def restart(self, d: Dispatch, enqueue: Enqueue) -> bool:
        """Start a dispatch anew that nobody has any more; whether it still was as it is given.

        One that stands behind others of its channel is left to its turn.
        """
        columns = t.dispatches.c
        with self._write(alone=False) as c:
            self._line(c, d.address.via, d.address.channel)
            if self._first(c, d.address.via, d.address.channel) != d.id:
                c.execute(update(t.dispatches).where(columns.id == d.id).values(started=True))
                return False
            same = and_(
                columns.id == d.id,
                columns.attempt == d.attempt,
                columns.claim == d.claim,
                columns.state.in_(UNSETTLED_STATES),
            )
            if not c.execute(
                update(t.dispatches)
                .where(same)
                .values(attempt=d.attempt + 1, claim=d.claim + 1, started=True)
            ).rowcount:
                return False
            enqueue(c, d.id, d.attempt + 1, d.address.via, 0.0)
            return True

    # ---- corrections -------------------------------------------------------------------------------------------------------

    def checked(
        self,
        tenant: Tenant,
        slug: str,
        version: int,
        orders: Sequence[Order],
        now: datetime,
        enqueue: Enqueue | None,
    ) -> list[int]:
        """The corrections that a story's version asks for, once: they are put in line as the version is checked off."""
        s = t.stories.c
        with self._write(alone=False) as c:
            self._in_turn(c)
            done = (
                update(t.stories)
                .where(
                    s.platform == tenant.platform, s.tenant == tenant.id, s.slug == slug, s.checked < version
                )
                .values(checked=version)
            )
            if not c.execute(done).rowcount:
                return []
            return self._take_all(c, orders, now, enqueue)

    # ---- the pump ----------------------------------------------------------------------------------------------------------

    def advance(
        self,
        name: str,
        now: datetime,
        start: Callable[[Connection, datetime], None],
        first: datetime | None = None,
    ) -> datetime | None:
        """Move a mark to `now`; `start` is called with where it stood, in the same transaction.

        A new mark begins at `first`. None, and nothing is started, where it is not behind `now`.
        """
        with self._write(alone=False) as c:
            new = self.insert(t.progress).values(name=name, at=min(first or now, now))
            c.execute(new.on_conflict_do_nothing(index_elements=["name"]))
            at: datetime = c.execute(
                select(t.progress.c.at).where(t.progress.c.name == name).with_for_update()
            ).scalar_one()
            if at >= now:
                return None
            start(c, at)
            c.execute(update(t.progress).where(t.progress.c.name == name).values(at=now))
            return at

    def put_content(self, body: str, now: datetime) -> str:
        """Keep a text that some message's buttons go by; its hash. It is pruned by its age."""
        with self._write(alone=False) as c:
            return self._keep(c, body, now)

    def prune(self, before: datetime) -> int:
        """Forget settled dispatches from before then, and what nothing shows any more; how many dispatches went."""
        d = t.dispatches.c
        # What a correction that still goes is of stays with it.
        waiting = select(d.of).where(d.of.is_not(None), d.state.in_(UNSETTLED_STATES))
        old = and_(d.settled < before, d.state.not_in(UNSETTLED_STATES), d.id.not_in(waiting))
        with self._write() as c:
            gone = c.execute(delete(t.dispatches).where(old)).rowcount
            used = select(d.content).where(d.content.is_not(None)).union(select(t.parts.c.content))
            c.execute(delete(t.contents).where(t.contents.c.made < before, t.contents.c.hash.not_in(used)))
        return gone

    # ---- inside ------------------------------------------------------------------------------------------------------------

    def _keep(self, c: Connection, body: str, now: datetime) -> str:
        """Store a body once; its hash."""
        digest = digest_of(body)
        put = _PUT_CONTENT_SERVER if self.shared else _PUT_CONTENT_FILE
        c.execute(put, {"hash": digest, "body": body, "made": now})
        return digest
