"""Commands, clicks and forms: acknowledged at once, then answered by changing the answer that is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import discord
import structlog

from bots import clicks
from bots.answers import Answer, Form, Refused
from bots.chat import Chat
from bots.commands import noop
from bots.completing import suggestions
from bots.discord import forms, native, options
from bots.discord.messages import (
    EPHEMERAL,
    Page,
    as_change,
    button_row,
    dump,
    pages,
    payload,
)
from bots.discord.publisher import drawn
from bots.discord.rest import ALREADY_ACKNOWLEDGED, UNKNOWN_INTERACTION
from bots.discord.servers import missing
from bots.dispatch.content import Content
from bots.drawings import Drawings
from bots.marks import Mark, read
from bots.parsing import Call
from bots.place import Asker, Place
from bots.shown import Shown, content_for, find, keep, note, sources
from bots.telling import refusal, tell_refused
from briefings.errors import SitrepError
from briefings.model import Language, Tenant
from briefings.plain import literal
from briefings.rendering.words import Words

log = structlog.get_logger()

Interaction = discord.Interaction[Any]

VIA = "discord"
_DONE = "acknowledged"  # among what an interaction carries along
_MODAL, _ANSWER_LATER, _CHANGE_LATER, _AUTOCOMPLETE = 9, 5, 6, 8
_MOST_CHOICE = 100  # characters of an autocompleted choice
_TOGETHER = (
    2  # commands that are worked on at once: what is acknowledged may wait, an acknowledgement may not
)
_AT_ONCE = 2.0  # seconds that a form may take to be made; a modal can't be answered with later
#: Commands that may be answered by a form, as long as they are given none of these options.
_ASKING = {"setup": ("story", "language", "timezone")}


@dataclass(frozen=True, slots=True)
class From:
    """Where an interaction comes from, and by whom."""

    place: Place
    asker: Asker
    parents: tuple[str, ...] = ()


class Answering:
    """Answers every interaction. Whatever goes wrong is told to whoever asked, and to the log."""

    def __init__(self, chat: Chat, drawings: Drawings) -> None:
        self.chat = chat
        self.drawings = drawings
        self._working = asyncio.Semaphore(_TOGETHER)

    # ---- commands ----------------------------------------------------------------------------------------------------------

    async def command(self, interaction: Interaction) -> None:
        """A slash command."""
        data: Any = interaction.data or {}
        asked = options.read(data)
        origin = from_of(interaction)
        if asked is None or origin is None:
            await self._tell(interaction, *_unknown(asked is not None))
            return

        def call() -> Call:
            assert asked is not None
            return options.call_of(asked, VIA, _known(interaction, origin.place.name if origin else ""))

        if _asks(asked):
            await self._form(interaction, call, origin)
            return
        alone = not asked.command.public or asked.private
        if not await acknowledged(interaction, alone=alone):
            return
        answer = await self._worked(call, origin)
        await self._answered(interaction, answer, origin, alone=alone)

    async def _worked(self, call: Callable[[], Call], origin: From) -> Answer:
        """The answer, when its turn comes."""
        async with self._working:
            return await self.chat.run(call, origin.place, origin.asker)

    async def _form(self, interaction: Interaction, call: Callable[[], Call], origin: From) -> None:
        """A form, which must be the first answer; what else comes of it is an answer like any."""
        task = asyncio.ensure_future(self.chat.run(call, origin.place, origin.asker))
        await asyncio.wait([task], timeout=_AT_ONCE)
        if task.done() and task.result().form is not None:
            answer = task.result()
            form = answer.form
            assert form is not None
            if form.fields:
                reference = await self._keep(content_for(answer), form, origin)
                await native.respond(interaction, _MODAL, forms.modal(form, reference))
                return
        if await acknowledged(interaction, alone=True):
            await self._answered(interaction, await task, origin, alone=True)

    async def complete(self, interaction: Interaction) -> None:
        """What an option may be, while it is typed."""
        asked = options.read(interaction.data or {})
        origin = from_of(interaction)
        choices: list[dict[str, Any]] = []
        if asked is not None and asked.focused is not None and origin is not None:
            option = asked.focused
            words = Words(origin.asker.language or self.chat.desk.settings.language, domain="chat")
            try:
                found = await suggestions(
                    self.chat,
                    option,
                    asked.values.get(option.name, ""),
                    origin.place,
                    words,
                    asked.values.get("story"),
                )
            except (SitrepError, Refused):
                found = []
            integer = option.kind.value == "edition"
            choices = [
                {
                    "name": literal(s.label)[:_MOST_CHOICE] or s.value,
                    "value": int(s.value) if integer else s.value,
                }
                for s in found
                if 0 < len(s.value) <= _MOST_CHOICE
            ]
        await native.respond(interaction, _AUTOCOMPLETE, {"choices": choices})

    async def submitted(self, interaction: Interaction) -> None:
        """A form that was filled in."""
        data: Any = interaction.data or {}
        mark, origin = read(str(data.get("custom_id"))), from_of(interaction)
        if origin is None or not await acknowledged(interaction, alone=True):
            return
        values = forms.filled(data.get("components") or ())
        await self._carry_out_form(interaction, mark, origin, values)

    async def _carry_out_form(
        self, interaction: Interaction, mark: Mark | None, origin: From, values: dict[str, str]
    ) -> None:
        shown = await self._shown(interaction, mark, origin)
        if shown is None:
            return
        answer = await self._worked(lambda: clicks.filled_in(shown.form, values), origin)
        await self._answered(interaction, answer, origin, alone=True)

    # ---- clicks ------------------------------------------------------------------------------------------------------------

    async def pressed(self, interaction: Interaction, mark: Mark | None, value: str = "") -> None:
        """A button, or a menu whose `value` was chosen."""
        origin = from_of(interaction)
        if origin is None:
            await self._tell(interaction, *_unknown(True))
        elif mark is None:
            await self._tell(
                interaction,
                noop("This button is of another version of Sitrep."),
                noop("Ask for the briefing again."),
            )
        elif mark.verb == "page":
            await self._turn(interaction, mark, origin)
        elif await acknowledged(interaction, alone=True):
            await self._follow(interaction, mark, origin, value)

    async def _follow(self, interaction: Interaction, mark: Mark, origin: From, value: str) -> None:
        """What a click leads to, for the one who clicked."""
        if mark.verb == "editions":
            await self._run(interaction, "edition list", {}, origin)
            return
        if mark.verb == "form":
            await self._carry_out_form(interaction, mark, origin, {})
            return
        shown = await self._shown(interaction, mark, origin)
        if shown is None:
            return
        if mark.verb == "story":
            await self._run(interaction, "brief", {"story": value}, origin)
        elif mark.verb == "section":
            await self._section(interaction, shown, value, origin)
        else:
            made_pages = pages(shown.content)
            numbers = made_pages[min(mark.page, len(made_pages) - 1)].numbers
            content = await sources(self.chat.desk, shown, numbers)
            reference = await self._keep(content, None, origin)
            await self._show(interaction, pages(content)[0], reference)

    async def _run(self, interaction: Interaction, name: str, values: dict[str, str], origin: From) -> None:
        """A command on behalf of whoever clicked, with their rights, answered to them alone."""
        answer = await self._worked(lambda: clicks.asked(name, values), origin)
        await self._answered(interaction, answer, origin, alone=True)

    async def _section(self, interaction: Interaction, shown: Shown, name: str, origin: From) -> None:
        """A section of the story, also of one of the operator's that was briefed to this very channel."""
        story, theirs = shown.content.story or "", origin
        if shown.tenant != origin.place.tenant:
            place = Place(shown.tenant, f"{VIA}:{origin.place.channel}", origin.place.name)
            theirs = replace(origin, place=place, asker=replace(origin.asker, manager=False))
        answer = await self._worked(lambda: clicks.section(name, story), theirs)
        await self._answered(interaction, answer, origin, alone=True)

    async def _turn(self, interaction: Interaction, mark: Mark, origin: From) -> None:
        """Another page in the place of the one that is shown."""
        if not await acknowledged(interaction, kind=_CHANGE_LATER):
            return
        shown = await self._shown(interaction, mark, origin, beside=True)
        if shown is None:
            return
        made_pages = pages(replace(shown.content, paged=True))
        page = made_pages[min(mark.page, len(made_pages) - 1)]
        mine = shown.content.story if shown.tenant == origin.place.tenant else None
        await self._show(interaction, page, mark.reference, await self._stories(mine, origin))

    async def _shown(
        self, interaction: Interaction, mark: Mark | None, origin: From, *, beside: bool = False
    ) -> Shown | None:
        """What the clicked message shows; a refusal is told, `beside` the message where that is to stay."""
        desk = self.chat.desk_of(origin.place.tenant)
        try:
            if mark is None:
                raise Refused(noop("This button is of another version of Sitrep."))
            return await find(desk, origin.place, mark, origin.asker.id, origin.parents)
        except Refused as e:
            await self._refuse(interaction, e, origin.asker.language, beside=beside)
        except SitrepError as e:
            log.error("a click can't be followed", why=e.message)
            refused = Refused(noop("That did not work."), noop("Try it again in a moment."))
            await self._refuse(interaction, refused, origin.asker.language, beside=beside)
        return None

    # ---- answers -----------------------------------------------------------------------------------------------------------

    async def _answered(self, interaction: Interaction, answer: Answer, origin: From, *, alone: bool) -> None:
        """The answer in the place of the "thinking"; one for the asker alone beside it where that is for all."""
        beside = not alone and not answer.public
        content = content_for(answer)
        made_pages = pages(content)
        page = made_pages[0]
        needed = len(made_pages) > 1 or page.numbers or page.story or answer.form is not None
        reference = ""
        if needed:
            reference = await self._keep(content, answer.form, origin, alone=alone or beside)
        slug = answer.story.slug if answer.story is not None else None
        message = await self._show(
            interaction,
            page,
            reference,
            await self._stories(slug, origin),
            _danger(answer, reference),
            beside=beside,
        )
        if answer.public and not alone:
            desk = self.chat.desk_of(origin.place.tenant)
            await note(desk, origin.place, answer, content, str(message["id"]), dump(page))

    async def _keep(self, content: Content, form: Form | None, origin: From, *, alone: bool = True) -> str:
        desk = self.chat.desk_of(origin.place.tenant)
        return await keep(desk, origin.place, content, form, origin.asker.id if alone else "")

    async def _stories(self, slug: str | None, origin: From) -> Sequence[tuple[str, str]]:
        """The other stories, where the message is about one of several."""
        if slug is None:
            return ()
        stories = await self.chat.desk_of(origin.place.tenant).stories()
        return [(s.slug, s.name) for s in stories if s.slug != slug and len(s.slug) <= _MOST_CHOICE]

    async def _show(
        self,
        interaction: Interaction,
        page: Page,
        reference: str,
        stories: Sequence[tuple[str, str]] = (),
        extra: Sequence[dict[str, Any]] = (),
        *,
        beside: bool = False,
    ) -> dict[str, Any]:
        """The page in the place of the answer that is there; `beside`: to the asker alone, and that one goes."""

        sent, files = await drawn(
            self.drawings, page, reference, stories=stories, extra=extra, found=False, ephemeral=beside
        )
        if beside:
            await native.delete_original(interaction)
            await native.follow_up(interaction, sent.body, files)
            return {}
        return await native.change_original(interaction, as_change(sent), files)

    async def _refuse(
        self, interaction: Interaction, refused: Refused, language: Language | None, *, beside: bool = False
    ) -> None:
        words = Words(language or self.chat.desk.settings.language, domain="chat")
        page = pages(content_for(refusal(tell_refused(refused, words), words)))[0]
        if beside:
            await native.follow_up(interaction, payload(page, "", found=False, ephemeral=True).body)
        else:
            await self._show(interaction, page, "")

    async def _tell(self, interaction: Interaction, what: str, hint: str = "") -> None:
        """A refusal as the first answer."""
        if await acknowledged(interaction, alone=True):
            await self._refuse(interaction, Refused(what, hint), language_of(interaction))


def _asks(asked: options.Asked) -> bool:
    """Whether the command may be answered by a form, which must be the first answer."""
    asking = _ASKING.get(asked.command.name)
    return asking is not None and not any(asked.values.get(x) for x in asking)


def first_answer(interaction: Interaction) -> tuple[int, bool] | None:
    """How an interaction is acknowledged: the kind, and whether for the asker alone. None where its answer is the first.

    It needs nothing but what the interaction brings, so that the gateway's own thread can do it at once.
    """
    data: Any = interaction.data or {}
    match interaction.type:
        case discord.InteractionType.application_command:
            asked = options.read(data)
            if asked is None or interaction.guild_id is None:
                return _ANSWER_LATER, True
            if _asks(asked):
                return None
            return _ANSWER_LATER, not asked.command.public or asked.private
        case discord.InteractionType.component:
            mark = read(str(data.get("custom_id")))
            turns = mark is not None and mark.verb == "page" and interaction.guild_id is not None
            return (_CHANGE_LATER, False) if turns else (_ANSWER_LATER, True)
        case discord.InteractionType.modal_submit:
            return _ANSWER_LATER, True
        case _:
            return None


async def acknowledge(interaction: Interaction) -> None:
    """Acknowledge an interaction as its first answer is; those who ask for it later hear what came of that."""
    first = first_answer(interaction)
    if first is not None:
        kind, alone = first
        interaction.extras[_DONE] = await acknowledged(interaction, alone=alone, kind=kind)


async def acknowledged(interaction: Interaction, *, alone: bool = False, kind: int = _ANSWER_LATER) -> bool:
    """Tell Discord that an answer or a change comes, if that was not done; False where it is too late.

    Where the answer to that is lost, it may well have been heard: what follows shows it.
    """
    if _DONE in interaction.extras:
        return bool(interaction.extras[_DONE])
    data = {"flags": EPHEMERAL if alone else 0} if kind == _ANSWER_LATER else None
    try:
        await native.respond(interaction, kind, data)
    except (aiohttp.ClientError, OSError, ValueError) as e:  # ValueError: no JSON
        log.warning("an acknowledgement's answer was lost", why=type(e).__name__)
    except discord.HTTPException as e:
        if e.code == ALREADY_ACKNOWLEDGED:
            return True
        if e.code != UNKNOWN_INTERACTION:
            raise
        log.warning("too late to answer", interaction=interaction.id)
        return False
    return True


def from_of(interaction: Interaction) -> From | None:
    """None outside of a server. The tenant is the server that the interaction came from."""
    if interaction.guild_id is None or interaction.channel_id is None:
        return None
    channel = interaction.channel
    name = getattr(channel, "name", None) or str(interaction.channel_id)
    place = Place(Tenant("discord", str(interaction.guild_id)), str(interaction.channel_id), f"#{name}")
    may = interaction.permissions
    asker = Asker(
        str(interaction.user.id),
        interaction.user.display_name,
        may.administrator or may.manage_guild,
        language_of(interaction),
    )
    parent = getattr(channel, "parent_id", None)
    return From(place, asker, (str(parent),) if parent is not None else ())


def language_of(interaction: Interaction) -> Language:
    return "fr" if str(interaction.locale.value).startswith("fr") else "en"


def _unknown(known: bool) -> tuple[str, str]:
    if known:
        return noop("Sitrep works in servers only."), noop("Type it in a channel of one.")
    return noop("Sitrep does not know this command any more."), noop(
        "Try again in a minute: Discord is being told."
    )


def _known(interaction: Interaction, here: str) -> options.Known:
    def lacking(channel: str) -> list[str]:
        guild = interaction.guild
        there = guild.get_channel_or_thread(int(channel)) if guild is not None and channel else None
        if guild is None or (channel and (there is None or guild.me is None)):
            return []  # it is not known: the first briefing shows it
        return missing(there.permissions_for(guild.me) if there is not None else interaction.app_permissions)

    return options.Known(_tags(interaction), interaction.permissions.value, here, lacking)


def _tags(interaction: Interaction) -> dict[str, list[tuple[str, str]]]:
    """The tags of the server's forums, as far as they are known."""
    guild = interaction.guild
    if guild is None:
        return {}
    return {str(f.id): [(str(t.id), t.name) for t in f.available_tags] for f in guild.forums}


def _danger(answer: Answer, reference: str) -> list[dict[str, Any]]:
    """The button of a form that asks nothing but whether it is meant."""
    form = answer.form
    if form is None or form.fields:
        return []
    return [button_row(form.submit, Mark("form", reference), danger=form.danger)]
