"""One dispatch on its way: claimed, rendered, stored, posted part by part, settled.

Every step is in the ledger before the next begins, so that whoever takes a dispatch up again goes on where the last one
stopped: stored parts are never rendered again, and a part that may have been sent is looked for before it is sent.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import structlog

from bots.dispatch.books import Books
from bots.dispatch.content import Content, dump, load, made_at
from bots.dispatch.counting import Figures
from bots.dispatch.publisher import EditRefused, Gone, NotThere, Publisher, Rejected, TryLater, Uncertain
from bots.place import mark_of
from briefings.desk import Desk, Prepared
from briefings.errors import NotFound, SitrepError, StoreError, TemplateFault
from briefings.model import Address, Dispatch, Edition, Manner, Part, Sent, State, Story, Tenant
from briefings.plain import literal
from briefings.rendering import Document
from briefings.rendering.document import Paragraph, Text
from briefings.rendering.words import Words
from briefings.store import Draft, Inputs, Order, Overtaken

log = structlog.get_logger()

_LEAST_WAIT, _FIRST_WAIT, _LONGEST_WAIT = 0.5, 2.0, 300.0  # seconds
_ANSWER_LOST = 5.0  # seconds before it is asked whether a message is there: the platform may still be at it
_KEPT = 16  # rendered briefings that channels share


@dataclass(frozen=True, slots=True)
class _Skip(Exception):
    """There is nothing to post."""

    why: str


@dataclass(frozen=True, slots=True)
class _Made:
    """A rendered briefing: the content, as it is stored, and the native messages."""

    content: Content
    body: str
    bodies: tuple[str, ...]
    changed: bool


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
        self._rendered: OrderedDict[tuple[object, ...], asyncio.Task[_Made]] = OrderedDict()

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
        except NotThere as e:
            return await self._settle(d, State.SKIPPED, e.why)
        except Rejected as e:
            return await self._settle(d, State.DEAD, e.why)
        except Gone as e:
            try:
                return await self._gone(d, e.why)
            except StoreError as fault:
                return await self._later(d, TryLater(fault.message))
        except (TemplateFault, NotFound) as e:
            return await self._settle(d, State.DEAD, str(e))
        except StoreError as e:
            log.error("delivery can't reach the database", dispatch=number, why=e.message)
            return await self._later(d, TryLater(e.message))
        except SitrepError as e:
            return await self._later(d, TryLater(e.message))
        except Exception as e:
            # A mistake of ours or a library's: the log has it, the dispatch is tried again.
            log.exception("delivery failed", dispatch=number)
            return await self._later(d, TryLater(f"{type(e).__name__}"))

    async def _carried_out(self, d: Dispatch) -> str:
        publisher = self.publishers.get(d.address.via)
        if publisher is None:
            raise TryLater(f"No process here delivers by {d.address.via}.", 60.0)
        call, ledger = self.books.call, self.books.ledger
        parts = await call(ledger.parts, d.id) if d.claim > 1 else []
        content: Content | None = None
        fresh = not parts
        if fresh:
            body, bodies, content = await self._prepared(d, publisher)
            drafts = await self._drafts(d, bodies)
            parts = await call(ledger.keep, d, body, drafts, self.desk.clock(), trying=True)
        left = [p for p in parts if p.posted is None]
        head = await self._head(d, parts)
        last: tuple[int, str] | None = None
        edits = {p.number for p in parts if p.edits}
        gone = NotThere("The messages that it corrects were deleted.")
        deleted = {p.number for p in parts if p.edits and p.posted is not None and not p.message}
        for i, part in enumerate(left):
            if edits and not part.edits and deleted >= edits:
                raise gone
            try:
                placed = replace(part, first=head)
                message = await self._post(d, publisher, placed, tried=fresh and i == 0)
            except TryLater as e:
                e.progress = i > 0
                raise
            except NotThere as e:  # somebody deleted that message; the others are still there to be corrected
                deleted.add(part.number)
                gone = e
                message = ""
            except EditRefused as e:
                log.info("edit refused", dispatch=d.id, why=e.why)
                return await self._follow_up(d, publisher)
            head = head or message
            if i + 1 < len(left):
                await call(ledger.posted, d, part.number, message, self.desk.clock())
            else:
                last = part.number, message
        if edits and deleted >= edits:
            raise gone
        why = "some of its messages were deleted" if deleted else d.why if d.claim == 1 else ""
        return await self._settle(d, State.POSTED, why, content, last)

    async def _head(self, d: Dispatch, parts: list[Part]) -> str:
        """The id of the first message, "" as long as there is none; for a correction, of what it corrects."""
        if d.kind is Sent.CORRECTION and d.of is not None and any(not p.edits for p in parts):
            shown = await self.books.call(self.books.ledger.shown, d.of)
            return shown[0].message if shown else ""
        return parts[0].message if parts else ""

    async def _post(self, d: Dispatch, publisher: Publisher, part: Part, *, tried: bool) -> str:
        """Post or change one message; its id. `tried`: the ledger knows already that it is being sent."""
        channel = d.address.channel
        if not part.edits and part.tries and not tried:
            self._wait_for_news(part, publisher)
            found = await publisher.find(channel, part)
            if found is not None:
                return found
        if not tried:
            await self.books.call(self.books.ledger.trying, d, part.number, self.desk.clock())
        if part.edits:
            await publisher.edit(channel, part)
            return part.edits
        return await publisher.post(channel, part)

    def _wait_for_news(self, part: Part, publisher: Publisher) -> None:
        """A part that was just sent, by whomever, may still turn up: it is too early to ask. TryLater."""
        assert part.tried is not None
        known = part.tried + timedelta(seconds=publisher.limits.unknown_for)
        left = (known - self.desk.clock()).total_seconds()
        if left > 0:
            raise TryLater("It may have been sent a moment ago.", left)

    async def _follow_up(self, d: Dispatch, publisher: Publisher) -> str:
        """A correction where the posted message can't be changed: as a message of its own."""
        call, ledger = self.books.call, self.books.ledger
        content = await self._content(d)
        assert content.notes is not None
        bodies = publisher.bodies(replace(content, document=content.notes, charts=(), notes=None))
        parts = await call(ledger.replace, d, [Draft(b) for b in bodies], self.desk.clock())
        head = await self._head(d, parts)
        for part in [p for p in parts if p.posted is None]:
            message = await self._post(d, publisher, replace(part, first=head), tried=False)
            await call(ledger.posted, d, part.number, message, self.desk.clock())
        return await self._settle(d, State.POSTED, "a message of its own: the posted one can't be changed")

    # ---- what is posted ----------------------------------------------------------------------------------------------------

    async def _prepared(self, d: Dispatch, publisher: Publisher) -> tuple[str, tuple[str, ...], Content]:
        """The content as it is stored, the native messages, the content."""
        if d.content is not None:
            stored = await self.books.call(self.books.ledger.content, d.content)
            content = load(stored)
            return stored, publisher.bodies(content), content
        channel = mark_of(d.tenant, d.address)
        inputs = await self.books.call(self.books.ledger.inputs, d, channel)
        if inputs.story is None:
            raise _Skip("the story was removed")
        if d.fire is not None and inputs.paused is not False:
            raise _Skip("the edition was removed" if inputs.paused is None else "the edition was paused")
        made = await self._briefing(d, inputs.story, inputs, channel, publisher)
        instant = d.fire is not None and d.fire.startswith("v")
        if (inputs.only_changed or instant) and not made.changed and d.fire is not None:
            raise _Skip("nothing has changed since the last briefing")
        return made.body, made.bodies, made.content

    async def _content(self, d: Dispatch) -> Content:
        assert d.content is not None
        return load(await self.books.call(self.books.ledger.content, d.content))

    async def _briefing(
        self, d: Dispatch, story: Story, inputs: Inputs, channel: str, publisher: Publisher
    ) -> _Made:
        """The rendered briefing: made once for all channels that get the same at the same minute."""
        minute = self.desk.clock().replace(second=0, microsecond=0)
        state = minute, d.tenant, story, inputs.version
        key = (*state, d.template, d.language, d.timezone, inputs.members, publisher.via, inputs.manner)
        task = self._rendered.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.ensure_future(self._made(d, story, channel, publisher, inputs.manner))
            self._forget(*state)
            self._rendered[key] = task
            while len(self._rendered) > _KEPT:
                self._rendered.popitem(last=False)
        return await asyncio.shield(task)

    def _forget(self, minute: datetime, tenant: Tenant, story: Story, version: int) -> None:
        """Let go of what nobody can get any more: of another minute, or of the story as it was."""
        for key in list(self._rendered):
            if key[0] != minute or (key[1:3] == (tenant, story) and key[3] != version):
                del self._rendered[key]

    async def _made(
        self, d: Dispatch, story: Story, channel: str, publisher: Publisher, manner: Manner
    ) -> _Made:
        desk = self.desk.of(d.tenant)
        prepared = await desk.prepare(story, d.template, d.language, ZoneInfo(d.timezone), channel)
        content = replace(content_of(prepared, story), manner=manner)
        return _Made(content, dump(content), publisher.bodies(content), prepared.changed)

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

    async def _settle(
        self,
        d: Dispatch,
        state: State,
        why: str,
        content: Content | None = None,
        posted: tuple[int, str] | None = None,
    ) -> str:
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
            await call(ledger.settle, d, state, why, now, self.books.enqueue, mark, version, posted)
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
            return await self._settle(d, State.UNCERTAIN if e.sent else State.DEAD, e.why)
        failed = 0 if e.progress else d.tries
        seconds = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(failed, 10)) * self.randomness.uniform(0.5, 1.0)
        if e.after is not None:
            seconds = max(e.after, _LEAST_WAIT) * self.randomness.uniform(1.0, 1.1)
        else:
            failed += 1
        if e.sent:
            seconds = max(seconds, _ANSWER_LOST)
        self.figures.retried(d.address.via)
        call, ledger = self.books.call, self.books.ledger
        try:
            await call(
                ledger.wait, d, e.why, now + timedelta(seconds=seconds), seconds, self.books.enqueue, failed
            )
        except Overtaken:
            return "overtaken"
        log.info("dispatch waits", dispatch=d.id, via=d.address.via, why=e.why, seconds=round(seconds, 1))
        return State.WAITING.value

    async def rest_at(self, address: Address, why: str) -> None:
        """No channel: its editions rest, and whoever made them is told where they made them: both or neither."""
        rest = self.books.ledger.rest
        told = notices(why, self.desk.clock(), self.publishers)
        for edition in await self.books.call(rest, address, why, told, self.desk.clock(), self.books.enqueue):
            log.warning("edition paused", edition=edition.id, channel=str(address), why=why)

    async def send(self, orders: list[Order]) -> None:
        """Put notices in line."""
        if orders:
            await self.books.call(self.books.ledger.take, orders, self.desk.clock(), self.books.enqueue)

    async def _gone(self, d: Dispatch, why: str) -> str:
        await self.rest_at(d.address, why)
        return await self._settle(d, State.DEAD, why)


def notices(
    why: str, now: datetime, publishers: Mapping[str, Publisher]
) -> Callable[[Sequence[Edition]], list[Order]]:
    """What is said of editions that rest: where each was made; where that is the very channel that is gone, to whoever
    made it, if one of the publishers reaches people."""

    def told(editions: Sequence[Edition]) -> list[Order]:
        orders = []
        for e in editions:
            to = e.made_in
            if to is None or to == e.address:
                publisher = publishers.get(e.address.via)
                person = publisher.person(e.made_by) if publisher is not None else None
                to = Address(e.address.via, person) if person is not None else None
            if to is not None:
                orders.append(notice(e, why, to, now))
        return orders

    return told


def notice(e: Edition, why: str, to: Address, now: datetime) -> Order:
    """That an edition rests."""
    words = Words(e.language, domain="chat")
    told = words.message(
        "Edition %(number)s (%(story)s, %(when)s) is paused: it can't be posted in %(channel)s any more."
    )
    text = told % {"number": e.id, "story": e.slug, "when": e.said, "channel": e.address.channel}
    document = Document((Paragraph((Text(literal(f"{text} {words.message(why)}")),)),), e.language)
    body = dump(Content(document, title=e.slug))
    return Order(e.tenant, Sent.NOTICE, to, now, content=body, language=e.language, edition=e.id)


def content_of(made: Prepared, story: Story) -> Content:
    """A briefing as a dispatch holds it."""
    briefing = made.briefing
    return Content(
        briefing.document,
        story.name,
        story.slug,
        made_at(story),
        briefing.charts,
        briefing.facts,
        made.members,
        made.version,
    )


def moment_key(at: datetime) -> str:
    """A moment as part of a workflow's id: such ids sort by time."""
    return f"{int(at.timestamp() * 1000):015d}"
