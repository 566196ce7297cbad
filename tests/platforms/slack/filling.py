"""What a user puts in: the values of selects and inputs as Slack tells them to an app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.platforms.slack.reading import options_of, placed
from tests.platforms.slack.state import Channel, Message, User, View

JSON = dict[str, Any]

TEXTS = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
_IDS = {"users": "user", "conversations": "conversation", "channels": "channel"}
_MOMENTS = {"datepicker": "date", "timepicker": "time", "datetimepicker": "date_time"}


def named(thing: Any) -> Any:
    """What a value is to Slack: users and channels go by their ids."""
    return thing.id if isinstance(thing, (User, Channel)) else thing


def initial(element: JSON) -> JSON | None:
    """What an element holds before anybody touched it. None where it holds nothing ever, as a button does."""
    kind = element["type"]
    if kind in TEXTS:
        return {"type": kind, "value": element.get("initial_value")}
    if kind == "rich_text_input":
        return {"type": kind, "rich_text_value": element.get("initial_value")}
    if kind in _MOMENTS:
        name = _MOMENTS[kind]
        return {"type": kind, f"selected_{name}": element.get(f"initial_{name}")}
    if kind in ("static_select", "external_select", "radio_buttons"):
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in ("multi_static_select", "multi_external_select", "checkboxes"):
        return {"type": kind, "selected_options": list(element.get("initial_options") or ())}
    for many, one in _IDS.items():
        if kind == f"{many}_select":
            return {"type": kind, f"selected_{one}": element.get(f"initial_{one}")}
        if kind == f"multi_{many}_select":
            return {"type": kind, f"selected_{one}s": list(element.get(f"initial_{one}s") or ())}
    return None


def empty(held: JSON) -> bool:
    return not any(v for k, v in held.items() if k != "type")


def chosen(element: JSON, values: Sequence[Any], offered: Sequence[JSON] | None = None) -> JSON:
    """What it holds after these were chosen: options by value or label, users and channels, dates. AssertionError where
    one could not choose so. `offered` are the options of an external select."""
    kind, name = element["type"], element.get("action_id")
    given = [named(v) for v in values]
    if kind.startswith("multi_") or kind == "checkboxes":
        most = element.get("max_selected_items") or 10**6
        assert len(given) <= most, f"{name!r} takes {most} at most"
    else:
        assert len(given) == 1, f"{name!r} takes one"
    if kind in _MOMENTS:
        return {"type": kind, f"selected_{_MOMENTS[kind]}": given[0]}
    for many, one in _IDS.items():
        if kind == f"{many}_select":
            return {"type": kind, f"selected_{one}": given[0]}
        if kind == f"multi_{many}_select":
            return {"type": kind, f"selected_{one}s": given}
    options = [_option(element, v, offered if offered is not None else options_of(element)) for v in given]
    if kind.startswith("multi_") or kind == "checkboxes":
        return {"type": kind, "selected_options": options}
    return {"type": kind, "selected_option": options[0]}


def _option(element: JSON, value: Any, offered: Sequence[JSON]) -> JSON:
    for option in offered:
        if value in (option.get("value"), option["text"]["text"]):
            return option
    known = [o["text"]["text"] for o in offered]
    raise AssertionError(f"{element.get('action_id')!r} has no {value!r}, only {known}")


def typed(element: JSON, text: Any, label: str) -> JSON:
    """What a field for text holds after this was typed."""
    kind = element["type"]
    if kind == "rich_text_input":
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": str(text)}]}
        return {"type": kind, "rich_text_value": {"type": "rich_text", "elements": [section]}}
    value = str(text)
    least, most = element.get("min_length") or 0, element.get("max_length") or 3000
    assert kind == "number_input" or least <= len(value) <= most, (
        f"{label!r} takes {least} to {most} characters"
    )
    assert element.get("multiline") or "\n" not in value, f"{label!r} takes one line"
    return {"type": kind, "value": value}


def state_of(shown: Message | View) -> JSON:
    """What all its elements hold, by block and action."""
    found: JSON = {}
    for block, element in placed(shown):
        held = initial(element)
        if held is not None:
            values = shown.values.get(block["block_id"], {})
            found.setdefault(block["block_id"], {})[element["action_id"]] = values.get(
                element["action_id"], held
            )
    return found


def hold(shown: Message | View, block: JSON, element: JSON, held: JSON) -> None:
    shown.values.setdefault(block["block_id"], {})[element["action_id"]] = held


def hold_current(view: View) -> None:
    """Selects of conversations that begin with the one in which the view was opened."""
    for block, element in placed(view):
        if element.get("default_to_current_conversation") and view.channel is not None:
            kinds = (element.get("filter") or {}).get("include") or [view.kind_of_channel]
            held = chosen(element, [view.channel])
            if view.kind_of_channel in kinds:
                hold(view, block, element, held)
