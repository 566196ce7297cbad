"""Settings: a TOML file and the environment, made once into one frozen value.

Order: what is passed in, `SITREP_…` in the environment (`SITREP_FETCH__TIMEOUT=5`), the operator's file, the
commented defaults of `config/sitrep.toml`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from briefings.errors import SettingsFault
from briefings.model import Language
from briefings.resources import data_folder

_HOURS = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d")


def _http(value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("it begins with http:// or https://")
    return value.rstrip("/")


_HttpAddress = Annotated[str, AfterValidator(_http)]  # without a slash at its end; "" for none


class Fetch(BaseModel):
    """Limits of what is fetched. Sizes in bytes after decompression, times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timeout: float = Field(20.0, gt=0, le=300)
    max_bytes: int = Field(5_000_000, gt=0, le=50_000_000)
    max_redirects: int = Field(5, ge=0, le=20)
    at_once: int = Field(100, gt=0, le=1_000)
    per_host: int = Field(4, gt=0, le=100)
    allow_networks: tuple[str, ...] = ()
    user_agent: str = "Sitrep/0.1 (news briefings; self-hosted)"

    @field_validator("allow_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network)  # ValueError says what is wrong with it
        return value


class Sources(BaseModel):
    """How feeds, pages and folders are followed. `feeds` and `folders` are the operator's: every story may draw on them.

    A feed is asked again after `least_minutes` to `most_minutes`, by how often it brings something. An article's page is
    looked at again for `recheck_days`. `folders` and files are never named by chat.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = True
    feeds: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    least_minutes: float = Field(5.0, gt=0, le=1_440)
    most_minutes: float = Field(1_440.0, gt=0, le=43_200)
    folder_seconds: float = Field(10.0, gt=0, le=3_600)
    at_once: int = Field(50, gt=0, le=500)
    entries: int = Field(100, gt=0, le=10_000)
    recheck_days: float = Field(14.0, ge=0, le=365)
    tell_after_hours: float = Field(6.0, gt=0, le=720)
    robots: bool = True

    @field_validator("feeds")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"{url!r} does not begin with http:// or https://")
        return value


class Limits(BaseModel):
    """What one article may be. Sizes in bytes and code points, times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_bytes: int = Field(10_000_000, gt=0, le=100_000_000)
    article_characters: int = Field(200_000, gt=0, le=2_000_000)
    extract_seconds: float = Field(20.0, gt=0, le=300)
    inline_characters: int = Field(40_000, ge=0)


class Tenants(BaseModel):
    """What one server or workspace may use by chat, and who may change things in it.

    `managers` are "platform/tenant/user", beside those whom the platform itself calls managers; "*" stands for any.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stories: int = Field(100, gt=0)
    followed: int = Field(500, gt=0)
    articles_a_day: int = Field(1_000, gt=0)
    commands_a_minute: int = Field(120, gt=0)
    editions: int = Field(1_000, gt=0)
    minutes_between: int = Field(15, ge=1, le=1_440)
    keep_days_after_leaving: int = Field(30, ge=0)
    managers: tuple[str, ...] = ()

    @field_validator("managers")
    @classmethod
    def _three_parts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for manager in value:
            if manager.count("/") != 2 or not all(manager.split("/")):
                raise ValueError(f"{manager!r} is not platform/tenant/user")
        return value


class Web(BaseModel):
    """The web channel. `host` is what it binds; `hosts` are further names it may be asked by ("news.example:443").

    `token` opens it; "" makes one at each start. It comes from the environment or from `token_file`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = Field(8417, ge=0, le=65_535)
    hosts: tuple[str, ...] = ()
    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    secure: bool = False

    @field_validator("token")
    @classmethod
    def _long(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 16:
            raise ValueError("a token has at least 16 characters")
        return value


class Delivery(BaseModel):
    """How briefings go out. `keep_days` is how long the ledger remembers; corrections reach `correct_days` back.

    A dispatch is given up after `give_up_hours`. `quiet` is "22:00-07:00", for editions that say nothing of their own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = True
    name: str = ""
    at_once: int = Field(64, gt=0, le=1_000)
    give_up_hours: float = Field(24.0, gt=0)
    keep_days: int = Field(90, gt=0)
    correct_days: int = Field(30, ge=0)
    quiet: str = ""
    ending_seconds: float = Field(20.0, ge=0, le=600)
    instant_seconds: float = Field(5.0, ge=0, le=3_600)

    @field_validator("quiet")
    @classmethod
    def _hours(cls, value: str) -> str:
        if value and not _HOURS.fullmatch(value):
            raise ValueError(f"{value!r} is not written as 22:00-07:00")
        return value


class Relay(BaseModel):
    """A small HTTP interface of your own through which any other chat is reached (docs/relay.md).

    `url` is where it is asked; "" for none. `token` is sent as a bearer token; from the environment or `token_file`.
    `characters` is the most that one of its messages holds, 0 for any.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: _HttpAddress = ""
    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    characters: int = Field(0, ge=0)
    timeout: float = Field(10.0, gt=0, le=120)
    a_second: int = Field(0, ge=0)


class Discord(BaseModel):
    """The Discord bot. `token` comes from SITREP_DISCORD_TOKEN or `token_file`; without one there is no Discord.

    `api_url` and `gateway_url` lead elsewhere: to a proxy, or to a server for tests; "" for Discord's own.
    `a_second`: requests a second that all processes with this token together may send.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    api_url: _HttpAddress = ""
    gateway_url: str = ""
    timeout: float = Field(15.0, gt=0, le=120)
    a_second: int = Field(45, gt=0, le=1_000)

    @property
    def wanted(self) -> bool:
        return bool(self.token.get_secret_value() or self.token_file)

    @field_validator("gateway_url")
    @classmethod
    def _socket(cls, value: str) -> str:
        if value and not value.startswith(("ws://", "wss://")):
            raise ValueError("it begins with ws:// or wss://")
        return value


class Slack(BaseModel):
    """The Slack app. Its tokens come from SLACK_BOT_TOKEN, SLACK_APP_TOKEN and SLACK_SIGNING_SECRET, or from files.

    `mode`: by a socket that Sitrep opens, or by requests to `host` and `port`, which a proxy with TLS leads to.
    `commands` are the slash commands by name, and what each stands for: "" for all of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bot_token: SecretStr = SecretStr("")
    bot_token_file: Path | None = None
    app_token: SecretStr = SecretStr("")
    app_token_file: Path | None = None
    signing_secret: SecretStr = SecretStr("")
    signing_secret_file: Path | None = None
    api_url: _HttpAddress = ""
    mode: Literal["socket", "http"] = "socket"
    host: str = "127.0.0.1"
    port: int = Field(8418, ge=0, le=65_535)
    sockets: int = Field(2, ge=1, le=10)
    timeout: float = Field(15.0, gt=0, le=120)
    a_second: int = Field(20, gt=0, le=1_000)
    commands: dict[str, str] = {"/sitrep": "", "/brief": "brief"}

    @property
    def wanted(self) -> bool:
        return bool(self.bot_token.get_secret_value() or self.bot_token_file)

    @field_validator("api_url")
    @classmethod
    def _closed(cls, value: str) -> str:
        """As slack_sdk takes it."""
        return f"{value}/" if value else ""

    @field_validator("commands")
    @classmethod
    def _slashed(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if not re.fullmatch(r"/[a-z0-9_-]{1,31}", name):
                raise ValueError(f"{name!r} is no name of a slash command")
        if "" not in value.values():
            raise ValueError("one of them stands for all commands: give it an empty text")
        return value


class Metrics(BaseModel):
    """Figures for Prometheus, and health, on a listener of their own; port 0 for none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(0, ge=0, le=65_535)


class Settings(BaseSettings):
    """All settings. Unknown keys are mistakes."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="SITREP_",
        env_nested_delimiter="__",
        hide_input_in_errors=True,
    )

    language: Language = "en"
    timezone: str = "UTC"
    templates: Path | None = None
    data: Path | None = None
    database_url: SecretStr = SecretStr("")
    fetch: Fetch = Fetch()  # type: ignore[call-arg]  # every field has a default
    sources: Sources = Sources()  # type: ignore[call-arg]
    limits: Limits = Limits()  # type: ignore[call-arg]
    tenants: Tenants = Tenants()  # type: ignore[call-arg]
    web: Web = Web()  # type: ignore[call-arg]
    delivery: Delivery = Delivery()  # type: ignore[call-arg]
    relay: Relay = Relay()  # type: ignore[call-arg]
    discord: Discord = Discord()  # type: ignore[call-arg]
    slack: Slack = Slack()  # type: ignore[call-arg]
    metrics: Metrics = Metrics()  # type: ignore[call-arg]

    @field_validator("templates")
    @classmethod
    def _folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError(f"there is no folder {value}")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, _Short(settings_cls), init_settings


class _Short(PydanticBaseSettingsSource):
    """The names in the environment that a platform's settings have beside SITREP_DISCORD__TOKEN and its like."""

    NAMES: ClassVar = {
        "SITREP_DISCORD_TOKEN": ("discord", "token"),
        "SITREP_DISCORD_API_URL": ("discord", "api_url"),
        "SITREP_DISCORD_GATEWAY_URL": ("discord", "gateway_url"),
        "SLACK_BOT_TOKEN": ("slack", "bot_token"),
        "SLACK_APP_TOKEN": ("slack", "app_token"),
        "SLACK_SIGNING_SECRET": ("slack", "signing_secret"),
        "SLACK_API_URL": ("slack", "api_url"),
    }

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False  # values are given by __call__

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, (section, key) in self.NAMES.items():
            if os.environ.get(name):
                found.setdefault(section, {})[key] = os.environ[name]
        return found


def secret_of(token: SecretStr, file: Path | None) -> str:
    """A token from the settings or its file. SettingsFault where that can't be read."""
    if file is None:
        return token.get_secret_value().strip()
    try:
        return file.read_text("utf8").strip()
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsFault(f"The token file {file} can't be read: {e}.") from e


def load_settings(file: Path | None = None) -> Settings:
    """The settings of `file` (None: the defaults alone) under the environment. SettingsFault."""
    values = _read(data_folder("config") / "sitrep.toml")
    if file is not None:
        values = _merge(values, _read(file))
        _checked(lambda: _OfFile(**values), str(file))
    return _checked(lambda: Settings(**values), "the environment (SITREP_…)")


class _OfFile(Settings):
    """The settings of a file alone, to tell a mistake in it from one in the environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def _checked(make: Callable[[], Settings], where: str) -> Settings:
    """What `make` gives; its mistakes told with where they stand."""
    try:
        return make()
    except ValidationError as e:
        faults = "; ".join(f"{'.'.join(str(p) for p in x['loc'])}: {x['msg'].lower()}" for x in e.errors())
        raise SettingsFault(
            f"A setting is wrong in {where}: {faults}.", "See config/sitrep.toml for every key."
        ) from e
    except SettingsError as e:
        raise SettingsFault(f"A setting is wrong in {where}: {e}.", "Lists are written as JSON there.") from e


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf8"))
    except FileNotFoundError as e:
        raise SettingsFault(f"There is no settings file {file}.") from e
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise SettingsFault(f"The settings file {file} can't be read: {e}.") from e


def _merge(low: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    merged = dict(low)
    for key, value in high.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict) and key != "commands"
        merged[key] = _merge(merged[key], value) if both else value
    return merged
