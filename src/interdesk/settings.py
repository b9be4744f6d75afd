"""The settings of a desk: defaults, then a TOML file, then environment variables ``INTERDESK_<NAME>``.

``scripts/settings-reference`` writes the table of ``docs/reference/settings.md`` from the fields.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec

from interdesk.errors import InterdeskError

PREFIX = "INTERDESK_"
DATABASE_FILE = "interdesk.db"
KEY_FILE = "secret.key"
LOGIN_TYPES = ("form", "url", "basic", "external", "token")


class SettingsError(InterdeskError):
    """A setting that is unknown or has a value of the wrong kind; the message names it."""

    code = "settings"


def says(description: str, *, ge: int | None = None, gt: int | None = None) -> msgspec.Meta:
    """What a setting is, in Markdown, and what it must be at least, or more than."""
    if gt is not None:
        return msgspec.Meta(description=description, gt=gt)
    return msgspec.Meta(description=description, ge=ge)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each field's description is its row in the reference."""

    data: Annotated[str, says("the folder of the desk's files")] = "var/desk"
    database: Annotated[
        str,
        says(
            "`sqlite:////absolute/path.db` or `postgresql://user:password@host/name`; "
            "empty: the file `interdesk.db` in the data folder"
        ),
    ] = ""
    design: Annotated[
        list[str],
        says(
            "files of the design language, or names of optional modules ([`exchange`](../howto/exchange.md)), added to "
            "the bundled design in this order. "
            "In the environment, separated by `:`"
        ),
    ] = []
    extensions: Annotated[
        list[str],
        says(
            "[extensions](../howto/extensions.md) in Python that are not installed as packages: files, or folders with "
            "an `__init__.py`. In the environment, separated by `:`"
        ),
    ] = []
    secret_key: Annotated[
        str,
        says(
            "seals passwords that must be read again; empty: the file `secret.key` in the data folder, made at the "
            "first start. Lose it, and those passwords are lost"
        ),
    ] = ""
    host: Annotated[str, says("the address to listen on")] = "127.0.0.1"
    port: Annotated[int, says("the port to listen on", ge=0)] = 8080
    workers: Annotated[int, says("processes that answer requests; one for each core is a good number", ge=1)] = 1
    threads: Annotated[
        int,
        says("requests that one process works on at the same time; those of one user take half of them at most", ge=1),
    ] = 8
    stop_seconds: Annotated[float, says("how long requests may take to finish when the server is stopped", gt=0)] = 30.0
    tls_certificate: Annotated[
        str, says("a file with the server's certificate and those that vouch for it, in PEM; empty: plain HTTP")
    ] = ""
    tls_key: Annotated[str, says("the file with the key of `tls_certificate`, in PEM, without a password")] = ""
    telephony_port: Annotated[
        int,
        says(
            "a further port, always with TLS, for programs that look for the telephony API there; `9486` is the usual "
            "one. Without `tls_certificate` a certificate is made in the data folder. `0`: none",
            ge=0,
        ),
    ] = 0
    body_bytes: Annotated[int, says("the largest request", gt=0)] = 64 * 1024 * 1024
    blob_bytes: Annotated[int, says("the largest document or picture", gt=0)] = 32 * 1024 * 1024
    query_seconds: Annotated[float, says("a query that runs longer is stopped, and refused", gt=0)] = 30.0
    lock_seconds: Annotated[
        float,
        says(
            "how long a write waits for others that hold the same objects, or the database, before it is refused", gt=0
        ),
    ] = 10.0
    pool_size: Annotated[int, says("connections to PostgreSQL that one process has at most", ge=1)] = 16
    write_attempts: Annotated[
        int,
        says("how often a write is tried that PostgreSQL ends because it and another stand in each other's way", ge=1),
    ] = 5
    kept_related: Annotated[
        int,
        says(
            "how many objects the answers of `core/get_related` may have that a process remembers, some 0.5 KiB each "
            "(an answer counts as four more, eight of its links as one), until a configuration item, a contact or a "
            "link is written; 0 remembers none",
            ge=0,
        ),
    ] = 10_000
    password_cache_seconds: Annotated[
        float, says("how long a password that was right need not be checked by its slow hash again", ge=0)
    ] = 60.0
    secure_rest_services: Annotated[
        bool,
        says(
            'REST is for users with the profile "REST Services User" only; '
            "`false`: for every user who is no portal user"
        ),
    ] = True
    allowed_login_types: Annotated[str, says("in which ways a request may say who asks; see below")] = (
        "form|external|basic|token"
    )
    external_login_header: Annotated[
        str,
        says(
            "the header in which a trusted web server in front gives the login of the user that it has let in. "
            "Set it only where nobody else reaches the desk: whoever does could send that header"
        ),
    ] = ""
    app_url: Annotated[
        str,
        says(
            "the address of the desk as its users know it: it stands in links that the desk writes, and tells links to "
            "its own objects in log entries (mentions). Empty: from host and port"
        ),
    ] = ""
    filters_match_previous_values: Annotated[
        bool,
        says(
            "filters of state triggers may also match the object as it was before the write: "
            "`SELECT UserRequest WHERE status = 'pending_partner'` on a trigger on entering `assigned`"
        ),
    ] = False
    deliver: Annotated[
        bool,
        says(
            "messages of triggers are sent, and periodic jobs done, by the processes that answer requests; "
            "`false`: only by `interdesk worker`"
        ),
    ] = True
    private_networks: Annotated[
        str,
        says(
            "ranges of addresses that web hooks may call although they are not public, such as "
            "`10.0.0.0/8, 127.0.0.1`. Whoever may write a connection can then make the desk call them"
        ),
    ] = ""
    webhook_seconds: Annotated[
        float, says("how long a call of a web hook may take, from the name's look-up to the last byte", gt=0)
    ] = 30.0
    webhook_connect_seconds: Annotated[float, says("how long a receiver may take to accept a connection", gt=0)] = 5.0
    webhook_answer_bytes: Annotated[int, says("how much of a receiver's answer is read", gt=0)] = 1024 * 1024
    webhook_ca_file: Annotated[
        str, says("a file of certificates, in PEM, that vouch for receivers; empty: those of the system")
    ] = ""
    delivery_attempts: Annotated[int, says("how often a message is tried until it is given up", ge=1)] = 12
    delivery_retry_seconds: Annotated[
        float, says("the pause before the second attempt, give or take a fifth; doubled before each further one", gt=0)
    ] = 60.0
    delivery_longest_pause: Annotated[float, says("the longest pause between two attempts, in seconds", gt=0)] = (
        21_600.0
    )
    delivery_lease_seconds: Annotated[
        float, says("how long after the death of a process others send what it was about to send", gt=0)
    ] = 20.0
    delivery_days: Annotated[
        int, says("how long messages that arrived, were given up or cancelled are kept; 0: for ever", ge=0)
    ] = 90
    breaker_failures: Annotated[int, says("failures in a row after which a connection gets a rest", ge=1)] = 10
    breaker_seconds: Annotated[
        float, says("the first rest of a connection; doubled after each failed try, up to five minutes", gt=0)
    ] = 10.0
    smtp_host: Annotated[str, says("the mail server; empty: e-mail actions send nothing")] = ""
    smtp_port: Annotated[int, says("the port of the mail server", ge=1)] = 25
    smtp_security: Annotated[str, says("`none`, `starttls` or `tls`")] = "none"
    smtp_user: Annotated[str, says("the login at the mail server; empty: without")] = ""
    smtp_password: Annotated[str, says("the password at the mail server")] = ""
    smtp_sender: Annotated[str, says("the sender of e-mail whose action names none")] = "interdesk@localhost"
    trusted_proxies: Annotated[
        str,
        says(
            "addresses of web servers in front, with commas between, whose header `X-Forwarded-For` tells where a "
            "request comes from. Without it, one guesser of passwords behind such a server slows everybody down"
        ),
    ] = ""
    access_log: Annotated[bool, says("a line in the log for every request")] = False
    log_rest_service: Annotated[
        bool, says("every call of `rest.php` is kept as an object of the class `EventRestService`, without passwords")
    ] = False
    metrics: Annotated[bool, says("figures for Prometheus at `/metrics`, for whoever reaches the port")] = True

    def __post_init__(self) -> None:
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ValueError("tls_certificate and tls_key: give both, or neither")
        if self.smtp_security not in ("none", "starttls", "tls"):
            raise ValueError("smtp_security: it is none, starttls or tls")
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
    def root_url(self) -> str:
        """``app_url``, or what host and port make of it, with a slash at the end."""
        scheme = "https" if self.tls_certificate else "http"
        return (self.app_url or f"{scheme}://{self.host}:{self.port}").rstrip("/") + "/"

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
    if plain_type(field) == list[str]:
        return [part for part in text.split(os.pathsep) if part]
    try:
        return msgspec.convert(text, field.type, strict=False)
    except msgspec.ValidationError as problem:
        raise SettingsError(f"{PREFIX}{field.name.upper()}: {problem}") from problem


def plain_type(field: msgspec.structs.FieldInfo) -> Any:
    """The type of a setting without what is said about it."""
    return get_args(field.type)[0] if hasattr(field.type, "__metadata__") else field.type


def reference() -> str:
    """The table of all settings, in Markdown."""
    rows = [f"| `{field.name}` | {_shown(field.default)} | {_description(field)} |" for field in _fields()]
    return "\n".join(["| setting | default | what it is |", "|---|---|---|", *rows]) + "\n"


def _fields() -> list[msgspec.structs.FieldInfo]:
    return list(msgspec.structs.fields(Settings))


def _description(field: msgspec.structs.FieldInfo) -> str:
    found = [meta.description for meta in getattr(field.type, "__metadata__", ()) if meta.description]
    return found[0].replace("|", "\\|") if found else ""


def _shown(default: Any) -> str:
    if default == "":
        return "empty"
    if default is msgspec.NODEFAULT:
        return "`[]`"
    text = str(default).lower() if isinstance(default, bool) else str(default)
    return "`" + text.replace("|", "\\|") + "`"
