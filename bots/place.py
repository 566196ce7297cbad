"""Where and by whom a command is typed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import tzinfo

from briefings.model import Address, Channel, Language, Tenant
from briefings.rendering.words import zone_of
from briefings.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """A channel of a tenant; `name` as people there know it."""

    tenant: Tenant
    channel: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Asker:
    """A person on a platform. `manager`: the platform says so. `language`: of their client, where it is known."""

    id: str
    name: str = ""
    manager: bool = False
    language: Language | None = None


def home_of(tenant: Tenant) -> str:
    """The publisher of a tenant's own channels: the command line's are those of the web."""
    return "web" if tenant.platform == "local" else tenant.platform


def mark_of(tenant: Tenant, address: Address) -> str:
    """The channel by which "since the last briefing" is counted."""
    return address.channel if address.via == home_of(tenant) else str(address)


def zone_at(channel: Channel | None, settings: Settings) -> tzinfo:
    """The channel's time zone, else the settings'; UTC where this machine does not know it any more."""
    try:
        return zone_of((channel.timezone if channel is not None else None) or settings.timezone)
    except LookupError:
        return zone_of("UTC")


def may_manage(asker: Asker, tenant: Tenant, managers: Collection[str]) -> bool:
    """Whether they may change things: the platform says so, or the settings name them ("*" stands for any)."""
    if asker.manager:
        return True
    own = (tenant.platform, tenant.id, asker.id)
    return any(
        all(a in ("*", b) for a, b in zip(m.split("/"), own, strict=True))
        for m in managers
        if m.count("/") == 2
    )
