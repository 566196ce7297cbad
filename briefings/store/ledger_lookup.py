"""What the ledger says of dispatches, their parts and their contents. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    func,
    or_,
    select,
)

from briefings.errors import NotFound
from briefings.model import (
    UNSETTLED,
    Address,
    Dispatch,
    Part,
    Sent,
    State,
    Tenant,
)
from briefings.store import tables as t
from briefings.store.base import Section
from briefings.store.base import known as _known

UNSETTLED_STATES = [s.value for s in UNSETTLED]
NOTE = "-note"  # ends the key of a message that stands beside the one that it corrects


class LedgerLookup(Section):
    def dispatch(self, tenant: Tenant, number: int) -> Dispatch:
        """NotFound."""
        with self._read() as c:
            return dispatch_of(self._row(c, tenant, number))

    def dispatches(
        self,
        tenant: Tenant,
        *,
        states: Iterable[State] = (),
        edition: int | None = None,
        before: int | None = None,
        most: int = 50,
    ) -> list[Dispatch]:
        """The newest first."""
        d = t.dispatches.c
        query = dispatches_query().where(_of(tenant)).order_by(d.id.desc()).limit(most)
        wanted = [s.value for s in states]
        if wanted:
            query = query.where(d.state.in_(wanted))
        if edition is not None:
            query = query.where(d.edition == _known(edition))
        if before is not None:
            query = query.where(d.id < min(before, 2**31 - 1))
        with self._read() as c:
            return [dispatch_of(r) for r in c.execute(query)]

    def parts(self, number: int) -> list[Part]:
        """A dispatch's parts in order."""
        with self._read() as c:
            return self._parts(c, number)

    def shown(self, number: int) -> list[Part]:
        """The parts of a posted dispatch as the channel shows them by now: with what corrections made of them."""
        d = t.dispatches.c
        with self._read() as c:
            parts = {p.message: p for p in self._parts(c, number) if p.posted is not None}
            corrections = c.execute(
                select(d.id).where(d.of == number, d.kind == Sent.CORRECTION.value).order_by(d.id)
            ).scalars()
            for correction in corrections.all():
                for part in self._parts(c, correction):
                    if part.posted is None or part.key.endswith(NOTE):
                        continue
                    was = parts.get(part.edits)
                    parts[part.message] = (
                        part if was is None else replace(was, body=part.body, digest=part.digest)
                    )
        return list(parts.values())

    def content(self, digest: str) -> str:
        """NotFound."""
        with self._read() as c:
            body = c.execute(
                select(t.contents.c.body).where(t.contents.c.hash == digest)
            ).scalar_one_or_none()
        if body is None:
            raise NotFound(f"The ledger no longer holds {digest[:12]}.")
        return str(body)

    def counts(self) -> dict[tuple[str, str], int]:
        """How many dispatches of all tenants are in each (via, state)."""
        d = t.dispatches.c
        with self._read() as c:
            rows = c.execute(select(d.via, d.state, func.count()).group_by(d.via, d.state)).all()
        return {(via, state): n for via, state, n in rows}

    def oldest(self) -> datetime | None:
        """When the oldest unsettled dispatch was due."""
        d = t.dispatches.c
        with self._read() as c:
            found: datetime | None = c.execute(
                select(func.min(d.due)).where(d.state.in_(UNSETTLED_STATES))
            ).scalar_one()
        return found

    def unsettled(self, before: datetime, after: int, most: int) -> list[Dispatch]:
        """Those that should have gone by then, by number: whoever sweeps sees whether anyone has them."""
        d = t.dispatches.c
        query = (
            dispatches_query()
            .where(
                d.state.in_(UNSETTLED_STATES),
                d.created < before,
                or_(d.retry.is_(None), d.retry < before),
                d.id > after,
            )
            .order_by(d.id)
            .limit(most)
        )
        with self._read() as c:
            return [dispatch_of(r) for r in c.execute(query)]

    def unstarted(self, most: int) -> list[Dispatch]:
        """Those that no process has started yet, by number."""
        d = t.dispatches.c
        query = (
            dispatches_query()
            .where(d.started.is_(False), d.state.in_(UNSETTLED_STATES))
            .order_by(d.id)
            .limit(most)
        )
        with self._read() as c:
            return [dispatch_of(r) for r in c.execute(query)]

    def standing(self, story: int, since: datetime) -> list[Dispatch]:
        """The posted briefings and answers of a story, with the content that they show: that of the latest correction."""
        d = t.dispatches.c
        shown = [State.QUEUED, State.GOING, State.WAITING, State.POSTED, State.UNCERTAIN]
        with self._read() as c:
            found = [
                dispatch_of(r)
                for r in c.execute(
                    dispatches_query().where(
                        d.story == story,
                        d.kind.in_([Sent.BRIEFING.value, Sent.ANSWER.value]),
                        d.state == State.POSTED.value,
                        d.settled >= since,
                        d.content.is_not(None),
                    )
                )
            ]
            corrections = c.execute(
                select(d.of, d.content)
                .where(
                    d.story == story,
                    d.kind == Sent.CORRECTION.value,
                    d.state.in_([s.value for s in shown]),
                )
                .order_by(d.id)
            ).all()
        latest = {row.of: row.content for row in corrections}
        return [replace(x, content=latest.get(x.id) or x.content) for x in found]

    def unchecked(self) -> list[tuple[Tenant, str, int]]:
        """The stories that have changed since corrections were last looked for: (tenant, slug, version)."""
        s = t.stories.c
        query = select(s.platform, s.tenant, s.slug, s.version).where(s.version > s.checked)
        with self._read() as c:
            return [(Tenant(r.platform, r.tenant), r.slug, r.version) for r in c.execute(query)]

    def mark_of(self, name: str) -> datetime | None:
        query = select(t.progress.c.at).where(t.progress.c.name == name)
        with self._read() as c:
            at: datetime | None = c.execute(query).scalar_one_or_none()
        return at

    def _row(self, c: Connection, tenant: Tenant, number: int) -> Row[Any]:
        """NotFound."""
        row = c.execute(dispatches_query().where(_of(tenant), t.dispatches.c.id == _known(number))).first()
        if row is None:
            raise NotFound(f"There is no dispatch {number}.")
        return row

    def _parts(self, c: Connection, number: int) -> list[Part]:
        query = (
            select(t.parts, t.contents.c.body)
            .join(t.contents, t.contents.c.hash == t.parts.c.content)
            .where(t.parts.c.dispatch == number)
            .order_by(t.parts.c.number)
        )
        return [
            Part(
                r.dispatch, r.number, r.key, r.body, r.content, r.message, r.edits, r.tries, r.tried, r.posted
            )
            for r in c.execute(query)
        ]


def _of(tenant: Tenant) -> Any:
    return and_(t.dispatches.c.platform == tenant.platform, t.dispatches.c.tenant == tenant.id)


def dispatches_query() -> Select[Any]:
    return select(t.dispatches)


def dispatch_of(r: Row[Any]) -> Dispatch:
    m = r._mapping
    return Dispatch(
        r.id, Tenant(r.platform, r.tenant), Sent(r.kind), Address(r.via, r.channel), State(r.state), r.due, r.created,
        r.story, r.edition, m["of"], r.template, r.language, r.timezone, r.fire, r.attempt, r.claim, r.tries, r.retry,
        r.why, r.content, r.settled,
    )  # fmt: skip
