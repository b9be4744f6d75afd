"""The nonces of HTTP Digest, kept by the server in memory that all its workers share.

A nonce is good for some minutes. Clients that count their requests (``qop=auth``) use each count once; the others may
use a nonce as often as they like, as they always could. Source: facts ``xivo_confd_api.md`` 1.
"""

from __future__ import annotations

import mmap
import multiprocessing
import secrets
import struct
import time

SLOTS = 4_096  # nonces that are known at a time: a new one takes the place of an old one
LIFETIME = 300.0  # seconds
WINDOW = 64  # counts that may come out of order
SLOT = struct.Struct("16sdQQ")  # the nonce, its birth, the highest count, which of those below it were used


class Nonces:
    """Made before the workers are."""

    def __init__(self, lifetime: float = LIFETIME) -> None:
        self._lifetime = lifetime
        self._memory = mmap.mmap(-1, SLOTS * SLOT.size)
        self._lock = multiprocessing.get_context("fork").Lock()

    def issue(self) -> str:
        """A new nonce: 32 hexadecimal digits."""
        nonce = secrets.token_bytes(16)
        with self._lock:
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
        with self._lock:
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
