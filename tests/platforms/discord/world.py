"""The whole state and how it changes. Each change is told to whoever is connected."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tests.platforms.discord import shapes
from tests.platforms.discord.mentions import pinged
from tests.platforms.discord.permissions import Named, Permission, bits
from tests.platforms.discord.refusals import JSON, Flaw
from tests.platforms.discord.state import (
    ANNOUNCEMENT,
    ANNOUNCEMENT_THREAD,
    DM,
    TEXT,
    THREAD,
    Attachment,
    Channel,
    Guild,
    Ids,
    Member,
    Message,
    Overwrite,
    Role,
    User,
    may,
    now,
)

if TYPE_CHECKING:
    from tests.platforms.discord.interactions import Interaction

Emit = Callable[[str, JSON, int | None], None]


class World:
    """What tests change and look at.

    `faults` has all that broke a rule: Discord's, or ours that each message says whom it may call (nobody). `syncs` counts
    how often commands were replaced as a whole. Durations are in seconds and can be shortened: `acknowledging` is how
    long an interaction waits for its first answer, `token_life` how long it can be answered at all, `nonce_window` how
    long a nonce is remembered. `reads_content` is whether the bot may read what others write.
    """

    def __init__(self, token: str = "a-bots-token.in-three.parts") -> None:
        self.token = token
        self.revoked = False
        self.ids = Ids()
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages_by_id: dict[int, Message] = {}
        self.commands: dict[int | None, dict[int, JSON]] = {None: {}}
        self.interactions: dict[str, Interaction] = {}
        self.uploads: dict[int, Attachment] = {}
        self.faults: list[str] = []
        self.syncs = 0
        self.base = ""
        self.acknowledging = 3.0
        self.token_life = 900.0
        self.nonce_window = 300.0
        self.attachment_size_limit = 10 * 1024 * 1024
        self.reads_content = False
        self.crossposts_an_hour: int | None = None
        self._crossposts: dict[int, list[float]] = {}
        self.emit: Emit = lambda event, data, guild: None
        self.bot = self._user("Sitrep", bot=True)
        self.application_id = self.bot.id
        self.developer = self._user("Developer")

    # ---- people and places ---------------------------------------------------------------------------------------------

    def _user(self, name: str, **more: Any) -> User:
        user = User(self.ids(), name, **more)
        self.users[user.id] = user
        return user

    def user(
        self,
        name: str,
        *permissions: Named,
        guild: Guild | None = None,
        roles: Iterable[Role] = (),
        locale: str = "en-US",
        member: bool = True,
    ) -> User:
        """A new user, a member of the guild (the first, unless said), with a role of these permissions."""
        user = self._user(name, locale=locale)
        if member:
            self.join(user, guild or self.guild, *permissions, roles=roles)
        return user

    def join(self, user: User, guild: Guild, *permissions: Named, roles: Iterable[Role] = ()) -> Member:
        found = guild.members[user.id] = Member(user, {r.id for r in roles})
        if permissions:
            found.roles.add(self.add_role(f"of {user.name}", *permissions, guild=guild).id)
        return found

    @property
    def guild(self) -> Guild:
        """The first guild."""
        return next(iter(self.guilds.values()))

    @property
    def channel(self) -> Channel:
        """The first channel of the first guild."""
        return next(iter(self.guild.channels.values()))

    def add_role(
        self, name: str, *permissions: Named, guild: Guild | None = None, mentionable: bool = False
    ) -> Role:
        guild = guild or self.guild
        role = Role(self.ids(), name, bits(permissions), mentionable, len(guild.roles))
        guild.roles[role.id] = role
        if guild.present:
            told = {"guild_id": str(guild.id), "role": shapes.of_role(role)}
            self.emit("GUILD_ROLE_CREATE", told, guild.id)
        return role

    def add_guild(
        self,
        name: str = "Newsroom",
        *,
        id: int | None = None,  # noqa: A002
        owner: User | None = None,
        bot_permissions: Iterable[Named] = (),
        channels: Iterable[str] = ("general",),
        locale: str = "en-US",
    ) -> Guild:
        """A guild that the bot is in, with these text channels; the bot has what everyone has, and these permissions."""
        owner = owner or self._user(f"Owner of {name}")
        guild = Guild(id or self.ids.guild(), name, owner, locale=locale)
        guild.members[owner.id] = Member(owner)
        role = Role(self.ids(), self.bot.name, bits(bot_permissions), position=1)
        guild.roles[role.id] = role
        guild.members[self.bot.id] = Member(self.bot, {role.id})
        self.guilds[guild.id] = guild
        for channel in channels:
            self._channel(channel, TEXT, guild)
        self._joined(guild)
        return guild

    def invite(self, guild: Guild) -> None:
        """The bot comes back into a guild from which it was removed."""
        guild.present = True
        guild.members[self.bot.id] = Member(self.bot)
        self._joined(guild)

    def _joined(self, guild: Guild) -> None:
        """A guild that is new to the bot does not say that it was unavailable before."""
        told = shapes.of_new_guild(guild, self.bot)
        del told["unavailable"]
        self.emit("GUILD_CREATE", told, guild.id)

    def remove_guild(self, guild: Guild) -> None:
        """The bot is thrown out, or leaves."""
        guild.present = False
        guild.members.pop(self.bot.id, None)
        self.emit("GUILD_DELETE", {"id": str(guild.id)}, guild.id)

    def set_available(self, guild: Guild, available: bool) -> None:
        """Discord loses the guild, or finds it again."""
        guild.available = available
        if available:
            self.emit("GUILD_CREATE", shapes.of_new_guild(guild, self.bot), guild.id)
        else:
            self.emit("GUILD_DELETE", {"id": str(guild.id), "unavailable": True}, guild.id)

    def _channel(self, name: str, kind: int, guild: Guild | None, **more: Any) -> Channel:
        channel = Channel(more.pop("id", None) or self.ids(), kind, name, guild, **more)
        self.channels[channel.id] = channel
        if guild is not None:
            guild.channels[channel.id] = channel
        return channel

    def add_channel(
        self,
        name: str,
        type: int = TEXT,  # noqa: A002
        *,
        guild: Guild | None = None,
        tags: Iterable[str] = (),
        require_tag: bool = False,
        topic: str | None = None,
    ) -> Channel:
        """A text channel (0), an announcement channel (5) or a forum (15) with its tags."""
        named = {self.ids(): t for t in tags}
        channel = self._channel(
            name, type, guild or self.guild, tags=named, require_tag=require_tag, topic=topic
        )
        self._told(channel, "CREATE")
        return channel

    def add_thread(
        self, parent: Channel, name: str, *, owner: User | None = None, id: int | None = None, **more: Any  # noqa: A002
    ) -> Channel:  # fmt: skip
        """A public thread; in a forum, a post without its first message."""
        assert parent.guild
        kind = ANNOUNCEMENT_THREAD if parent.type == ANNOUNCEMENT else THREAD
        thread = self._channel(
            name, kind, parent.guild, parent=parent, owner=owner or self.bot, id=id, **more
        )
        self._told(thread, "CREATE", newly_created=True)
        return thread

    def dm(self, user: User) -> Channel:
        """The direct conversation of the bot with a user."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        return self._channel("", DM, None, recipient=user)

    def remove_channel(self, channel: Channel) -> None:
        """Delete a channel with its threads, or a thread."""
        assert channel.guild
        for thread in [c for c in channel.guild.channels.values() if c.parent is channel]:
            self.remove_channel(thread)
        self.channels.pop(channel.id, None)
        channel.guild.channels.pop(channel.id, None)
        self._told(channel, "DELETE")

    def _told(self, channel: Channel, what: str, **more: Any) -> None:
        assert channel.guild
        if channel.guild.present and (not channel.is_thread or may(self.bot, channel, 0)):
            kind = "THREAD" if channel.is_thread else "CHANNEL"
            self.emit(f"{kind}_{what}", shapes.of_channel(channel) | more, channel.guild.id)

    # ---- permissions and threads ---------------------------------------------------------------------------------------

    def deny(self, channel: Channel, *permissions: Named, who: User | Role | None = None) -> None:
        """Take permissions in a channel: from the bot, or from a user or a role (`guild.everyone`)."""
        self._overwrite(channel, who, 0, bits(permissions))

    def allow(self, channel: Channel, *permissions: Named, who: User | Role | None = None) -> None:
        """Grant permissions in a channel, which takes back their denial."""
        self._overwrite(channel, who, bits(permissions), 0)

    def _overwrite(self, channel: Channel, who: User | Role | None, allow: int, deny: int) -> None:
        place = channel.parent if channel.is_thread and channel.parent else channel
        who = who or self.bot
        over = place.overwrites.setdefault(who.id, Overwrite(0 if isinstance(who, Role) else 1))
        over.allow = (over.allow | allow) & ~deny
        over.deny = (over.deny | deny) & ~allow
        self._told(place, "UPDATE")

    def archive(self, thread: Channel, *, archived: bool = True, locked: bool | None = None) -> None:
        thread.archived = archived
        thread.locked = thread.locked if locked is None else locked
        self._told(thread, "UPDATE")

    def lock(self, thread: Channel, *, archived: bool = True) -> None:
        """As Discord does by its menu, which archives, too."""
        self.archive(thread, archived=archived, locked=True)

    # ---- messages ------------------------------------------------------------------------------------------------------

    def messages(self, channel: Channel | int) -> list[Message]:
        """The messages that are there, in order."""
        return (self.channels[channel] if isinstance(channel, int) else channel).visible

    def say(self, user: User, channel: Channel, content: str) -> Message:
        """A user writes something."""
        message = Message(self.ids(), channel, user, content, pings=pinged(content, None))
        self.keep(message)
        return message

    def keep(self, message: Message) -> None:
        """A new message is there; in a thread that was archived, this opens it."""
        self.messages_by_id[message.id] = message
        if message.addressee is None:
            message.channel.messages.append(message)
            if message.channel.archived:
                self.archive(message.channel, archived=False)
            self.told_message(message, "CREATE")

    def told_message(self, message: Message, what: str) -> None:
        if message.addressee is not None:
            return
        guild = message.channel.guild
        data = self.shape(message)
        if what == "DELETE":
            data = {"id": data["id"], "channel_id": data["channel_id"]}
        self.emit(
            f"MESSAGE_{what}",
            data | ({"guild_id": str(guild.id)} if guild else {}),
            guild.id if guild else None,
        )

    def uploaded(self, attachment: Attachment) -> Attachment:
        """A file that a user gives to a command."""
        self.uploads[attachment.id] = attachment
        return attachment

    def delete_message(self, message: Message) -> None:
        message.deleted = True
        self.told_message(message, "DELETE")

    def shape(self, message: Message) -> JSON:
        return shapes.of_message(message, self.base, self.users)

    def read_by_bot(self, message: Message) -> JSON:
        """As the bot reads it over REST. What others write in a guild without calling the bot, is not told to it."""
        told = self.shape(message)
        private = message.channel.guild is None or self.bot.id in message.pings.users
        if message.author is self.bot or private or self.reads_content:
            return told
        return told | {"content": "", "embeds": [], "attachments": [], "components": []}

    def crossposted(self, channel: Channel) -> float | None:
        """Count a crosspost. Seconds to wait where there were too many within the hour."""
        if self.crossposts_an_hour is None:
            return None
        kept = [t for t in self._crossposts.get(channel.id, []) if t > now() - 3600]
        self._crossposts[channel.id] = kept
        if len(kept) >= self.crossposts_an_hour:
            return kept[0] + 3600 - now()
        kept.append(now())
        return None

    # ---- what is right -------------------------------------------------------------------------------------------------

    def fault(self, where: str, flaw: Flaw | str) -> None:
        self.faults.append(f"{where}: {flaw}")

    def checked(self) -> None:
        """AssertionError with all that broke a rule so far."""
        if self.faults:
            raise AssertionError("\n".join(self.faults))

    def sees(self, user: User, channel: Channel) -> bool:
        return (
            channel.recipient is user if channel.type == DM else may(user, channel, Permission.VIEW_CHANNEL)
        )
