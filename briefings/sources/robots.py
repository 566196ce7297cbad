"""robots.txt (RFC 9309): what a site lets programs fetch. Asked once a day a host, and kept in memory."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from protego import Protego
from yarl import URL

from briefings.errors import FetchFailed, RobotsRefused
from briefings.sources.fetch import Fetcher

_HOLDS, _HOLDS_FAILED = timedelta(hours=24), timedelta(minutes=30)
_LONGEST = 500 * 1024  # bytes that are read (RFC 9309, 2.5)
_MOST_RULES = 2_000  # for us, of one site
_KEPT = 5_000  # hosts


@dataclass(frozen=True, slots=True)
class _Rules:
    """None: the site could not be asked, and nothing of it may be fetched (RFC 9309, 2.3.1.4)."""

    rules: Protego | None
    until: datetime


class Robots:
    """What the sites' robots.txt allow the program of the settings' User-Agent."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._agent = fetcher.settings.user_agent.partition("/")[
            0
        ].strip()  # the product token (RFC 9309, 2.2.1)
        self._known: OrderedDict[str, _Rules] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Rules]] = {}

    async def check(self, url: str, now: datetime) -> None:
        """RobotsRefused where the site does not let programs fetch this address; FetchError where it can't be asked."""
        self._fetcher.checked(url)
        site = str(URL(url).origin())
        known = self._known.get(site)
        if known is None or known.until <= now:
            known = await self._shared(site, now)
        if known.rules is None:
            raise RobotsRefused(
                f"{site}/robots.txt can't be read, so nothing of this site is fetched.", "Try again later."
            )
        if not known.rules.can_fetch(url, self._agent):
            raise RobotsRefused(
                f"{url}: this site does not let programs fetch it (robots.txt).",
                "Ask the outlet for a feed, or save the article and add the file.",
            )

    async def _shared(self, site: str, now: datetime) -> _Rules:
        """One question a site, whoever waits for it."""
        task = self._asking.get(site)
        if task is None:
            task = self._asking[site] = asyncio.ensure_future(self._asked(site, now))
            task.add_done_callback(lambda _: self._asking.pop(site, None))
        found = await asyncio.shield(task)
        self._known[site] = found
        self._known.move_to_end(site)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found

    async def _asked(self, site: str, now: datetime) -> _Rules:
        try:
            page = (await self._fetcher.ask(f"{site}/robots.txt", feed=True, cut=_LONGEST)).page
            text = page.body.decode("utf-8-sig", "replace") if page is not None else ""
            if page is not None and page.content_type.startswith("text/html"):
                text = ""  # a page in its place says nothing
        except FetchFailed as e:
            if e.status is None:
                raise  # the host can't be reached, which is what is wrong
            if e.status >= 500 or e.status == 429:
                return _Rules(None, now + _HOLDS_FAILED)
            text = ""
        return _Rules(Protego.parse(_own(text, self._agent)), now + _HOLDS)


def _own(text: str, agent: str) -> str:
    """The groups of rules that are for this program or for all: the others only cost, and a hostile file has many."""
    kept: list[str] = []
    agents: list[str] = []
    heading = mine = False
    for line in text.splitlines():
        field, colon, value = line.partition("#")[0].partition(":")
        name = field.strip().lower()
        if not colon:
            continue
        if name == "user-agent":
            if not heading:
                agents, heading = [], True
            agents.append(value.strip().lower())
            mine = any(a == "*" or (a and agent.lower().startswith(a)) for a in agents)
            continue
        if name not in ("allow", "disallow"):
            continue
        if heading and mine:
            kept += [f"User-agent: {a}" for a in agents if a == "*" or (a and agent.lower().startswith(a))][
                :2
            ]
        heading = False
        if mine:
            kept.append(f"{name}: {value.strip()}")
        if len(kept) >= _MOST_RULES:
            break
    return "\n".join(kept)
