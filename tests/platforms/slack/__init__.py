"""A Slack on loopback: Web API, Socket Mode, signed requests, and people who use it. The real slack_bolt connects to it.

A test uses it so:

    async with simulated(channels=2) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
        ...  # AsyncApp(client=client, signing_secret=slack.signing_secret), AsyncSocketModeHandler(app, slack.app_token)
        await slack.connected()
        ada = slack.user("Ada", admin=True, locale="fr-FR")
        asked = await slack.command(ada, slack.channel, "/sitrep", "brief template:flash")
        await asked.settled()
        assert "Flash" in text_of(asked.message)  # a response, or what was posted meanwhile
        clicked = await slack.click(ada, asked.message, "Pause")
        chosen = await slack.choose(ada, asked.message, "the select's action id", "a label or value")
        offered = await slack.suggest(ada, asked.message, "an external select's action id", "what is typed")
        done = await (await slack.submit(ada, clicked.views[0], {"Name": "..."})).settled()  # errors, closed, view
        home = await slack.open_home(ada)
        slack.checked()  # nothing broke a rule

Of an `Interaction`: `acked_after`, `ack`, `responses`, `messages`, `views`, `errors`, `failure`; wait with `acked`,
`responded`, `settled` or `until`. Of a `Message`: `text`, `blocks`, `thread_ts`, `metadata`, `pings`, `edits`, `ephemeral`.

State, and what the app hears of it: `add_channel`, `another_team`, `dm`, `invite`, `kick`, `archive`, `delete`, `say`,
`messages`, `revoke_token`, `tell`; `scopes` are the token's. Durations to shorten: `acknowledging`, `trigger_life`,
`response_life`, `socket_mode.redeliver_after`, `listening.pauses`.

HTTP mode: `http_mode(url)`; `listening.verify`, `listening.post` with wrong signatures and times, `listening.answers`.

Trouble: `trouble`, `randomly`, `calm`, `rate_limits`; `socket_mode.refresh`, `drop`, `close`, `send_raw`, `silent`,
`refusing`, `hanging_up`, `doubling`; `redeliver`; `stop` and `start` are an outage. Counted: `sockets`, `limited`, `calls`,
`troubles.met`, `deliveries`, `events`.

As a process: `python -m tests.platforms.slack --help`; its first line says where it is, `GET /control/messages` and
`/control/state` tell what is there, `POST /control/calm` ends all trouble, `POST /control/storm` sends many commands.
"""

from __future__ import annotations

from tests.platforms.slack.delivering import Delivery
from tests.platforms.slack.interactions import Interaction
from tests.platforms.slack.listening import Answered
from tests.platforms.slack.reading import blocks_of, buttons_of, selects_of, text_of
from tests.platforms.slack.server import Slack
from tests.platforms.slack.state import Channel, File, Message, Team, User, View
from tests.platforms.slack.trouble import Trouble

__all__ = [
    "Answered", "Channel", "Delivery", "File", "Interaction", "Message", "Slack", "Team", "Trouble", "User", "View",
    "blocks_of", "buttons_of", "selects_of", "simulated", "text_of",
]  # fmt: skip


def simulated(*, channels: int = 1, rate_limits: bool = False, port: int = 0) -> Slack:
    """A Slack with so many channels, the bot in all of them; use it with `async with`."""
    return Slack(channels=channels, rate_limits=rate_limits, port=port)
