"""SQLite: one file in WAL mode, one writer connection behind a gate, as many readers as threads read at once.

Every write begins IMMEDIATE, so that it never has to give up half-way for another process; the processes queue for
that. A commit is on the disk before it is acknowledged: see ``interdesk.store.database.log``.
"""

from __future__ import annotations

import json
import math
import os
import re
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from interdesk.errors import QueryTooSlow, StoreError, Unavailable, Unfinished
from interdesk.store.compile import functions_sqlite
from interdesk.store.database.base import Connection, Database, Pool, Row, quoted
from interdesk.store.database.gate import Gate
from interdesk.store.database.log import Log
from interdesk.store.database.queue import Queue

BUSY_SECONDS = 10.0  # how long another process may hold the database
GATE_SECONDS = 30.0  # how long writers of this process may hold each other up
IDLE_READERS = 16
# Virtual machine steps between two looks at the clock: some tenths of a millisecond.
STEPS = 20_000
PRAGMAS = (
    "PRAGMA foreign_keys=OFF",
    "PRAGMA synchronous=NORMAL",  # the log is made durable after the commit, see Log
    "PRAGMA cache_size=-12288",  # for each connection, and there may be as many as threads
    "PRAGMA temp_store=MEMORY",
    "PRAGMA journal_size_limit=67108864",
)
UNREACHABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }
)
TOO_LARGE = re.compile("parser stack overflow|too large|too many|tables in a join")  # limits built into SQLite

HASTE = threading.local()  # ``until``: when the reads of this thread must have ended


class SqliteConnection(Connection):
    """A sqlite3 connection in autocommit mode; transactions are begun and ended by who owns it."""

    dialect = "sqlite"
    mark = "?"

    def __init__(self, path: Path, query_seconds: float, busy_seconds: float = BUSY_SECONDS) -> None:
        self.query_seconds = query_seconds
        self._deadline = math.inf
        try:
            self.raw = sqlite3.connect(
                path, timeout=busy_seconds, isolation_level=None, check_same_thread=False, cached_statements=512
            )
            for pragma in PRAGMAS:
                self.raw.execute(pragma)
        except sqlite3.Error as problem:
            raise translated(problem) from problem
        functions_sqlite.register(self.raw)
        self.raw.set_progress_handler(self._is_late, STEPS)

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def rows(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        self.statements += 1
        haste = getattr(HASTE, "until", math.inf)
        self._deadline = min(time.monotonic() + self.query_seconds, haste)
        try:
            return self.raw.execute(sql, args).fetchall()
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as problem:
            if haste < math.inf and time.monotonic() > haste:
                raise Unfinished("There was no time to finish") from problem
            raise translated(problem, self.query_seconds) from problem
        finally:
            self._deadline = math.inf

    def change(self, sql: str, args: Sequence[Any] = ()) -> int:
        return self._run(self.raw.execute, sql, args).rowcount

    def change_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._run(self.raw.executemany, sql, rows)

    def put(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        names, marks = ", ".join(map(quoted, columns)), ", ".join("?" * len(columns))
        self._run(self.raw.executemany, f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})", rows)

    def highest(self, table: str) -> int:
        found = self.rows("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        return int(found[0][0]) if found else 0

    def insert(self, sql: str, args: Sequence[Any]) -> int:
        key = self._run(self.raw.execute, sql, args).lastrowid
        assert key is not None
        return key

    def _run(self, run: Callable[[str, Any], sqlite3.Cursor], sql: str, args: Iterable[Any]) -> sqlite3.Cursor:
        # No time limit: interrupting a change makes SQLite undo the whole transaction, with other writers' work.
        self.statements += 1
        if not self.raw.in_transaction:
            raise Unavailable("The database has undone the transaction: nothing of it was written")
        try:
            return run(sql, args)
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as problem:
            raise translated(problem) from problem

    def reserve(self, table: str) -> int:
        advance = "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = ? RETURNING seq"
        found = self._run(self.raw.execute, advance, (table,)).fetchall()
        if not found:
            self.change("INSERT INTO sqlite_sequence (name, seq) VALUES (?, 1)", (table,))
            return 1
        return int(found[0][0])

    def claim(self, table: str, key: int) -> None:
        """Only after a copy is there anything to do: AUTOINCREMENT keeps the highest id ever inserted."""
        if key > self.highest(table):
            self.change("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            self.change("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, key))

    def serialise(self, name: str) -> None:
        """Nothing to do: there is one writer."""

    def within(self, values: Sequence[Any]) -> tuple[str, Any]:
        return (
            ("= ?", values[0])
            if len(values) == 1
            else ("IN (SELECT value FROM json_each(?))", json.dumps(list(values)))
        )


class SqliteDatabase(Database):
    """``path`` must exist; see ``create_file``."""

    dialect = SqliteConnection.dialect
    mark = SqliteConnection.mark

    def __init__(self, path: Path, query_seconds: float, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self._query_seconds, self._busy_seconds = query_seconds, busy_seconds
        self._count = threading.Lock()
        self._readers = 0
        if not path.is_file():
            raise Unavailable(f"There is no database {path}: make it with 'interdesk init'")
        with ExitStack() as opened:
            self._writer = SqliteConnection(path, query_seconds, busy_seconds)
            opened.callback(self._writer.raw.close)
            mode = self._writer.rows("PRAGMA journal_mode=WAL")[0][0]
            if mode != "wal":
                raise Unavailable(f"{path}: the file system cannot keep a write-ahead log; use a local disk")
            self._writer.raw.execute("PRAGMA busy_timeout=0")  # it is the queue that waits
            self._queue = _queue(path, busy_seconds)
            self._log = Log(path, self._checkpoint)
            opened.pop_all()
        self._gate = Gate(self._writer.raw, GATE_SECONDS, begin=self._queue.begin, sync=self._log.sync)
        self._idle: deque[SqliteConnection] = deque()

    def rows(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        connection = self._reader()
        try:
            return connection.rows(sql, args)
        finally:
            self._rest(connection)

    @contextmanager
    def read(self) -> Iterator[SqliteConnection]:
        connection = self._reader()
        try:
            # BEGIN makes all statements of the block see the same state.
            connection.raw.execute("BEGIN")
            yield connection
        except sqlite3.Error as problem:
            raise translated(problem) from problem
        finally:
            if connection.raw.in_transaction:
                connection.raw.execute("COMMIT")
            self._rest(connection)

    @contextmanager
    def hurry(self, seconds: float) -> Iterator[bool]:
        HASTE.until = time.monotonic() + seconds
        try:
            yield True
        finally:
            HASTE.until = math.inf

    @contextmanager
    def write(self) -> Iterator[SqliteConnection]:
        try:
            with self._gate.turn():
                yield self._writer
        except sqlite3.Error as problem:
            raise translated(problem) from problem

    def _reader(self) -> SqliteConnection:
        try:
            return self._idle.pop()
        except IndexError:
            connection = SqliteConnection(self.path, self._query_seconds, self._busy_seconds)
            connection.raw.execute("PRAGMA query_only=ON")
            self._counted(1)
            return connection

    def _rest(self, connection: SqliteConnection) -> None:
        """The connection has nothing more to read for now."""
        if len(self._idle) < IDLE_READERS:
            self._idle.append(connection)
        else:
            connection.raw.close()
            self._counted(-1)

    def _checkpoint(self) -> None:
        """Brings the whole log into the database itself. Raises sqlite3.Error."""
        connection = SqliteConnection(self.path, self._query_seconds, self._busy_seconds)
        with closing(connection.raw) as raw:
            busy, logged, done = raw.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
            if busy or logged != done:
                raise sqlite3.OperationalError("others use the log")

    def _counted(self, readers: int) -> None:
        with self._count:
            self._readers += readers

    def pool(self) -> Pool:
        """Of the readers; the one writer makes the others wait."""
        return Pool(self._readers, len(self._idle), self._gate.waiting)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().raw.close()
        self._writer.raw.close()
        self._queue.close()
        self._log.close()


def _queue(path: Path, wait_seconds: float) -> Queue:
    try:
        return Queue(path, wait_seconds)
    except OSError as problem:
        raise Unavailable(f"{problem.filename} cannot be made beside the database: {problem.strerror}") from problem


def create_file(path: Path) -> None:
    """An empty database file that only its owner can read, unless there is a file already. Raises Unavailable."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as problem:
        raise Unavailable(f"The database {path} cannot be made: {problem.strerror}") from problem


def translated(problem: Exception, query_seconds: float = 0.0) -> StoreError:
    """The driver's error as one of Interdesk's."""
    code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_INTERRUPT:
        return QueryTooSlow(query_seconds)
    if code == sqlite3.SQLITE_FULL:
        return Unavailable("The disk of the database is full: nothing was written")
    if code in UNREACHABLE:
        return Unavailable(f"The database cannot be used: {problem}")
    if isinstance(problem, OverflowError):
        return StoreError("A number is too large for the database (64 bits)")
    if isinstance(problem, UnicodeEncodeError):
        return StoreError("A text holds characters that are not valid Unicode")
    if TOO_LARGE.search(str(problem)):
        return StoreError(f"The query is too large for the database ({problem}): give it fewer parts")
    return StoreError(f"The database refused a statement: {problem}")
