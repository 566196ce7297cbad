"""A fan-out goes on until all of its blocks are in line, whatever happens in between."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from bots.dispatch import pumping
from bots.dispatch.pumping import Pump
from briefings.errors import StoreError
from briefings.store import Schedule

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "error", [StoreError("disk full"), RuntimeError("cannot schedule new futures after shutdown")]
)
def test_a_block_that_fails_is_tried_again(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that it let out would end the fan-out, and the blocks after it would never be in line."""
    monkeypatch.setattr(pumping, "_TRY_AGAIN", 0.0)
    failing = [error, error]

    async def call(function: object, *arguments: Any) -> Any:
        if failing:
            raise failing.pop()
        return []

    books: Any = SimpleNamespace(call=call, editions=SimpleNamespace(of_schedule=None), enqueue=None)
    desk: Any = SimpleNamespace(clock=lambda: NOW)
    pump = Pump(desk, books, lambda *_: None, SimpleNamespace())  # type: ignore[arg-type]
    assert asyncio.run(pump.fan_block(Schedule("* * * * *", "UTC"), NOW, NOW, 0)) is None
    assert not failing
