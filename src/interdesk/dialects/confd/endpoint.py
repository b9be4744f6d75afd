"""``/1.1`` as an ASGI application. The order of its checks: facts ``xivo_confd_api.md`` 3."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Executor
from contextvars import copy_context
from typing import Any
from urllib.parse import parse_qsl

import structlog
from starlette.types import Message, Receive, Scope, Send

from interdesk.desk import Desk
from interdesk.dialects.confd import routes
from interdesk.dialects.confd.access import Access, Proof, Stale, proof
from interdesk.dialects.confd.answers import Answer, page_of_html, refusal
from interdesk.dialects.confd.call import Call
from interdesk.dialects.confd.nonces import Nonces
from interdesk.dialects.confd.openapi import description
from interdesk.dialects.confd.resources import Handler
from interdesk.errors import InterdeskError, LimitExceeded, Unauthenticated
from interdesk.telemetry.exchange import Exchange, current

LOG = structlog.get_logger(__name__)
PREFIXES = ("/1.1", "/api/confd/1.1")
STARTS = tuple(prefix + "/" for prefix in PREFIXES)
HEADERS = [(b"access-control-allow-origin", b"*")]
WITH_BODY = ("POST", "PUT")
DESCRIPTION = "/api/api.json"
LOOPBACK = ("127.0.0.1", "::1")
Headers = Mapping[bytes, bytes]


class Endpoint:
    """Answers requests on worker threads of ``executor``; ``max_body`` is in bytes."""

    def __init__(self, desk: Desk, executor: Executor, max_body: int, nonces: Nonces) -> None:
        self._desk, self._executor, self._max_body = desk, executor, max_body
        self._access = Access(desk, nonces)

    @property
    def names(self) -> list[str]:
        """The operations, as the figures tell them apart."""
        return [f"{method} {route.path}" for route in routes.ROUTES for method in route.methods]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = current() or Exchange("")
        try:
            body = await _body(receive, self._max_body)
            if body is None:
                return
            answer = await self._answer(scope, body, exchange)
        except InterdeskError as problem:
            answer = refusal(problem)
        except Exception:
            LOG.exception("a telephony request failed", request=exchange.id)
            answer = Answer(500, ["Unexpected error: see the server's log"])
        await _send(send, answer, with_body=scope["method"] != "HEAD")

    async def _answer(self, scope: Scope, body: bytes, exchange: Exchange) -> Answer:
        prefix = next(prefix for prefix in PREFIXES if scope["path"].startswith(prefix))
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        path = scope["path"][len(prefix) :]
        if path == DESCRIPTION and method == "GET":
            return Answer(200, description())  # says nothing of this desk, so that nobody need say who asks
        match = routes.found(path)
        if match is None:
            return page_of_html(404, "Not Found")
        route, ids = match
        allowed = ", ".join([*route.methods, *(["HEAD"] if "GET" in route.methods else []), "OPTIONS"])
        if method == "OPTIONS":
            return Answer(200, headers=[(b"allow", allowed.encode())])
        if method not in route.methods:
            return page_of_html(405, "Method Not Allowed", {"allow": allowed})
        exchange.operation = f"{method} {route.path}"
        headers = dict(scope["headers"])
        shown = proof(headers)
        address = scope["client"][0] if scope.get("client") else ""
        guesses = self._desk.credentials.guesses
        if shown.account and guesses and (wait := guesses.wait(shown.account, address)):
            await asyncio.sleep(wait)
        base = f"{scope['scheme']}://{headers.get(b'host', b'localhost').decode('latin-1')}{prefix}"
        return await asyncio.get_running_loop().run_in_executor(
            self._executor,
            copy_context().run,
            self._run, scope, headers, shown, address, base, ids, body, route.methods[method], exchange,
        )  # fmt: skip

    def _run(
        self,
        scope: Scope,
        headers: Headers,
        shown: Proof,
        address: str,
        base: str,
        ids: tuple[Any, ...],
        body: bytes,
        handler: Handler,
        exchange: Exchange,
    ) -> Answer:
        guesses = self._desk.credentials.guesses
        try:
            actor = self._access.actor(shown, scope["method"], _target(scope))
        except Unauthenticated as problem:
            if shown.account and not isinstance(problem, Stale):
                guesses.failed(shown.account, address)
                exchange.login_failed = True
            challenge = self._access.challenge(stale=isinstance(problem, Stale))
            return Answer(401, text="Unauthorized Access", headers=[(b"www-authenticate", challenge.encode())])
        exchange.login = actor.login
        guesses.succeeded(shown.account, address)
        if refused := _media_refused(scope["method"], headers, body):
            return refused
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, errors="replace"))
        return handler(Call(self._desk, actor, base, ids, query, body, address in LOOPBACK))


def _target(scope: Scope) -> str:
    """Path and query as the client wrote them."""
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    query = scope["query_string"].decode("latin-1")
    return str(path + (f"?{query}" if query else ""))


def _media_refused(method: str, headers: Headers, body: bytes) -> Answer | None:
    """JSON goes out, so the client must take it; JSON comes in where there is anything."""
    accept = headers.get(b"accept", b"").decode("latin-1").lower()
    kinds = [part.partition(";")[0].strip() for part in accept.split(",") if part.strip()]
    if kinds and not any(kind in ("*/*", "application/*", "application/json") for kind in kinds):
        return page_of_html(406, "Not Acceptable")
    kind = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    # The later associations are made by a PUT without any body.
    if method in WITH_BODY and kind != "application/json" and (body or method == "POST"):
        return page_of_html(415, "Unsupported Media Type")
    return None


async def _body(receive: Receive, limit: int) -> bytes | None:
    """All of it; None when the client is gone. Raises LimitExceeded."""
    parts: list[bytes] = []
    size = 0
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return None
        size += len(part := message.get("body", b""))
        if size <= limit:
            parts.append(part)
        if message.get("more_body"):
            continue
        if size > limit:
            raise LimitExceeded(f"the body has {size} bytes, the limit is {limit} (body_bytes)")
        return b"".join(parts)


async def _send(send: Send, answer: Answer, *, with_body: bool) -> None:
    content, kind = answer.content()
    headers = [*HEADERS, (b"content-type", kind.encode()), *answer.headers]
    if answer.location:
        headers.append((b"location", answer.location.encode("latin-1", "replace")))
    if answer.status != 204:
        headers.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": content if with_body else b""})
