"""Forms as Discord's modals, and what was filled into one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bots.answers import Field, Form
from bots.marks import Mark
from bots.paging import cut

_LABEL, _TEXT_INPUT, _SELECT = 18, 4, 3
_MOST_TITLE, _MOST_LABEL, _MOST_HELP, _MOST_VALUE, _MOST_CHOICE, _MOST_CHOICES = 45, 45, 100, 400, 100, 25


def modal(form: Form, reference: str) -> dict[str, Any]:
    """The data of the modal that asks a form's questions; it has at least one and at most five."""
    return {
        "custom_id": str(Mark("form", reference)),
        "title": cut(form.submit or f"/{form.command}", _MOST_TITLE),
        "components": [_question(f) for f in form.fields[:5]],
    }


def _question(field: Field) -> dict[str, Any]:
    asked: dict[str, Any] = {"type": _LABEL, "label": cut(field.label, _MOST_LABEL)}
    if asked["label"] != field.label:
        asked["description"] = cut(field.label, _MOST_HELP)
    if field.choices:
        options = [
            {"label": cut(label or value, _MOST_CHOICE), "value": value, "default": value == field.value}
            for value, label in field.choices[:_MOST_CHOICES]
        ]
        asked["component"] = {
            "type": _SELECT,
            "custom_id": field.option,
            "options": options,
            "min_values": 1,
            "max_values": 1,
            "required": True,
        }
    else:
        line: dict[str, Any] = {
            "type": _TEXT_INPUT,
            "custom_id": field.option,
            "style": 1,
            "required": True,
            "max_length": _MOST_VALUE,
        }
        if field.value:
            line["value"] = field.value[:_MOST_VALUE]
        if field.suggestions:
            line["placeholder"] = cut(", ".join(field.suggestions[:3]), 100)
        asked["component"] = line
    return asked


def filled(components: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The values of a submitted modal by the names of its questions."""
    return dict(_values(components))


def _values(components: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for component in components:
        inner = component.get("component")
        if inner is not None:
            yield from _values([inner])
        yield from _values(component.get("components") or ())
        if "custom_id" in component:
            values = component.get("values")
            value = values[0] if values else component.get("value")
            if value:
                yield str(component["custom_id"]), str(value)
