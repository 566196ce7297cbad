"""The whole state and how it changes. What an app hears of, it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from tests.platforms.slack import shapes
from tests.platforms.slack.filling import state_of
from tests.platforms.slack.reading import walked
from tests.platforms.slack.refusals import JSON, Flaw, Refused, invalid
from tests.platforms.slack.state import Channel, File, Ids, Message, Team, User, View

if TYPE_CHECKING:
    from tests.platforms.slack.delivering import Delivery
    from tests.platforms.slack.interactions import Interaction, Trigger

SCOPES = (
    "app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write", "commands", "files:write",
    "groups:history", "groups:read", "im:history", "im:read", "im:write", "team:read", "users:read",
)  # fmt: skip

_GLANCE = 0.05  # seconds after which whoever waits looks again, whatever happened
_SOMEBODY = "U00SOMEBODY"  # who did it where it was not said


class World:
    """What tests change and look at.

    `faults` has all that broke a rule: Slack's, or ours. `scopes` are those of the bot's token, `app_scopes` those of the
    app's. Durations are in seconds and can be shortened: `acknowledging` is how long a user waits for an answer to a
    command or a click, `trigger_life` how long a trigger opens a view, `response_life` and `response_uses` what a
    response_url is good for.
    """

    def __init__(self) -> None:
        self.ids = Ids()
        self.team = Team(self.ids("T"), "Newsroom", "newsroom")
        self.bot_token = "xoxb-1000000000-2000000000-" + "b" * 24
        self.app_token = "xapp-1-A0000000-3000000000-" + "a" * 64
        self.signing_secret = "5" * 32
        self.app_id = self.ids("A")
        self.bot_id = self.ids("B")
        self.revoked: str | None = None
        self.scopes: set[str] = set(SCOPES)
        self.app_scopes: set[str] = {"connections:write"}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, Interaction] = {}
        self.deliveries: list[Delivery] = []
        self.faults: list[str] = []
        self.base = ""
        self.under_way = 0
        self.acknowledging = 3.0
        self.trigger_life = 3.0
        self.response_life = 1800.0
        self.response_uses = 5
        self.emit: Callable[[JSON], Delivery | None] = lambda event: None
        self._news = asyncio.Event()
        self.bot = self._user("Sitrep", self.team, bot=True)

    # ---- people and places ---------------------------------------------------------------------------------------------

    def _user(self, name: str, team: Team, **more: Any) -> User:
        user = User(self.ids("U"), name, team, **more)
        self.users[user.id] = user
        return user

    def user(
        self,
        name: str,
        *,
        admin: bool = False,
        owner: bool = False,
        locale: str = "en-US",
        real_name: str = "",
        tz: str = "Europe/Paris",
        team: Team | None = None,
        channels: Iterable[Channel] | None = None,
    ) -> User:
        """A new user, in all channels that there are unless said; one of another team in those shared with it."""
        user = self._user(
            name, team or self.team, admin=admin, owner=owner, locale=locale, real_name=real_name, tz=tz
        )
        given = self.channels.values() if channels is None else channels
        for channel in given:
            if not channel.im and user.team in (self.team, *channel.teams):
                channel.members[user.id] = user
        return user

    def another_team(self, name: str) -> Team:
        return Team(self.ids("T"), name, name.lower().replace(" ", "-"))

    def add_channel(
        self, name: str, *, private: bool = False, shared: Sequence[Team] = (), invited: bool = True
    ) -> Channel:
        """A channel with all users of the workspace in it, and the bot unless it was not invited. Nobody is told."""
        channel = Channel(self.ids("C"), name, private, teams=list(shared))
        for user in self.users.values():
            if user.team in (self.team, *shared) and (invited or user is not self.bot):
                channel.members[user.id] = user
        self.channels[channel.id] = channel
        return channel

    def dm(self, user: User) -> Channel:
        """The conversation of the bot with this user."""
        for channel in self.channels.values():
            if channel.im is user:
                return channel
        channel = Channel(self.ids("D"), user.name, im=user, members={user.id: user, self.bot.id: self.bot})
        self.channels[channel.id] = channel
        return channel

    def _event(self, kind: str, channel: Channel | None = None, **more: Any) -> Delivery | None:
        event: JSON = {"type": kind, **more, "event_ts": self.ids.ts()}
        if channel is not None:
            event["channel"] = channel.id
        return self.emit(event)

    def invite(self, channel: Channel, by: User | None = None) -> None:
        """The bot comes into a channel."""
        channel.members[self.bot.id] = self.bot
        self._event(
            "member_joined_channel", channel, user=self.bot.id, channel_type="G" if channel.private else "C",
            team=self.team.id, inviter=by.id if by else _SOMEBODY,
        )  # fmt: skip

    def kick(self, channel: Channel, by: User | None = None) -> None:
        """The bot is thrown out of a channel."""
        channel.members.pop(self.bot.id, None)
        self._event(
            "group_left" if channel.private else "channel_left", channel, actor_id=by.id if by else _SOMEBODY
        )
        self._event(
            "member_left_channel", channel, user=self.bot.id, channel_type="G" if channel.private else "C", team=self.team.id
        )  # fmt: skip

    def archive(self, channel: Channel, by: User | None = None, *, back: bool = False) -> None:
        channel.archived = not back
        kind = "group" if channel.private else "channel"
        self._event(f"{kind}_{'un' if back else ''}archive", channel, user=by.id if by else _SOMEBODY)

    def delete(self, channel: Channel) -> None:
        channel.deleted = True
        self._event("group_deleted" if channel.private else "channel_deleted", channel)

    @property
    def channel(self) -> Channel:
        """The first channel."""
        return next(iter(self.channels.values()))

    # ---- messages ------------------------------------------------------------------------------------------------------

    def shaped_blocks(self, blocks: Sequence[JSON]) -> list[JSON]:
        """As Slack keeps them: each block and each element that acts has its id."""
        kept = deepcopy(list(blocks))
        for block in kept:
            block["block_id"] = block.get("block_id") or self.ids.short()
            for part in walked(block):
                kind = part["type"]
                acts = kind in ("button", "overflow", "checkboxes", "radio_buttons")
                if acts or kind.endswith(("_select", "_input", "picker")):
                    part["action_id"] = part.get("action_id") or self.ids.short()
        return kept

    def keep(self, message: Message) -> None:
        where = message.channel.ephemeral if message.ephemeral else message.channel.messages
        where.append(message)
        self.told()

    def say(self, user: User, channel: Channel, text: str, thread: Message | None = None) -> Message:
        """A message of a user."""
        message = Message(
            self.ids.ts(),
            channel,
            user,
            text,
            thread_ts=(thread.thread_ts or thread.ts) if thread else None,
            via="user",
        )
        self.keep(message)
        return message

    def messages(self, channel: Channel | None = None) -> list[Message]:
        """The bot's messages that are there now, in order, replies too."""
        return [m for m in (channel or self.channel).visible if m.author is self.bot]

    def shape(self, message: Message, *, metadata: bool = True) -> JSON:
        told = shapes.of_message(message, self.bot_id, self.app_id, metadata=metadata)
        replies = [m for m in message.channel.visible if m.thread_ts == message.ts and m is not message]
        if replies and not message.reply:
            told |= {
                "thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts,
                "reply_users": sorted({r.author.id for r in replies}), "reply_users_count": len({r.author.id for r in replies}),
            }  # fmt: skip
        return told

    def shape_view(self, view: View) -> JSON:
        return shapes.of_view(view, state_of(view), self.team, self.bot_id, self.app_id)

    # ---- news ----------------------------------------------------------------------------------------------------------

    def told(self) -> None:
        """Something became of something: whoever waits looks again."""
        self._news.set()
        self._news = asyncio.Event()

    async def until(self, done: Callable[[], bool], said: str, seconds: float = 10.0) -> None:
        """Wait for it. AssertionError, with what broke a rule so far, where it does not come."""
        try:
            async with asyncio.timeout(seconds):
                while not done():
                    with suppress(TimeoutError):  # what the app itself knows is no news here
                        async with asyncio.timeout(_GLANCE):
                            await self._news.wait()
        except TimeoutError:
            raise AssertionError("\n".join([f"not within {seconds} s: {said}", *self.faults])) from None

    # ---- what is right -------------------------------------------------------------------------------------------------

    def fault(self, where: str, flaw: Flaw | str) -> None:
        self.faults.append(f"{where}: {flaw}")

    def judge(self, where: str, flaws: Iterable[Flaw]) -> None:
        """Note what breaks a rule, and refuse what Slack refuses."""
        flaws = list(flaws)
        for flaw in flaws:
            self.fault(where, flaw)
        if (refused := invalid(flaws)) is not None:
            raise refused

    def checked(self) -> None:
        """AssertionError with all that broke a rule so far."""
        if self.faults:
            raise AssertionError("\n".join(self.faults))

    def sees(self, user: User, channel: Channel) -> bool:
        return not channel.deleted and (not channel.private or user.id in channel.members)

    def needs(self, scope: str) -> None:
        """Refused where the token lacks it."""
        if scope not in self.scopes:
            raise Refused("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))
