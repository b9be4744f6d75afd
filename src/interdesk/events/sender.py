"""The one place from which Interdesk calls others: ``connect`` makes every outbound connection.

A name is looked up once, its addresses are judged by the policy, and the connection goes to the very address that
was judged: a name that answers differently the next time leads nowhere. TLS is verified against the name.
Everything is bounded: redirects, sizes, and the time from the first look-up to the last byte.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from interdesk import __version__
from interdesk.events import addresses, masks
from interdesk.events.addresses import Policy, Refused, Resolver
from interdesk.events.requests import Headers
from interdesk.events.urls import BadUrl, Url, parse

OURS = frozenset({"host", "content-length", "connection", "transfer-encoding", "user-agent", "accept-encoding"})
WITHOUT_BODY = frozenset({"GET", "HEAD"})
BODYLESS_REDIRECTS, REPEATING_REDIRECTS = frozenset({301, 302, 303}), frozenset({307, 308})
CHUNK = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Limits of one exchange. ``seconds`` counts from the look-up of the name to the last byte of the last answer."""

    connect_seconds: float = 5.0
    seconds: float = 30.0
    redirects: int = 10
    answer_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said. ``cut``: there was more than the bounds allow, ``body`` is its beginning."""

    status: int
    headers: Headers
    body: bytes = field(repr=False)
    address: str
    cut: bool = False

    def header(self, name: str) -> str:
        return next((value for found, value in self.headers if found.lower() == name.lower()), "")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class SendingFailed(Exception):
    """No answer that could be understood. ``address``: where it was tried; ``hopeless``: it would fail again."""

    def __init__(self, reason: str, address: str = "", *, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.address, self.hopeless = reason, address, hopeless


class Timed:
    """A connected socket of which no operation ends later than the deadline."""

    def __init__(self, raw: socket.socket, deadline: float) -> None:
        self.raw, self._deadline = raw, deadline

    def _hurry(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time was over")
        self.raw.settimeout(left)

    def sendall(self, data: bytes) -> None:
        self._hurry()
        self.raw.sendall(data)

    def recv_into(self, buffer: Any) -> int:
        self._hurry()
        return self.raw.recv_into(buffer)

    def makefile(self, mode: str, *_: Any, **__: Any) -> io.BufferedReader:
        """As ``http.client`` and ``smtplib`` ask for it: to read bytes."""
        return io.BufferedReader(_Reading(self), CHUNK)

    def settimeout(self, _: float | None) -> None:
        """The deadline rules."""

    def close(self) -> None:
        self.raw.close()


class _Whole(io.BufferedReader):
    """Lines of an answer: one that ends in the middle is no answer."""

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        if not line:
            raise http.client.IncompleteRead(b"")
        return line


class _Answering:
    """What ``http.client`` asks of a socket."""

    def __init__(self, timed: Timed) -> None:
        self._timed = timed

    def makefile(self, mode: str) -> _Whole:
        return _Whole(_Reading(self._timed), CHUNK)


class _Reading(io.RawIOBase):
    def __init__(self, timed: Timed) -> None:
        self._timed = timed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._timed.recv_into(buffer)


def connect(
    host: str,
    port: int,
    *,
    policy: Policy,
    resolver: Resolver,
    deadline: float,
    connect_seconds: float,
    tls: ssl.SSLContext | None = None,
) -> tuple[Timed, str]:
    """A connection to one of the permitted addresses of ``host``, and that address. Raises Refused, OSError."""
    problem: OSError = OSError(f"{host} has no address")
    for address in addresses.permitted(host, policy, resolver):
        left = min(connect_seconds, deadline - time.monotonic())
        if left <= 0:
            raise TimeoutError("the time was over")
        try:
            raw = socket.create_connection((address, port), left)
        except OSError as failed:
            problem = failed
            continue
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls is not None:
                raw = tls.wrap_socket(raw, server_hostname=host)
            return Timed(raw, deadline), address
        except BaseException:
            raw.close()
            raise
    raise problem


def default_tls(ca_file: str = "") -> ssl.SSLContext:
    """Certificates are verified against the system's authorities, or those of a file, and the name must fit."""
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Sender:
    """Sends HTTP requests within bounds and a policy. Safe to use from many threads."""

    def __init__(
        self,
        policy: Policy,
        bounds: Bounds | None = None,
        *,
        resolver: Resolver = addresses.resolve,
        tls: Callable[[], ssl.SSLContext] = default_tls,
    ) -> None:
        self._policy, self._bounds, self._resolver = policy, bounds or Bounds(), resolver
        self._tls = tls()

    def send(self, method: str, url: str, headers: Headers, body: bytes) -> Answer:
        """One request, following redirects. Raises SendingFailed."""
        deadline = time.monotonic() + self._bounds.seconds
        try:
            target = parse(url)
            for _ in range(self._bounds.redirects + 1):
                answer = self._exchange(method, target, headers, body, deadline)
                following = _redirect(answer, target)
                if following is None:
                    return answer
                if not following.same_origin(target):
                    headers = tuple(pair for pair in headers if not masks.is_secret(pair[0]))
                if answer.status in BODYLESS_REDIRECTS:
                    method, body = ("GET" if answer.status == 303 and method != "HEAD" else method), b""
                target = following
        except BadUrl as problem:
            raise SendingFailed(str(problem), hopeless=True) from problem
        raise SendingFailed(f"more than {self._bounds.redirects} redirects")

    def _exchange(self, method: str, target: Url, headers: Headers, body: bytes, deadline: float) -> Answer:
        address = ""
        try:
            connection, address = connect(
                target.host,
                target.port,
                policy=self._policy,
                resolver=self._resolver,
                deadline=deadline,
                connect_seconds=self._bounds.connect_seconds,
                tls=self._tls if target.secure else None,
            )
            try:
                _write(connection, _written(method, target, headers, body))
                return self._read(connection, method, address)
            finally:
                connection.close()
        except Refused as problem:
            raise SendingFailed(str(problem), hopeless=True) from problem
        except (OSError, http.client.HTTPException, ValueError, UnicodeError) as problem:
            raise SendingFailed(_reason(problem), address) from problem

    def _read(self, connection: Timed, method: str, address: str) -> Answer:
        response = http.client.HTTPResponse(_Answering(connection), method=method)  # type: ignore[arg-type]  # it only asks for makefile()
        try:
            response.begin()
            limit = self._bounds.answer_bytes
            body = response.read(limit + 1)
            if response.length and len(body) <= limit:
                raise http.client.IncompleteRead(body, response.length)
            headers = tuple((name, value) for name, value in response.getheaders())
            return Answer(response.status, headers, body[:limit], address, cut=len(body) > limit)
        finally:
            response.close()


def _write(connection: Timed, request: bytes) -> None:
    """A receiver may answer and close before it has read all: then its answer counts."""
    try:
        connection.sendall(request)
    except (BrokenPipeError, ConnectionResetError):
        return


def _written(method: str, target: Url, headers: Headers, body: bytes) -> bytes:
    """The request as bytes. Header lines that could be taken for several are refused."""
    if not method.isascii() or not method.isalpha():
        raise ValueError(f"{method!r} is no method")
    lines = [f"{method} {target.path} HTTP/1.1".encode("latin-1"), b"Host: " + target.authority.encode("ascii")]
    for name, value in headers:
        if name.lower() in OURS:
            continue
        line = name.encode("utf-8") + b": " + value.encode("utf-8")
        if not name or any(byte < 0x20 and byte != 0x09 for byte in line) or b":" in name.encode():
            raise ValueError(f"the header {name!r} cannot be sent")
        lines.append(line)
    lines.append(f"User-Agent: Interdesk/{__version__}".encode())
    lines += [b"Accept-Encoding: identity", b"Connection: close"]
    if method in WITHOUT_BODY:
        body = b""
    else:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _redirect(answer: Answer, target: Url) -> Url | None:
    """Where the answer sends us, None when it is the last one. From https there is no way back to http."""
    if answer.status not in BODYLESS_REDIRECTS | REPEATING_REDIRECTS:
        return None
    location = answer.header("Location")
    if not location:
        return None
    following = target.join(location)
    if target.secure and not following.secure:
        raise SendingFailed("the receiver redirects from https to http", answer.address)
    return following


def _reason(problem: Exception) -> str:
    if isinstance(problem, TimeoutError):
        return "the receiver did not answer in time"
    if isinstance(problem, http.client.HTTPException):
        return f"the answer is not HTTP ({type(problem).__name__})"
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"the certificate cannot be trusted: {problem.verify_message}"
    if isinstance(problem, OSError):
        return problem.strerror or str(problem) or type(problem).__name__
    return str(problem)
