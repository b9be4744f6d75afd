"""The dialect as an ASGI application: paths, parameters, credentials, envelopes. Source: facts 1 and 2."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from concurrent.futures import Executor
from contextvars import copy_context
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import structlog
from starlette.types import Receive, Scope, Send

from interdesk.approvals import apps
from interdesk.approvals.refusals import FlowRefusal
from interdesk.approvals.tickets import Tickets
from interdesk.desk import Desk
from interdesk.dialects.bkitsm.call import Call
from interdesk.dialects.bkitsm.errors import NOT_ALLOWED, SERVER_ERROR, ApiError, Unexpected, refused, wrapped
from interdesk.dialects.bkitsm.table import ESB, GATEWAY, ROOTS, Reached, paths
from interdesk.errors import InterdeskError, Unfinished
from interdesk.telemetry.exchange import current

LOG = structlog.get_logger(__name__)
ENCODE = msgspec.json.Encoder().encode
PREFIXES = tuple(ROOTS.values())
HEADER = b"x-bkapi-authorization"
CREDENTIALS = frozenset(
    {"bk_app_code", "bk_app_secret", "app_code", "app_secret", "bk_token", "bk_username", "bk_access_token"}
    | {"access_token", "bk_signature", "bk_nonce", "bk_timestamp"}
)
NOT_ALLOWED_TEXT = "方法 “{0}” 不被允许。"
NO_SUCH_CALL = {ESB: (200, 1306404, "no such component"), GATEWAY: (404, 1640401, "API not found")}
REFUSED = {ESB: (200, 1306406), GATEWAY: (400, 1640001)}
REFUSED_NATIVE = (403, 1640001)
MOST_PARAMETERS = 1_000
MAX_DEPTH = 64
QUICK_LENGTH = 16 * 1024  # of a request that the event loop reads
HURRY_SECONDS = 0.02  # how long the event loop may be busy with one read


class Endpoint:
    """Answers calls on worker threads of ``executor``; ``max_body`` is in bytes."""

    def __init__(self, desk: Desk, tickets: Tickets, executor: Executor, max_body: int) -> None:
        self._desk, self._tickets, self._executor, self._max_body = desk, tickets, executor, max_body
        self._paths: Mapping[str, Reached] = paths()

    @property
    def names(self) -> list[str]:
        """The names of all calls."""
        return sorted({reached.api.name for reached in self._paths.values()})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive, self._max_body)
        if body is None:
            await _send(send, 413, _failure(1641301, "The request is too large"))
            return
        done = self._at_once(scope, body)
        if done is None:
            work = copy_context().run
            done = await asyncio.get_running_loop().run_in_executor(self._executor, work, self.answer, scope, body)
        await _send(send, *done)

    def _at_once(self, scope: Scope, body: bytes) -> tuple[int, dict[str, Any]] | None:
        """The answer to a small read, given on the event loop; None when a thread must work."""
        reached = self._reached(scope)
        if reached is None or not reached.api.quick or len(body) > QUICK_LENGTH:
            return None
        try:
            with self._desk.store.hurry(HURRY_SECONDS) as possible:
                return self.answer(scope, body) if possible else None
        except Unfinished:
            return None

    def _reached(self, scope: Scope) -> Reached | None:
        path = scope["path"]
        return self._paths.get(path if path.endswith("/") else path + "/")

    def answer(self, scope: Scope, body: bytes) -> tuple[int, dict[str, Any]]:
        """HTTP status and body of the answer. A fault of ours is logged; only Unfinished is raised, in a hurry."""
        path = scope["path"] if scope["path"].endswith("/") else scope["path"] + "/"
        reached = self._reached(scope)
        if reached is None:
            status, code, text = NO_SUCH_CALL.get(_style(path), (404, 1640401, "API not found"))
            return status, _failure(code, text)
        exchange = current()
        if exchange is not None:
            exchange.operation = reached.api.name
        headers = dict(scope["headers"])
        try:
            given = _parameters(scope, headers, body)
            app, given = self._admitted(reached.style, headers, given)
            if scope["method"] != reached.api.method:
                raise ApiError(NOT_ALLOWED, NOT_ALLOWED_TEXT.format(scope["method"]))
            if exchange is not None:
                exchange.login = app
            call = Call(self._desk, self._tickets, given, self._tickets.front + path, app)
            return 200, {"result": True, "code": 0, "message": "success", "data": self._run(reached, call)}
        except _Refused as problem:
            return problem.status, _failure(problem.code, problem.message)
        except ApiError as problem:
            return 200, problem.body()

    def _run(self, reached: Reached, call: Call) -> Any:
        """Raises ApiError, whatever happens."""
        try:
            return reached.api.run(call)
        except Unfinished:
            raise
        except FlowRefusal as problem:
            raise refused(problem) from problem
        except Unexpected as problem:
            raise _unexpected(reached, str(problem)) from problem
        except InterdeskError as problem:
            raise _unexpected(reached, problem.message) from problem
        except ApiError:
            raise
        except Exception as problem:
            reference = secrets.token_hex(4)
            LOG.exception("call failed", reference=reference, call=reached.api.name)
            raise _unexpected(reached, f"Internal error {reference}: the server's log tells more") from problem

    def _admitted(
        self, style: str, headers: Mapping[bytes, bytes], given: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """The code of the app that calls, and the parameters without credentials. Raises _Refused."""
        shown = {name: given[name] for name in CREDENTIALS if name in given}
        if header := headers.get(HEADER):
            try:
                found = msgspec.json.decode(header)
            except (msgspec.DecodeError, RecursionError):
                found = None
            if isinstance(found, dict):
                shown |= {name: value for name, value in found.items() if name in CREDENTIALS}
        code = shown.get("bk_app_code", shown.get("app_code"))
        secret = shown.get("bk_app_secret", shown.get("app_secret"))
        with self._desk.reading() as reader:
            fault = apps.fault(self._desk, reader, code, secret)
        if fault:
            status, number = REFUSED.get(style, REFUSED_NATIVE)
            raise _Refused(status, number, f'Parameters error [reason="{fault}"]')
        return str(code), {name: value for name, value in given.items() if name not in CREDENTIALS}


class _Refused(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def _unexpected(reached: Reached, text: str) -> ApiError:
    return wrapped(text) if reached.api.wrapped else ApiError(SERVER_ERROR, text)


def _style(path: str) -> str:
    return next((style for style, root in ROOTS.items() if path.startswith(root)), GATEWAY)


def _failure(code: int | str, text: str) -> dict[str, Any]:
    return ApiError(code, text).body()


def _parameters(scope: Scope, headers: Mapping[bytes, bytes], body: bytes) -> dict[str, Any]:
    """Those of the query and of the body, JSON or form, which win. Raises ApiError for what cannot be read."""
    try:
        query = scope["query_string"].decode("utf-8", "replace")
        given: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS))
        if body.strip():
            kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
            if kind == b"application/x-www-form-urlencoded":
                form = body.decode("utf-8", "replace")
                given |= dict(parse_qsl(form, keep_blank_values=True, max_num_fields=MOST_PARAMETERS))
            else:
                given |= _decoded(body)
    except ValueError as problem:
        raise wrapped(str(problem)) from problem
    return given


def _decoded(body: bytes) -> dict[str, Any]:
    """Raises ValueError."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise ValueError(f"JSON parse error - {problem}") from problem
    if not isinstance(found, dict):
        raise ValueError("JSON parse error - an object is expected")
    if _depth_over(found, MAX_DEPTH):
        raise ValueError(f"JSON parse error - nested more than {MAX_DEPTH} levels deep")
    return found


def _depth_over(data: Any, limit: int) -> bool:
    level = [data]
    for _ in range(limit):
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


async def _body(receive: Receive, largest: int) -> bytes | None:
    """The whole body; None when it is too large."""
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > largest:
            return None
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


async def _send(send: Send, status: int, answer: Mapping[str, Any]) -> None:
    content = ENCODE(answer)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
