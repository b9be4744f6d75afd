"""``/webservices/rest.php`` as an ASGI application: credentials, JSON-P, headers. Source: facts 1 to 9, 01 to 03."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from interdesk.desk import Desk
from interdesk.dialects.itop import parameters
from interdesk.dialects.itop.errors import INTERNAL_ERROR, RestError
from interdesk.dialects.itop.parameters import Headers, Parameters, text
from interdesk.dialects.itop.service import Service
from interdesk.errors import Unfinished

PATH = "/webservices/rest.php"
HEADERS = [
    (b"access-control-allow-origin", b"*"),
    (b"cache-control", b"no-store, no-cache, must-revalidate"),
]
JSON = (b"content-type", b"application/json")
JAVASCRIPT = (b"content-type", b"application/javascript")
PREFLIGHT = [
    *HEADERS,
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, Auth-Token"),
    (b"access-control-max-age", b"86400"),
]
CALLBACK = re.compile(r"[A-Za-z0-9_\- ]+")
METHODS = ("POST", "GET")
HURRY_SECONDS = 0.02  # how long the event loop may be busy with one read
ENCODE = msgspec.json.Encoder().encode


class Endpoint:
    """Answers requests on worker threads of ``executor``; ``max_body`` is in bytes."""

    def __init__(self, desk: Desk, executor: Executor, max_body: int) -> None:
        self._desk, self._executor, self._max_body = desk, executor, max_body
        self.service = Service(desk)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in METHODS:
            status = 204 if scope["method"] == "OPTIONS" else 405
            await _send(send, status, b"", PREFLIGHT)
            return
        callback = None
        try:
            headers = dict(scope["headers"])
            given = await parameters.read(scope, receive, headers, self._max_body)
            callback = text(given.get("callback"))
            body = await self._answer(scope, headers, given)
        except RestError as problem:
            body = problem.body()
        except HTTPException as problem:  # a form that the framework cannot read
            body = RestError(INTERNAL_ERROR, str(problem.detail)).body()
        except ClientDisconnect:
            return
        content, kind = rendered(body, callback)
        await _send(send, 200, content, [kind, *HEADERS])

    async def _answer(self, scope: Scope, headers: Headers, given: Parameters) -> dict[str, Any]:
        """Raises RestError."""
        login, password = credentials_of(headers, given)
        address = scope["client"][0] if scope.get("client") else ""
        if wait := self._desk.credentials.delay(login, address):
            await asyncio.sleep(wait)
        if (body := self._at_once(login, password, given)) is not None:
            return body
        loop = asyncio.get_running_loop()
        body = await loop.run_in_executor(self._executor, self._run, login, password, address, given)
        assert body is not None  # only a quick run leaves a request undone
        return body

    def _at_once(self, login: str, password: str, given: Parameters) -> dict[str, Any] | None:
        """The answer to a small read of somebody known, given on the event loop; None when a thread must work."""
        try:
            with self._desk.store.hurry(HURRY_SECONDS) as possible:
                actor = self._desk.credentials.remembered(login, password) if possible else None
                if actor is None:
                    return None
                self.service.admit(actor)
                return self.service.run(actor, text(given.get("version")), given.get("json_data"), quick=True)
        except Unfinished:
            return None

    def _run(self, login: str, password: str, address: str, given: Parameters) -> dict[str, Any] | None:
        credentials = self._desk.credentials
        try:
            actor = self.service.authenticate(login, password)
        except RestError as problem:
            if problem.message == "Invalid login":
                credentials.failed(login, address)
            raise
        credentials.succeeded(login, address)
        return self.service.run(actor, text(given.get("version")), given.get("json_data"))


def rendered(body: Mapping[str, Any], callback: str | None) -> tuple[bytes, tuple[bytes, bytes]]:
    """JSON, or JSON-P when the callback's name is harmless; another name is ignored, as recorded."""
    content = ENCODE(body)
    if callback and CALLBACK.fullmatch(callback):
        return callback.encode() + b"(" + content + b");", JAVASCRIPT
    return content, JSON


def credentials_of(headers: Headers, given: Parameters) -> tuple[str, str]:
    """(login, password) of the form or of HTTP Basic, '' for what is missing or malformed."""
    login, password = text(given.get("auth_user")), text(given.get("auth_pwd"))
    scheme, _, encoded = headers.get(b"authorization", b"").partition(b" ")
    if not login and scheme.lower() == b"basic":
        try:
            login, _, password = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
    return login or "", password or ""


async def _send(send: Send, status: int, content: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(content)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": content})
