"""A receiver of web hooks on the loopback address: keeps what arrives and answers as it is told."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOOD = b'{"code":0,"message":null,"objects":null}'


@dataclass(frozen=True)
class Arrived:
    """One request; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass(frozen=True)
class Reply:
    """``raw`` is sent instead of an HTTP answer; ``close`` ends the connection without any."""

    status: int = 200
    body: bytes = GOOD
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    close: bool = False
    raw: bytes | None = None


Answering = Callable[[Arrived], Reply]


class Receiver:
    """``answering`` may be changed at any time."""

    def __init__(self) -> None:
        self.answering: Answering = lambda _: Reply()
        self.arrived: list[Arrived] = []
        self._changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _take(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = receiver._note(Arrived(self.command, self.path, headers, body))
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self._reply(reply)

            def _reply(self, reply: Reply) -> None:
                time.sleep(reply.delay)
                if reply.close:
                    return
                if reply.raw is not None:
                    self.wfile.write(reply.raw)
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(reply.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _take

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_: object) -> None:
                """A client that goes away in the middle is part of some tests."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def _note(self, request: Arrived) -> Reply:
        with self._changed:
            self.arrived.append(request)
            self._changed.notify_all()
        return self.answering(request)

    def wait_for(self, count: int, seconds: float = 20.0) -> list[Arrived]:
        """All that arrived, once there are at least so many. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.arrived) >= count, seconds):
                raise TimeoutError(f"{len(self.arrived)} of {count} requests arrived in {seconds:g} s")
            return list(self.arrived)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that runs for the length of the block."""
    receiver = Receiver()
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()
