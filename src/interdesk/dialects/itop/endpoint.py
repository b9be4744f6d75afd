"""``/webservices/rest.php`` as an ASGI application: answers, JSON-P, headers. Source: facts 1 to 9, 01 to 03."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from contextvars import copy_context
from typing import Any, TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from interdesk.desk import Actor, Desk
from interdesk.desk.credentials import Claim
from interdesk.dialects.itop import parameters
from interdesk.dialects.itop.access import Access
from interdesk.dialects.itop.errors import INTERNAL_ERROR, RestError, translated
from interdesk.dialects.itop.journal import Journal
from interdesk.dialects.itop.parameters import Headers, Parameters, text
from interdesk.dialects.itop.repeats import message_id
from interdesk.dialects.itop.service import Service, fault
from interdesk.dialects.itop.turns import Turns
from interdesk.errors import InterdeskError, Unfinished
from interdesk.telemetry.exchange import Exchange, current

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
Result = TypeVar("Result")
HURRY_SECONDS = 0.02  # how long the event loop may be busy with one read
FRESH_SECONDS = 0.1  # how long it holds who asks: while a request waited longer, rights may have changed
STOPPED = "The server was stopped before it had finished: look whether the request was done before you send it again"
QUICK_LENGTH = 16 * 1024  # of a request that the event loop reads
ENCODE = msgspec.json.Encoder().encode


class Endpoint:
    """Answers requests on worker threads of ``executor``; ``max_body`` is in bytes, ``access`` says who may come in.

    ``share`` is how many of the threads one account may have at a time. ``journal`` keeps every call as an object.
    """

    def __init__(
        self, desk: Desk, executor: Executor, max_body: int, access: Access, share: int, journal: Journal | None = None
    ) -> None:
        self._desk, self._executor, self._max_body, self._access = desk, executor, max_body, access
        self._journal, self._turns = journal, Turns(share)
        self.service = Service(desk, secure=access.secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in METHODS:
            status = 204 if scope["method"] == "OPTIONS" else 405
            await _send(send, status, b"", PREFLIGHT)
            return
        callback, given = None, {}
        exchange = current() or Exchange("")
        try:
            headers = dict(scope["headers"])
            exchange.message = message_id(headers)
            given = await parameters.read(scope, receive, headers, self._max_body)
            callback = text(given.get("callback"))
            body = await self._answer(scope, headers, given, exchange)
        except RestError as problem:
            body = problem.body()
        except (HTTPException, MultiPartException) as problem:
            reason = problem.detail if isinstance(problem, HTTPException) else problem.message
            body = RestError(INTERNAL_ERROR, f"The form cannot be read: {reason}").body()
        except ClientDisconnect:
            return
        except asyncio.CancelledError:  # the time that requests have when the server is stopped is over
            body = RestError(INTERNAL_ERROR, STOPPED).body()
        except InterdeskError as problem:  # whoever asks cannot be looked up
            body = translated(problem).body()
        except Exception:
            body = fault(exchange.login)
        exchange.code = body["code"]
        if self._journal is not None:
            await self._in_thread(
                self._journal.record, exchange, text(given.get("version")), given.get("json_data"), body
            )
        content, kind = rendered(body, callback)
        await _send(send, 200, content, [kind, *HEADERS])

    async def _answer(self, scope: Scope, headers: Headers, given: Parameters, exchange: Exchange) -> dict[str, Any]:
        """Raises RestError, and InterdeskError when it cannot be found out who asks."""
        claim = self._access.claim(scope, headers, given)
        address = scope["client"][0] if scope.get("client") else ""
        if wait := self._desk.credentials.wait(claim, address):
            await asyncio.sleep(wait)
        asked = time.monotonic()
        actor, body = self._at_once(claim, given, exchange)
        if body is not None:
            return body

        def work() -> dict[str, Any] | None:
            fresh = time.monotonic() - asked < FRESH_SECONDS
            found = actor if actor and fresh else self._proven(claim, address, wait, exchange)
            return self.service.run(found, text(given.get("version")), given.get("json_data"))

        # Whom the quick attempt knew goes by his login, whether he came with a password or one of his tokens.
        async with self._turns.turn(exchange.login or claim.account):
            body = await self._in_thread(work)
        assert body is not None  # only a quick run leaves a request undone
        return body

    def _in_thread(self, work: Callable[..., Result], *args: Any) -> Awaitable[Result]:
        """A worker thread does it, within the request's context."""
        return asyncio.get_running_loop().run_in_executor(self._executor, copy_context().run, work, *args)

    def _at_once(
        self, claim: Claim, given: Parameters, exchange: Exchange
    ) -> tuple[Actor | None, dict[str, Any] | None]:
        """(who asks, when he is known; the answer to a small read of his, given on the event loop).

        Without an answer a thread must work.
        """
        if len(given.get("json_data", "")) > QUICK_LENGTH:
            return None, None
        actor = None
        try:
            with self._desk.store.hurry(HURRY_SECONDS) as possible:
                actor = self._desk.credentials.recall(claim) if possible else None
                if actor is None:
                    return None, None
                exchange.login = actor.login
                self.service.admit(actor)
                return actor, self.service.run(actor, text(given.get("version")), given.get("json_data"), quick=True)
        except Unfinished:
            return actor, None

    def _proven(self, claim: Claim, address: str, waited: float, exchange: Exchange) -> Actor:
        """Who asks; a wrong guess is counted. Raises RestError, TooManyGuesses."""
        credentials = self._desk.credentials
        if not waited:
            credentials.demand_free(claim, address)  # many may have come at once
        try:
            actor = self.service.authenticate(claim)
        except RestError as problem:
            if problem.message == "Invalid login":
                credentials.guesses.failed(claim.account, address)
                exchange.login_failed = True
            raise
        exchange.login = actor.login
        credentials.guesses.succeeded(claim.account, address)
        return actor


def rendered(body: Mapping[str, Any], callback: str | None) -> tuple[bytes, tuple[bytes, bytes]]:
    """JSON, or JSON-P when the callback's name is harmless; another name is ignored, as recorded."""
    content = ENCODE(body)
    if callback and CALLBACK.fullmatch(callback):
        return callback.encode() + b"(" + content + b");", JAVASCRIPT
    return content, JSON


async def _send(send: Send, status: int, content: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(content)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": content})
