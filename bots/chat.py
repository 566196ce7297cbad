"""The chat, whatever the platform: a typed line in, an answer out. Every platform calls this and shapes the answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from time import perf_counter

import structlog

from bots.answers import CHAT, Answer, Refused
from bots.commands import Permission, noop
from bots.handlers import HANDLERS, Turn
from bots.handlers.channels import welcome
from bots.parsing import Call, parse
from bots.place import Asker, Place, may_manage, zone_at
from bots.telling import refusal, tell, tell_refused
from briefings.desk import Desk
from briefings.errors import SitrepError, TemplateFault
from briefings.model import Channel, Language, Tenant
from briefings.rendering.words import Words

log = structlog.get_logger()


class Pace:
    """How many commands a tenant has typed in the last minute."""

    def __init__(self, most: int, clock: Callable[[], datetime]) -> None:
        self.most = most
        self.clock = clock
        self._typed: dict[Tenant, deque[datetime]] = {}

    def take(self, tenant: Tenant) -> bool:
        """Count one more; False where the tenant has had its share."""
        now = self.clock()
        typed_then = self._typed.setdefault(tenant, deque())
        while typed_then and typed_then[0] <= now - timedelta(minutes=1):
            typed_then.popleft()
        if len(typed_then) >= self.most:
            return False
        typed_then.append(now)
        return True


class Chat:
    """Answers for every tenant over one desk. Nothing that a person types raises; a refusal is an answer."""

    def __init__(self, desk: Desk, answered: Callable[[str, float], None] | None = None) -> None:
        """`answered` is told each command's name and the seconds that its answer took."""
        self.desk = desk
        self.answered = answered
        self.pace = Pace(desk.settings.tenants.commands_a_minute, desk.clock)

    def desk_of(self, tenant: Tenant) -> Desk:
        return self.desk.of(tenant)

    async def answer(self, line: str, place: Place, asker: Asker) -> Answer:
        """What a typed line is answered with."""
        return await self._guarded(lambda: parse(line, self.desk.templates.names()), place, asker)

    async def run(self, made: Callable[[], Call], place: Place, asker: Asker) -> Answer:
        """What a call is answered with that a platform makes of its own options; making it may be Refused."""
        return await self._guarded(made, place, asker)

    async def welcome(self, place: Place, language: Language | None = None) -> Answer | None:
        """What is said in a channel that Sitrep joins; None where it was said already."""
        desk = self.desk_of(place.tenant)
        if not await desk.join(place.channel, place.name or place.channel):
            return None
        return self.greeting(language)

    def greeting(self, language: Language | None = None) -> Answer:
        """What Sitrep says where it is new."""
        return welcome(Words(language or self.desk.settings.language, domain=CHAT))

    async def _guarded(self, made: Callable[[], Call], place: Place, asker: Asker) -> Answer:
        started = perf_counter()
        desk = self.desk_of(place.tenant)
        words = Words(asker.language or desk.settings.language, domain=CHAT)
        name = ""
        try:
            channel = await desk.channel(place.channel)
            words, zone = self._speech(channel, asker)
            if not self.pace.take(place.tenant):
                raise Refused(
                    noop("That is more than %(most)s commands in a minute."),
                    noop("Wait a moment, then type it again."),
                    most=self.pace.most,
                )
            call = made()
            name = call.command.name
            self._permitted(call, place, asker)
            chosen = call.text("language")
            if chosen is not None:
                words = Words(chosen, zone, CHAT)  # type: ignore[arg-type]  # a choice of the declared ones
            answer = await HANDLERS[name](Turn(call, place, asker, desk, channel, words, zone))
            if call.private:
                answer = replace(answer, public=False)
        except Refused as e:
            answer = refusal(tell_refused(e, words), words)
        except SitrepError as e:
            if isinstance(e, TemplateFault):
                log.error("template fault", template=e.place, why=e.message)
            answer = refusal(tell(e, words), words)
        except Exception:  # a mistake of ours: the log has it, the chat goes on
            log.exception("failed", command=name)
            answer = refusal(tell(SitrepError("That did not work.", "The log says why."), words), words)
        seconds = perf_counter() - started
        if self.answered is not None:
            self.answered(name, seconds)
        log.info(
            "answered",
            command=name,
            ok=answer.ok,
            platform=place.tenant.platform,
            milliseconds=round(seconds * 1000),
        )
        return answer

    def _speech(self, channel: Channel, asker: Asker) -> tuple[Words, tzinfo]:
        """The language and zone of an answer: the channel's, else the asker's, else the settings'."""
        settings = self.desk.settings
        zone = zone_at(channel, settings)
        return Words(channel.language or asker.language or settings.language, zone, CHAT), zone

    def _permitted(self, call: Call, place: Place, asker: Asker) -> None:
        if call.command.permission is Permission.EVERYONE:
            return
        if not may_manage(asker, place.tenant, self.desk.settings.tenants.managers):
            raise Refused(
                noop("%(command)s is for the managers of this place."),
                noop("Ask one of them, or have whoever runs Sitrep name you in its settings."),
                command=call.command,
            )
