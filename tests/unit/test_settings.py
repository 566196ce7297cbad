"""Settings: defaults, the operator's file over them, the environment over both, and every mistake told."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from briefings.errors import SettingsFault
from briefings.resources import data_folder
from briefings.settings import Fetch, Limits, load_settings


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.upper().startswith("SITREP_"):
            monkeypatch.delenv(name)


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, "utf8")
    return path


def test_without_a_file_the_defaults_hold() -> None:
    """What the types say is what comes."""
    settings = load_settings()
    assert (settings.language, settings.timezone, settings.templates, settings.data) == (
        "en",
        "UTC",
        None,
        None,
    )
    assert settings.fetch == Fetch.model_validate({})
    assert settings.limits == Limits.model_validate({})


def test_the_commented_file_has_every_key_at_its_default() -> None:
    """config/sitrep.toml and the types agree: a key in one is in the other, with the same value."""
    shipped = tomllib.loads((data_folder("config") / "sitrep.toml").read_text("utf8"))
    assert shipped["fetch"].keys() == Fetch.model_fields.keys()
    assert shipped["limits"].keys() == Limits.model_fields.keys()
    assert Fetch.model_validate(shipped["fetch"]) == Fetch.model_validate({})
    assert Limits.model_validate(shipped["limits"]) == Limits.model_validate({})


def test_no_network_is_allowed_by_default() -> None:
    """The private networks stay closed until an operator opens one."""
    assert load_settings().fetch.allow_networks == ()


def test_a_file_stands_over_the_defaults(tmp_path: Path) -> None:
    """A key of the file counts; its neighbours in the same table keep their defaults."""
    settings = load_settings(written(tmp_path, 'language = "fr"\n[fetch]\ntimeout = 3\n'))
    assert settings.language == "fr"
    assert settings.fetch.timeout == 3
    assert settings.fetch.max_redirects == 5
    assert settings.limits == Limits.model_validate({})


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    """No key, no change."""
    assert load_settings(written(tmp_path, "# nothing\n")) == load_settings()


def test_the_environment_stands_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SITREP_… counts before the file, key by key."""
    path = written(tmp_path, 'timezone = "Europe/Paris"\n[fetch]\ntimeout = 3\nmax_redirects = 1\n')
    monkeypatch.setenv("SITREP_FETCH__TIMEOUT", "5")
    monkeypatch.setenv("SITREP_LANGUAGE", "fr")
    settings = load_settings(path)
    assert settings.fetch.timeout == 5
    assert settings.fetch.max_redirects == 1
    assert settings.timezone == "Europe/Paris"
    assert settings.language == "fr"


def test_a_list_comes_from_the_environment_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks are a JSON list there."""
    monkeypatch.setenv("SITREP_FETCH__ALLOW_NETWORKS", '["10.20.0.0/16"]')
    assert load_settings().fetch.allow_networks == ("10.20.0.0/16",)


def test_other_variables_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only names that begin with SITREP_ count."""
    monkeypatch.setenv("LANGUAGE", "fr")
    monkeypatch.setenv("TIMEZONE", "Europe/Paris")
    settings = load_settings()
    assert (settings.language, settings.timezone) == ("en", "UTC")


def test_settings_do_not_change() -> None:
    """They are frozen, all the way down."""
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.language = "fr"
    with pytest.raises(ValidationError):
        settings.fetch.timeout = 1


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("colour = 1", "colour"),
        ("[fetch]\ntimeot = 5", "fetch.timeot"),
        ("[limits]\nwords = 5", "limits.words"),
        ("[discord]\nx = 1", "discord"),
        ('language = "de"', "language"),
        ("language = 5", "language"),
        ("timezone = 5", "timezone"),
        ('[fetch]\ntimeout = "soon"', "fetch.timeout"),
        ("[fetch]\ntimeout = 0", "fetch.timeout"),
        ("[fetch]\ntimeout = nan", "fetch.timeout"),
        ("[fetch]\ntimeout = inf", "fetch.timeout"),
        ("[fetch]\nmax_bytes = -1", "fetch.max_bytes"),
        ("[fetch]\nmax_bytes = 1.5", "fetch.max_bytes"),
        ("[fetch]\nmax_redirects = 1000", "fetch.max_redirects"),
        ('[fetch]\nallow_networks = "10.0.0.0/8"', "fetch.allow_networks"),
        ("[fetch]\nallow_networks = [5]", "fetch.allow_networks"),
        ("fetch = 5", "fetch"),
        ("limits = []", "limits"),
        ("[limits]\nfile_bytes = 0", "limits.file_bytes"),
        ("templates = 5", "templates"),
        ("[data]\nx = 1", "data"),
        ('[fetch]\nallow_networks = ["intranet"]', "fetch.allow_networks"),
        ('[fetch]\nallow_networks = ["10.0.0.0/33"]', "fetch.allow_networks"),
        ('[fetch]\nallow_networks = ["10.0.0.1/8"]', "fetch.allow_networks"),
        ('[fetch]\nallow_networks = ["10.0.0.0/8", ""]', "fetch.allow_networks"),
        ('templates = "/nowhere/at/all"', "templates"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_key(tmp_path: Path, text: str, key: str) -> None:
    """An unknown key, a wrong type and a value out of range are SettingsFaults."""
    path = written(tmp_path, text)
    with pytest.raises(SettingsFault) as caught:
        load_settings(path)
    assert str(path) in caught.value.message
    assert f"{key}" in caught.value.message
    assert "sitrep.toml" in caught.value.hint


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """One run shows them all."""
    path = written(tmp_path, "colour = 1\n[fetch]\ntimeot = 5\ntimeout = 0\n")
    with pytest.raises(SettingsFault) as caught:
        load_settings(path)
    for key in ("colour", "fetch.timeot", "fetch.timeout"):
        assert key in caught.value.message


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("SITREP_FETCH__TIMEOUT", "soon", "fetch.timeout"),
        ("SITREP_FETCH__TIMEOT", "5", "fetch.timeot"),
        ("SITREP_LANGUAGE", "de", "language"),
        ("SITREP_FETCH", "x", "fetch"),
        ("SITREP_FETCH", "[1]", "fetch"),
        ("SITREP_FETCH", "5", "fetch"),
        ("SITREP_LIMITS", "x", "limits"),
        ("SITREP_FETCH__ALLOW_NETWORKS", "junk", "fetch"),
        ("SITREP_FETCH__ALLOW_NETWORKS", "[5", "fetch"),
        ("SITREP_FETCH__ALLOW_NETWORKS", "10.0.0.0/8", "fetch"),
        ("SITREP_FETCH__ALLOW_NETWORKS", '["junk"]', "fetch.allow_networks"),
        ("SITREP_TEMPLATES", "/nowhere/at/all", "templates"),
    ],
)
def test_a_mistake_in_the_environment_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, key: str
) -> None:
    """Its key, and that it is the environment's."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsFault, match="environment") as caught:
        load_settings()
    assert key in caught.value.message


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("SITREP_LANGUAGE", "de", "language"),
        ("SITREP_FETCH__TIMEOUT", "soon", "fetch.timeout"),
        ("SITREP_FETCH__ALLOW_NETWORKS", "junk", "fetch"),
        ("SITREP_TEMPLATES", "/nowhere/at/all", "templates"),
    ],
)
def test_a_mistake_in_the_environment_is_not_blamed_on_a_good_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, key: str
) -> None:
    """The operator is sent to where the mistake stands."""
    path = written(tmp_path, 'language = "fr"\n[fetch]\ntimeout = 3\n')
    load_settings(path)
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsFault, match="environment") as caught:
        load_settings(path)
    assert key in caught.value.message
    assert str(path) not in str(caught.value)


def test_a_mistake_in_a_file_is_not_blamed_on_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does a good value in the environment hide it."""
    path = written(tmp_path, 'language = "de"\n')
    monkeypatch.setenv("SITREP_LANGUAGE", "fr")
    with pytest.raises(SettingsFault) as caught:
        load_settings(path)
    assert str(path) in caught.value.message
    assert "environment" not in caught.value.message


def test_a_folder_of_templates_that_is_there_is_taken(tmp_path: Path) -> None:
    """And one that is a file is told."""
    assert load_settings(written(tmp_path, f"templates = '{tmp_path}'\n")).templates == tmp_path
    with pytest.raises(SettingsFault, match="no folder"):
        load_settings(written(tmp_path, f"templates = '{tmp_path / 'mine.toml'}'\n"))


@pytest.mark.parametrize("text", ["language = ", "[fetch", "= 5", "language = 'fr'\nlanguage = 'en'", "\0"])
def test_broken_toml_is_told_with_its_file(tmp_path: Path, text: str) -> None:
    """What is no TOML is a SettingsFault."""
    path = written(tmp_path, text)
    with pytest.raises(SettingsFault, match="can't be read") as caught:
        load_settings(path)
    assert str(path) in caught.value.message


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are a SettingsFault."""
    path = tmp_path / "mine.toml"
    path.write_bytes(b"language = '\xff'")
    with pytest.raises(SettingsFault, match="can't be read"):
        load_settings(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """The path stands in the message."""
    with pytest.raises(SettingsFault, match=r"no settings file .*nothing\.toml"):
        load_settings(tmp_path / "nothing.toml")


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    """It is told like any other that can't be read."""
    with pytest.raises(SettingsFault, match="can't be read"):
        load_settings(tmp_path)
