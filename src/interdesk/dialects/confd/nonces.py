"""The nonces of HTTP Digest, kept by the server in memory that all its workers share.

A nonce is good for some minutes. Clients that count their requests (``qop=auth``) use each count once; the others may
use a nonce as often as they like, as they always could. Source: facts ``xivo_confd_api.md`` 1.
"""

from __future__ import annotations

import fcntl
import mmap
import secrets
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SLOTS = 4_096  # nonces that are known at a time: a new one takes the place of an old one
LIFETIME = 300.0  # seconds
WINDOW = 64  # counts that may come out of order
SLOT = struct.Struct("16sdQQ")  # the nonce, its birth, the highest count, which of those below it were used


NONCE_BYTES = SLOTS * SLOT.size


class Nonces:
    """``memory``: a file of ``NONCE_BYTES`` that the workers share; without it, nobody else knows these nonces."""

    def __init__(self, lifetime: float = LIFETIME, memory: int = -1) -> None:
        self._lifetime = lifetime
        self._file, self._memory = memory, mmap.mmap(memory, NONCE_BYTES)
        self._turn = threading.Lock()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Among the threads of this process, and among the processes: a lock that ends with who holds it."""
        with self._turn:
            if self._file < 0:
                yield
                return
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def issue(self) -> str:
        """A new nonce: 32 hexadecimal digits."""
        nonce = secrets.token_bytes(16)
        with self._alone():
            SLOT.pack_into(self._memory, _place(nonce), nonce, time.monotonic(), 0, 0)
        return nonce.hex()

    def accept(self, text: str, count: str = "") -> bool:
        """True when the nonce is ours, still good, and its count (hexadecimal, '' for none) was not used before."""
        try:
            nonce, number = bytes.fromhex(text), int(count, 16) if count else 0
        except ValueError:
            return False
        if len(nonce) != 16 or not 0 <= number < 2**32:
            return False
        with self._alone():
            known, born, highest, used = SLOT.unpack_from(self._memory, _place(nonce))
            if known != nonce or time.monotonic() - born > self._lifetime:
                return False
            if not count:
                return True
            moved = _counted(number, highest, used)
            if moved is None:
                return False
            SLOT.pack_into(self._memory, _place(nonce), nonce, born, *moved)
        return True


def _counted(number: int, highest: int, used: int) -> tuple[int, int] | None:
    """The window after a count was used; None when it may not be used (again)."""
    if number > highest:
        return number, ((used << (number - highest)) | 1) & (2**WINDOW - 1) if number - highest < WINDOW else 1
    behind = highest - number
    if number == 0 or behind >= WINDOW or used >> behind & 1:
        return None
    return highest, used | 1 << behind


def _place(nonce: bytes) -> int:
    return int.from_bytes(nonce[:2]) % SLOTS * SLOT.size
