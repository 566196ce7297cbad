"""The simulator as a process of its own. `python -m tests.platforms.slack`.

It prints one line of JSON: where it is, the tokens and the channels. Then it runs until it is ended.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from random import Random

from tests.platforms.slack.server import Slack

KINDS = (
    "500", "503", "500 after", "drop before", "drop after", "hang after", "late", "429", "error:fatal_error",
    "error:internal_error after",
)  # fmt: skip


async def serve(given: argparse.Namespace) -> None:
    slack = Slack(channels=given.channels, rate_limits=given.rate_limits, port=given.port)
    if given.trouble:
        rates = dict.fromkeys(KINDS, given.trouble / len(KINDS))
        slack.randomly(Random(given.seed), rates, seconds=given.patience)
    async with slack:
        told = {
            "api_url": slack.api_url, "bot_token": slack.bot_token, "app_token": slack.app_token,
            "signing_secret": slack.signing_secret, "team": slack.team.id, "bot_user": slack.bot.id,
            "channels": list(slack.channels), "control_url": f"{slack.base}/control",
        }  # fmt: skip
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A Slack on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--channels", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--trouble", type=float, default=0.0, help="the share of calls about messages that fail"
    )
    parser.add_argument("--patience", type=float, default=1.0, help="how long what hangs does, in seconds")
    parser.add_argument("--rate-limits", action="store_true")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
