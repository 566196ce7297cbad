"""A Discord on loopback: REST API v10, gateway, and people who use it. The real discord.py connects to it.

A test uses it so:

    async with simulated(guilds=2) as simulator:
        with pointed(simulator):  # tests.platforms.discord.connecting: Route.BASE and DEFAULT_GATEWAY
            ...  # start a client with simulator.token
        ada = simulator.user("Ada", "manage_messages", locale="fr")
        asked = await simulator.slash(ada, simulator.channel, "edition add", template="flash")
        await asked.settled()
        assert "Flash" in text_of(asked.message)
        clicked = await simulator.click(ada, asked.message, "Pause")
        chosen = await simulator.choose(ada, asked.message, "the select's custom id", "a label or value")
        done = await simulator.submit(ada, chosen, {"Name": "..."})  # where it opened a form
        choices = await simulator.complete(ada, simulator.channel, "quotes", "by", "Alt", story="...")
        simulator.checked()  # nothing broke a rule

State, and what is told of its changes: `add_guild`, `remove_guild`, `invite`, `set_available`, `add_channel` (types
`TEXT`, `ANNOUNCEMENT`, `FORUM`), `remove_channel`, `add_thread`, `archive`, `lock`, `add_role`, `deny`, `allow`,
`revoke_token`, `say`, `dm`, `messages`. Durations to shorten: `acknowledging`, `token_life`, `nonce_window`,
`pace.window`, `gateway.heartbeat`.

Trouble: `trouble`, `randomly`, `calm`, `rate_limits`; `gateway.drop`, `close`, `reconnect`, `invalidate`, `send`,
`send_raw`, `silent`, `slow`, `refusing`, `hanging_up`; `stop` and `start` are an outage. Counted: `identifies`,
`resumes`, `syncs`, `limited`, `troubles.met`, `rest.requests`.

As a process: `python -m tests.platforms.discord --help`; its first line says where it is, `GET /control/messages` and
`/control/state` tell what is there, `POST /control/calm` ends all trouble, `POST /control/nonces?seconds=` sets
`nonce_window`.
"""

from __future__ import annotations

from tests.platforms.discord.interactions import Choice, Interaction
from tests.platforms.discord.permissions import Permission
from tests.platforms.discord.reading import buttons_of, custom_ids_of, selects_of, text_of
from tests.platforms.discord.server import Discord
from tests.platforms.discord.state import (
    ANNOUNCEMENT,
    FORUM,
    TEXT,
    THREAD,
    Attachment,
    Channel,
    Guild,
    Message,
    Pings,
    Role,
    User,
)
from tests.platforms.discord.trouble import Trouble

__all__ = [
    "ANNOUNCEMENT", "FORUM", "TEXT", "THREAD", "Attachment", "Channel", "Choice", "Discord", "Guild", "Interaction",
    "Message", "Permission", "Pings", "Role", "Trouble", "User", "buttons_of", "custom_ids_of", "selects_of", "simulated",
    "text_of",
]  # fmt: skip


def simulated(
    *, guilds: int = 1, channels: int = 1, shards: int = 1, rate_limits: bool = False, port: int = 0
) -> Discord:
    """A Discord with these guilds of so many text channels each; use it with `async with`."""
    return Discord(guilds=guilds, channels=channels, shards=shards, rate_limits=rate_limits, port=port)
