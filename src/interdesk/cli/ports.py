"""What the workers of a server have in common: its sockets, and the memory that they share."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from interdesk.desk import Desk
from interdesk.dialects.confd import NONCE_BYTES, Nonces
from interdesk.server import application
from interdesk.serving import Door, Serving, bound, check_tls, self_made
from interdesk.settings import Settings
from interdesk.telemetry.board import Board, board_bytes


class Files(msgspec.Struct, frozen=True):
    """By their numbers, which stay the same in the programs that a server starts."""

    listener: int
    doors: list[tuple[int, str, str]]  # with certificate and key
    board: int
    nonces: int

    def __iter__(self) -> Iterator[int]:
        yield from (self.listener, *(door for door, _, _ in self.doors), self.board, self.nonces)


@dataclass(frozen=True, slots=True)
class Ports:
    listener: socket.socket
    doors: tuple[Door, ...]
    board: Board
    nonces: Nonces
    files: Files

    def serving(self, desk: Desk, settings: Settings, started: Callable[[], None] | None = None) -> Serving:
        """Answers with the desk. ``started`` is called when connections are taken."""
        return Serving(
            application(desk, settings, self.board, self.nonces),
            self.listener,
            doors=self.doors,
            stop_seconds=settings.stop_seconds,
            board=self.board,
            tls=(settings.tls_certificate, settings.tls_key) if settings.tls_certificate else None,
            proxies=settings.trusted_proxies,
            started=started,
        )


def opened(settings: Settings) -> Ports:
    """Binds the sockets. Raises ServingError."""
    if settings.tls_certificate:
        check_tls(settings.tls_certificate, settings.tls_key)
    listener = bound(settings.host, settings.port)
    doors: tuple[Door, ...] = ()
    if settings.telephony_port:
        files = (settings.tls_certificate, settings.tls_key)
        if not settings.tls_certificate:
            files = self_made(Path(settings.data), settings.host)
        doors = (Door(bound(settings.host, settings.telephony_port), *files),)
    board = nonces = -1  # one process shares them with nobody
    if settings.workers > 1:
        board, nonces = memory("board", board_bytes(settings.workers)), memory("nonces", NONCE_BYTES)
    numbers = Files(listener.fileno(), [(door.listener.fileno(), *files) for door in doors], board, nonces)
    return Ports(listener, doors, Board(settings.workers, board), Nonces(memory=nonces), numbers)


def taken_over(files: Files, workers: int) -> Ports:
    """In a program that has got the files from the one that opened them."""
    for number in files:
        os.set_inheritable(number, False)
    doors = tuple(Door(_listening(number), *pair) for number, *pair in files.doors)
    listener, board, nonces = _listening(files.listener), Board(workers, files.board), Nonces(memory=files.nonces)
    return Ports(listener, doors, board, nonces, files)


def memory(name: str, size: int = 0) -> int:
    """A file that lies nowhere but in memory."""
    number = os.memfd_create(f"interdesk-{name}")
    os.ftruncate(number, size)
    return number


def _listening(number: int) -> socket.socket:
    found = socket.socket(fileno=number)
    found.setblocking(False)
    return found
