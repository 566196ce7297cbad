"""Servers and workspaces: which have sent Sitrep away, what is kept of one, and its end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, select

from briefings.model import Tenant
from briefings.store import tables as t
from briefings.store.base import Section
from briefings.store.removing import drop_story

_CHUNK = 500  # rows to a statement
#: What is kept by tenant, in the order in which it is exported; its parts go with it.
_OWN: tuple[Table, ...] = (t.stories, t.channels, t.editions, t.messages, t.dispatches, t.intake)
_PARTS: tuple[tuple[Table, Any, Table], ...] = (
    (t.memberships, t.memberships.c.story, t.stories),
    (t.citations, t.citations.c.story, t.stories),
    (t.gaps, t.gaps.c.story, t.stories),
    (t.marks, t.marks.c.story, t.stories),
    (t.follows, t.follows.c.story, t.stories),
    (t.matches, t.matches.c.story, t.stories),
    (t.parts, t.parts.c.dispatch, t.dispatches),
)


class Tenants(Section):
    """What is asked of a tenant as a whole."""

    def known(self) -> list[tuple[Tenant, int, datetime | None]]:
        """Each tenant with its number of stories and when it sent Sitrep away, None where it did not."""
        found: dict[Tenant, int] = {}
        with self._read() as c:
            for table in (t.stories, t.channels, t.editions):
                query = select(table.c.platform, table.c.tenant)
                for row in c.execute(query):
                    tenant = Tenant(row.platform, row.tenant)
                    found[tenant] = found.get(tenant, 0) + (table is t.stories)
            left = {Tenant(r.platform, r.tenant): r.left for r in c.execute(select(t.departures))}
        everyone = sorted({*found, *left}, key=lambda x: (x.platform, x.id))
        return [(x, found.get(x, 0), left.get(x)) for x in everyone]

    def leave(self, tenant: Tenant, name: str, now: datetime) -> bool:
        """It sent Sitrep away: its editions rest. False where that was known."""
        with self._write() as c:
            values = {"platform": tenant.platform, "tenant": tenant.id, "name": name[:200], "left": now}
            made = c.execute(self.insert(t.departures).values(**values).on_conflict_do_nothing()).rowcount
            rest = t.editions.update().where(_of(t.editions, tenant), t.editions.c.active.is_(True))
            c.execute(rest.values(active=False, paused="Sitrep was sent away."))
        return bool(made)

    def come_back(self, tenant: Tenant) -> bool:
        """It took Sitrep in again; whether it had sent it away."""
        with self._write() as c:
            return bool(c.execute(delete(t.departures).where(_of(t.departures, tenant))).rowcount)

    def gone(self, before: datetime) -> list[Tenant]:
        """Those that sent Sitrep away before then."""
        with self._read() as c:
            rows = c.execute(select(t.departures).where(t.departures.c.left < before))
            return [Tenant(r.platform, r.tenant) for r in rows]

    def export(self, tenant: Tenant) -> dict[str, list[dict[str, Any]]]:
        """All rows that are the tenant's, by table. Articles are nobody's own: `memberships` names them."""
        found: dict[str, list[dict[str, Any]]] = {}
        with self._read() as c:
            for table in _OWN:
                found[table.name] = _rows(c.execute(select(table).where(_of(table, tenant))))
            for table, column, owner in _PARTS:
                mine = select(owner.c.id).where(_of(owner, tenant))
                found[table.name] = _rows(c.execute(select(table).where(column.in_(mine))))
        return found

    def purge(self, tenant: Tenant) -> int:
        """Forget all that is the tenant's, for good; how many stories it had."""
        with self._write() as c:
            mine = select(t.dispatches.c.id).where(_of(t.dispatches, tenant))
            said = set(c.execute(select(t.dispatches.c.content).where(_of(t.dispatches, tenant))).scalars())
            said |= set(c.execute(select(t.parts.c.content).where(t.parts.c.dispatch.in_(mine))).scalars())
            for table in (t.editions, t.dispatches, t.messages, t.channels, t.intake, t.departures):
                c.execute(delete(table).where(_of(table, tenant)))
            stories = list(c.execute(select(t.stories.c.id).where(_of(t.stories, tenant))).scalars())
            for story in stories:
                drop_story(c, story)
            self._forget(c, [x for x in said if x])
        return len(stories)

    def _forget(self, c: Connection, contents: list[str]) -> None:
        """Those of the contents that nothing shows any more."""
        for i in range(0, len(contents), _CHUNK):
            chunk = contents[i : i + _CHUNK]
            for column in (t.dispatches.c.content, t.parts.c.content):
                used = set(c.execute(select(column).where(column.in_(chunk))).scalars())
                chunk = [x for x in chunk if x not in used]
            c.execute(delete(t.contents).where(t.contents.c.hash.in_(chunk)))

    # ---- events ------------------------------------------------------------------------------------------------------------

    def first(self, event: str, now: datetime) -> bool:
        """Take an event up; False where it was taken up before."""
        with self._write(alone=False) as c:
            made = self.insert(t.taken).values(event=event[:200], at=now).on_conflict_do_nothing()
            return bool(c.execute(made).rowcount)

    def forget_events(self, before: datetime) -> None:
        """Those from before then will not come again."""
        with self._write(alone=False) as c:
            c.execute(delete(t.taken).where(t.taken.c.at < before))

    # ---- what is remembered by name ----------------------------------------------------------------------------------------

    def remembered(self, name: str) -> str | None:
        with self._read() as c:
            found: str | None = c.execute(
                select(t.remembered.c.value).where(t.remembered.c.name == name)
            ).scalar_one_or_none()
        return found

    def remember(self, name: str, value: str) -> None:
        with self._write(alone=False) as c:
            put = self.insert(t.remembered).values(name=name, value=value)
            c.execute(put.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def _of(table: Table, tenant: Tenant) -> Any:
    return and_(table.c.platform == tenant.platform, table.c.tenant == tenant.id)


def _rows(found: Any) -> list[dict[str, Any]]:
    return [dict(r._mapping) for r in found]
