"""What a user types into a command, made into what Discord tells the bot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.platforms.discord import commands as kinds
from tests.platforms.discord import shapes
from tests.platforms.discord.permissions import Permission
from tests.platforms.discord.refusals import JSON
from tests.platforms.discord.state import Attachment, Channel, Role, User, may, permissions_of
from tests.platforms.discord.world import World


def command_of(world: World, user: User, channel: Channel, name: str) -> JSON:
    """The registered command that the user can give there. AssertionError where there is none."""
    guild = channel.guild
    places = [guild.id, None] if guild else [None]
    there = [c for p in places for c in world.commands.get(p, {}).values() if c["type"] == 1]
    found = next((c for c in there if c["name"] == name), None)
    known = sorted(c["name"] for c in there)
    assert found is not None, f"no command {name!r} is registered there, only {known}"
    contexts = found.get("contexts")
    if guild is None:
        allowed = found["dm_permission"] if contexts is None else 1 in contexts
        assert allowed, f"{name!r} cannot be used in direct messages"
        return found
    assert contexts is None or 0 in contexts, f"{name!r} cannot be used in guilds"
    assert world.sees(user, channel), f"{user.name} does not see {channel.name}"
    assert may(user, channel, Permission.USE_APPLICATION_COMMANDS), f"{user.name} may not use commands there"
    needed = found["default_member_permissions"]
    if needed is not None:
        has = permissions_of(user, channel)
        allowed = bool(has & Permission.ADMINISTRATOR) or (
            int(needed) != 0 and has & int(needed) == int(needed)
        )
        assert allowed, f"{user.name} may not use {name!r}, which needs {int(needed):#x}"
    return found


class Filled:
    """The data of a command, with its options filled in. `resolved` has what they refer to."""

    def __init__(self, world: World, user: User, channel: Channel, words: str) -> None:
        self.world = world
        self.user = user
        self.channel = channel
        name, *path = words.split()
        self.command = command_of(world, user, channel, name)
        self.path: list[JSON] = []
        self.resolved: JSON = {}
        options: list[JSON] = self.command.get("options") or []
        for word in path:
            below = [o for o in options if o["type"] in (kinds.SUBCOMMAND, kinds.GROUP)]
            found = next((o for o in below if o["name"] == word), None)
            assert found is not None, f"{words!r}: no {word!r} among {[o['name'] for o in below]}"
            self.path.append(found)
            options = found.get("options") or []
        deeper = [o["name"] for o in options if o["type"] in (kinds.SUBCOMMAND, kinds.GROUP)]
        assert not deeper, f"{words!r} is not complete, it goes on with one of {deeper}"
        self.options = {o["name"]: o for o in options}

    def data(self, given: Mapping[str, Any], focused: tuple[str, str] | None = None) -> JSON:
        """AssertionError where an option is not declared, of a wrong type, or missing though it is required."""
        unknown = [n for n in given if n not in self.options]
        assert not unknown, f"no options {unknown}, only {list(self.options)}"
        filled = [self._filled(n, v) for n, v in given.items() if v is not None]
        if focused is None:
            missing = [n for n, o in self.options.items() if o.get("required") and given.get(n) is None]
            assert not missing, f"the options {missing} are required"
        else:
            name, said = focused
            assert name in self.options, f"no option {name!r}, only {list(self.options)}"
            assert self.options[name].get("autocomplete"), f"{name!r} is not completed"
            filled.append({"name": name, "type": self.options[name]["type"], "value": said, "focused": True})
        for step in reversed(self.path):
            filled = [{"name": step["name"], "type": step["type"], "options": filled}]
        data: JSON = {"id": self.command["id"], "name": self.command["name"], "type": 1, "options": filled}
        if "guild_id" in self.command:
            data["guild_id"] = self.command["guild_id"]
        return data | ({"resolved": self.resolved} if self.resolved else {})

    def _filled(self, name: str, value: Any) -> JSON:
        option = self.options[name]
        kind = option["type"]
        if kind in (kinds.STRING, kinds.INTEGER, kinds.NUMBER, kinds.BOOLEAN):
            self._plain(option, value)
            return {"name": name, "type": kind, "value": value}
        return {"name": name, "type": kind, "value": self._refer(option, value)}

    def _plain(self, option: JSON, value: Any) -> None:
        kind, name = option["type"], option["name"]
        wanted: Any = {
            kinds.STRING: str,
            kinds.INTEGER: int,
            kinds.NUMBER: (int, float),
            kinds.BOOLEAN: bool,
        }[kind]
        assert isinstance(value, wanted), f"{name!r} is of a wrong type: {value!r}"
        assert kind == kinds.BOOLEAN or not isinstance(value, bool), f"{name!r} is no truth value"
        choices = [c["value"] for c in option.get("choices") or ()]
        assert not choices or value in choices, f"{name!r} is one of {choices}, not {value!r}"
        size: Any = len(value) if isinstance(value, str) else value
        least, most = ("min_length", "max_length") if isinstance(value, str) else ("min_value", "max_value")
        if kind == kinds.STRING:
            assert value, f"{name!r} is empty"
            assert len(value) <= 6000, f"{name!r} is too long"
        if option.get(least) is not None:
            assert size >= option[least], f"{name!r} is less than {option[least]}: {value!r}"
        if option.get(most) is not None:
            assert size <= option[most], f"{name!r} is more than {option[most]}: {value!r}"

    def _refer(self, option: JSON, value: Any) -> str:
        """Put what the option refers to among the resolved; its id."""
        kind, name = option["type"], option["name"]
        fits: dict[int, tuple[type, ...]] = {
            kinds.USER: (User,), kinds.CHANNEL: (Channel,), kinds.ROLE: (Role,), kinds.MENTIONABLE: (User, Role),
            kinds.ATTACHMENT: (tuple,),
        }  # fmt: skip
        assert isinstance(value, fits[kind]), f"{name!r} is of a wrong type: {value!r}"
        if isinstance(value, tuple):  # a file: its name and what is in it
            value = self.world.uploaded(Attachment(self.world.ids(), value[0], value[1], content_type=None))
            self.resolved.setdefault("attachments", {})[str(value.id)] = shapes.of_attachment(
                value, self.world.base
            )
            return str(value.id)
        allowed = option.get("channel_types")
        if isinstance(value, Channel) and allowed:
            assert value.type in allowed, f"{name!r} takes channels of {allowed}, not {value.type}"
        refer(self.resolved, value, self.channel, self.user)
        return str(value.id)


def refer(resolved: JSON, value: User | Channel | Role, channel: Channel, asker: User) -> None:
    """Put something among the resolved things of a user's interaction in a channel."""
    if isinstance(value, User):
        resolved.setdefault("users", {})[str(value.id)] = shapes.of_user(value)
        member = channel.guild.members.get(value.id) if channel.guild else None
        if member is not None:
            told = {k: v for k, v in shapes.of_member(member).items() if k not in ("user", "mute", "deaf")}
            told["permissions"] = str(permissions_of(value, channel))
            resolved.setdefault("members", {})[str(value.id)] = told
    elif isinstance(value, Role):
        resolved.setdefault("roles", {})[str(value.id)] = shapes.of_role(value)
    else:
        told = shapes.of_channel(value) | {"permissions": str(permissions_of(asker, value))}
        resolved.setdefault("channels", {})[str(value.id)] = told
