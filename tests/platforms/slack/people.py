"""What users do: give commands, click, choose, type, fill in forms, open the app's home."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from secrets import token_urlsafe
from typing import Any

from tests.platforms.slack import shapes
from tests.platforms.slack.delivering import COMMANDS, EVENTS, INTERACTIVE, Delivery
from tests.platforms.slack.filling import TEXTS, chosen, empty, hold, initial, named, state_of, typed
from tests.platforms.slack.interactions import (
    ACTIONS,
    CLOSED,
    COMMAND,
    SUBMISSION,
    SUGGESTION,
    Interaction,
    Trigger,
)
from tests.platforms.slack.reading import placed
from tests.platforms.slack.refusals import JSON
from tests.platforms.slack.responding import acknowledged
from tests.platforms.slack.state import Channel, Message, User, View
from tests.platforms.slack.viewing import closed
from tests.platforms.slack.world import World


class People(World):
    """Where a user could not do a thing in Slack, it is an AssertionError here, and the bot hears nothing."""

    def carry(self, delivery: Delivery) -> None:
        """Bring it to the app."""
        raise NotImplementedError

    # ---- commands ------------------------------------------------------------------------------------------------------

    async def command(
        self, user: User, channel: Channel, command: str, text: str = "", *, thread: Message | None = None
    ) -> Interaction:
        """Give a command, with all that follows its name."""
        assert command.startswith("/"), f"{command!r} is no command"
        assert thread is None, "commands do not work in threads"
        assert "commands" in self.scopes, "the app has no commands"
        assert user.team is self.team, (
            f"{user.name} belongs to {user.team.name}, where the app is not installed"
        )
        assert user.id in channel.members, f"{user.name} is not in {channel.name}"
        assert not channel.archived, f"{channel.name} is archived"
        payload: JSON = {
            "token": "loopback", "team_id": self.team.id, "team_domain": self.team.domain, "channel_id": channel.id,
            "channel_name": shapes.name_in_payloads(channel), "user_id": user.id, "user_name": user.name.lower(),
            "command": command, "text": text.strip(), "api_app_id": self.app_id, "is_enterprise_install": "false",
        }  # fmt: skip
        return self._interact(COMMAND, user, channel, payload)

    # ---- messages and views --------------------------------------------------------------------------------------------

    async def click(self, user: User, shown: Message | View, button: str) -> Interaction:
        """Click the button of this label or action id."""
        self._sees(user, shown)
        all_of_them = [(b, e) for b, e in placed(shown) if e["type"] == "button"]
        found = [(b, e) for b, e in all_of_them if button in (e["text"]["text"], e["action_id"])]
        known = [e["text"]["text"] for _, e in all_of_them]
        assert len(found) == 1, f"{len(found)} buttons {button!r} among {known}"
        block, element = found[0]
        more: JSON = {k: element[k] for k in ("text", "value", "style", "url") if k in element}
        return self._act(user, shown, block, element, {"type": "button", **more})

    async def choose(self, user: User, shown: Message | View, select: str, *values: Any) -> Interaction:
        """Choose in the select of this action id or placeholder: options by value or label, users, channels, dates.

        In an external select, the first value is typed and then chosen from what is offered.
        """
        self._sees(user, shown)
        block, element = _find(shown, select)
        form = block["type"] == "input" and not block.get("dispatch_action")
        assert not form, f"{select!r} is part of a form: submit it"
        if element["type"] == "overflow":
            held = chosen({**element, "type": "static_select"}, values) | {"type": "overflow"}
        else:
            held = chosen(element, values, await self._offered(user, shown, element, values))
            hold(shown, block, element, held)
        return self._act(user, shown, block, element, held)

    async def suggest(self, user: User, shown: Message | View, select: str, typed: str = "") -> list[JSON]:
        """What is offered in an external select for what was typed."""
        self._sees(user, shown)
        block, element = _find(shown, select)
        assert element["type"].endswith("external_select"), f"{select!r} is no external select"
        assert len(typed) >= element.get("min_query_length", 3), f"nothing is asked for {typed!r} yet"
        payload = self._payload(user, shown) | {
            "type": SUGGESTION, "action_id": element["action_id"], "block_id": block["block_id"], "value": typed,
        }  # fmt: skip
        interaction = self._interact(SUGGESTION, user, _channel(shown), payload, shown)
        await interaction.until(lambda x: x.options is not None, self.acknowledging + 0.5)
        return interaction.options or []

    async def submit(self, user: User, view: View, values: Mapping[str, Any] | None = None) -> Interaction:
        """Send a form. Values by block id, label or action id; what is not given stays as it is.

        Texts for texts, one value or several for selects. Wait with `settled`; then `errors`, `closed` and `view` tell.
        """
        self._sees(user, view)
        assert view.type == "modal", "a home is not submitted"
        assert view.shown.get("submit"), "this view has no button for it"
        left = dict(values or {})
        for block in view.blocks:
            if block["type"] == "input":
                await self._filled(user, view, block, left)
        assert not left, f"the form has no {list(left)}"
        view.errors = {}
        payload = self._payload(user, view) | {"type": SUBMISSION, "response_urls": []}
        payload.pop("container")
        return self._interact(SUBMISSION, user, view.channel, payload, view)

    async def close(self, user: User, view: View, *, all_of_them: bool = False) -> Interaction | None:
        """Close a view. The app hears of it where it asked to."""
        self._sees(user, view)
        payload = self._payload(user, view) | {"type": CLOSED, "is_cleared": all_of_them}
        payload.pop("container")
        closed(self, view, all_of_them=all_of_them)
        if not view.shown.get("notify_on_close"):
            return None
        return self._interact(CLOSED, user, view.channel, payload, view, triggering=False)

    async def open_home(self, user: User, timeout: float = 10.0) -> View:  # noqa: ASYNC109
        """Open the app's home, and wait until it was published for this."""
        assert user.team is self.team, "the app is not installed there"
        home = self.homes.get(user.id)
        before = home.edits if home else 0
        event: JSON = {
            "type": "app_home_opened", "user": user.id, "channel": self.dm(user).id, "tab": "home", "event_ts": self.ids.ts(),
        }  # fmt: skip
        if home is not None:
            event["view"] = self.shape_view(home)
        self.emit(event)
        await self.until(
            lambda: user.id in self.homes and self.homes[user.id].edits > before,
            f"the home of {user.name}", timeout,
        )  # fmt: skip
        return self.homes[user.id]

    # ---- how -----------------------------------------------------------------------------------------------------------

    def _sees(self, user: User, shown: Message | View) -> None:
        if isinstance(shown, View):
            assert shown.user is user, f"it is {shown.user.name}'s view"
            assert shown.open, "the view was closed"
            above = [v for v in self.views.values() if v.previous == shown.id and v.open]
            assert not above, "another view is over it"
            return
        assert not shown.deleted, "the message was deleted"
        assert shown.addressee in (None, user), "only another sees this message"
        assert self.sees(user, shown.channel), f"{user.name} does not see {shown.channel.name}"
        assert user.team is self.team or user.team in shown.channel.teams, f"{user.name} does not see it"

    async def _offered(
        self, user: User, shown: Message | View, element: JSON, values: Sequence[Any]
    ) -> list[JSON] | None:
        """The options of an external select for what is typed; None of another."""
        if not element["type"].endswith("external_select"):
            return None
        found: list[JSON] = []
        for value in values:
            found += await self.suggest(user, shown, element["action_id"], str(named(value)))
        return found

    async def _filled(self, user: User, view: View, block: JSON, left: dict[str, Any]) -> None:
        """Put in what is given for a block; it is taken out of `left`."""
        element, label = block["element"], block["label"]["text"]
        names = (block["block_id"], label, element["action_id"])
        name = next((n for n in names if n in left), None)
        if name is not None:
            given = left.pop(name)
            if element["type"] in (*TEXTS, "rich_text_input"):
                held = (
                    typed(element, given, label)
                    if given not in ("", None)
                    else initial({"type": element["type"]})
                )
            else:
                several = list(given) if isinstance(given, (list, tuple)) else [given]
                offered = await self._offered(user, view, element, several)
                held = chosen(element, several, offered) if several else initial({"type": element["type"]})
            assert held is not None
            hold(view, block, element, held)
        held = state_of(view)[block["block_id"]][element["action_id"]]
        assert block.get("optional") or not empty(held), f"{label!r} is required"

    def _payload(self, user: User, shown: Message | View) -> JSON:
        """What all interactions tell. The team is that of whoever acts, even where it is not the installation's."""
        payload: JSON = {
            "user": shapes.of_actor(user), "api_app_id": self.app_id, "token": "loopback", "enterprise": None,
            "is_enterprise_install": False, "team": shapes.of_team(user.team),
        }  # fmt: skip
        if isinstance(shown, View):
            return payload | {
                "container": {"type": "view", "view_id": shown.id},
                "view": self.shape_view(shown),
            }
        channel = shown.channel
        container: JSON = {
            "type": "message", "message_ts": shown.ts, "channel_id": channel.id, "is_ephemeral": shown.ephemeral,
        }  # fmt: skip
        if shown.thread_ts:
            container["thread_ts"] = shown.thread_ts
        payload |= {
            "container": container, "channel": {"id": channel.id, "name": shapes.name_in_payloads(channel)},
            "state": {"values": state_of(shown)},
        }  # fmt: skip
        if not shown.ephemeral:
            payload["message"] = self.shape(shown)
        return payload

    def _act(self, user: User, shown: Message | View, block: JSON, element: JSON, held: JSON) -> Interaction:
        action = {
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "action_ts": self.ids.ts(),
            **held,
        }
        payload = self._payload(user, shown) | {"type": ACTIONS, "actions": [action]}
        return self._interact(ACTIONS, user, _channel(shown), payload, shown)

    def _interact(
        self,
        kind: str,
        user: User,
        channel: Channel | None,
        payload: JSON,
        source: Message | View | None = None,
        *,
        triggering: bool = True,
    ) -> Interaction:
        delivery = Delivery(COMMANDS if kind == COMMAND else INTERACTIVE, payload)
        interaction = Interaction(self, kind, user, channel, delivery, source)
        if triggering and kind != SUGGESTION:
            interaction.trigger_id = f"{time.time_ns() // 10**6}.{len(self.triggers)}.{token_urlsafe(16)}"
            self.triggers[interaction.trigger_id] = Trigger(interaction)
            payload["trigger_id"] = interaction.trigger_id
        if kind == COMMAND or (kind == ACTIONS and isinstance(source, Message)):
            interaction.response_token = token_urlsafe(24)
            self.response_urls[interaction.response_token] = interaction
            payload["response_url"] = f"{self.base}/response/{interaction.response_token}"
        delivery.on_ack = lambda said: acknowledged(self, interaction, said)
        self.carry(delivery)
        return interaction

    def tell(self, event: JSON) -> Delivery:
        """An event of any content, as the app hears it."""
        payload: JSON = {
            "token": "loopback", "team_id": self.team.id, "api_app_id": self.app_id, "event": event, "type": "event_callback",
            "event_id": self.ids("Ev"), "event_time": int(float(self.ids.ts())), "is_ext_shared_channel": False,
            "authorizations": [
                {"enterprise_id": None, "team_id": self.team.id, "user_id": self.bot.id, "is_bot": True,
                 "is_enterprise_install": False}
            ],
        }  # fmt: skip
        channel = self.channels.get(str(event.get("channel")))
        if channel is not None and channel.teams:
            payload["is_ext_shared_channel"] = True
        delivery = Delivery(EVENTS, payload)
        self.carry(delivery)
        return delivery


def _channel(shown: Message | View) -> Channel | None:
    return shown.channel


def _find(shown: Message | View, name: str) -> tuple[JSON, JSON]:
    """The select of this action id, placeholder or label."""
    found, known = [], []
    for block, element in placed(shown):
        if element["type"] == "button" or element["type"].endswith("_input"):
            continue
        words = (element.get("placeholder") or {}).get("text")
        label = (block.get("label") or {}).get("text")
        known.append(element["action_id"])
        if name in (element["action_id"], words, label, block["block_id"]):
            found.append((block, element))
    assert len(found) == 1, f"{len(found)} selects {name!r} among {known}"
    return found[0]
