"""The service behind ``rest.php``: versions, the table of operations, and the way of one request through them."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec
import structlog

from interdesk.desk import Actor, Desk
from interdesk.desk.actors import PORTAL_USER, REST_USER
from interdesk.desk.credentials import Claim
from interdesk.dialects.itop.approvals import APPROVAL_OPERATIONS
from interdesk.dialects.itop.deliveries import DELIVERY_OPERATIONS
from interdesk.dialects.itop.errors import (
    INTERNAL_ERROR,
    INVALID_JSON,
    MISSING_JSON,
    MISSING_VERSION,
    UNAUTHORIZED,
    UNKNOWN_OPERATION,
    UNSUPPORTED_VERSION,
    RestError,
    missing,
    translated,
)
from interdesk.dialects.itop.fields_out import Encoder
from interdesk.dialects.itop.operations import (
    Call,
    Operation,
    check_credentials,
    core_create,
    core_delete,
    core_get,
    core_update,
)
from interdesk.dialects.itop.related import core_get_related
from interdesk.dialects.itop.stimulus import core_apply_stimulus
from interdesk.errors import InterdeskError, Unauthenticated, Unfinished
from interdesk.telemetry.exchange import current

LOG = structlog.get_logger(__name__)
VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4")
CORE = "CoreServices"
LIST = "list_operations"
CORE_OPERATIONS: dict[str, tuple[str, Operation]] = {
    "core/create": ("Create an object", core_create),
    "core/update": ("Update an object", core_update),
    "core/apply_stimulus": ("Apply a stimulus to change the state of an object", core_apply_stimulus),
    "core/get": ("Search for objects", core_get),
    "core/delete": ("Delete objects", core_delete),
    "core/get_related": ("Get related objects through the specified relation", core_get_related),
    "core/check_credentials": ("Check user credentials", check_credentials),
}
SHORT = {name.removeprefix("core/"): name for name in CORE_OPERATIONS}  # as tutorials write them; not listed
RESERVED = frozenset({LIST, *CORE_OPERATIONS, *SHORT})  # names that no extension can offer
QUICK = frozenset({"core/get"})  # reads that mostly end in less time than it takes to hand them to a thread
MAX_DEPTH = 64  # of nested objects and lists in a request


class Service:
    """Operations by name, each with a description and the name of what offers it.

    ``secure``: only users with the profile "REST Services User" may come in.
    """

    def __init__(self, desk: Desk, *, secure: bool = True) -> None:
        self._desk, self._secure = desk, secure
        self._encoder = Encoder(desk.model)
        self._operations: dict[str, tuple[str, str, Operation]] = {}
        self._unlisted: set[str] = set()
        for name, (description, operation) in CORE_OPERATIONS.items():
            self.offer(name, description, operation)
        for name, (description, operation) in {**DELIVERY_OPERATIONS, **APPROVAL_OPERATIONS}.items():
            self.offer(name, description, operation, listed=False)

    def offer(
        self, name: str, description: str, operation: Operation, extension: str = CORE, *, listed: bool = True
    ) -> None:
        """Adds an operation, to those that ``list_operations`` shows too unless it is not ``listed``."""
        self._operations[name] = (description, extension, operation)
        if not listed:
            self._unlisted.add(name)

    @property
    def names(self) -> tuple[str, ...]:
        """All operations."""
        return (LIST, *self._operations)

    def authenticate(self, claim: Claim) -> Actor:
        """The actor, if he may use the web services. Raises RestError."""
        try:
            actor = self._desk.credentials.prove(claim)
        except Unauthenticated as problem:
            raise RestError(UNAUTHORIZED, "Invalid login") from problem
        self.admit(actor)
        return actor

    def admit(self, actor: Actor) -> None:
        """Raises RestError unless the actor may use the web services."""
        if PORTAL_USER in actor.profiles:
            raise RestError(UNAUTHORIZED, "Portal user is not allowed")
        if self._secure and REST_USER not in actor.profiles:
            raise RestError(UNAUTHORIZED, REST_PROFILE_NEEDED)

    def run(
        self, actor: Actor, version: str | None, json_data: bytes | str | None, *, quick: bool = False
    ) -> dict[str, Any] | None:
        """The body of the answer to one request of a known actor. Never raises: a fault of ours is logged.

        ``quick``: only what is done in a moment; None when the request is something else or took longer.
        """
        try:
            return self._run(actor, version, json_data, quick)
        except Unfinished:
            return None
        except RestError as problem:
            return problem.body()
        except InterdeskError as problem:
            return translated(problem).body()
        except Exception:
            return fault(actor.login)

    def _run(
        self, actor: Actor, version: str | None, json_data: bytes | str | None, quick: bool
    ) -> dict[str, Any] | None:
        if not version:
            raise RestError(MISSING_VERSION, "Missing parameter 'version' (e.g. '1.0')")
        if not json_data:
            raise RestError(MISSING_JSON, "Missing parameter 'json_data'")
        data = _decoded(json_data)
        if version not in VERSIONS:
            raise RestError(UNSUPPORTED_VERSION, f"There is no service available for version '{version}'")
        name = data.get("operation")
        if name is None:
            raise missing("operation")
        if isinstance(name, str):
            name = SHORT.get(name, name)
        if name == LIST:
            _note(LIST)
            return self._list(version)
        if not isinstance(name, str) or name not in self._operations:
            raise RestError(UNKNOWN_OPERATION, f"Unknown verb '{name}' in version '{version}'")
        _note(name)
        if quick and name not in QUICK:
            return None
        return self._operations[name][2](Call(self._desk, actor, data, version, self._encoder, quick))

    def _list(self, version: str) -> dict[str, Any]:
        operations = [
            {"verb": name, "description": description, "extension": extension}
            for name, (description, extension, _) in self._operations.items()
            if name not in self._unlisted
        ]
        return {
            "code": 0,
            "message": f"Operations: {len(operations)}",
            "version": version,
            "operations": operations,
        }


def fault(login: str) -> dict[str, Any]:
    """The answer when an exception is handled that nobody expected: it is logged under a reference."""
    reference = secrets.token_hex(4)
    LOG.exception("request failed", reference=reference, login=login)
    return RestError(INTERNAL_ERROR, f"Internal error {reference}: the server's log tells more").body()


def _note(operation: str) -> None:
    """Says to those who watch the request what it is."""
    exchange = current()
    if exchange is not None:
        exchange.operation = operation


REST_PROFILE_NEEDED = (
    "This user is not authorized to use the web services. "
    "(The profile REST Services User is required to access the REST web services)"
)


def _decoded(text: bytes | str) -> dict[str, Any]:
    """The request as an object; what parses to something else has no members, what parses to nothing is invalid."""
    invalid = RestError(INVALID_JSON, "Parameter json_data is not a valid JSON structure")
    try:
        data = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise invalid from None
    if data is None or data is False or data == 0 or data == []:
        raise invalid
    if depth_over(data, MAX_DEPTH):
        raise RestError(INVALID_JSON, f"Parameter json_data is nested too deeply (limited to {MAX_DEPTH} levels)")
    return data if isinstance(data, dict) else {}


def depth_over(data: Any, limit: int) -> bool:
    """True when lists and objects are nested deeper than the limit. Walks level by level, without recursion."""
    level = [data]
    for _ in range(limit + 1):
        level = [
            child
            for node in level
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True
