"""What runs together: a command that is typed in one part has another at work at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import ClientSession, CookieJar

from bots.__main__ import now
from bots.running import everything
from bots.web.access import Gate
from briefings.desk import Desk, Reader
from briefings.model import LOCAL
from briefings.settings import Settings, Web
from briefings.store import open_store
from tests.unit.lives import until
from tests.unit.polling import TEMPLATES, Entry, Inline, serving

TOKEN = "a-token-of-the-tests-0123456789"


def test_a_feed_is_asked_as_soon_as_it_is_followed(tmp_path: Path) -> None:
    """Nobody waits for the collector's next look, which comes every five seconds."""

    async def work() -> None:
        settings = Settings.model_validate({"fetch": {"allow_networks": ["127.0.0.0/8"]}})
        store = open_store(tmp_path)
        desk = Desk(settings, TEMPLATES, store, now, Reader(settings, Inline(20)), LOCAL)
        web = Web.model_validate({"port": 0, "token": TOKEN})
        async with serving() as site, everything(desk, web, deliver=False) as running:
            site.feed(Entry("/a"))
            base, _, _ = running.address.partition("?")
            async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser:
                async with browser.get(running.address) as answer:
                    assert answer.status == 200
                await asyncio.sleep(0.3)  # it has looked, and found nothing to do
                form = {"line": f"/story follow varnholt {site.url()}", "csrf": Gate(TOKEN, web, 0).csrf}
                async with browser.post(f"{base.rstrip('/')}/c/desk/say", data=form) as answer:
                    assert answer.status == 200
                await until(lambda: site.asked["/feed"] == 2, 2)  # once for the command: is it a feed?
        store.close()

    asyncio.run(work())
