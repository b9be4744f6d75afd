"""The settings of a desk: defaults, then a TOML file, then environment variables ``INTERDESK_<NAME>``.

The reference page ``docs/reference/settings.md`` has a row for each.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from interdesk.errors import InterdeskError

PREFIX = "INTERDESK_"
DATABASE_FILE = "interdesk.db"
KEY_FILE = "secret.key"
LOGIN_TYPES = ("form", "url", "basic", "external", "token")


class SettingsError(InterdeskError):
    """A setting that is unknown or has a value of the wrong kind; the message names it."""

    code = "settings"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    data: str = "var/desk"  # folder of the desk's files
    database: str = ""  # sqlite:////path or postgresql://...; empty: a SQLite file in the data folder
    design: list[str] = []  # deltas to load after the bundled design
    secret_key: str = ""  # seals reversible secrets; empty: a file in the data folder
    host: str = "127.0.0.1"
    port: int = 8080
    threads: int = 8  # requests worked on at the same time by one process
    body_bytes: int = 64 * 1024 * 1024
    blob_bytes: int = 32 * 1024 * 1024
    query_seconds: float = 30.0
    password_cache_seconds: float = 60.0
    secure_rest_services: bool = True  # REST asks for the profile "REST Services User"
    allowed_login_types: str = "form|external|basic|token"
    external_login_header: str = ""  # set by a trusted web server in front; empty: there is none

    def __post_init__(self) -> None:
        unknown = [name for name in self.login_types if name not in LOGIN_TYPES]
        if unknown:
            raise ValueError(f"allowed_login_types: {unknown[0]!r} is none of {', '.join(LOGIN_TYPES)}")

    @property
    def login_types(self) -> tuple[str, ...]:
        return tuple(name.strip() for name in self.allowed_login_types.split("|") if name.strip())

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{(Path(self.data) / DATABASE_FILE).absolute()}"

    @property
    def key_file(self) -> Path:
        return Path(self.data) / KEY_FILE


def load(
    file: str | None = None, environment: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None
) -> Settings:
    """The settings from all places; ``overrides`` (options of a command, None when not given) win.

    Raises SettingsError.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    path = file or environment.get(PREFIX + "CONFIG")
    if path:
        values.update(_from_file(Path(path)))
    for field in msgspec.structs.fields(Settings):
        text = environment.get(PREFIX + field.name.upper())
        if text is not None:
            values[field.name] = _from_text(field, text)
    values.update({name: value for name, value in (overrides or {}).items() if value is not None})
    try:
        return msgspec.convert(values, Settings)
    except msgspec.ValidationError as problem:
        raise SettingsError(f"A setting cannot be used: {problem}") from problem


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise SettingsError(f"The settings file {path} cannot be read: {problem}") from problem


def _from_text(field: msgspec.structs.FieldInfo, text: str) -> Any:
    """A value from the environment; lists are separated by the system's path separator."""
    if field.type == list[str]:
        return [part for part in text.split(os.pathsep) if part]
    try:
        return msgspec.convert(text, field.type, strict=False)
    except msgspec.ValidationError as problem:
        raise SettingsError(f"{PREFIX}{field.name.upper()}: {problem}") from problem
