"""One dispatch on its way: claimed, rendered, stored, posted part by part, settled.

Every step is in the ledger before the next begins, so that whoever takes a dispatch up again goes on where the last one
stopped: stored parts are never rendered again, and a part that may have been sent is looked for before it is sent.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import structlog

from bots.dispatch.books import Books
from bots.dispatch.content import Content, dump, load
from bots.dispatch.counting import Figures
from bots.dispatch.publisher import EditRefused, Gone, Publisher, Rejected, TryLater, Uncertain
from briefings.desk import Desk, Prepared
from briefings.errors import NotFound, SitrepError, StoreError, TemplateFault
from briefings.model import Address, Dispatch, Edition, Part, Sent, State, Story, Tenant
from briefings.plain import literal
from briefings.rendering import Document
from briefings.rendering.document import Paragraph, Text
from briefings.rendering.words import Words
from briefings.store import Draft, Order, Overtaken

log = structlog.get_logger()

_FIRST_WAIT, _LONGEST_WAIT = 2.0, 300.0  # seconds
_ANSWER_LOST = 5.0  # seconds before it is asked whether a message is there: the platform may still be at it
_KEPT = 16  # rendered briefings that channels share


@dataclass(frozen=True, slots=True)
class _Skip(Exception):
    """There is nothing to post."""

    why: str


def home_of(tenant: Tenant) -> str:
    """The publisher of a tenant's own channels: the command line's are those of the web."""
    return "web" if tenant.platform == "local" else tenant.platform


def mark_of(tenant: Tenant, address: Address) -> str:
    """The channel by which "since the last briefing" is counted."""
    return address.channel if address.via == home_of(tenant) else str(address)


class Delivering:
    """Delivers dispatches of all tenants. `randomness` spreads retries."""

    def __init__(
        self,
        desk: Desk,
        books: Books,
        publishers: Mapping[str, Publisher],
        randomness: Random,
        figures: Figures,
    ) -> None:
        self.desk = desk
        self.books = books
        self.publishers = publishers
        self.randomness = randomness
        self.figures = figures
        self._rendered: OrderedDict[
            tuple[object, ...], asyncio.Task[tuple[Prepared, str, tuple[str, ...]]]
        ] = OrderedDict()

    async def deliver(self, number: int, attempt: int) -> str:
        """Take a dispatch as far as it goes now; what has become of it."""
        call, ledger = self.books.call, self.books.ledger
        d = await call(ledger.claim, number, attempt)
        if d is None:
            return "not mine"
        try:
            return await self._carried_out(d)
        except Overtaken:
            return "overtaken"
        except _Skip as e:
            return await self._settle(d, State.SKIPPED, e.why)
        except TryLater as e:
            return await self._later(d, e)
        except Uncertain as e:
            return await self._settle(d, State.UNCERTAIN, e.why)
        except Rejected as e:
            return await self._settle(d, State.DEAD, e.why)
        except Gone as e:
            return await self._gone(d, e.why)
        except (TemplateFault, NotFound) as e:
            return await self._settle(d, State.DEAD, str(e))
        except StoreError as e:
            log.error("delivery can't reach the database", dispatch=number, why=e.message)
            return await self._later(d, TryLater(e.message))
        except SitrepError as e:
            return await self._later(d, TryLater(e.message))
        except (
            Exception
        ) as e:  # a mistake of ours or a library's: the log has it, the dispatch is tried again
            log.exception("delivery failed", dispatch=number)
            return await self._later(d, TryLater(f"{type(e).__name__}"))

    async def _carried_out(self, d: Dispatch) -> str:
        publisher = self.publishers.get(d.address.via)
        if publisher is None:
            raise TryLater(f"No process here delivers by {d.address.via}.", 60.0)
        call, ledger = self.books.call, self.books.ledger
        parts = await call(ledger.parts, d.id)
        content: Content | None = None
        if not parts:
            body, bodies, content = await self._prepared(d, publisher)
            drafts = await self._drafts(d, bodies)
            parts = await call(ledger.keep, d, body, drafts, self.desk.clock())
        channel = d.address.channel
        for part in [p for p in parts if p.posted is None]:
            try:
                await self._post(d, publisher, channel, part)
            except EditRefused as e:
                log.info("edit refused", dispatch=d.id, why=e.why)
                return await self._follow_up(d, publisher)
        return await self._settle(d, State.POSTED, d.why, content)

    async def _post(self, d: Dispatch, publisher: Publisher, channel: str, part: Part) -> None:
        call, ledger, clock = self.books.call, self.books.ledger, self.desk.clock
        if part.edits:
            await call(ledger.trying, d, part.number, clock())
            await publisher.edit(channel, part)
            message = part.edits
        else:
            found = await publisher.find(channel, part) if part.tries else None
            if found is None:
                await call(ledger.trying, d, part.number, clock())
                message = await publisher.post(channel, part)
            else:
                message = found
        await call(ledger.posted, d, part.number, message, clock())

    async def _follow_up(self, d: Dispatch, publisher: Publisher) -> str:
        """A correction where the posted message can't be changed: as a message of its own."""
        call, ledger = self.books.call, self.books.ledger
        assert d.content is not None or d.kind is Sent.CORRECTION
        content = await self._content(d)
        assert content.notes is not None
        bodies = publisher.bodies(replace(content, document=content.notes, charts=(), notes=None))
        parts = await call(ledger.replace, d, [Draft(b) for b in bodies], self.desk.clock())
        for part in [p for p in parts if p.posted is None]:
            await self._post(d, publisher, d.address.channel, part)
        return await self._settle(d, State.POSTED, "a message of its own: the posted one can't be changed")

    # ---- what is posted ----------------------------------------------------------------------------------------------------

    async def _prepared(self, d: Dispatch, publisher: Publisher) -> tuple[str, tuple[str, ...], Content]:
        """The content as it is stored, the native messages, the content."""
        if d.content is not None:
            content = await self._content(d)
            return dump(content), publisher.bodies(content), content
        desk = self.desk.of(d.tenant)
        edition = await self._edition(d)
        story = await self._story(desk, d)
        prepared, body, bodies = await self._briefing(desk, d, story, publisher)
        if edition is not None and edition.only_changed and not prepared.changed and d.fire is not None:
            raise _Skip("nothing has changed since the last briefing")
        return body, bodies, load(body)

    async def _content(self, d: Dispatch) -> Content:
        assert d.content is not None
        return load(await self.books.call(self.books.ledger.content, d.content))

    async def _edition(self, d: Dispatch) -> Edition | None:
        if d.fire is None:
            return None
        if d.edition is None:
            raise _Skip("the edition was removed")
        edition = await self.books.call(self.books.editions.edition, d.tenant, d.edition)
        if edition.paused:
            raise _Skip("the edition was paused")
        return edition

    async def _story(self, desk: Desk, d: Dispatch) -> Story:
        found = next((s for s in await desk.stories() if s.id == d.story), None)
        if found is None:
            raise _Skip("the story was removed")
        return found

    async def _briefing(
        self, desk: Desk, d: Dispatch, story: Story, publisher: Publisher
    ) -> tuple[Prepared, str, tuple[str, ...]]:
        """The rendered briefing: made once for all channels that get the same at the same minute."""
        channel = mark_of(d.tenant, d.address)
        version = await self.books.call(self.books.store.version, d.tenant, story)
        mark = await self.books.call(self.books.store.mark, d.tenant, story, channel)
        minute = self.desk.clock().replace(second=0, microsecond=0)
        since = hash(mark.members) if mark is not None else None
        key = (d.tenant, story.id, version, d.template, d.language, d.timezone, since, minute, publisher.via)
        task = self._rendered.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.ensure_future(self._made(desk, d, story, channel, publisher))
            self._rendered[key] = task
            while len(self._rendered) > _KEPT:
                self._rendered.popitem(last=False)
        return await asyncio.shield(task)

    async def _made(
        self, desk: Desk, d: Dispatch, story: Story, channel: str, publisher: Publisher
    ) -> tuple[Prepared, str, tuple[str, ...]]:
        made = await desk.prepare(story, d.template, d.language, ZoneInfo(d.timezone), channel)
        content = content_of(made, story)
        return made, dump(content), publisher.bodies(content)

    async def _drafts(self, d: Dispatch, bodies: tuple[str, ...]) -> list[Draft]:
        """New messages; for a correction changes of those that are there, where they now say something else."""
        if d.kind is not Sent.CORRECTION or d.of is None:
            return [Draft(b) for b in bodies]
        shown = await self.books.call(self.books.ledger.shown, d.of)
        drafts = []
        for i, body in enumerate(bodies):
            if i >= len(shown):
                drafts.append(Draft(body))
            elif shown[i].body != body:
                drafts.append(Draft(body, shown[i].message))
        if not drafts:
            raise _Skip("the message says so already")
        return drafts

    # ---- what becomes of it ------------------------------------------------------------------------------------------------

    async def _settle(self, d: Dispatch, state: State, why: str, content: Content | None = None) -> str:
        """Settled, with the mark of its channel where a briefing is there."""
        call, ledger, now = self.books.call, self.books.ledger, self.desk.clock()
        mark = version = None
        if state is State.POSTED and d.kind is Sent.BRIEFING:
            if content is None:
                full = await call(ledger.dispatch, d.tenant, d.id)
                content = await self._content(full)
            mark = (mark_of(d.tenant, d.address), json.dumps(content.members))
            version = content.version
        try:
            await call(ledger.settle, d, state, why, now, self.books.enqueue, mark, version)
        except Overtaken:
            return "overtaken"
        self.figures.settled(d, state, now)
        log.info(
            "dispatched",
            dispatch=d.id,
            kind=d.kind.value,
            state=state.value,
            via=d.address.via,
            channel=d.address.channel,
            late=round((now - d.due).total_seconds(), 1),
            tries=d.tries + 1,
            why=why,
        )
        return state.value

    async def _later(self, d: Dispatch, e: TryLater) -> str:
        """Another attempt, later and later; given up after the time of the settings."""
        now = self.desk.clock()
        if now - d.created > timedelta(hours=self.desk.settings.delivery.give_up_hours):
            return await self._settle(d, State.DEAD, e.why)
        seconds = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(d.tries, 10)) * self.randomness.uniform(0.5, 1.0)
        if e.after is not None:
            seconds = max(e.after * self.randomness.uniform(1.0, 1.1), 0.2)
        if e.sent:
            seconds = max(seconds, _ANSWER_LOST)
        self.figures.retried(d.address.via)
        call, ledger = self.books.call, self.books.ledger
        try:
            await call(ledger.wait, d, e.why, now + timedelta(seconds=seconds), seconds, self.books.enqueue)
        except Overtaken:
            return "overtaken"
        log.info("dispatch waits", dispatch=d.id, via=d.address.via, why=e.why, seconds=round(seconds, 1))
        return State.WAITING.value

    async def _gone(self, d: Dispatch, why: str) -> str:
        """No channel: its editions rest, and whoever made them is told where they made them."""
        paused = await self.books.call(self.books.editions.pause_at, d.address, why)
        for edition in paused:
            log.warning("edition paused", edition=edition.id, channel=str(d.address), why=why)
        orders = [n for e in paused if (n := _notice(e, why)) is not None]
        if orders:
            await self.books.call(self.books.ledger.take, orders, self.desk.clock(), self.books.enqueue)
        return await self._settle(d, State.DEAD, why)


def _notice(e: Edition, why: str) -> Order | None:
    """What is said where the edition was made; None where that is the very channel that is gone."""
    if e.made_in is None or e.made_in == e.address:
        return None
    words = Words(e.language, domain="chat")
    told = words.message(
        "Edition %(number)s (%(story)s, %(when)s) is paused: it can't be posted in %(channel)s any more."
    )
    text = told % {"number": e.id, "story": e.slug, "when": e.said, "channel": e.address.channel}
    document = Document((Paragraph((Text(literal(f"{text} {why}")),)),), e.language)
    body = dump(Content(document, title=e.slug))
    return Order(e.tenant, Sent.NOTICE, e.made_in, e.since, content=body, language=e.language, edition=e.id)


def content_of(made: Prepared, story: Story) -> Content:
    """A briefing as a dispatch holds it."""
    briefing = made.briefing
    return Content(
        briefing.document,
        story.name,
        story.slug,
        int(story.created.timestamp() * 1_000_000),
        briefing.charts,
        briefing.facts,
        made.members,
        made.version,
    )


def moment_key(at: datetime) -> str:
    """A moment as part of a workflow's id: such ids sort by time."""
    return f"{int(at.timestamp() * 1000):015d}"
