"""The queue before a SQLite database: its processes write one after the other, none twice while another waits.

SQLite itself has no queue: who finds the database taken sleeps, longer each time, and whoever asks at the right moment
comes first. So processes lock a file beside the database before they ask. Its holder is the next to write, and lets
it go once it does. The lock ends with its process, however that ends; what keeps writers apart is SQLite's own lock.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE_SUFFIX = "-queue"
# Seconds between two looks: a write takes about a millisecond. Who has waited for long looks less often.
FIRST_PAUSE, LAST_PAUSE, GROWTH = 0.0002, 0.005, 1.02


class Queue:
    """For one process at one database; ``begin`` is for one thread at a time."""

    def __init__(self, database: Path, wait_seconds: float) -> None:
        """Raises OSError when the file cannot be made."""
        self._wait_seconds = wait_seconds
        self._file = os.open(database.with_name(database.name + FILE_SUFFIX), os.O_RDWR | os.O_CREAT, 0o600)

    def begin(self, connection: sqlite3.Connection) -> None:
        """Begins a writing transaction on a connection without a busy timeout. Raises sqlite3.Error."""
        until = time.monotonic() + self._wait_seconds
        with self._next_in_line(until):
            pause = FIRST_PAUSE
            while True:
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    return
                except sqlite3.OperationalError as problem:
                    if problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                        raise
                time.sleep(pause)
                pause = min(LAST_PAUSE, pause * GROWTH)

    @contextmanager
    def _next_in_line(self, until: float) -> Iterator[None]:
        """Goes on without the lock when the time is over: the database is then asked a last time."""
        pause = FIRST_PAUSE
        held = self._locked()
        while not held and time.monotonic() < until:
            time.sleep(pause)
            pause = min(LAST_PAUSE, pause * GROWTH)
            held = self._locked()
        try:
            yield
        finally:
            if held:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _locked(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
