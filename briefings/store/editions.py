"""Editions: the standing orders, by tenant, and what the schedule asks of all of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, exists, func, insert, or_, select, update

from briefings.errors import NotFound
from briefings.model import (
    INSTANT,
    PLAIN,
    UNSETTLED,
    Address,
    Edition,
    Language,
    Manner,
    Quiet,
    Story,
    Tenant,
)
from briefings.store import tables as t
from briefings.store.base import Section, known


@dataclass(frozen=True, slots=True)
class Schedule:
    """What some editions share: when they fire, and the end of their quiet hours ("HH:MM"), if they have any."""

    cron: str
    timezone: str
    quiet_end: str | None = None


class Editions(Section):
    def add(
        self,
        tenant: Tenant,
        story: Story,
        address: Address,
        now: datetime,
        *,
        template: str,
        language: Language,
        cron: str,
        timezone: str,
        said: str,
        only_changed: bool = False,
        missed: str = "newest",
        quiet: Quiet | None = None,
        made_by: str = "",
        made_in: Address | None = None,
        manner: Manner = PLAIN,
    ) -> Edition:
        """A new edition; its fires count from now. NotFound where the story is not the tenant's."""
        with self._write() as c:
            self._owned(c, tenant, story)
            made = c.execute(
                insert(t.editions).values(
                    platform=tenant.platform,
                    tenant=tenant.id,
                    story=story.id,
                    template=template,
                    language=language,
                    cron=cron,
                    timezone=timezone,
                    said=said[:200],
                    via=address.via,
                    channel=address.channel,
                    since=now,
                    only_changed=only_changed,
                    missed=missed,
                    quiet_start=quiet.start if quiet is not None else None,
                    quiet_end=quiet.end if quiet is not None else None,
                    active=True,
                    paused="",
                    made_by=made_by[:200],
                    made_via=made_in.via if made_in is not None else None,
                    made_channel=made_in.channel if made_in is not None else None,
                    manner=dump_manner(manner),
                )
            )
            assert made.inserted_primary_key is not None
            return _edition(
                c.execute(_editions().where(t.editions.c.id == made.inserted_primary_key[0])).one()
            )

    def edition(self, tenant: Tenant, number: int) -> Edition:
        """NotFound."""
        with self._read() as c:
            row = c.execute(_editions().where(_of(tenant), t.editions.c.id == known(number))).first()
        if row is None:
            raise NotFound(f"There is no edition {number}.")
        return _edition(row)

    def editions(self, tenant: Tenant) -> list[Edition]:
        """By number."""
        with self._read() as c:
            return [_edition(r) for r in c.execute(_editions().where(_of(tenant)).order_by(t.editions.c.id))]

    def count(self, tenant: Tenant) -> int:
        with self._read() as c:
            return c.execute(select(func.count()).select_from(t.editions).where(_of(tenant))).scalar_one()

    def pause(self, tenant: Tenant, number: int, why: str) -> Edition:
        """Stop its fires; `why` is told in the list. NotFound."""
        return self._change(tenant, number, active=False, paused=why)

    def resume(self, tenant: Tenant, number: int, now: datetime) -> Edition:
        """Let it fire again, from now on. NotFound."""
        return self._change(tenant, number, active=True, paused="", since=now)

    def _change(self, tenant: Tenant, number: int, **values: Any) -> Edition:
        with self._write() as c:
            c.execute(
                update(t.editions).where(_of(tenant), t.editions.c.id == known(number)).values(**values)
            )
        return self.edition(tenant, number)

    def remove(self, tenant: Tenant, number: int) -> Edition:
        """What it has posted stays in the ledger. NotFound."""
        edition = self.edition(tenant, number)
        with self._write() as c:
            c.execute(delete(t.editions).where(_of(tenant), t.editions.c.id == known(number)))
        return edition

    def pause_at(self, address: Address, why: str) -> list[Edition]:
        """Pause every running edition of a channel that can't be posted to; those that were."""
        with self._write() as c:
            return pause_at(c, address, why)

    # ---- what the schedule asks --------------------------------------------------------------------------------------------

    def schedules(self) -> list[Schedule]:
        """The distinct schedules of all running editions."""
        e = t.editions.c
        query = (
            select(e.cron, e.timezone, e.quiet_end).where(e.active.is_(True), e.cron != INSTANT).distinct()
        )
        with self._read() as c:
            return [Schedule(r.cron, r.timezone, r.quiet_end) for r in c.execute(query)]

    def behind(self, before: datetime) -> list[tuple[Edition, int]]:
        """The running instant editions whose story has moved on, with its version: none that is still being posted, none
        that went out after `before`."""
        e, s, d = t.editions.c, t.stories.c, t.dispatches.c
        open_ = exists().where(d.edition == e.id, d.state.in_([x.value for x in UNSETTLED]))
        query = _editions().add_columns(s.version).where(
            e.active.is_(True), e.cron == INSTANT, s.version > e.told, or_(e.told_at.is_(None), e.told_at <= before), ~open_
        )  # fmt: skip
        with self._read() as c:
            return [(_edition(r), r.version) for r in c.execute(query.order_by(e.id))]

    def tell(self, number: int, version: int, now: datetime) -> None:
        """An instant edition was put in line as of that version."""
        with self._write(alone=False) as c:
            mine = update(t.editions).where(t.editions.c.id == number, t.editions.c.told < version)
            c.execute(mine.values(told=version, told_at=now))

    def oldest(self) -> datetime | None:
        """Since when the first of the running editions counts."""
        e = t.editions.c
        with self._read() as c:
            found: datetime | None = c.execute(
                select(func.min(e.since)).where(e.active.is_(True))
            ).scalar_one()
        return found

    def of_schedule(self, schedule: Schedule, after: int, most: int) -> list[Edition]:
        """Its running editions by number, those after a number, at most so many."""
        e = t.editions.c
        query = (
            _editions()
            .where(
                e.active.is_(True),
                e.cron == schedule.cron,
                e.timezone == schedule.timezone,
                e.quiet_end.is_not_distinct_from(schedule.quiet_end),
                e.id > after,
            )
            .order_by(e.id)
            .limit(most)
        )
        with self._read() as c:
            return [_edition(r) for r in c.execute(query)]


def pause_at(c: Connection, address: Address, why: str) -> list[Edition]:
    """Pause every running edition of a channel; those that were."""
    here = and_(
        t.editions.c.via == address.via,
        t.editions.c.channel == address.channel,
        t.editions.c.active.is_(True),
    )
    found = [_edition(r) for r in c.execute(_editions().where(here))]
    if found:
        c.execute(update(t.editions).where(here).values(active=False, paused=why))
    return found


def dump_manner(manner: Manner) -> str:
    """What is stored of it: "" where there is nothing to say."""
    return "" if manner == PLAIN else json.dumps(asdict(manner))


def load_manner(text: str | None) -> Manner:
    """What `dump_manner` gave; nothing said of keys that are not known any more."""
    if not text:
        return PLAIN
    value = json.loads(text)
    return Manner(
        bool(value.get("silent")),
        bool(value.get("crosspost")),
        str(value.get("role", "")),
        tuple(str(x) for x in value.get("tags", ())),
        bool(value.get("thread")),
    )


def _of(tenant: Tenant) -> Any:
    return and_(t.editions.c.platform == tenant.platform, t.editions.c.tenant == tenant.id)


def _editions() -> Select[Any]:
    return select(t.editions, t.stories.c.slug).join(t.stories, t.stories.c.id == t.editions.c.story)


def _edition(r: Row[Any]) -> Edition:
    made_in = Address(r.made_via, r.made_channel) if r.made_via is not None else None
    quiet = Quiet(r.quiet_start, r.quiet_end) if r.quiet_end is not None else None
    paused = "" if r.active else (r.paused or "paused")
    return Edition(
        r.id, Tenant(r.platform, r.tenant), r.story, r.slug, r.template, r.language, r.cron, r.timezone, r.said,
        Address(r.via, r.channel), r.since, r.only_changed, r.missed, quiet, paused, r.made_by, made_in,
        load_manner(r.manner),
    )  # fmt: skip
