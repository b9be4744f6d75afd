"""The write-ahead log of a SQLite database, and how what is in it gets onto the disk.

SQLite would do that within each COMMIT (``synchronous=FULL``), and keep all other writers out for so long: it takes
longer than the write itself. Here COMMIT only appends to the log; the database is then free for the next writer, while
those who wrote wait until the log is on the disk, and are answered after that. One call takes along everything that
was appended before it. Others may read what is not on the disk yet, but nobody was told that it is kept.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable
from pathlib import Path

import structlog

LOG = structlog.get_logger(__name__)
synchronised = getattr(os, "fdatasync", os.fsync)  # not everywhere is there a call for the content alone


class Log:
    """The log of the database ``path``. Thread-safe.

    ``checkpoint`` brings all of it into the database itself, durably, or raises. A disk that has failed to write
    reports that once and may have lost part of the log, behind which nothing is found again: then only that helps.
    """

    def __init__(self, path: Path, checkpoint: Callable[[], None]) -> None:
        self._path = path.with_name(path.name + "-wal")
        self._checkpoint = checkpoint
        self._file = -1
        self._turn = threading.Lock()
        self._numbers = itertools.count(1)
        self._asked = self._done = 0
        self._failed = False

    def sync(self) -> None:
        """Returns when everything that was committed before the call is durable. Raises what ``checkpoint`` raises."""
        self._asked = number = next(self._numbers)
        with self._turn:
            if self._done >= number:
                return
            asked = self._asked
            if not self._failed:
                self._failed = not self._written()
            if self._failed:
                self._checkpoint()
                self._failed = False
            self._done = asked

    def _written(self) -> bool:
        try:
            synchronised(self._opened())
        except OSError as problem:
            LOG.error("the log of the database cannot be written to the disk", reason=str(problem))
            return False
        return True

    def _opened(self) -> int:
        # SQLite takes the file away when nobody has the database open.
        if self._file >= 0 and not os.fstat(self._file).st_nlink:
            self.close()
        if self._file < 0:
            self._file = os.open(self._path, os.O_RDWR)
        return self._file

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
