"""Channels: what each one's people chose, and the messages of the web's own channels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, insert, select, update

from briefings.errors import NotFound
from briefings.model import Channel, Language, Story, Tenant
from briefings.store import tables as t
from briefings.store.base import Section, known


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a web channel. `body` is JSON whose shape is the web platform's; ids grow with time.

    `edited` is when it was last changed, None where it never was.
    """

    id: int
    author: str
    at: datetime
    body: str
    edited: datetime | None = None


class Channels(Section):
    """Every method takes the tenant; a channel of another tenant with the same id is another channel."""

    def channel(self, tenant: Tenant, channel: str) -> Channel | None:
        """What is known of it; None where nobody has chosen anything there and no welcome was said."""
        with self._read() as c:
            row = c.execute(_channels().where(_is(tenant, channel))).first()
        return _channel(row, tenant) if row is not None else None

    def channels(self, tenant: Tenant) -> list[Channel]:
        """By age."""
        query = (
            _channels()
            .where(t.channels.c.platform == tenant.platform, t.channels.c.tenant == tenant.id)
            .order_by(t.channels.c.created, t.channels.c.channel)
        )
        with self._read() as c:
            return [_channel(r, tenant) for r in c.execute(query)]

    def join(self, tenant: Tenant, channel: str, name: str, now: datetime) -> bool:
        """Note that Sitrep is in a channel. Whether that is news: the one who hears True says the welcome."""
        with self._write() as c:
            if c.execute(select(t.channels.c.channel).where(_is(tenant, channel))).first() is not None:
                return False
            c.execute(
                insert(t.channels).values(
                    platform=tenant.platform, tenant=tenant.id, channel=channel, name=name, created=now
                )
            )
            return True

    def choose(
        self,
        tenant: Tenant,
        channel: str,
        now: datetime,
        *,
        story: Story | None = None,
        language: Language | None = None,
        timezone: str | None = None,
    ) -> Channel:
        """The channel's defaults; what is None stays as it was."""
        chosen = {
            "story": story.id if story is not None else None,
            "language": language,
            "timezone": timezone,
        }
        values = {k: v for k, v in chosen.items() if v is not None}
        with self._write() as c:
            if c.execute(select(t.channels.c.channel).where(_is(tenant, channel))).first() is None:
                c.execute(
                    insert(t.channels).values(
                        platform=tenant.platform, tenant=tenant.id, channel=channel, name=channel, created=now
                    )
                )
            if values:
                c.execute(update(t.channels).where(_is(tenant, channel)).values(**values))
            return _channel(c.execute(_channels().where(_is(tenant, channel))).one(), tenant)

    def leave(self, tenant: Tenant, channel: str) -> None:
        """Forget the channel: its choices and, on the web, its messages."""
        with self._write() as c:
            for table in (t.messages, t.channels):
                c.execute(delete(table).where(_row_of(table, tenant, channel)))

    # ---- messages ----------------------------------------------------------------------------------------------------------

    def post(self, tenant: Tenant, channel: str, author: str, body: str, now: datetime) -> Message:
        with self._write() as c:
            made = c.execute(
                insert(t.messages).values(
                    platform=tenant.platform,
                    tenant=tenant.id,
                    channel=channel,
                    author=author,
                    at=now,
                    body=body,
                )
            )
            assert made.inserted_primary_key is not None
            return Message(made.inserted_primary_key[0], author, now, body)

    def post_once(
        self, tenant: Tenant, channel: str, author: str, body: str, now: datetime, key: str
    ) -> Message:
        """A message under a key; the one that is there where there is one of that key. NotFound: no such channel."""
        with self._write() as c:
            there = c.execute(select(t.messages).where(t.messages.c.key == key)).first()
            if there is not None:
                return _message(there)
            if c.execute(select(t.channels.c.channel).where(_is(tenant, channel))).first() is None:
                raise NotFound(f"There is no channel {channel!r}.")
            made = c.execute(
                insert(t.messages).values(
                    platform=tenant.platform, tenant=tenant.id, channel=channel, author=author, at=now, body=body, key=key
                )
            )  # fmt: skip
            assert made.inserted_primary_key is not None
            return Message(made.inserted_primary_key[0], author, now, body)

    def rewrite(self, tenant: Tenant, channel: str, number: int, body: str, now: datetime) -> Message:
        """Another body for a message. NotFound."""
        here = and_(_row_of(t.messages, tenant, channel), t.messages.c.id == known(number))
        with self._write() as c:
            c.execute(update(t.messages).where(here).values(body=body, edited=now))
        return self.message(tenant, channel, number)

    def edited(self, tenant: Tenant, channel: str, since: datetime) -> list[Message]:
        """The messages that were changed since then, by id."""
        query = (
            select(t.messages)
            .where(_row_of(t.messages, tenant, channel), t.messages.c.edited >= since)
            .order_by(t.messages.c.id)
        )
        with self._read() as c:
            return [_message(r) for r in c.execute(query)]

    def messages(
        self,
        tenant: Tenant,
        channel: str,
        *,
        before: int | None = None,
        after: int | None = None,
        most: int = 50,
    ) -> list[Message]:
        """By id: the newest ones before `before`, or the oldest ones after `after`."""
        query = select(t.messages).where(_row_of(t.messages, tenant, channel))
        if after is not None:
            query = query.where(t.messages.c.id > min(after, 2**31 - 1)).order_by(t.messages.c.id).limit(most)
        else:
            if before is not None:
                query = query.where(t.messages.c.id < min(before, 2**31 - 1))
            query = query.order_by(t.messages.c.id.desc()).limit(most)
        with self._read() as c:
            found = [_message(r) for r in c.execute(query)]
        return sorted(found, key=lambda m: m.id)

    def message(self, tenant: Tenant, channel: str, number: int) -> Message:
        """NotFound."""
        query = select(t.messages).where(
            _row_of(t.messages, tenant, channel), t.messages.c.id == known(number)
        )
        with self._read() as c:
            r = c.execute(query).first()
        if r is None:
            raise NotFound(f"There is no message {number} in this channel.")
        return _message(r)


def _message(r: Row[Any]) -> Message:
    return Message(r.id, r.author, r.at, r.body, r.edited)


def _row_of(table: Any, tenant: Tenant, channel: str) -> Any:
    """The condition that a row is of this tenant's channel."""
    return and_(table.c.platform == tenant.platform, table.c.tenant == tenant.id, table.c.channel == channel)


def _is(tenant: Tenant, channel: str) -> Any:
    return _row_of(t.channels, tenant, channel)


def _channels() -> Any:
    return select(t.channels, t.stories.c.slug).outerjoin(
        t.stories,
        and_(
            t.stories.c.id == t.channels.c.story,
            t.stories.c.platform == t.channels.c.platform,
            t.stories.c.tenant == t.channels.c.tenant,
        ),
    )


def _channel(r: Row[Any], tenant: Tenant) -> Channel:
    return Channel(tenant, r.channel, r.name, r.slug, r.language, r.timezone)
