"""How an app answers an interaction: with its acknowledgement, or through the response_url."""

from __future__ import annotations

import time
from typing import Any

from tests.platforms.slack import viewing
from tests.platforms.slack.asking import Asked
from tests.platforms.slack.interactions import ACTIONS, COMMAND, SUBMISSION, SUGGESTION, Interaction
from tests.platforms.slack.limits import flaws_of_options
from tests.platforms.slack.reading import options_of
from tests.platforms.slack.refusals import JSON, Refused
from tests.platforms.slack.state import Message, View
from tests.platforms.slack.world import World
from tests.platforms.slack.writing import rewritten, written


def said(world: World, interaction: Interaction, body: JSON, via: str) -> Message | None:
    """A message in answer: for its user alone unless it says `in_channel`, or in place of what is there."""
    asked = Asked(via, body)
    assert interaction.channel is not None
    original = _original(interaction)
    where = f"{via} of {interaction.delivery.event}"
    if asked.flag("delete_original"):
        if original is not None:
            original.deleted = True
            world.told()
        return None
    kind = body.get("response_type", "ephemeral")
    if kind not in ("ephemeral", "in_channel"):
        raise Refused("invalid_arguments")
    replacing = asked.flag("replace_original") and original is not None and not original.deleted
    if replacing and original is not None:
        return rewritten(world, asked, original, where=where)
    message = written(
        world, asked, interaction.channel, addressee=interaction.user if kind == "ephemeral" else None,
        unfurling=kind == "in_channel", via=via, where=where,
    )  # fmt: skip
    interaction.responses.append(message)
    world.told()
    return message


def _original(interaction: Interaction) -> Message | None:
    """The message that was clicked; of a command, its last response for its user alone."""
    if isinstance(interaction.source, Message):
        return interaction.source
    private = [m for m in interaction.responses if m.ephemeral and not m.deleted]
    return private[-1] if private else None


def respond(world: World, token: str, body: Any) -> None:
    """What is sent to a response_url."""
    interaction = world.response_urls.get(token)
    if interaction is None:
        raise Refused("no_service")
    if time.monotonic() - interaction.created > world.response_life:
        raise Refused("expired_url")
    if interaction.uses >= world.response_uses:
        raise Refused("used_url")
    if not isinstance(body, dict):
        raise Refused("invalid_payload")
    said(world, interaction, body, "response_url")
    interaction.uses += 1


def acknowledged(world: World, interaction: Interaction, payload: Any) -> None:
    """What came with an acknowledgement."""
    where = f"the acknowledgement of {interaction.delivery.event}"
    try:
        _acknowledged(world, interaction, payload if isinstance(payload, dict) else {}, where)
    except Refused as refused:
        world.fault(where, refused.error)
        interaction.delivery.failure = refused.error
    world.told()


def _acknowledged(world: World, interaction: Interaction, payload: JSON, where: str) -> None:
    match interaction.kind:
        case kind if kind == COMMAND:
            if payload.get("text") or payload.get("blocks"):
                said(world, interaction, payload, "ack")
        case kind if kind == ACTIONS:
            if payload:
                world.fault(where, "a click is acknowledged without anything")
        case kind if kind == SUGGESTION:
            world.judge(where, flaws_of_options(payload, ""))
            interaction.options = options_of(payload)
        case kind if kind == SUBMISSION:
            _submitted(world, interaction, payload, where)


def _submitted(world: World, interaction: Interaction, payload: JSON, where: str) -> None:
    view = interaction.source
    assert isinstance(view, View)
    match payload.get("response_action"):
        case None:
            viewing.closed(world, view)
        case "clear":
            viewing.closed(world, view, all_of_them=True)
        case "errors":
            errors = payload.get("errors") or {}
            inputs = {b["block_id"] for b in view.blocks if b["type"] == "input"}
            if not errors or not set(errors) <= inputs:
                world.fault(where, f"errors of {sorted(errors)}, where the inputs are {sorted(inputs)}")
                raise Refused("invalid_arguments")
            interaction.errors = view.errors = {str(k): str(v) for k, v in errors.items()}
        case "update":
            viewing.replaced(world, view, viewing.shown(world, where, payload.get("view") or {}, "modal"))
        case "push":
            viewing.on_top(
                world, interaction, view, viewing.shown(world, where, payload.get("view") or {}, "modal")
            )
        case other:
            world.fault(where, f"no response_action: {other!r}")
            raise Refused("invalid_arguments")
