"""Figures for Prometheus: what went out, how late, what waits. Each process counts its own in its own registry."""

from __future__ import annotations

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from briefings.model import Dispatch, State

_LAGS = (0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 7_200)
_LATENCIES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5)


class Figures:
    """`settled` and `retried` as it happens; `depth` and `oldest` whenever they are asked for."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self._settled = Counter(
            "sitrep_dispatches",
            "Dispatches settled, by what became of them.",
            ["via", "kind", "state"],
            registry=r,
        )
        self._lag = Histogram(
            "sitrep_dispatch_lag_seconds",
            "From the moment due to posted.",
            ["via"],
            buckets=_LAGS,
            registry=r,
        )
        self._retries = Counter("sitrep_retries", "Attempts that have to be made again.", ["via"], registry=r)
        self._depth = Gauge(
            "sitrep_queue_depth",
            "Dispatches in the ledger that are not settled.",
            ["via", "state"],
            registry=r,
        )
        self._oldest = Gauge(
            "sitrep_oldest_unsettled_seconds", "How long the oldest unsettled dispatch is due.", registry=r
        )
        self._commands = Histogram(
            "sitrep_command_seconds",
            "From a command to its answer.",
            ["command"],
            buckets=_LATENCIES,
            registry=r,
        )
        self._pumps = Histogram(
            "sitrep_pump_seconds", "One look at what is due.", buckets=_LATENCIES, registry=r
        )

        self._up = Gauge(
            "sitrep_platform_up", "Whether a platform's gateway is connected.", ["via"], registry=r
        )

    def connected(self, via: str, up: bool) -> None:
        self._up.labels(via).set(1 if up else 0)

    def settled(self, d: Dispatch, state: State, now: datetime) -> None:
        self._settled.labels(d.address.via, d.kind.value, state.value).inc()
        if state is State.POSTED:
            self._lag.labels(d.address.via).observe(max(0.0, (now - d.due).total_seconds()))

    def retried(self, via: str) -> None:
        self._retries.labels(via).inc()

    def answered(self, command: str, seconds: float) -> None:
        self._commands.labels(command or "none").observe(seconds)

    def pumped(self, seconds: float) -> None:
        self._pumps.observe(seconds)

    def text(self, depth: dict[tuple[str, str], int], oldest: datetime | None, now: datetime) -> bytes:
        """The page that Prometheus reads, with what waits in the ledger by now."""
        self._depth.clear()
        for (via, state), n in depth.items():
            if not State(state).settled:
                self._depth.labels(via, state).set(n)
        self._oldest.set(max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0)
        return generate_latest(self.registry)
