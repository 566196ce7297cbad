"""The app's tokens, the triggers and the addresses of requests are in no log and in no row."""

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
from tests.platforms.slack import Slack, simulated
from tests.platforms.slack.state import now
from tests.unit.lives import until
from tests.unit.slack.going import ARTICLES, NEXT, SLUG, TEMPLATES, chosen, manager, swift, told


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["socket", "http"])
def test_no_secret_is_logged_or_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: str) -> None:
    """At DEBUG, through answers, refusals, trouble, forms and a lost socket, whoever logs."""
    written = io.StringIO()
    for name in ("slack_bolt", "slack_sdk", "aiohttp", "asyncio"):
        caplog.set_level(logging.DEBUG, name)
    caplog.set_level(logging.DEBUG)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(written),
    )
    secrets: dict[str, str] = {}
    kept: dict[str, str] = {}

    async def work(sim: Slack) -> None:
        secrets.update(bot=sim.bot_token, app=sim.app_token, signing=sim.signing_secret)
        store = open_store(tmp_path)
        settings = Settings(slack=chosen(sim, mode=mode, port=0))
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
                slack = running.slack
                assert slack is not None
                await until(lambda: slack.up)
                if mode == "http":
                    sim.http_mode(slack.address)
                ada = manager(sim)
                asked = [await sim.command(ada, sim.channel, "/brief", "template:dossier")]
                await asked[0].settled(20)
                message = sim.messages()[0]
                asked.append(await (await sim.click(ada, message, NEXT)).settled(20))
                asked.append(await (await sim.click(ada, message, "Sources")).settled(20))
                asked.append(
                    await (await sim.command(ada, sim.channel, "/sitrep", "edition add")).settled(20)
                )
                given = {"story": SLUG, "template": "flash", "when": "daily at 8:00"}
                asked.append(await (await sim.submit(ada, asked[-1].views[0], given)).acked())
                for kind in ("404", "drop after", "garbled"):
                    sim.trouble("response_url", kind)
                    sim.trouble(r"chat\.postMessage", kind)
                    asked.append(await sim.command(ada, sim.channel, "/sitrep", "brief story:nothing"))
                    asked.append(await sim.command(ada, sim.channel, "/brief"))
                sim.trigger_life = 0.0
                asked.append(await sim.command(ada, sim.channel, "/sitrep", "edition add"))
                for x in asked:
                    await x.acked()
                await asyncio.sleep(0.3)
                if mode == "socket":
                    assert sim.redeliver(asked[0].delivery)
                    sim.socket_mode.drop()
                    await until(lambda: sim.sockets == 2, 20)
                else:
                    await sim.listening.post(asked[0].delivery.kind, asked[0].delivery.payload)
                    await sim.listening.post(asked[0].delivery.kind, asked[0].delivery.payload, secret="x")
                await asyncio.sleep(0.2)
                secrets.update({f"trigger {i}": x.trigger_id for i, x in enumerate(asked)})
                secrets.update(
                    {f"address {i}": x.response_token for i, x in enumerate(asked) if x.response_token}
                )
        with store.engine.connect() as c:
            tables = c.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
            kept.update({t: "".join(str(r) for r in c.execute(text(f'SELECT * FROM "{t}"'))) for t in tables})
        store.close()

    (tmp_path / FILE).write_bytes(told(len(ARTICLES), 1))

    async def inside() -> None:
        async with simulated(channels=2) as sim:
            with swift():
                await work(sim)

    try:
        asyncio.run(inside())
    finally:
        structlog.reset_defaults()
    logged = written.getvalue() + caplog.text
    who = {r.name for r in caplog.records for s in secrets.values() if s in r.getMessage()}
    assert who == set(), "loggers that tell secrets"
    assert len(secrets) > 15
    assert "answered" in logged
    assert sum(map(len, kept.values())) > 10_000
    assert sorted({n for n, s in secrets.items() if s in logged}) == []
    assert (
        sorted({(t, n.split()[0]) for n, s in secrets.items() for t, rows in kept.items() if s in rows}) == []
    )
