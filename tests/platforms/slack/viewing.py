"""Views: opened by triggers, pushed on one another, published as homes."""

from __future__ import annotations

import time

from tests.platforms.slack import limits
from tests.platforms.slack.asking import Asked
from tests.platforms.slack.filling import hold_current
from tests.platforms.slack.interactions import Interaction
from tests.platforms.slack.refusals import JSON, Refused
from tests.platforms.slack.state import Channel, User, View
from tests.platforms.slack.world import World

_DEEP = 3


def _shown(world: World, asked: Asked, kind: str) -> JSON:
    view = asked.parsed("view")
    return shown(world, asked.method, view, kind)


def shown(world: World, where: str, view: JSON, kind: str) -> JSON:
    """A view as it is kept. Refused, and noted, where it breaks a rule."""
    world.judge(where, limits.flaws_of_view(view))
    if view["type"] != kind:
        world.fault(where, f"the view is of the type {view['type']}")
        raise Refused("invalid_arguments")
    return {**view, "blocks": world.shaped_blocks(view["blocks"])}


def _hash(world: World) -> str:
    return f"{world.ids.ts()}.{world.ids.short()}"


def _triggered(world: World, asked: Asked) -> Interaction:
    trigger = world.triggers.get(asked.needed("trigger_id"))
    if trigger is None:
        raise Refused("invalid_trigger_id")
    if trigger.used:
        raise Refused("exchanged_trigger_id")
    if time.monotonic() - trigger.created > world.trigger_life:
        raise Refused("expired_trigger_id")
    return trigger.interaction


def _unique(world: World, view: JSON, but: View | None = None) -> None:
    name = view.get("external_id")
    if name and any(
        v.shown.get("external_id") == name and v.open and v is not but for v in world.views.values()
    ):
        raise Refused("duplicate_external_id")


def made(
    world: World, user: User, view: JSON, under: View | None = None, channel: Channel | None = None
) -> View:
    """A new view on the screen of a user, over another if that is given."""
    found = View(world.ids("V"), user, view, _hash(world))
    found.root, found.previous = (under.root, under.id) if under else (found.id, None)
    found.channel = channel or (under.channel if under else None)
    hold_current(found)
    world.views[found.id] = found
    world.told()
    return found


def opened(world: World, asked: Asked) -> JSON:
    interaction = _triggered(world, asked)
    view = _shown(world, asked, "modal")
    _unique(world, view)
    world.triggers[asked.text("trigger_id")].used = True
    found = made(world, interaction.user, view, channel=interaction.channel)
    interaction.views.append(found)
    world.told()
    return {"view": world.shape_view(found)}


def pushed(world: World, asked: Asked) -> JSON:
    interaction = _triggered(world, asked)
    view = _shown(world, asked, "modal")
    _unique(world, view)
    under = interaction.source
    if not isinstance(under, View) or under.type != "modal":
        raise Refused("not_found")
    world.triggers[asked.text("trigger_id")].used = True
    found = on_top(world, interaction, under, view)
    return {"view": world.shape_view(found)}


def on_top(world: World, interaction: Interaction, under: View, view: JSON) -> View:
    if sum(v.root == under.root and v.open for v in world.views.values()) >= _DEEP:
        raise Refused("push_limit_reached")
    found = made(world, interaction.user, view, under)
    interaction.views.append(found)
    world.told()
    return found


def replaced(world: World, found: View, view: JSON) -> None:
    """What its user put in stays where the block and the action are still there by their names."""
    names = {b["block_id"] for b in view["blocks"]}
    found.shown, found.hash = view, _hash(world)
    found.values = {k: v for k, v in found.values.items() if k in names}
    found.edits += 1
    found.errors = {}
    world.told()


def updated(world: World, asked: Asked) -> JSON:
    name, external = asked.text("view_id"), asked.text("external_id")
    by_name = (v for v in world.views.values() if external and v.shown.get("external_id") == external)
    found = world.views.get(name) or next(by_name, None)
    if found is None or not found.open:
        raise Refused("not_found")
    if asked.text("hash") not in ("", found.hash):
        raise Refused("hash_conflict")
    view = _shown(world, asked, "modal")
    _unique(world, view, found)
    replaced(world, found, view)
    return {"view": world.shape_view(found)}


def published(world: World, asked: Asked) -> JSON:
    user = world.users.get(asked.needed("user_id"))
    if user is None or user.team is not world.team:
        raise Refused("user_not_found")
    found = world.homes.get(user.id)
    if asked.text("hash") and (found is None or asked.text("hash") != found.hash):
        raise Refused("hash_conflict")
    view = _shown(world, asked, "home")
    if found is None:
        found = world.homes[user.id] = made(world, user, view)
        found.edits = 1
    else:
        replaced(world, found, view)
    world.told()
    return {"view": world.shape_view(found)}


def closed(world: World, view: View, *, all_of_them: bool = False) -> None:
    """It is off the screen; with all, those under it too."""
    for other in world.views.values():
        if other is view or (all_of_them and other.root == view.root):
            other.open = False
    world.told()


METHODS = {"views.open": opened, "views.push": pushed, "views.update": updated, "views.publish": published}
