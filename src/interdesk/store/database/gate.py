"""The gate before the one writer of a SQLite database: writers pass one after the other and commit together.

A commit costs as much as the write itself, and making it durable (fsync) far more. So the transaction of a writer that
is done stays open for the next one when somebody already waits; the last of them commits for all, and lets the next
writer in before it waits for the disk. Each writer runs in a savepoint of its own: what one of them rolls back does not
touch the others.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from interdesk.errors import Unavailable

MEMBERS_LIMIT = 64
# A batch that is open for longer takes nobody in, so that the first writer is not kept waiting.
OPEN_SECONDS = 0.02
UNDONE = "The write could not be made durable and was undone"
IN_DOUBT = "The write was done but the disk does not keep it: look whether it is there before you send it again"


class _Batch:
    """Writers whose work becomes durable by one COMMIT."""

    __slots__ = ("error", "finished", "members", "opened")

    def __init__(self) -> None:
        self.members = 0
        self.opened = time.monotonic()
        self.finished = threading.Event()
        self.error: str | None = None

    def await_end(self) -> None:
        self.finished.wait()
        if self.error is not None:
            raise Unavailable(self.error)


class Gate:
    """``turn`` gives the writer connection to one thread at a time.

    ``begin`` begins a writing transaction; ``sync`` makes what was committed durable. Both raise sqlite3.Error.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        wait_seconds: float,
        *,
        begin: Callable[[sqlite3.Connection], None],
        sync: Callable[[], None],
        open_seconds: float = OPEN_SECONDS,
        members_limit: int = MEMBERS_LIMIT,
    ) -> None:
        self._connection = connection
        self._wait_seconds = wait_seconds
        self._begin, self._sync = begin, sync
        self._open_seconds, self._members_limit = open_seconds, members_limit
        self._lock = threading.Lock()
        self._queue: deque[threading.Condition] = deque()
        self._busy = False
        self._batch: _Batch | None = None

    @property
    def waiting(self) -> int:
        """How many writers stand before the gate."""
        return len(self._queue)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The block is one write: durable when the block was left without an exception, undone otherwise.

        Raises Unavailable when the turn does not come in time, the commit fails or the disk does.
        """
        self._await_turn()
        try:
            batch = self._batch or self._open()
            self._connection.execute("SAVEPOINT member")
            try:
                yield
                self._connection.execute("RELEASE member")
                batch.members += 1
            except BaseException:
                self._undo_member()
                raise
        finally:
            self._leave()
        batch.await_end()

    def _await_turn(self) -> None:
        ticket = threading.Condition(self._lock)
        orphaned = False
        try:
            with self._lock:
                self._queue.append(ticket)
                try:
                    if not ticket.wait_for(lambda: not self._busy and self._queue[0] is ticket, self._wait_seconds):
                        raise Unavailable(
                            f"The database was busy with other writes for {self._wait_seconds:g} s: try again later"
                        )
                    self._busy = True
                finally:
                    self._queue.remove(ticket)
                    if not self._busy:
                        # Leaving without the turn that was already ours: pass it on, or end the open transaction.
                        orphaned = self._busy = not self._queue and self._batch is not None
                        self._wake()
        finally:
            if orphaned:
                self._leave()

    def _open(self) -> _Batch:
        self._begin(self._connection)
        self._batch = _Batch()
        return self._batch

    def _undo_member(self) -> None:
        # Some errors (disk full) make SQLite roll back the whole transaction, savepoints and all.
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK TO member")
            self._connection.execute("RELEASE member")

    def _leave(self) -> None:
        """Hands the open transaction to the next writer, or ends it."""
        with self._lock:
            batch = self._batch
            if batch is None or (self._queue and self._takes_more(batch)):
                self._busy = False
                self._wake()
                return
        self._batch = None
        self._commit(batch)
        with self._lock:
            self._busy = False
            self._wake()
        self._make_durable(batch)

    def _takes_more(self, batch: _Batch) -> bool:
        return (
            self._connection.in_transaction
            and batch.members < self._members_limit
            and time.monotonic() - batch.opened < self._open_seconds
        )

    def _commit(self, batch: _Batch) -> None:
        try:
            if not self._connection.in_transaction:
                batch.error = f"{UNDONE}: the database rolled the transaction back"
            elif batch.members:
                self._connection.execute("COMMIT")
            else:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as problem:
            batch.error = f"{UNDONE}: {problem}"
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _make_durable(self, batch: _Batch) -> None:
        try:
            if batch.error is None and batch.members:
                self._sync()
        except sqlite3.Error as problem:
            batch.error = f"{IN_DOUBT}: {problem}"
        except BaseException as problem:
            batch.error = f"{IN_DOUBT}: {problem!r}"
            raise
        finally:
            batch.finished.set()

    def _wake(self) -> None:
        if self._queue:
            self._queue[0].notify()
