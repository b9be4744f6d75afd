"""Around everything: gives each request its id, times it, counts it, and logs it where that is wished."""

from __future__ import annotations

import re
import secrets
from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interdesk.telemetry.board import Board
from interdesk.telemetry.exchange import Exchange, entered

LOG = structlog.get_logger("interdesk.access")
HEADER = b"x-request-id"
HARMLESS = re.compile(rb"[A-Za-z0-9._:=+/-]{1,128}")
SERVER_ERROR = 500


class Watch:
    """``app`` with the header ``X-Request-ID`` in its answers: the request's own if it is harmless, else a new one."""

    def __init__(self, app: ASGIApp, board: Board, *, access_log: bool = False) -> None:
        self._app, self._board, self._access_log = app, board, access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        exchange = Exchange(_given(scope) or secrets.token_hex(8))
        entered(exchange)
        header = (HEADER, exchange.id.encode())
        status = SERVER_ERROR

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], header]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self._finished(scope, exchange, status, perf_counter() - started)

    def _finished(self, scope: Scope, exchange: Exchange, status: int, seconds: float) -> None:
        code = status if exchange.code is None else exchange.code
        self._board.answered(exchange.operation, code, seconds)
        if exchange.login_failed:
            self._board.add("login_failures_total")
        if self._access_log:
            client = scope.get("client")
            LOG.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                operation=exchange.operation,
                code=code,
                login=exchange.login,
                client=client[0] if client else "",
                seconds=round(seconds, 6),
            )


def _given(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == HEADER and HARMLESS.fullmatch(value):
            return str(value, "ascii")
    return ""
