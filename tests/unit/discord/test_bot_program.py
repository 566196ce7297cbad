"""The whole program against the simulator: gateway, answers, schedule and delivery in one process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.running import everything
from briefings.desk import Desk, Reader
from briefings.model import Tenant
from briefings.settings import Settings
from briefings.sources import Worker
from briefings.store import open_store
from tests.platforms.discord import Discord, text_of
from tests.platforms.discord.state import now
from tests.unit.discord.going import (
    FIRST,
    ONE,
    REVISED,
    SLUG,
    TEMPLATES,
    chosen,
    manager,
    shown,
    with_simulator,
)
from tests.unit.lives import until


@pytest.mark.slow
def test_from_command_to_correction(tmp_path: Path) -> None:
    """An answer with a chart; an edition posted on request; both corrected when an article is revised; a clean end."""

    async def work(sim: Discord) -> None:
        store = open_store(tmp_path)
        settings = Settings(discord=chosen(sim))
        async with Worker(30) as worker:
            desk = Desk(
                settings,
                TEMPLATES,
                store,
                lambda: datetime.fromtimestamp(now(), UTC),
                Reader(settings, worker),
                Tenant("local", "desk"),
            )
            async with everything(desk, None) as running:
                discord = running.discord
                assert discord is not None
                await until(lambda: discord.up)
                ada, news = manager(sim), list(sim.guild.channels.values())[1]
                asked = await (await sim.slash(ada, sim.channel, "brief")).settled(20)
                answer = shown(asked)
                await (
                    await sim.slash(
                        ada, news, "edition add", story=SLUG, template="sitrep", when="daily at 8:00"
                    )
                ).settled(10)
                before = len(sim.messages(news))
                await (await sim.slash(ada, news, "edition now", number=1)).settled(10)
                await until(lambda: len(sim.messages(news)) > before + 1, 20)
                await asyncio.sleep(0.5)
                posted = [m for m in sim.messages(news) if "board members" in text_of(m)]
                await desk.of(ONE).add_articles(
                    (await desk.of(ONE).stories())[0], [REVISED], REVISED.id, private=True
                )
                assert running.deliveries is not None
                await running.deliveries.pump.pump()
                await until(lambda: answer.edits > 0 and any(m.edits for m in posted), 20)
                assert any("Four directors voted" in text_of(m) for m in posted)
                charted = await (await sim.slash(ada, sim.channel, "timeline", private=True)).settled(20)
                assert [a.content_type for a in shown(charted).attachments] == ["image/png"]
                assert discord.kind_of(str(news.id)) == 0
            assert not sim.gateway.connected
        store.close()

    with_simulator(tmp_path, work, count=len(FIRST))
