"""Discord's limits on messages and modals. Lengths are counted in code points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.platforms.discord.reading import walked
from tests.platforms.discord.refusals import Flaw
from tests.platforms.discord.state import COMPONENTS_V2

JSON = dict[str, Any]

CONTENT, EMBEDS, TEXT_OVER_ALL, COMPONENTS, CUSTOM_ID, NONCE = 2000, 6000, 4000, 40, 100, 25
ROW, BUTTON, STRING, INPUT, SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = (
    1, 2, 3, 4, 9, 10, 11, 12, 13, 14, 17, 18,
)  # fmt: skip
SELECTS = (3, 5, 6, 7, 8)
LINK, PREMIUM = 5, 6
IN_ROW = {BUTTON, *SELECTS}
IN_CONTAINER = {ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR}
AT_TOP = {*IN_CONTAINER, CONTAINER}


@dataclass
class Shown:
    """What a message would consist of after a request. `files` are the names of its attachments."""

    content: str = ""
    embeds: Sequence[JSON] = ()
    components: Sequence[JSON] = ()
    flags: int = 0
    poll: Any = None
    stickers: Sequence[Any] = ()
    files: Sequence[str] = field(default_factory=tuple)


def long(path: str, text: Any, most: int, least: int = 0) -> Iterator[Flaw]:
    """A text that is too long or too short."""
    length = len(text or "")
    if length > most:
        yield Flaw(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length, is {length}.")
    if length < least:
        code = "BASE_TYPE_REQUIRED" if not length else "BASE_TYPE_MIN_LENGTH"
        yield Flaw(path, code, f"Must be {least} or more in length, is {length}.")


def many(path: str, things: Sequence[Any], least: int, most: int) -> Iterator[Flaw]:
    if not least <= len(things) <= most:
        yield Flaw(
            path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length, is {len(things)}."
        )


def flaws_of(shown: Shown) -> list[Flaw]:
    """What is wrong with a message, all of it."""
    return list(_flaws(shown))


def _flaws(m: Shown) -> Iterator[Flaw]:
    if m.flags & COMPONENTS_V2:
        for name, value in (
            ("content", m.content), ("embeds", m.embeds), ("poll", m.poll), ("sticker_ids", m.stickers),
        ):  # fmt: skip
            if value:
                yield Flaw(
                    name, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "Not beside components v2."
                )
        if not m.components:
            yield Flaw("components", "BASE_TYPE_REQUIRED", "Components v2 without components.")
        yield from _modern(m.components)
    else:
        if not (m.content or m.embeds or m.components or m.poll or m.stickers or m.files):
            yield Flaw("", "EMPTY", "Cannot be empty.")
        yield from _legacy(m.components)
    yield from long("content", m.content, CONTENT)
    yield from _embeds(m.embeds)
    yield from many("attachments", m.files, 0, 10)
    yield from _shared(m.components)
    for component in walked(m.components):
        for media in _media(component):
            url = str(media.get("url", ""))
            if url.startswith("attachment://"):
                if url.removeprefix("attachment://") not in m.files:
                    yield Flaw(
                        "components",
                        "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                        f"No file of {url}.",
                    )
            elif not url.startswith(("http://", "https://")):
                yield Flaw("components", "URL_TYPE_INVALID_SCHEME", f"No address of a medium: {url!r}.")


def _media(component: JSON) -> list[JSON]:
    match component.get("type"):
        case 11:
            return [component.get("media") or {}]
        case 12:
            return [i.get("media") or {} for i in component.get("items") or ()]
        case 13:
            return [component.get("file") or {}]
    return []


def _embeds(embeds: Sequence[JSON]) -> Iterator[Flaw]:
    yield from many("embeds", embeds, 0, 10)
    total = 0
    for i, embed in enumerate(embeds):
        at = f"embeds.{i}"
        fields = embed.get("fields") or []
        parts = [
            (f"{at}.title", embed.get("title"), 256, 0), (f"{at}.description", embed.get("description"), 4096, 0),
            (f"{at}.footer.text", (embed.get("footer") or {}).get("text"), 2048, 0),
            (f"{at}.author.name", (embed.get("author") or {}).get("name"), 256, 0),
            *((f"{at}.fields.{k}.name", f.get("name"), 256, 1) for k, f in enumerate(fields)),
            *((f"{at}.fields.{k}.value", f.get("value"), 1024, 1) for k, f in enumerate(fields)),
        ]  # fmt: skip
        yield from many(f"{at}.fields", fields, 0, 25)
        for path, text, most, least in parts:
            yield from long(path, text, most, least)
            total += len(text or "")
    if total > EMBEDS:
        yield Flaw(
            "embeds", "MAX_EMBED_SIZE_EXCEEDED", f"All embeds of a message: at most {EMBEDS}, are {total}."
        )


def _legacy(components: Sequence[JSON]) -> Iterator[Flaw]:
    yield from many("components", components, 0, 5)
    for i, component in enumerate(components):
        if component.get("type") != ROW:
            yield Flaw(f"components.{i}", "UNION_TYPE_CHOICES", "Without components v2, action rows alone.")


def _modern(components: Sequence[JSON]) -> Iterator[Flaw]:
    everything = list(walked(components))
    if len(everything) > COMPONENTS:
        said = f"At most {COMPONENTS} with all that are nested, are {len(everything)}."
        yield Flaw("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", said)
    total = sum(len(c.get("content") or "") for c in everything if c.get("type") == TEXT)
    if total > TEXT_OVER_ALL:
        said = f"At most {TEXT_OVER_ALL} over all texts, are {total}."
        yield Flaw("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", said)
    yield from _placed("components", components, AT_TOP)


def _placed(path: str, components: Sequence[JSON], allowed: set[int]) -> Iterator[Flaw]:
    for i, component in enumerate(components):
        at, kind = f"{path}.{i}", component.get("type")
        if kind not in allowed:
            yield Flaw(at, "UNION_TYPE_CHOICES", f"A component of type {kind} cannot be here.")
        inner = component.get("components") or []
        if kind == CONTAINER:
            yield from many(f"{at}.components", inner, 1, COMPONENTS)
            yield from _placed(f"{at}.components", inner, IN_CONTAINER)
        elif kind == SECTION:
            yield from many(f"{at}.components", inner, 1, 3)
            yield from _placed(f"{at}.components", inner, {TEXT})
            yield from _placed(f"{at}.accessory", [component.get("accessory") or {}], {BUTTON, THUMBNAIL})
        elif kind == TEXT:
            yield from long(f"{at}.content", component.get("content"), TEXT_OVER_ALL, 1)
            if component.get("content") and not component["content"].strip():
                yield Flaw(f"{at}.content", "BASE_TYPE_REQUIRED", "A text of blanks.")
        elif kind == GALLERY:
            yield from many(f"{at}.items", component.get("items") or [], 1, 10)
            for k, item in enumerate(component.get("items") or []):
                yield from long(f"{at}.items.{k}.description", item.get("description"), 1024)


def _shared(components: Sequence[JSON]) -> Iterator[Flaw]:
    """What holds in all messages: rows with what is in them, and identifiers."""
    everything = list(walked(components))
    named = Counter(c["custom_id"] for c in everything if c.get("custom_id"))
    for name, count in named.items():
        if count > 1:
            yield Flaw(
                "components",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                f"The custom id {name!r} is there {count} times.",
            )
    numbered = Counter(c["id"] for c in everything if c.get("id"))
    for number, count in numbered.items():
        if count > 1:
            yield Flaw("components", "COMPONENT_ID_DUPLICATED", f"The id {number} is there {count} times.")
    for c in everything:
        kind = c.get("type")
        at = f"components.{c.get('custom_id') or kind}"
        if kind == ROW:
            inner = c.get("components") or []
            kinds = [x.get("type") for x in inner]
            yield from many(at, inner, 1, 5)
            if not set(kinds) <= IN_ROW:
                yield Flaw(at, "UNION_TYPE_CHOICES", f"A row of {kinds}.")
            if any(k in SELECTS for k in kinds) and len(kinds) > 1:
                yield Flaw(at, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "A select has its row for itself.")
        elif kind == BUTTON:
            yield from _button(at, c)
        elif kind in SELECTS:
            yield from _select(at, c)


def _button(at: str, c: JSON) -> Iterator[Flaw]:
    yield from long(f"{at}.label", c.get("label"), 80)
    if c.get("style") == LINK:
        yield from long(f"{at}.url", c.get("url"), 512, 1)
        if c.get("custom_id"):
            yield Flaw(at, "BUTTON_COMPONENT_CUSTOM_ID_AND_URL", "A link has no custom id.")
    elif c.get("style") != PREMIUM:
        yield from long(f"{at}.custom_id", c.get("custom_id"), CUSTOM_ID, 1)
        if c.get("url"):
            yield Flaw(at, "BUTTON_COMPONENT_CUSTOM_ID_AND_URL", "Only a link has a URL.")
    if not c.get("label") and not c.get("emoji") and c.get("style") != PREMIUM:
        yield Flaw(at, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button without label and emoji.")


def _select(at: str, c: JSON) -> Iterator[Flaw]:
    yield from long(f"{at}.custom_id", c.get("custom_id"), CUSTOM_ID, 1)
    yield from long(f"{at}.placeholder", c.get("placeholder"), 150)
    least, most = c.get("min_values", 1), c.get("max_values", 1)
    least, most = 1 if least is None else least, 1 if most is None else most
    if not 0 <= least <= most <= 25 or most < 1:
        yield Flaw(f"{at}.max_values", "NUMBER_TYPE_MAX", f"From {least} to {most} values.")
    if c.get("type") != STRING:
        return
    options = c.get("options") or []
    yield from many(f"{at}.options", options, 1, 25)
    if most > len(options):
        yield Flaw(
            f"{at}.max_values", "SELECT_COMPONENT_MAX_VALUES", f"{most} values of {len(options)} options."
        )
    if sum(bool(o.get("default")) for o in options) > most:
        yield Flaw(f"{at}.options", "SELECT_COMPONENT_DEFAULTS", "More chosen from the start than may be.")
    for k, option in enumerate(options):
        yield from long(f"{at}.options.{k}.label", option.get("label"), 100, 1)
        yield from long(f"{at}.options.{k}.value", option.get("value"), 100, 1)
        yield from long(f"{at}.options.{k}.description", option.get("description"), 100)
    for value, count in Counter(o.get("value") for o in options).items():
        if count > 1:
            yield Flaw(
                f"{at}.options", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", f"{value!r} {count} times."
            )


def flaws_of_modal(modal: JSON) -> list[Flaw]:
    """What is wrong with a modal, all of it."""
    return list(_modal(modal))


def _modal(modal: JSON) -> Iterator[Flaw]:
    yield from long("data.title", modal.get("title"), 45, 1)
    yield from long("data.custom_id", modal.get("custom_id"), CUSTOM_ID, 1)
    components = modal.get("components") or []
    yield from many("data.components", components, 1, 5)
    for i, component in enumerate(components):
        at = f"data.components.{i}"
        if component.get("type") not in (ROW, TEXT, LABEL):
            yield Flaw(
                at, "UNION_TYPE_CHOICES", f"A component of type {component.get('type')} cannot be here."
            )
        if component.get("type") == LABEL:
            yield from long(f"{at}.label", component.get("label"), 45, 1)
            yield from long(f"{at}.description", component.get("description"), 100)
    everything = list(walked(components))
    for name, count in Counter(c["custom_id"] for c in everything if c.get("custom_id")).items():
        if count > 1:
            said = f"The custom id {name!r} is there {count} times."
            yield Flaw("data.components", "COMPONENT_CUSTOM_ID_DUPLICATED", said)
    for c in everything:
        at = f"data.components.{c.get('custom_id')}"
        if c.get("type") == INPUT:
            yield from long(f"{at}.custom_id", c.get("custom_id"), CUSTOM_ID, 1)
            yield from long(f"{at}.label", c.get("label"), 45)
            yield from long(f"{at}.placeholder", c.get("placeholder"), 100)
            yield from long(f"{at}.value", c.get("value"), min(4000, c.get("max_length") or 4000))
        elif c.get("type") in SELECTS:
            yield from _select(at, c)


def flaws_of_choices(choices: Sequence[JSON]) -> list[Flaw]:
    """What is wrong with the answer to an autocomplete."""
    found = list(many("data.choices", choices, 0, 25))
    for i, choice in enumerate(choices):
        found += long(f"data.choices.{i}.name", choice.get("name"), 100, 1)
        if isinstance(choice.get("value"), str):
            found += long(f"data.choices.{i}.value", choice.get("value"), 100, 1)
    return found
