"""The servers that a run posts to, each a process of its own: how the program finds one, and what it tells of itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.request import Request, urlopen

from bots.marks import of_part, read
from bots.slack.publisher import EVENT
from briefings.model import PLAIN, Manner, Part
from tests.chaos.server import Message

ROOT = Path(__file__).resolve().parents[2]
Name = Literal["relay", "discord", "slack"]

TIMEOUT = 2.0  # seconds that the program waits for an answer; on Discord six more, for its rate limits
CHARACTERS = 600  # of one of the relay's messages, so that a briefing has several
#: Seconds for which Discord hangs: longer than the program waits, shorter than the time in which it does not ask.
HANGING = TIMEOUT + 7.0
#: Seconds for which Slack hangs. What is sent last, four seconds after that was noted, must be there before anyone asks.
SLACK_HANGING = TIMEOUT + 0.5
#: Seconds for which Discord remembers a nonce, in turn by the minute: so short that messages alone tell what is there.
NONCES = (1.0, 300.0)
_QUICK = 1_000  # requests a second that the program may send where rate limits are off


@dataclass(frozen=True, slots=True)
class Seen:
    """What a server has: its messages, of each channel in order; what went wrong, by how often; who waits for an answer.

    `broken`: what the program sent against the platform's rules. `told`: all of it as the server says it.
    """

    messages: list[Message]
    faults: dict[str, int]
    under_way: int
    broken: list[str]
    told: Any


class Platform(Protocol):
    """`channels` are addresses there, whose editions have these templates and manners in turn. `environment`: by what the
    program reaches it. `notices`: how many it may post.
    """

    via: Name
    templates: tuple[str, ...]
    manners: tuple[Manner, ...]
    channels: list[str]
    environment: dict[str, str]
    notices: int

    def count(self, part: Part) -> int:
        """How many parts the dispatch has of which this is one."""
        ...

    def digest(self, part: Part) -> str:
        """As much of a part's hash as a message there tells."""
        ...

    def threaded(self, part: Part) -> bool:
        """Whether it stands in the thread of its dispatch's first message."""
        ...

    def turn(self, minute: int) -> None:
        """A minute of the run begins."""
        ...

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        ...

    def seen(self) -> Seen: ...


def asked(method: str, address: str) -> Any:
    """What a server answers to us."""
    with urlopen(Request(address, method=method), timeout=60) as answer:
        return json.load(answer)


@contextmanager
def _served(*arguments: str) -> Iterator[str]:
    """A module with its arguments as a process; the first line that it says."""
    command = [sys.executable, "-m", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


# ---- the relay ---------------------------------------------------------------------------------------------------------


class Relay:
    via: Name = "relay"
    templates: tuple[str, ...] = ("flash",)
    manners: tuple[Manner, ...] = (PLAIN,)
    notices = 0

    def __init__(self, address: str, channels: int) -> None:
        self.address = address
        self.channels = [f"c{i:04d}" for i in range(channels)]
        self.environment = {
            "SITREP_RELAY__URL": address,
            "SITREP_RELAY__TIMEOUT": str(TIMEOUT),
            "SITREP_RELAY__CHARACTERS": str(CHARACTERS),
        }

    def count(self, part: Part) -> int:
        return int(json.loads(part.body)["parts"])

    def digest(self, part: Part) -> str:
        return part.digest

    def threaded(self, part: Part) -> bool:
        return False

    def turn(self, minute: int) -> None:
        pass

    def calm(self) -> None:
        asked("POST", f"{self.address}/faults/off")

    def seen(self) -> Seen:
        told = asked("GET", f"{self.address}/log")
        return Seen([Message(**m) for m in told["messages"]], told["faults"], told["under_way"], [], told)


@contextmanager
def relay(seed: int, channels: int, late: int) -> Iterator[Relay]:
    given = ["--seed", str(seed), "--patience", str(TIMEOUT), "--late", str(late)]
    with _served("tests.chaos.server", *given) as address:
        yield Relay(address, channels)


# ---- Discord -----------------------------------------------------------------------------------------------------------


class Discord:
    """The simulator. Most of its briefings have two messages there, the others one with a chart."""

    via: Name = "discord"
    templates: tuple[str, ...] = ("sitrep", "sitrep", "sitrep", "timeline")
    manners: tuple[Manner, ...] = (PLAIN,)
    notices = 1  # the welcome

    def __init__(self, told: Mapping[str, Any], limits: bool) -> None:
        self.control = told["control_url"]
        self.channels: list[str] = told["channels"]
        self.environment: dict[str, str] = {
            "SITREP_DISCORD_TOKEN": told["token"],
            "SITREP_DISCORD_API_URL": told["api_url"],
            "SITREP_DISCORD_GATEWAY_URL": told["gateway_url"],
            "SITREP_DISCORD__TIMEOUT": str(TIMEOUT),
        }
        if not limits:
            self.environment["SITREP_DISCORD__A_SECOND"] = str(_QUICK)

    def count(self, part: Part) -> int:
        return int(json.loads(part.body)["of"])

    def digest(self, part: Part) -> str:
        return of_part("", part.digest).partition("~")[2]

    def threaded(self, part: Part) -> bool:
        return False

    def turn(self, minute: int) -> None:
        asked("POST", f"{self.control}/nonces?seconds={NONCES[minute % len(NONCES)]}")

    def calm(self) -> None:
        asked("POST", f"{self.control}/calm")

    def seen(self) -> Seen:
        state = asked("GET", f"{self.control}/state")
        told = asked("GET", f"{self.control}/messages")
        faults = dict(state["troubles"]) | {f"limit {scope}": n for scope, n in state["limited"].items()}
        return Seen(
            visible(told), dict(sorted(faults.items())), state["under_way"], state["faults"], {**state, "channels": told}
        )  # fmt: skip


def visible(told: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Message]:
    """What stands in Discord's channels by the simulator's word, without what was deleted."""
    return [
        _message(channel, m["id"], m["custom_ids"])
        for channel, messages in told.items()
        for m in messages
        if not m["deleted"]
    ]


def _message(channel: str, number: str, custom_ids: Sequence[str]) -> Message:
    """A message by what its buttons go by: a part's key and the beginning of its hash, "" where they name no part."""
    borne = {m.reference for c in custom_ids if (m := read(c)) is not None and m.part is not None}
    key, _, digest = borne.pop().removeprefix("d").partition("~") if len(borne) == 1 else ("", "", "")
    return Message(channel, key, number, digest)


@contextmanager
def discord(seed: int, channels: int, trouble: float, limits: bool) -> Iterator[Discord]:
    given = [
        "--seed", str(seed), "--channels", str(channels), "--trouble", str(trouble), "--patience", str(HANGING),
        "--nonce-window", str(NONCES[0]), *(["--rate-limits"] if limits else []),
    ]  # fmt: skip
    with _served("tests.platforms.discord", *given) as told:
        yield Discord(json.loads(told), limits)


# ---- Slack -------------------------------------------------------------------------------------------------------------


class Slack:
    """The simulator. One briefing in four is threaded, its headline in the channel; one has a chart, which is uploaded."""

    via: Name = "slack"
    templates: tuple[str, ...] = ("sitrep", "sitrep", "sitrep", "timeline")
    manners: tuple[Manner, ...] = (PLAIN, Manner(thread=True), PLAIN, PLAIN)
    notices = 0

    def __init__(self, told: Mapping[str, Any], limits: bool) -> None:
        self.control = told["control_url"]
        self.channels: list[str] = told["channels"]
        self.environment: dict[str, str] = {
            "SLACK_BOT_TOKEN": told["bot_token"],
            "SLACK_APP_TOKEN": told["app_token"],
            "SLACK_API_URL": told["api_url"],
            "SITREP_SLACK__TIMEOUT": str(TIMEOUT),
        }
        if not limits:
            self.environment["SITREP_SLACK__A_SECOND"] = str(_QUICK)

    def count(self, part: Part) -> int:
        return int(json.loads(part.body)["of"])

    def digest(self, part: Part) -> str:
        return part.digest[:16]

    def threaded(self, part: Part) -> bool:
        return part.number > 0 and bool(json.loads(part.body)["manner"]["thread"])

    def turn(self, minute: int) -> None:
        pass

    def calm(self) -> None:
        asked("POST", f"{self.control}/calm")

    def seen(self) -> Seen:
        state = asked("GET", f"{self.control}/state")
        told = asked("GET", f"{self.control}/messages")
        faults = dict(state["troubles"]) | {f"limit {method}": n for method, n in state["limited"].items()}
        return Seen(
            standing(told), dict(sorted(faults.items())), state["under_way"], state["faults"],
            {**state, "channels": told},
        )  # fmt: skip


def standing(told: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Message]:
    """What stands in Slack's channels and threads by the simulator's word, without what was deleted; each message by its
    metadata, "" where they name no part.
    """
    made = []
    for channel, messages in told.items():
        for m in messages:
            metadata = m["metadata"] or {}
            borne = metadata.get("event_payload", {}) if metadata.get("event_type") == EVENT else {}
            under = m["thread_ts"] if m["thread_ts"] not in (None, m["ts"]) else ""
            if not m["deleted"]:
                made.append(Message(channel, borne.get("key", ""), m["ts"], borne.get("digest", ""), under))
    return made


@contextmanager
def slack(seed: int, channels: int, trouble: float, limits: bool) -> Iterator[Slack]:
    given = [
        "--seed", str(seed), "--channels", str(channels), "--trouble", str(trouble), "--patience", str(SLACK_HANGING),
        *(["--rate-limits"] if limits else []),
    ]  # fmt: skip
    with _served("tests.platforms.slack", *given) as told:
        yield Slack(json.loads(told), limits)
