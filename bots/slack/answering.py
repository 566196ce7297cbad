"""Commands, clicks and forms, after they were acknowledged: what each leads to, and where the answer goes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bots import clicks
from bots.answers import CHAT, Answer, Refused, typed
from bots.chat import Chat
from bots.commands import Command, Permission, command_named, noop
from bots.completing import suggestions
from bots.dispatch.content import Content
from bots.dispatch.publisher import TryLater
from bots.drawings import Drawings
from bots.marks import Mark, read
from bots.parsing import Call, Posting, command_of, made, parse, placed
from bots.place import Asker, Place, may_manage
from bots.shown import Shown, content_for, find, keep, note, sources
from bots.slack.forms import (
    CHANNEL,
    OPTION,
    THREAD,
    Origin,
    faults,
    filled,
    modal,
    option,
    origin_of,
)
from bots.slack.home import home
from bots.slack.messages import Page, button, dump, pages
from bots.slack.publisher import drawn
from bots.slack.replying import Replying, To
from bots.slack.web import Denied, Web
from bots.telling import refusal, tell_refused
from briefings.errors import SitrepError
from briefings.model import Address, Language, Manner, Sent, State, Tenant
from briefings.rendering.words import Words, zone_of
from briefings.settings import Settings

log = structlog.get_logger()

VIA = "slack"
_TOGETHER = 2  # commands that are worked on at once
_REMEMBERED = 600.0  # seconds for which a person's rights and language are believed
_PRIVATE = re.compile(r"\s+(?:private|privately|priv[ée]|en priv[ée])\s*$", re.IGNORECASE)
_THREADED = re.compile(r"[\s,;]+(?:in (?:a )?threads?|dans (?:un|le) fil|en fil)\s*$", re.IGNORECASE)
_MOST_OPTIONS = 100


@dataclass(frozen=True, slots=True)
class From:
    """Where a request comes from, by whom, and where its answer goes."""

    place: Place
    asker: Asker
    to: To


class Answering:
    """One workspace's answers. Whatever goes wrong is told to whoever asked, and to the log."""

    def __init__(self, chat: Chat, web: Web, drawings: Drawings, tenant: Tenant) -> None:
        self.chat = chat
        self.web = web
        self.drawings = drawings
        self.tenant = tenant
        self.desk = chat.desk_of(tenant)
        self.replying = Replying(web)
        self._working = asyncio.Semaphore(_TOGETHER)
        self._people: dict[str, tuple[float, Asker]] = {}

    @property
    def settings(self) -> Settings:
        return self.chat.desk.settings

    @property
    def _slash(self) -> str:
        """The slash command that stands for all."""
        return next(name for name, text in self.settings.slack.commands.items() if not text)

    def _pages(self, content: Content) -> tuple[Page, ...]:
        return pages(content, self._slash)

    # ---- commands ----------------------------------------------------------------------------------------------------------

    async def command(self, body: Mapping[str, Any]) -> None:
        """A slash command. What it lacks is asked in a form."""
        origin = await self._from(body)
        stands_for = self.settings.slack.commands.get(str(body.get("command")), "")
        line = (
            f"/{stands_for} {body.get('text') or ''}".strip()
            if stands_for
            else f"/{body.get('text') or 'help'}"
        )
        line, private = _cut(_PRIVATE, line)
        line, threaded = _cut(_THREADED, line)
        command = command_of(line) if line.strip("/ ") else None
        if command is not None and command.permission is Permission.MANAGERS and not self._manages(origin):
            await self._answered(await self._worked(lambda: Call(command), origin), origin)  # it refuses
            return
        asked = self._asked(line, command)
        if asked is not None:
            wanted, values = asked
            form = Origin(
                wanted.name,
                origin.place.channel,
                origin.place.name,
                language=self._language(origin),
                private=private,
                threaded=threaded,
            )
            view = modal(wanted, form, values, self.chat.desk.templates.names())
            try:
                await self.web.ask("views.open", {"trigger_id": str(body.get("trigger_id")), "view": view})
            except (Denied, TryLater) as e:
                log.warning("a form can't be opened", why=e.why)
                late = Refused(
                    noop("The form could not be opened in time."), noop("Type it again, or type all of it.")
                )
                await self._refuse(late, origin)
            return

        if command is not None and command.name == "edition add" and not await self._in(origin):
            return

        def call() -> Call:
            told = parse(line, self.chat.desk.templates.names())
            manner = Manner(thread=threaded and told.command.name == "edition add")
            return replace(told, private=private, posting=Posting(manner=manner))

        await self._answered(await self._worked(call, origin), origin)

    def _asked(self, line: str, command: Command | None) -> tuple[Command, dict[str, str]] | None:
        """The command and the values that it has, where a form asks for the rest: one that is needed is missing."""
        if command is None or not command.options:
            return None
        rest = line.lstrip("/").split(maxsplit=len(command.path))
        try:
            given = placed(
                command,
                rest[len(command.path)] if len(rest) > len(command.path) else "",
                self.chat.desk.templates.names(),
            )
        except Refused:
            return None
        values = {name: " ".join(words) for name, words in given.items() if words}
        lacking = any(o.required and o.name not in values for o in command.options)
        if command.name == "setup":
            lacking = not values
        return (command, values) if lacking else None

    def _manages(self, origin: From) -> bool:
        return may_manage(origin.asker, self.tenant, self.settings.tenants.managers)

    async def _worked(self, call: Callable[[], Call], origin: From) -> Answer:
        """The answer, when its turn comes."""
        async with self._working:
            return await self.chat.run(call, origin.place, origin.asker)

    async def _in(self, origin: From, channel: str = "") -> str:
        """What a channel is called, "" where Sitrep is not in it; then that is told."""
        channel = channel or origin.place.channel
        try:
            answer = await self.web.form("conversations.info", {"channel": channel})
            told = answer.get("channel") or {}
            name = f"#{told.get('name') or channel}"
            if told.get("is_member") or told.get("is_im"):
                return name
        except Denied as e:
            log.info("a channel is not known", why=e.why)
            name = origin.place.name if channel == origin.place.channel else channel
        refused = Refused(
            noop("Sitrep is not in %(channel)s."),
            noop("Invite it there with %(invite)s, then make the edition."),
            channel=name,
            invite=typed("/invite"),
        )
        await self._refuse(refused, origin)
        return ""

    # ---- forms -------------------------------------------------------------------------------------------------------------

    def wrong(self, view: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong in a form, by its questions. For the acknowledgement: nothing here waits for anything."""
        try:
            origin = origin_of(view)
        except (ValueError, TypeError):
            return {}
        command = command_named(origin.command)
        if command is None:
            return {}
        tenants = self.settings.tenants
        return faults(
            command,
            {k: v for k, v in filled(view).items() if k not in (CHANNEL, THREAD)},
            Words(origin.language, domain=CHAT),
            self.chat.desk.templates.names(),
            self.chat.desk.clock(),
            self.settings.timezone,
            tenants.minutes_between if self.desk.limited else 0,
        )

    async def submitted(self, body: Mapping[str, Any]) -> None:
        """A form whose answers hold."""
        view = body["view"]
        form = origin_of(view)
        values = filled(view)
        asker = await self._asker(str(body["user"]["id"]), str((body["user"] or {}).get("team_id") or ""))
        to = To(form.channel, asker.id, thread=form.thread)
        origin = From(Place(self.tenant, form.channel, form.name), asker, to)
        posting = Posting()
        if form.command == "edition add":
            channel = values.pop(CHANNEL, "") or form.channel
            there = await self._in(origin, channel)
            if not there:
                return
            address = Address(VIA, channel) if channel != form.channel else None
            posting = Posting(address, there, Manner(thread=bool(values.pop(THREAD, ""))))

        def call() -> Call:
            command = command_named(form.command)
            if command is None:
                raise Refused(noop("This form is no longer known."))
            return replace(made(command, values), posting=posting, private=form.private)

        await self._answered(await self._worked(call, origin), origin)

    async def options(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What a select of a form offers for what was typed into it."""
        _, _, rest = str(body.get("action_id", "")).partition(f"{OPTION}:")
        name, _, asked = rest.partition(":")
        command = command_named(name)
        declared = command.option(asked) if command is not None else None
        view = body.get("view") or {}
        try:
            form = origin_of(view)
        except (ValueError, TypeError):
            form = Origin(name, "")
        if declared is None:
            return []
        try:
            found = await suggestions(
                self.chat,
                declared,
                str(body.get("value") or ""),
                Place(self.tenant, form.channel),
                Words(form.language, domain=CHAT),
                filled(view).get("story"),
            )
        except (SitrepError, Refused):
            return []
        shown = [option(s.value, s.label) for s in found]
        return [x for x in shown if x is not None][:_MOST_OPTIONS]

    # ---- clicks ------------------------------------------------------------------------------------------------------------

    async def pressed(self, body: Mapping[str, Any]) -> None:
        """A button, or a menu in which something was chosen."""
        action = body["actions"][0]
        mark = read(str(action.get("action_id")))
        value = str((action.get("selected_option") or {}).get("value") or action.get("value") or "")
        origin = await self._from(body)
        if (body.get("container") or {}).get("type") == "view":
            origin = replace(origin, to=To(origin.asker.id, origin.asker.id))
            if mark is not None and mark.verb == "story":
                await self._run("brief", {"story": mark.reference}, origin)
            return
        if mark is None:
            refused = Refused(
                noop("This button is of another version of Sitrep."), noop("Ask for the briefing again.")
            )
            await self._refuse(refused, origin)
            return
        if mark.verb == "editions":
            await self._run("edition list", {}, origin)
            return
        desk = self.desk
        try:
            shown = await find(desk, origin.place, mark, origin.asker.id)
        except Refused as e:
            await self._refuse(e, origin)
            return
        await self._follow(mark, shown, value, origin)

    async def _follow(self, mark: Mark, shown: Shown, value: str, origin: From) -> None:
        match mark.verb:
            case "page":
                made_pages = self._pages(replace(shown.content, paged=True))
                page = made_pages[min(mark.page, len(made_pages) - 1)]
                slug = shown.content.story if shown.tenant == self.tenant else None
                message = await self._message(page, mark.reference, await self._stories(slug))
                await self.replying.instead(origin.to, message)
            case "form":
                await self._carry_out(shown, origin)
            case "story":
                await self._run("brief", {"story": value}, origin)
            case "section":
                await self._section(shown, value, origin)
            case _:
                made_pages = self._pages(shown.content)
                numbers = made_pages[min(mark.page, len(made_pages) - 1)].numbers
                content = await sources(self.chat.desk, shown, numbers)
                reference = await keep(self.desk, origin.place, content, asker=origin.asker.id)
                await self.replying.to_asker(
                    origin.to, await self._message(self._pages(content)[0], reference)
                )

    async def _carry_out(self, shown: Shown, origin: From) -> None:
        """What a form without questions asks for, once it was confirmed."""
        answer = await self._worked(lambda: clicks.filled_in(shown.form, {}), origin)
        await self._answered(answer, origin)

    async def _run(self, name: str, values: dict[str, str], origin: From) -> None:
        """A command on behalf of whoever clicked, with their rights, answered to them alone."""
        await self._answered(await self._worked(lambda: clicks.asked(name, values), origin), origin)

    async def _section(self, shown: Shown, name: str, origin: From) -> None:
        """A section of the story, also of one of the operator's that was briefed to this very channel."""
        story, theirs = shown.content.story or "", origin
        if shown.tenant != self.tenant:
            place = Place(shown.tenant, f"{VIA}:{origin.place.channel}", origin.place.name)
            theirs = replace(origin, place=place, asker=replace(origin.asker, manager=False))
        await self._answered(await self._worked(lambda: clicks.section(name, story), theirs), origin)

    # ---- answers -----------------------------------------------------------------------------------------------------------

    async def _answered(self, answer: Answer, origin: From) -> None:
        """The answer where it belongs; a public briefing is in the ledger too."""
        content = content_for(answer)
        made_pages = self._pages(content)
        page = made_pages[0]
        needed = len(made_pages) > 1 or page.numbers or page.story or answer.form is not None
        alone = not answer.public
        reference = ""
        if needed:
            asker = origin.asker.id if alone else ""
            here = replace(origin.place, channel=origin.to.channel)  # where they will be clicked
            reference = await keep(self.desk, here, content, answer.form, asker)
        slug = answer.story.slug if answer.story is not None else None
        message = await self._message(page, reference, await self._stories(slug), _danger(answer, reference))
        if alone:
            await self.replying.to_asker(origin.to, message)
            return
        ts = await self.replying.to_all(origin.to, message)
        if ts:
            await note(self.desk, origin.place, answer, content, ts, dump(page))

    async def _message(
        self,
        page: Page,
        reference: str,
        stories: Sequence[tuple[str, str]] = (),
        extra: Sequence[dict[str, Any]] = (),
    ) -> dict[str, Any]:
        return await drawn(
            self.web, self.drawings, page, reference, stories=stories, extra=extra, found=False
        )

    async def _stories(self, slug: str | None) -> Sequence[tuple[str, str]]:
        """The other stories, where the message is about one of several."""
        if slug is None:
            return ()
        return [(s.slug, s.name) for s in await self.desk.stories() if s.slug != slug]

    async def _refuse(self, refused: Refused, origin: From) -> None:
        words = Words(self._language(origin), domain=CHAT)
        await self._answered(refusal(tell_refused(refused, words), words), origin)

    # ---- the App Home ------------------------------------------------------------------------------------------------------

    async def opened_home(self, event: Mapping[str, Any]) -> None:
        """Show somebody the App Home as it is now."""
        if event.get("tab") not in (None, "home"):
            return
        user = str(event["user"])
        asker = await self._asker(user, "")
        words = Words(asker.language or self.settings.language, zone_of(self.settings.timezone), CHAT)
        stories = [(s, await self.desk.size(s)) for s in await self.desk.stories()]
        editions = await self.desk.orders.editions()
        posted = await self.desk.orders.dispatches(states=(State.POSTED,), most=40)
        briefings = [d for d in posted if d.kind in (Sent.BRIEFING, Sent.ANSWER)]
        view = home(stories, editions, briefings, self.chat.desk.clock(), words)
        await self.web.ask("views.publish", {"user_id": user, "view": view})

    # ---- people ------------------------------------------------------------------------------------------------------------

    async def _from(self, body: Mapping[str, Any]) -> From:
        """Where a command or a click comes from. The tenant is the installation's, whoever clicked."""
        user = body.get("user") or {}
        channel, container = body.get("channel") or {}, body.get("container") or {}
        person = str(body.get("user_id") or user.get("id") or "")
        team = str(body.get("team_id") or user.get("team_id") or "")
        identity = str(body.get("channel_id") or channel.get("id") or container.get("channel_id") or person)
        name = str(body.get("channel_name") or channel.get("name") or identity)
        message = body.get("message") or {}
        ts = "" if container.get("is_ephemeral") else str(message.get("ts") or "")
        thread = str(message.get("thread_ts") or container.get("thread_ts") or "")
        to = To(identity, person, str(body.get("response_url") or ""), thread, ts)
        return From(Place(self.tenant, identity, f"#{name}"), await self._asker(person, team), to)

    async def _asker(self, user: str, team: str) -> Asker:
        """Who asks: admins and owners of the workspace are its managers. Believed for a while."""
        loop = asyncio.get_running_loop()
        known = self._people.get(user)
        if known is not None and known[0] > loop.time():
            return known[1]
        try:
            answer = await self.web.form("users.info", {"user": user, "include_locale": "true"})
        except (Denied, TryLater) as e:
            log.warning("a person can't be asked for", why=str(e))
            return Asker(user)
        told = answer.get("user") or {}
        own = str(told.get("team_id") or team or self.tenant.id) == self.tenant.id and not told.get(
            "is_stranger"
        )
        language: Language = "fr" if str(told.get("locale") or "").startswith("fr") else "en"
        manager = own and bool(told.get("is_admin") or told.get("is_owner") or told.get("is_primary_owner"))
        profile = told.get("profile") or {}
        name = str(profile.get("display_name") or told.get("real_name") or told.get("name") or user)
        asker = Asker(user, name, manager, language)
        if len(self._people) > 10_000:
            self._people.clear()
        self._people[user] = loop.time() + _REMEMBERED, asker
        return asker

    def _language(self, origin: From) -> Language:
        return origin.asker.language or self.settings.language

    async def close(self) -> None:
        await self.replying.close()


def _cut(pattern: re.Pattern[str], line: str) -> tuple[str, bool]:
    """The line without what the pattern finds at its end, and whether it was there."""
    found = pattern.sub("", line)
    return found, found != line


def _danger(answer: Answer, reference: str) -> list[dict[str, Any]]:
    """The button of a form that asks nothing but whether it is meant."""
    form = answer.form
    if form is None or form.fields:
        return []
    pressed = button(form.submit, Mark("form", reference), style="danger" if form.danger else "primary")
    return [{"type": "actions", "elements": [pressed]}]
