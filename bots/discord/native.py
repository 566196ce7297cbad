"""The private seams of discord.py 2.7 that Sitrep goes by, in one place: what a release of it may move."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import discord
from discord.gateway import DiscordWebSocket
from discord.http import MultipartParameters, Route
from discord.webhook.async_ import async_context, interaction_response_params
from yarl import URL

from briefings.settings import Discord

T = TypeVar("T")

_API = "https://discord.com/api/v10"

Files = Sequence[tuple[str, bytes]]  # names and contents


def point_at(settings: Discord) -> None:
    """Where Discord is, for the whole process."""
    Route.BASE = settings.api_url or _API
    if settings.gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = URL(settings.gateway_url)
    for name in ("discord.http", "discord.webhook.async_", "discord.gateway"):
        logging.getLogger(name).setLevel(logging.ERROR)  # at lower ones they log addresses that hold tokens


def form_of(body: Mapping[str, Any], files: Files) -> list[dict[str, Any]]:
    """A message with its files as the fields of a form."""
    from discord.utils import _to_json

    fields: list[dict[str, Any]] = [
        {"name": "payload_json", "value": _to_json(dict(body)), "content_type": "application/json"}
    ]
    for i, (name, content) in enumerate(files):
        fields.append(
            {"name": f"files[{i}]", "value": content, "filename": name, "content_type": "image/png"}
        )
    return fields


async def _at_the_gateway(interaction: discord.Interaction[Any], work: Coroutine[Any, Any, T]) -> T:
    """Do it on the loop of the interaction's client, which may be another thread's."""
    loop = interaction.client.loop
    if loop is asyncio.get_running_loop():
        return await work
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))


async def change_original(
    interaction: discord.Interaction[Any], body: Mapping[str, Any], files: Files = ()
) -> dict[str, Any]:
    """Make the interaction's own answer say this; the message as it is then."""
    return await _at_the_gateway(interaction, _change_original(interaction, body, files))


async def _change_original(
    interaction: discord.Interaction[Any], body: Mapping[str, Any], files: Files
) -> dict[str, Any]:
    parameters = _parameters(body, files)
    adapter = async_context.get()
    http = interaction.client.http
    answer: Any = await adapter.edit_original_interaction_response(
        interaction.application_id,
        interaction.token,
        session=interaction._session,
        proxy=http.proxy,
        proxy_auth=http.proxy_auth,
        payload=parameters.payload,
        multipart=parameters.multipart,
        files=parameters.files,
    )
    return dict(answer)


async def delete_original(interaction: discord.Interaction[Any]) -> None:
    """Take the interaction's own answer away."""
    await _at_the_gateway(interaction, interaction.delete_original_response())


async def follow_up(
    interaction: discord.Interaction[Any], body: Mapping[str, Any], files: Files = ()
) -> None:
    """A further message of the interaction. Done twice it is there twice."""
    await _at_the_gateway(interaction, _follow_up(interaction, body, files))


async def _follow_up(interaction: discord.Interaction[Any], body: Mapping[str, Any], files: Files) -> None:
    parameters = _parameters(body, files)
    http = interaction.client.http
    await async_context.get().execute_webhook(
        interaction.application_id,
        interaction.token,
        session=interaction._session,
        proxy=http.proxy,
        proxy_auth=http.proxy_auth,
        payload=parameters.payload,
        multipart=parameters.multipart,
        files=parameters.files,
        wait=True,
    )


async def respond(
    interaction: discord.Interaction[Any], kind: int, data: Mapping[str, Any] | None = None
) -> None:
    """The interaction's first answer, of that kind of Discord's. It counts as the response that discord.py keeps."""
    await _at_the_gateway(interaction, _respond(interaction, kind, data))


async def _respond(interaction: discord.Interaction[Any], kind: int, data: Mapping[str, Any] | None) -> None:
    http = interaction.client.http
    await async_context.get().create_interaction_response(
        interaction.id,
        interaction.token,
        session=interaction._session,
        proxy=http.proxy,
        proxy_auth=http.proxy_auth,
        params=interaction_response_params(kind, dict(data) if data is not None else None),
    )
    interaction.response._response_type = discord.InteractionResponseType(kind)


def _parameters(body: Mapping[str, Any], files: Files) -> MultipartParameters:
    if not files:
        return MultipartParameters(payload=dict(body), multipart=None, files=None)
    return MultipartParameters(payload=None, multipart=form_of(body, files), files=())
