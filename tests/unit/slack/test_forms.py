"""Forms of commands: views that Slack takes, read back as they were filled in, their mistakes told where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.answers import CHAT
from bots.commands import COMMANDS, Command, Kind, command_named
from bots.slack.forms import (
    CHANNEL,
    OPTION,
    THREAD,
    Origin,
    faults,
    filled,
    modal,
    option,
    origin_of,
)
from briefings.model import LANGUAGES, Language
from briefings.rendering.words import Words
from tests.unit.hostile import module_at, strings

JSON = dict[str, Any]
Checker = Callable[[JSON], list[str]]
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TEMPLATES = ("dossier", "flash", "sitrep")
ASKING = [c for c in COMMANDS if c.options]


@pytest.fixture(scope="session")
def view_faults(shared: Callable[[str], Path]) -> Checker:
    """What Slack's own types find wrong with a view."""
    found: Checker = module_at(shared("contracts/slack_contract.py")).validate_view
    return found


def command(name: str) -> Command:
    found = command_named(name)
    assert found is not None
    return found


def origin(of: Command, language: Language = "en", name: str = "#general") -> Origin:
    return Origin(of.name, "C0123456789", name, "1700000000.000100", language)


def form(name: str, language: Language = "en", **given_: str) -> JSON:
    return modal(command(name), origin(command(name), language), given_, TEMPLATES)


def walked(value: Any) -> Iterator[JSON]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walked(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walked(inner)


def questions(view: JSON) -> dict[str, JSON]:
    return {b["block_id"]: b["element"] for b in view["blocks"]}


def check(view: JSON, of: Command, view_faults: Checker) -> None:
    """A view is one that Slack takes."""
    assert view_faults(view) == []
    assert 1 <= len(view["title"]["text"]) <= 24
    assert 1 <= len(view["submit"]["text"]) <= 24
    assert 1 <= len(view["close"]["text"]) <= 24
    assert len(view["private_metadata"]) <= 3_000
    assert len(view["callback_id"]) <= 255
    assert [b["block_id"] for b in view["blocks"]][: len(of.options)] == [o.name for o in of.options]
    ids = [x["action_id"] for x in walked(view) if "action_id" in x]
    assert len(ids) == len(set(ids))
    for x in walked(view):
        assert x.get("type") != "mrkdwn"
        if x.get("type") == "plain_text":
            assert x["text"]
            assert x["emoji"] is False
        if x.get("type") == "input":
            assert len(x["label"]["text"]) <= 2_000
            assert len(x["hint"]["text"] if "hint" in x else "") <= 2_000
        if "action_id" in x:
            assert len(x["action_id"]) <= 255
        if "options" in x:
            assert 1 <= len(x["options"]) <= 100
        if "value" in x:
            assert 1 <= len(x["text"]["text"]) <= 75
            assert 1 <= len(x["value"]) <= 150
        if "initial_value" in x:
            assert 1 <= len(x["initial_value"]) <= x["max_length"] <= 3_000
        if "initial_option" in x and "options" in x:
            assert x["initial_option"] in x["options"]


# ---- what is asked ---------------------------------------------------------------------------------------------------------

HOSTILE = ["", " ", "\x00", "x" * 5_000, "א" * 73, "a\u202eb" * 20, "<!channel>" * 20, "&lt;", "\u200d"]
LOOSE = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("of", COMMANDS, ids=lambda c: c.name)
def test_the_form_of_every_command_is_one_that_slack_takes(
    view_faults: Checker, of: Command, language: Language
) -> None:
    """In both languages, empty."""
    check(modal(of, origin(of, language), {}, TEMPLATES), of, view_faults)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda x: ascii(x[:20]))
def test_a_form_with_any_values_is_one_that_slack_takes(view_faults: Checker, value: str) -> None:
    """Whatever was typed before it was opened."""
    for of in ASKING:
        check(modal(of, origin(of, "fr"), {o.name: value for o in of.options}, TEMPLATES), of, view_faults)


@given(st.sampled_from(ASKING), strings, st.sampled_from(LANGUAGES))
@LOOSE
def test_any_form_is_one_that_slack_takes(
    view_faults: Checker, of: Command, value: str, language: Language
) -> None:
    """With any value for all of its questions."""
    check(modal(of, origin(of, language), {o.name: value for o in of.options}, TEMPLATES), of, view_faults)


@pytest.mark.parametrize("sign", ["x", "\U0001f600", "א", "\u202e", "\U0001f468\u200d"], ids=ascii)
def test_a_value_of_any_length_fits(sign: str) -> None:
    """As the option that is chosen already, also where what isolates its direction makes it longer."""
    for length in range(1, 160):
        value = sign * length
        chosen = questions(form("quotes", by=value))["by"].get("initial_option")
        assert (chosen is None) == (len(value) > 150)
        for made in (chosen, option(value, value)):
            if made is not None:
                assert made["value"] == value
                assert 1 <= len(made["text"]["text"]) <= 75, length


@pytest.mark.parametrize("count", [0, 1, 500])
def test_a_form_with_any_number_of_templates_is_one_that_slack_takes(
    view_faults: Checker, count: int
) -> None:
    """Up to a hundred can be chosen; where there is none, its name is asked."""
    of = command("brief")
    check(modal(of, origin(of), {"template": "t0"}, [f"t{i}" for i in range(count)]), of, view_faults)


def test_the_elements_are_those_of_the_kinds() -> None:
    """What Slack can't know is looked up while it is typed."""
    kinds = {
        "story": "external_select", "template": "static_select", "when": "plain_text_input", "timezone": "external_select",
        "language": "static_select", CHANNEL: "conversations_select", THREAD: "checkboxes",
    }  # fmt: skip
    found = {name: e["type"] for name, e in questions(form("edition add")).items()}
    assert kinds.items() <= found.items()
    assert questions(form("story remove"))["confirm"]["type"] == "checkboxes"
    assert CHANNEL not in questions(form("brief"))


@pytest.mark.parametrize("of", ASKING, ids=lambda c: c.name)
def test_every_menu_whose_options_are_looked_up_names_its_question(of: Command) -> None:
    """By its action_id, from which the command and the option are read again."""
    for name, element in questions(modal(of, origin(of), {}, TEMPLATES)).items():
        if element["type"] == "external_select":
            _, _, rest = element["action_id"].partition(f"{OPTION}:")
            asked, _, option_ = rest.partition(":")
            assert (asked, option_) == (of.name, name)


@pytest.mark.parametrize("of", ASKING, ids=lambda c: c.name)
def test_what_is_needed_is_not_optional(of: Command) -> None:
    """Slack itself asks for it then."""
    view = modal(of, origin(of), {}, TEMPLATES)
    assert [b["optional"] for b in view["blocks"]][: len(of.options)] == [not o.required for o in of.options]


@pytest.mark.parametrize("name", ["", "#général", "\U0001f600" * 80, "\"\\'" * 26, "א" * 80], ids=ascii)
def test_where_a_form_was_asked_for_travels_with_it(name: str) -> None:
    """To the letter, within what Slack carries."""
    for of in ASKING:
        view = modal(of, origin(of, "fr", name), {}, TEMPLATES)
        assert len(view["private_metadata"]) <= 3_000
        assert origin_of(view) == origin(of, "fr", name)


@pytest.mark.parametrize(
    "metadata", ["", "{", "[]", "null", "1", '{"command": "brief"}', '{"x": 1}', None], ids=ascii
)
def test_a_form_of_somebody_else_is_refused(metadata: str | None) -> None:
    """By the errors that are caught."""
    with pytest.raises((ValueError, TypeError)):
        origin_of({"private_metadata": metadata})


# ---- what was filled in ----------------------------------------------------------------------------------------------------


def chosen(kind: str, value: str) -> JSON:
    """An element's state, as Slack sends it."""
    picked = {"text": {"type": "plain_text", "text": "A label", "emoji": False}, "value": value}
    match kind:
        case "static_select" | "external_select":
            return {"type": kind, "selected_option": picked if value else None}
        case "checkboxes":
            return {"type": kind, "selected_options": [picked] if value else []}
        case "conversations_select":
            return {"type": kind, "selected_conversation": value or None}
        case _:
            return {"type": kind, "value": value or None}


def submitted(view: JSON, values: Mapping[str, str]) -> JSON:
    """A view as it comes back with these values."""
    state = {
        name: {e["action_id"]: chosen(e["type"], values.get(name, ""))} for name, e in questions(view).items()
    }
    return {**view, "id": "V1", "hash": "1.a", "state": {"values": state}}


@pytest.mark.parametrize("of", ASKING, ids=lambda c: c.name)
def test_what_was_filled_in_is_read_back(of: Command) -> None:
    """Of every kind of element, by the names of the questions."""
    view = modal(of, origin(of), {}, TEMPLATES)
    values = {name: f"value-{i}" for i, name in enumerate(questions(view))}
    assert filled(submitted(view, values)) == values


@pytest.mark.parametrize("of", ASKING, ids=lambda c: c.name)
def test_what_was_left_empty_is_not_there(of: Command) -> None:
    """Whatever Slack sends for it: nothing, an empty list, a null, blanks."""
    view = modal(of, origin(of), {}, TEMPLATES)
    assert filled(submitted(view, {})) == {}
    assert filled({"state": {"values": {"a": {"b": {"type": "plain_text_input", "value": "  \n"}}}}}) == {}


@pytest.mark.parametrize("view", [{}, {"state": None}, {"state": {}}, {"state": {"values": None}}], ids=repr)
def test_a_view_without_a_state_holds_nothing(view: JSON) -> None:
    """Before anything was typed there is none."""
    assert filled(view) == {}


def test_typed_words_lose_the_blanks_around_them() -> None:
    """Not those within, nor what would be markup elsewhere."""
    view = form("search")
    assert filled(submitted(view, {"words": "  <!channel>  & *b* \n"})) == {"words": "<!channel>  & *b*"}


# ---- what is wrong ---------------------------------------------------------------------------------------------------------

RIGHT = {"story": "a-story", "template": "flash", "when": "every weekday at 8:30"}


def wrong(
    name: str, values: Mapping[str, str], language: Language = "en", minutes: int = 60
) -> dict[str, str]:
    return faults(
        command(name), values, Words(language, domain=CHAT), TEMPLATES, NOW, "Europe/Paris", minutes
    )


CASES = [
    ("edition add", {**RIGHT, "timezone": "Europe/Pariss"}, "timezone", ("no time zone", "Paris"), ("Il n’y a pas", "Paris")),
    ("setup", {"timezone": "Nowhere"}, "timezone", ("no time zone",), ("Il n’y a pas",)),
    ("edition add", {**RIGHT, "template": "flasch"}, "template", ("no template “flasch”",), ("pas de modèle « flasch »",)),
    ("edition add", {**RIGHT, "when": "whenever"}, "when", ("says no times",), ("whenever",)),
    ("edition add", {**RIGHT, "when": "every 90 minutes"}, "when", ("can't be kept",), ("every 90 minutes",)),
    ("edition add", {**RIGHT, "when": "every 5 minutes"}, "when", ("more often than every 60",), ("60 minutes",)),
    ("edition add", {**RIGHT, "when": "* * * * *"}, "when", ("more often than every 60",), ("60 minutes",)),
    ("evidence", {"number": "twelve"}, "number", ("“twelve” is not a number", "citation"), ("« twelve » n’est pas un nombre",)),
    ("edition pause", {"number": "x"}, "number", ("“x” is not a number", "edition"), ("« x » n’est pas un nombre",)),
    ("consequences", {"status": "maybe"}, "status", ("“maybe” is not a value",), ("maybe",)),
    ("brief", {"language": "de"}, "language", ("“de” is not a value",), ("de",)),
    ("story new", {}, "name", ("needs name",), ("Il manque nom",)),
    ("edition add", {"template": "flash", "when": "every day at 8"}, "story", ("needs story",), ("Il manque sujet",)),
    ("search", {}, "words", ("needs words",), ("Il manque mots",)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values", "at", "english", "french"), CASES, ids=lambda x: ascii(x)[:30])
def test_what_is_wrong_is_told_at_its_question(
    name: str, values: dict[str, str], at: str, english: tuple[str, ...], french: tuple[str, ...]
) -> None:
    """In the reader's language, within what Slack shows."""
    in_english, in_french = wrong(name, values), wrong(name, values, "fr")
    assert list(in_english) == list(in_french) == [at]
    assert at in questions(form(name))
    assert in_english != in_french
    for part in english:
        assert part in in_english[at]
    for part in french:
        assert part in in_french[at]
    assert all(1 <= len(x[at]) <= 150 for x in (in_english, in_french))


def test_each_mistake_is_told() -> None:
    """Not only the first."""
    values = {"story": "a", "template": "x", "when": "whenever", "timezone": "Nowhere", "language": "de"}
    assert set(wrong("edition add", values)) == {"template", "when", "timezone", "language"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("edition add", RIGHT),
        ("edition add", {**RIGHT, "timezone": "europe/paris", "language": "fr"}),
        ("edition add", {**RIGHT, "when": "tous les jours à 18h"}),
        ("edition add", {**RIGHT, "when": "every hour"}),
        ("edition add", {**RIGHT, "when": "0 8 * * 1-5"}),
        ("edition add", {**RIGHT, "when": "every day at 8 only if changed"}),
        ("edition add", {**RIGHT, "when": "every day at 8 Asia/Tokyo"}),
        ("evidence", {"number": "12"}),
        ("evidence", {"number": "[12]"}),
        ("edition pause", {"number": "n° 3"}),
        ("setup", {}),
        ("setup", {"timezone": "Tokyo", "language": "en"}),
        ("story add", {"urls": "https://news.example/a https://news.example/b"}),
        ("story remove", {"story": "a", "confirm": "yes"}),
        ("consequences", {"status": "expected"}),
        ("timeline", {"since": "2023-11-18"}),
    ],
    ids=lambda x: ascii(x)[:60],
)
def test_nothing_is_wrong_with_what_can_be_carried_out(
    name: str, values: dict[str, str], language: Language
) -> None:
    """However it is spelled, in either language."""
    assert wrong(name, values, language) == {}


def test_without_a_limit_a_schedule_may_be_as_frequent_as_it_likes() -> None:
    """Where the tenant is not limited."""
    assert wrong("edition add", {**RIGHT, "when": "* * * * *"}, minutes=0) == {}


def test_too_many_characters_are_told_at_a_question_of_the_form() -> None:
    """All together are as long as a line may be."""
    found = wrong("story add", {"urls": "https://news.example/" + "a" * 5_000})
    assert list(found) == ["urls"]


@given(st.sampled_from(ASKING), st.data())
@LOOSE
def test_whatever_was_filled_in_only_questions_of_the_form_are_wrong(
    of: Command, data: st.DataObject
) -> None:
    """And what is told fits; nothing is raised."""
    values = {o.name: v for o in of.options if (v := data.draw(strings).strip())}
    view = modal(of, origin(of), {}, TEMPLATES)
    for language in LANGUAGES:
        found = faults(of, values, Words(language, domain=CHAT), TEMPLATES, NOW, "Europe/Paris", 60)
        assert set(found) <= set(questions(view))
        assert all(1 <= len(x) <= 150 for x in found.values())


def test_every_kind_of_option_is_asked_by_some_command() -> None:
    """So that what is tested here is all there is."""
    assert {o.kind for c in ASKING for o in c.options} == set(Kind)
