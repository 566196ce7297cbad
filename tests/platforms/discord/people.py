"""What users do: give commands, click, choose, fill in forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from secrets import token_urlsafe
from typing import Any

from tests.platforms.discord import shapes
from tests.platforms.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, Choice, Interaction
from tests.platforms.discord.options import Filled, refer
from tests.platforms.discord.reading import buttons_of, selects_of, walked
from tests.platforms.discord.refusals import JSON
from tests.platforms.discord.state import Channel, Message, Role, User, permissions_of
from tests.platforms.discord.world import World


class People(World):
    """Where a user could not do a thing in Discord, it is an AssertionError here, and the bot hears nothing."""

    async def slash(self, user: User, channel: Channel, command: str, /, **options: Any) -> Interaction:
        """Give a command: its name, with those of group and subcommand. A file is given as (name, bytes)."""
        data = Filled(self, user, channel, command).data(options)
        return self._interact(COMMAND, user, channel, data)

    async def complete(
        self, user: User, channel: Channel, command: str, option: str, typed: str, /, **options: Any
    ) -> list[Choice]:
        """What is offered for an option while it is typed. `options` are the others, filled in before."""
        data = Filled(self, user, channel, command).data(options, (option, typed))
        interaction = self._interact(AUTOCOMPLETE, user, channel, data)
        await interaction.settled(self.acknowledging)
        assert interaction.choices is not None
        return interaction.choices

    async def click(self, user: User, message: Message, button: str) -> Interaction:
        """Click the button of this label or custom id."""
        self._sees(user, message)
        found = [b for b in buttons_of(message) if button in (b.get("label"), b.get("custom_id"))]
        known = [b.get("label") or b.get("custom_id") for b in buttons_of(message)]
        assert len(found) == 1, f"{len(found)} buttons {button!r} among {known}"
        assert "custom_id" in found[0], f"{button!r} is a link"
        assert not found[0].get("disabled"), f"{button!r} is disabled"
        return self._on_message(user, message, found[0], {})

    async def choose(
        self, user: User, message: Message, select: str, *values: str | User | Role | Channel
    ) -> Interaction:
        """Choose in the select of this custom id or placeholder: options by value or label, or users, roles, channels."""
        self._sees(user, message)
        found = [s for s in selects_of(message) if select in (s["custom_id"], s.get("placeholder"))]
        assert len(found) == 1, (
            f"{len(found)} selects {select!r} among {[s['custom_id'] for s in selects_of(message)]}"
        )
        assert not found[0].get("disabled"), f"{select!r} is disabled"
        return self._on_message(
            user, message, found[0], self._chosen(found[0], values, message.channel, user)
        )

    async def submit(self, user: User, interaction: Interaction, values: Mapping[str, Any]) -> Interaction:
        """Send the form that an interaction opened. Values by label or custom id; what is not given stays as it is."""
        modal = interaction.modal
        assert modal is not None, f"{interaction} opened no form"
        assert interaction.user is user, "it is another's form"
        resolved: JSON = {}
        left = dict(values)
        parts = deepcopy(modal["components"])
        for number, part in enumerate(walked(parts), 1):
            part["id"] = part.get("id") or number
        filled = [self._filled(c, left, resolved, interaction) for c in parts]
        assert not left, f"the form has no {list(left)}"
        data: JSON = {"custom_id": modal["custom_id"], "components": filled}
        if resolved:
            data["resolved"] = resolved
        return self._interact(
            MODAL, user, interaction.channel, data, source=interaction.source, trigger=interaction
        )

    # ---- how -----------------------------------------------------------------------------------------------------------

    def _sees(self, user: User, message: Message) -> None:
        assert not message.deleted, "the message was deleted"
        if message.addressee is not None:
            assert message.addressee is user, f"only {message.addressee.name} sees this message"
        assert self.sees(user, message.channel), f"{user.name} does not see {message.channel.name}"

    def _on_message(self, user: User, message: Message, component: JSON, more: JSON) -> Interaction:
        data = {
            "custom_id": component["custom_id"],
            "component_type": component["type"],
            "id": component["id"],
        } | more
        return self._interact(COMPONENT, user, message.channel, data, source=message)

    def _chosen(self, select: JSON, values: Sequence[Any], channel: Channel, user: User) -> JSON:
        least, most = select.get("min_values", 1), select.get("max_values", 1)
        name = select["custom_id"]
        assert least <= len(values) <= most, f"{name!r} takes {least} to {most} values, not {len(values)}"
        if select["type"] == 3:
            options = {o["label"]: o["value"] for o in select["options"]}
            chosen = [options.get(v, v) for v in values]
            unknown = [v for v in chosen if v not in options.values()]
            assert not unknown, f"{name!r} has no {unknown}, only {options}"
            return {"values": chosen}
        resolved: JSON = {}
        for value in values:
            allowed = select.get("channel_types")
            assert not allowed or not isinstance(value, Channel) or value.type in allowed, (
                f"{value} is not offered"
            )
            refer(resolved, value, channel, user)
        return {"values": [str(v.id) for v in values], "resolved": resolved}

    def _filled(self, component: JSON, left: dict[str, Any], resolved: JSON, of: Interaction) -> JSON:
        """A part of a form with what the user put in; used values are taken out of `left`."""
        told: JSON = {"type": component["type"], "id": component["id"]}
        if component["type"] == 1:
            inner = component["components"]
            return told | {"components": [self._field(c, c.get("label"), left, resolved, of) for c in inner]}
        if component["type"] == 18:
            field = component["component"]
            return told | {"component": self._field(field, component["label"], left, resolved, of)}
        return told

    def _field(
        self, field: JSON, label: str | None, left: dict[str, Any], resolved: JSON, of: Interaction
    ) -> JSON:
        name = field["custom_id"]
        given = next((left.pop(n) for n in (name, label) if n in left), None)
        told: JSON = {"type": field["type"], "id": field["id"], "custom_id": name}
        kind, options = field["type"], field.get("options") or []
        if kind == 4:
            text = field.get("value") or "" if given is None else str(given)
            assert text or field.get("required") is False, f"{label or name!r} is required"
            if text:
                least, most = field.get("min_length") or 0, field.get("max_length") or 4000
                assert least <= len(text) <= most, f"{label or name!r} takes {least} to {most} characters"
            return told | {"value": text}
        if kind == 23:  # one box to tick
            return told | {"value": bool(field.get("default") if given is None else given)}
        if given is None:
            given = [o["value"] for o in options if o.get("default")]
        values = list(given) if isinstance(given, (list, tuple)) else [given]
        if not values:
            assert field.get("required") is False, f"{label or name!r} is required"
            nothing: JSON = {"value": None} if kind == 21 else {"values": []}
            return told | nothing
        if kind in (21, 22):  # one of some, or some of them
            known = {o["label"]: o["value"] for o in options}
            values = [known.get(v, v) for v in values]
            assert set(values) <= set(known.values()), f"{label or name!r} has no {values}, only {known}"
            return told | ({"value": values[0]} if kind == 21 else {"values": values})
        assert kind in (3, 5, 6, 7, 8), (
            f"{label or name!r} is of the type {kind}, which is not filled in here"
        )
        chosen = self._chosen(field, values, of.channel, of.user)
        for what, things in chosen.pop("resolved", {}).items():
            resolved.setdefault(what, {}).update(things)
        return told | chosen

    def _interact(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: JSON,
        source: Message | None = None,
        trigger: Interaction | None = None,
    ) -> Interaction:
        guild = channel.guild
        id_, token = self.ids(), token_urlsafe(96)
        payload: JSON = {
            "id": str(id_), "application_id": str(self.application_id), "type": kind, "token": token, "version": 1,
            "data": data, "channel_id": str(channel.id), "channel": shapes.of_channel(channel), "locale": user.locale,
            "app_permissions": str(permissions_of(self.bot, channel)), "entitlements": [],
            "authorizing_integration_owners": {"0": str(guild.id) if guild else "0"},
            "context": 0 if guild else 1, "attachment_size_limit": self.attachment_size_limit,
        }  # fmt: skip
        if guild is None:
            payload["user"] = shapes.of_user(user)
        else:
            permissions = str(permissions_of(user, channel))
            payload["member"] = shapes.of_member(guild.members[user.id]) | {"permissions": permissions}
            payload["channel"] |= {"permissions": permissions}
            payload |= {"guild_id": str(guild.id), "guild_locale": guild.locale}
            payload["guild"] = {"id": str(guild.id), "locale": guild.locale, "features": []}
        if source is not None:
            payload["message"] = self.shape(source)
        interaction = Interaction(id_, token, kind, user, channel, payload, source, trigger)
        self.interactions[token] = interaction
        self.emit("INTERACTION_CREATE", payload, guild.id if guild else None)
        return interaction
