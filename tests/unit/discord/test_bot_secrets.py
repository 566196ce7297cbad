"""The bot's token and the tokens of interactions are in no log and in no row."""

from __future__ import annotations

import asyncio
import io
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

from bots.running import everything
from briefings.desk import Desk, Reader
from briefings.model import Tenant
from briefings.settings import Settings
from briefings.sources import Worker
from briefings.store import open_store
from briefings.store.database import FILE
from tests.platforms.discord import Discord, simulated
from tests.platforms.discord.connecting import pointed
from tests.platforms.discord.state import now
from tests.unit.discord.going import FIRST, NEWSROOM, TEMPLATES, chosen, manager, swift, told
from tests.unit.lives import until


@pytest.mark.slow
def test_no_token_is_logged_or_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG, through answers, refusals, trouble and delivery, whoever logs."""
    written = io.StringIO()
    for name in (
        "discord",
        "discord.http",
        "discord.gateway",
        "discord.webhook.async_",
        "aiohttp",
        "asyncio",
    ):
        caplog.set_level(logging.DEBUG, name)
    caplog.set_level(logging.DEBUG)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(written),
    )
    secrets: set[str] = set()

    async def work(sim: Discord) -> None:
        secrets.add(sim.token)
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
                ada = manager(sim)
                sim.trouble("PATCH", "@original", 503)
                asked = [
                    await sim.slash(ada, sim.channel, "brief"),
                    await sim.slash(ada, sim.channel, "setup"),
                ]
                asked.append(await sim.slash(ada, sim.channel, "evidence", number=999))
                await asked[0].settled(20)
                secrets.update(x.token for x in asked)
                sim.gateway.drop()
                await until(lambda: sim.resumes > 0 or sim.identifies > 1, 20)
        with store.engine.connect() as c:
            tables = c.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
            rows = "".join(str(r) for t in tables for r in c.execute(text(f'SELECT * FROM "{t}"')))
        store.close()
        assert len(rows) > 10_000
        assert not [s for s in secrets if s in rows]

    (tmp_path / FILE).write_bytes(told(len(FIRST), 1))

    async def inside() -> None:

        async with simulated(guilds=0) as sim:
            sim.add_guild("Newsroom", id=NEWSROOM, channels=("general", "news"))
            with pointed(sim), swift():
                await work(sim)

    try:
        asyncio.run(inside())
    finally:
        structlog.reset_defaults()
    logged = written.getvalue() + caplog.text
    assert len(secrets) == 4
    assert "answered" in logged
    assert not [s for s in secrets if s in logged]
