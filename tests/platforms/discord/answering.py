"""The routes by which a bot answers interactions."""

from __future__ import annotations

import time
from typing import Any

from tests.platforms.discord import refusals
from tests.platforms.discord.asking import Answer, Asked, broken
from tests.platforms.discord.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    KINDS,
    MODAL,
    Choice,
    Interaction,
)
from tests.platforms.discord.limits import flaws_of_choices, flaws_of_modal
from tests.platforms.discord.refusals import JSON, Flaw, Refused
from tests.platforms.discord.state import EPHEMERAL, LOADING, Message
from tests.platforms.discord.world import World
from tests.platforms.discord.writing import rewritten, written


def callback(world: World, asked: Asked) -> Answer:
    interaction = world.interactions.get(asked.at["token"])
    if interaction is None or str(interaction.id) != asked.at["interaction"]:
        raise refusals.unknown_interaction()
    if interaction.kind is not None:
        raise Refused(400, 40060, "Interaction has already been acknowledged.")
    passed = time.monotonic() - interaction.created
    if passed > world.acknowledging:
        interaction.late = True
        raise refusals.unknown_interaction()
    kind, data = asked.body.get("type"), asked.body.get("data") or {}
    _fits(world, asked, interaction, kind)
    ephemeral = bool((data.get("flags") or 0) & EPHEMERAL)
    match kind:
        case 4:
            interaction.original = _made(world, asked, interaction, data, ephemeral)
        case 5:
            interaction.original = _loading(world, interaction, ephemeral)
        case 6:
            interaction.original = interaction.source
        case 7:
            assert interaction.source
            if interaction.source.deleted:
                raise refusals.unknown_message()
            interaction.original = rewritten(world, asked, interaction.source, data)
        case 8:
            broken(world, asked, flaws_of_choices(data.get("choices") or []))
            interaction.choices = [_choice(interaction, c) for c in data.get("choices") or []]
        case 9:
            broken(world, asked, flaws_of_modal(data))
            interaction.modal = data
    interaction.kind = KINDS[int(kind or 0)]
    interaction.acked_after = passed
    original = interaction.original
    interaction.ephemeral = bool(original and original.ephemeral)
    interaction.told()
    if asked.query.get("with_response", "").lower() not in ("1", "true"):
        return 204, None
    told: JSON = {"id": str(interaction.id), "type": interaction.type}
    if original is not None:
        told |= {
            "response_message_id": str(original.id), "response_message_loading": original.loading,
            "response_message_ephemeral": original.ephemeral, "channel_id": str(interaction.channel.id),
        }  # fmt: skip
        if interaction.channel.guild:
            told["guild_id"] = str(interaction.channel.guild.id)
    answer: JSON = {"interaction": told}
    if kind in (4, 7) and original is not None:
        answer["resource"] = {"type": kind, "message": world.shape(original)}
    return 200, answer


def _fits(world: World, asked: Asked, interaction: Interaction, kind: Any) -> None:
    if interaction.type == AUTOCOMPLETE:
        right = kind == 8
    else:
        right = kind in (4, 5) or (kind in (6, 7) and interaction.source is not None)
        right = right or (kind == 9 and interaction.type != MODAL)
    if not right:
        said = f"{kind} is no answer to an interaction of type {interaction.type}."
        broken(world, asked, [Flaw("type", "BASE_TYPE_CHOICES", said)])


def _choice(interaction: Interaction, choice: JSON) -> Choice:
    names = choice.get("name_localizations") or {}
    return Choice(str(names.get(interaction.user.locale) or choice["name"]), choice["value"])


def _made(world: World, asked: Asked, interaction: Interaction, body: JSON, ephemeral: bool) -> Message:
    return written(
        world, asked, interaction.channel, body,
        addressee=interaction.user if ephemeral else None, interaction=interaction.metadata(),
        type=20 if interaction.type == COMMAND else 0,
    )  # fmt: skip


def _loading(world: World, interaction: Interaction, ephemeral: bool) -> Message:
    flags = LOADING | (EPHEMERAL if ephemeral else 0)
    message = Message(
        world.ids(), interaction.channel, world.bot, flags=flags, interaction=interaction.metadata(),
        addressee=interaction.user if ephemeral else None, type=20 if interaction.type == COMMAND else 0,
    )  # fmt: skip
    world.keep(message)
    return message


def _of_token(world: World, asked: Asked) -> Interaction:
    interaction = world.interactions.get(asked.at["token"])
    known = interaction is not None and asked.at["webhook"] == str(world.application_id)
    if interaction is None or not known:
        raise Refused(404, 10015, "Unknown Webhook")
    if time.monotonic() - interaction.created > world.token_life:
        raise Refused(401, 50027, "Invalid Webhook Token")
    if interaction.kind is None:
        raise Refused(404, 10015, "Unknown Webhook")
    return interaction


def follow_up(world: World, asked: Asked) -> Answer:
    """Another message; the first one after a deferred answer takes its place."""
    interaction = _of_token(world, asked)
    original = interaction.original
    if original is not None and original.loading and not original.deleted:
        message = rewritten(world, asked, original, asked.body)
    else:
        ephemeral = bool((asked.body.get("flags") or 0) & EPHEMERAL)
        message = _made(world, asked, interaction, asked.body, ephemeral)
        message.type = 0
        interaction.followups.append(message)
    interaction.finished = True
    interaction.told()
    return 200, world.shape(message)


def _message(world: World, asked: Asked, interaction: Interaction) -> Message:
    name = asked.at.get("message", "@original")
    mine = [m for m in (interaction.original, *interaction.followups) if m is not None and not m.deleted]
    for message in mine:
        if name == str(message.id) or (name == "@original" and message is interaction.original):
            return message
    raise refusals.unknown_message()


def get(world: World, asked: Asked) -> Answer:
    return 200, world.shape(_message(world, asked, _of_token(world, asked)))


def edit(world: World, asked: Asked) -> Answer:
    interaction = _of_token(world, asked)
    message = rewritten(world, asked, _message(world, asked, interaction), asked.body)
    interaction.finished = interaction.finished or message is interaction.original
    interaction.told()
    return 200, world.shape(message)


def delete(world: World, asked: Asked) -> Answer:
    interaction = _of_token(world, asked)
    message = _message(world, asked, interaction)
    world.delete_message(message)
    interaction.finished = interaction.finished or message is interaction.original
    interaction.told()
    return 204, None


ROUTES = (
    ("POST", "/interactions/{interaction}/{token}/callback", callback),
    ("POST", "/webhooks/{webhook}/{token}", follow_up),
    ("GET", "/webhooks/{webhook}/{token}/messages/{message}", get),
    ("PATCH", "/webhooks/{webhook}/{token}/messages/{message}", edit),
    ("DELETE", "/webhooks/{webhook}/{token}/messages/{message}", delete),
)
