"""What watches the server from outside: ``/health``, ``/ready`` and ``/metrics``. None of them asks who it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from interdesk.errors import InterdeskError
from interdesk.telemetry.board import Board

READY_SECONDS = 5.0  # a database that needs longer is not ready
UNAVAILABLE = 503
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


def probes(check: Callable[[], object], board: Board, refresh: Callable[[], None], *, metrics: bool) -> list[Route]:
    """``check`` raises InterdeskError when the desk cannot work; ``refresh`` brings the board up to date."""

    async def health(_: Request) -> Response:
        """The process lives: routes exist only over an open desk."""
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> Response:
        """The database is reachable and fits the design; 503 and the reason otherwise."""
        loop = asyncio.get_running_loop()
        try:
            await asyncio.wait_for(loop.run_in_executor(None, check), READY_SECONDS)
        except InterdeskError as problem:
            return _unready(problem.message)
        except TimeoutError:
            return _unready(f"The database did not answer within {READY_SECONDS:g} s")
        return JSONResponse({"status": "ready"})

    async def figures(_: Request) -> Response:
        refresh()
        return PlainTextResponse(board.text(), headers={"content-type": EXPOSITION})

    routes = [Route("/health", health, methods=["GET"]), Route("/ready", ready, methods=["GET"])]
    return [*routes, Route("/metrics", figures, methods=["GET"])] if metrics else routes


def _unready(reason: str) -> Response:
    return JSONResponse({"status": "unavailable", "reason": reason}, UNAVAILABLE, {"retry-after": "5"})
