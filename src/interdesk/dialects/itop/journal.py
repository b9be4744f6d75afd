"""The log of calls as objects of the class ``EventRestService`` (setting ``log_rest_service``), without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import structlog

from interdesk.desk import Desk
from interdesk.desk.clock import as_text
from interdesk.errors import InterdeskError
from interdesk.model.attributes import OneWayPassword, Secret
from interdesk.telemetry.exchange import Exchange

LOG = structlog.get_logger(__name__)
CLASS = "EventRestService"
HIDDEN = "*****"
SECRET_NAME = re.compile(r"pass|pwd|secret|token|credential", re.IGNORECASE)
SHORTEST_SECRET = 3  # characters; shorter ones are hidden by their name only
LONGEST = 65_000  # characters kept of a request or an answer


class Journal:
    """``record`` writes one call. Used by worker threads; never raises."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known = CLASS in desk.model.classes
        self._codes = frozenset(
            code
            for cls in desk.model.classes.values()
            for code, attribute in cls.attributes.items()
            if isinstance(attribute, (OneWayPassword, Secret))
        )

    def record(
        self, exchange: Exchange, version: str | None, json_data: bytes | str | None, body: Mapping[str, Any]
    ) -> None:
        """Keeps a call and its answer without their secrets; failing to do so is logged, and does not fail the call."""
        if not self._known:
            return
        given, secrets = self._input(json_data)
        output = _without(msgspec.json.encode(self._hidden(body, secrets)).decode(), secrets)
        values = {
            "date": as_text(self._desk.clock()),
            "userinfo": exchange.login,
            "message": _without(str(body.get("message") or ""), secrets)[:LONGEST],
            "operation": exchange.operation,
            "version": version or "",
            "json_input": given[:LONGEST],
            "code": body.get("code", 0),
            "json_output": output[:LONGEST],
            "provider": "",
        }
        try:
            with self._desk.store.write() as session:
                session.insert(CLASS, values)
        except InterdeskError as problem:
            LOG.error("the call was not kept", reason=problem.message)

    def _input(self, json_data: bytes | str | None) -> tuple[str, list[str]]:
        """The request without its secrets, and those."""
        secrets: list[str] = []
        try:
            data = msgspec.json.decode(json_data or b"null")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return "(not valid JSON)", secrets
        try:
            text = msgspec.json.encode(self._hidden(data, secrets)).decode()
        except RecursionError:
            return "(nested too deeply)", secrets
        return _without(text, secrets), secrets

    def _hidden(self, value: Any, secrets: list[str]) -> Any:
        """The value with all members hidden whose name tells of a secret; what they held goes to ``secrets``."""
        if isinstance(value, Mapping):
            return {name: self._member(str(name), found, secrets) for name, found in value.items()}
        if isinstance(value, list):
            return [self._hidden(found, secrets) for found in value]
        return value

    def _member(self, name: str, value: Any, secrets: list[str]) -> Any:
        if not SECRET_NAME.search(name) and name not in self._codes:
            return self._hidden(value, secrets)
        if isinstance(value, (bool, type(None))) or value == "":
            return value
        secrets.extend(_texts(value))
        return HIDDEN


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for found in value:
            yield from _texts(found)
    elif isinstance(value, str) and len(value) >= SHORTEST_SECRET:
        yield value


def _without(text: str, secrets: list[str]) -> str:
    """A text in which no secret stands, be it bare or as JSON writes it."""
    for secret in secrets:
        for form in {secret, msgspec.json.encode(secret).decode()[1:-1]}:
            text = text.replace(form, HIDDEN)
    return text
