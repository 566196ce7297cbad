"""The simulator as a process of its own. `python -m tests.platforms.discord`.

It prints one line of JSON: where it is, the token and the channels. Then it runs until it is ended.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from random import Random

from tests.platforms.discord.server import Discord

KINDS = (
    "500",
    "503",
    "500 after",
    "drop before",
    "drop after",
    "hang after",
    "late",
    "429 route",
    "429 shared",
)


async def serve(given: argparse.Namespace) -> None:
    discord = Discord(
        guilds=given.guilds, channels=given.channels, shards=given.shards, rate_limits=given.rate_limits, port=given.port
    )  # fmt: skip
    discord.nonce_window = given.nonce_window
    if given.trouble:
        rates = dict.fromkeys(KINDS, given.trouble / len(KINDS))
        discord.randomly(Random(given.seed), rates, seconds=given.patience)
    async with discord:
        told = {
            "api_url": discord.api_url, "gateway_url": discord.gateway_url, "token": discord.token,
            "application_id": str(discord.application_id), "control_url": f"{discord.base}/control",
            "guilds": {str(g.id): [str(c) for c in g.channels] for g in discord.guilds.values()},
            "channels": [str(c) for c in discord.channels],
        }  # fmt: skip
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A Discord on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--guilds", type=int, default=1)
    parser.add_argument("--channels", type=int, default=1, help="in each guild")
    parser.add_argument("--shards", type=int, default=1, help="how many it recommends")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--trouble", type=float, default=0.0, help="the share of requests about messages that fail"
    )
    parser.add_argument("--patience", type=float, default=1.0, help="how long what hangs does, in seconds")
    parser.add_argument(
        "--nonce-window", type=float, default=300.0, help="how long a nonce is remembered, in seconds"
    )
    parser.add_argument("--rate-limits", action="store_true")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
