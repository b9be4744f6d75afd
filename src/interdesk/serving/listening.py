"""One server process on a socket: takes connections one at a time, and stops within a bounded time."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

import structlog
import uvicorn
import uvicorn.lifespan.on
import uvicorn.loops.uvloop
import uvicorn.protocols.http.httptools_impl  # with the others above: here, so that workers have them in common
from starlette.types import ASGIApp

from interdesk.errors import InterdeskError
from interdesk.telemetry.board import Board

LOG = structlog.get_logger(__name__)
BACKLOG = 2_048
KEEP_ALIVE_SECONDS = 75  # longer than nginx keeps idle connections (60), so that it never meets a closed one
BREATH_SECONDS = 1.0  # until connections are taken again after the process ran out of files
COURTESY_SECONDS = 0.003  # in which a worker with fewer connections may take the next one
LAST_SECONDS = 5.0  # beyond the time for requests, until the process is ended whatever it does


class ServingError(InterdeskError):
    """The address or the certificate of the settings cannot be used."""

    code = "serving"


def bound(host: str, port: int) -> socket.socket:
    """A listening socket, for any number of processes. Raises ServingError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        found = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as problem:
        raise ServingError(f"Cannot listen on {host}:{port}: {problem.strerror}") from problem
    found.setblocking(False)
    return found


def check_tls(certificate: str, key: str) -> None:
    """Raises ServingError unless both files can be read and belong together."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, _no_password)
    except (OSError, ValueError) as problem:
        raise ServingError(f"tls_certificate and tls_key cannot be used: {problem}") from problem


def _no_password() -> str:
    raise ValueError("the key is protected by a password")


class Acceptor:
    """Takes one connection for each turn of the event loop, and steps back a moment for workers that have fewer.

    asyncio takes all that wait at once: one of several idle workers would then get them all. This is what uvicorn
    asks of an ``asyncio.Server``. ``held`` counts the connections of this worker.
    """

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext | None,
        held: Callable[[], int],
        board: Board,
    ) -> None:
        self._listener, self._protocol, self._tls = listener, protocol, tls
        self._held, self._board, self._stepped_back = held, board, False
        self._loop = asyncio.get_running_loop()
        self._starting: set[asyncio.Task[None]] = set()
        self._closed = False
        self._watch()

    def _watch(self) -> None:
        if not self._closed:
            self._loop.add_reader(self._listener.fileno(), self._take)

    def _take(self) -> None:
        held = self._held() + len(self._starting)
        self._board.put("client_connections", held)
        self._stepped_back = not self._stepped_back and self._board.least("client_connections") < held
        if self._stepped_back:
            self._pause(COURTESY_SECONDS)
            return
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another worker was faster, or the client is gone
        except OSError as problem:
            LOG.error("cannot take connections", reason=str(problem))
            self._pause(BREATH_SECONDS)
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = self._loop.create_task(self._start(connection))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listener.fileno())
        self._loop.call_later(seconds, self._watch)

    async def _start(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._protocol, connection, ssl=self._tls)
        except (OSError, ssl.SSLError):
            connection.close()  # no TLS after all, or gone

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._loop.remove_reader(self._listener.fileno())

    async def wait_closed(self) -> None:
        if self._starting:
            await asyncio.wait(self._starting)


@dataclass(frozen=True, slots=True)
class Door:
    """A further port, with TLS by the files of a certificate and its key."""

    listener: socket.socket
    certificate: str
    key: str

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key, _no_password)
        return context


class Serving(uvicorn.Server):
    """An application on a bound socket; ``run`` returns when it was told to stop and the requests are answered.

    ``stop_seconds``: what is not answered by then is given up. ``board``: shared with the other workers.
    ``proxies``: addresses (with commas between) whose word on where a request comes from counts. ``started`` is
    called when connections are taken. ``doors``: further ports.
    """

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        *,
        stop_seconds: float,
        board: Board | None = None,
        tls: tuple[str, str] | None = None,
        proxies: str = "",
        started: Callable[[], None] | None = None,
        doors: Sequence[Door] = (),
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                loop="uvloop",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(proxies),
                forwarded_allow_ips=proxies,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=stop_seconds,  # type: ignore[arg-type] # wait_for takes fractions too
                ssl_certfile=tls[0] if tls else None,
                ssl_keyfile=tls[1] if tls else None,
            )
        )
        self._listener, self._stop_seconds, self._on_start = listener, stop_seconds, started
        self._doors = tuple(doors)
        self._board = board or Board()

    def run_until_stopped(self) -> None:
        self.run(sockets=[self._listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            raise ServingError("The application did not start")
        state, config = self.server_state, self.config

        def protocol() -> asyncio.Protocol:
            return config.http_protocol_class(  # type: ignore[call-arg]  # uvicorn types only its base
                config=config, server_state=state, app_state=self.lifespan.state
            )

        def acceptor(listener: socket.socket, tls: ssl.SSLContext | None) -> Acceptor:
            return Acceptor(listener, protocol, tls, lambda: len(state.connections), self._board)

        further = [acceptor(door.listener, door.context()) for door in self._doors]
        self.servers = [acceptor(self._listener, config.ssl), *further]  # type: ignore[list-item]  # they close alike
        self.started = True
        if self._on_start is not None:
            self._on_start()

    async def on_tick(self, counter: int) -> bool:
        self._board.put("client_connections", len(self.server_state.connections))
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not as uvicorn does it: being told to stop is no error, the process ends with 0.
        if not self.should_exit:
            last = threading.Timer(self._stop_seconds + LAST_SECONDS, os._exit, (1,))
            last.daemon = True
            last.start()
        self.should_exit = True
