"""PostgreSQL through psycopg 3 and a pool of connections.

Reads run REPEATABLE READ, READ ONLY: all statements of a block see one state, and such a transaction never fails
for what others write. Writes run READ COMMITTED: the desk locks the rows it changes (``lock``) before it reads
them, and the next statement then sees what the previous owner of the lock has committed. A stricter level would
only turn those waits into failures that the caller has to repeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg
import psycopg_pool
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from interdesk.errors import Conflict, QueryTooSlow, StoreError, Unavailable
from interdesk.store.database.base import Connection, Database, Pool, Row, quoted

CONNECT_SECONDS = 10
LOCK_SECONDS = 10.0
PREPARE_AFTER = 2  # runs of a statement until it is prepared
READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED"
IN_DOUBT = (
    "The connection to the database was lost while the write was made durable: "
    "look whether it was done before you send it again"
)


class PostgresConnection(Connection):
    """A psycopg connection in autocommit mode; transactions are begun and ended by who owns it."""

    dialect = "postgresql"
    mark = "%s"

    def __init__(self, raw: psycopg.Connection[Any], query_seconds: float) -> None:
        self.raw = raw
        self.query_seconds = query_seconds

    def rows(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        # With arguments, even none, psycopg takes %% for %, which is how queries are compiled.
        found: list[Row] = self._run(sql, tuple(args)).fetchall()
        return found

    def change(self, sql: str, args: Sequence[Any] = ()) -> int:
        return self._run(sql, args or None).rowcount

    def change_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self.statements += 1
        try:
            with self.raw.cursor() as cursor:
                cursor.executemany(sql, rows)
        except (psycopg.Error, UnicodeEncodeError) as problem:
            raise translated(problem, self.query_seconds) from problem

    def put(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        self.statements += 1
        names = ", ".join(map(quoted, columns))
        try:
            with self.raw.cursor() as cursor, cursor.copy(f"COPY {quoted(table)} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        except (psycopg.Error, UnicodeEncodeError) as problem:
            raise translated(problem, self.query_seconds) from problem

    def highest(self, table: str) -> int:
        sequence = self.rows("SELECT pg_get_serial_sequence(%s, 'id')", (quoted(table),))[0][0]
        return int(self.rows(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")[0][0])

    def insert(self, sql: str, args: Sequence[Any]) -> int:
        return int(self._run(f'{sql} RETURNING "id"', args).fetchall()[0][0])

    def _run(self, sql: str, args: Sequence[Any] | None) -> psycopg.Cursor[Any]:
        self.statements += 1
        try:
            return self.raw.execute(sql, args)
        except (psycopg.Error, UnicodeEncodeError) as problem:
            raise translated(problem, self.query_seconds) from problem

    def reserve(self, table: str) -> int:
        found = self.rows("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", (quoted(table),))
        return int(found[0][0])

    def claim(self, table: str, key: int) -> None:
        sequence = self.rows("SELECT pg_get_serial_sequence(%s, 'id')", (quoted(table),))[0][0]
        self.serialise(sequence)
        self.rows(f"SELECT setval(%s, %s) FROM {sequence} WHERE last_value < %s OR NOT is_called", (sequence, key, key))

    def serialise(self, name: str) -> None:
        self.rows("SELECT pg_advisory_xact_lock(hashtext(%s)::bigint)", (name,))

    @contextmanager
    def attempt(self) -> Iterator[None]:
        self._run("SAVEPOINT attempt", None)
        try:
            yield
        except StoreError:
            if not self.raw.closed:
                self._run("ROLLBACK TO SAVEPOINT attempt", None)
            raise
        self._run("RELEASE SAVEPOINT attempt", None)

    def within(self, values: Sequence[Any]) -> tuple[str, Any]:
        # A list is planned anew each time, a value is not.
        return ("= %s", values[0]) if len(values) == 1 else ("= ANY(%s)", list(values))


class PostgresDatabase(Database):
    """``url`` is a ``postgresql://`` URL as libpq takes it."""

    dialect = PostgresConnection.dialect
    mark = PostgresConnection.mark

    def __init__(self, url: str, query_seconds: float, lock_seconds: float, pool_size: int) -> None:
        self._query_seconds, self._pool_size = query_seconds, pool_size
        self._pool = psycopg_pool.ConnectionPool(
            conninfo(url, query_seconds, lock_seconds),
            min_size=1,
            max_size=pool_size,
            timeout=CONNECT_SECONDS,
            kwargs={"autocommit": True, "prepare_threshold": PREPARE_AFTER},
            open=False,
        )
        try:
            connect(url).close()
            self._pool.open(wait=True, timeout=CONNECT_SECONDS)
        except psycopg.Error as problem:
            self._pool.close()
            raise translated(problem, query_seconds) from problem
        except BaseException:
            self._pool.close()
            raise

    def rows(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        raw, cursor = self._first(sql, tuple(args))
        try:
            found: list[Row] = cursor.fetchall()
            return found
        finally:
            self._pool.putconn(raw)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[PostgresConnection]:
        raw, _ = self._first(begin)
        try:
            yield PostgresConnection(raw, self._query_seconds)
            _commit(raw)
        except psycopg.Error as problem:
            raise translated(problem, self._query_seconds) from problem
        finally:
            if not raw.closed:
                raw.rollback()
            self._pool.putconn(raw)

    def _first(
        self, sql: str, args: Sequence[Any] | None = None
    ) -> tuple[psycopg.Connection[Any], psycopg.Cursor[Any]]:
        """A connection and what its first statement found. Those that died while they lay idle are dropped."""
        attempts = 0
        while True:
            attempts += 1
            try:
                raw = self._pool.getconn()
            except psycopg.Error as problem:
                raise translated(problem, self._query_seconds) from problem
            try:
                return raw, raw.execute(sql, args)
            except BaseException as problem:
                self._pool.putconn(raw)
                if not isinstance(problem, psycopg.Error):
                    raise
                if not raw.closed or attempts > self._pool_size:
                    raise translated(problem, self._query_seconds) from problem

    def read(self) -> AbstractContextManager[PostgresConnection]:
        return self._transaction(READ)

    def write(self) -> AbstractContextManager[PostgresConnection]:
        return self._transaction(WRITE)

    def pool(self) -> Pool:
        found = self._pool.get_stats()
        size, idle = found.get("pool_size", 0), found.get("pool_available", 0)
        return Pool(size, idle, found.get("requests_waiting", 0))

    def close(self) -> None:
        self._pool.close()


def _commit(raw: psycopg.Connection[Any]) -> None:
    """Raises Unavailable when nobody can know what became of the transaction."""
    try:
        raw.execute("COMMIT")
    except psycopg.OperationalError as problem:
        if raw.closed and not isinstance(problem, (errors.SerializationFailure, errors.DeadlockDetected)):
            raise Unavailable(IN_DOUBT) from problem
        raise


def conninfo(url: str, query_seconds: float, lock_seconds: float = LOCK_SECONDS) -> str:
    """The URL with the limits on statements and locks, in the form that psycopg takes. Raises StoreError."""
    limits = f"-c statement_timeout={round(query_seconds * 1000)} -c lock_timeout={round(lock_seconds * 1000)}"
    try:
        options = f"{conninfo_to_dict(url).get('options') or ''} {limits}"
        return make_conninfo(url, options=options, connect_timeout=CONNECT_SECONDS, application_name="interdesk")
    except psycopg.Error as problem:
        raise StoreError(f"The database URL cannot be understood: {problem}") from problem


def connect(url: str, query_seconds: float = 0) -> psycopg.Connection[Any]:
    """One connection apart from any pool; 0 s: without a limit. Raises Unavailable."""
    try:
        return psycopg.connect(conninfo(url, query_seconds), autocommit=True)
    except psycopg.Error as problem:
        raise translated(problem) from problem


def translated(problem: Exception, query_seconds: float = 0.0) -> StoreError:
    """The driver's error as one of Interdesk's."""
    text = str(problem).strip().partition("\n")[0]
    if isinstance(problem, errors.QueryCanceled):
        return QueryTooSlow(query_seconds)
    if isinstance(problem, (errors.SerializationFailure, errors.DeadlockDetected)):
        return Conflict(f"Another transaction stood in the way; nothing was written, try again: {text}")
    if isinstance(problem, errors.LockNotAvailable):
        return Unavailable(f"Another transaction holds the same objects; nothing was written, try again: {text}")
    if isinstance(problem, UnicodeEncodeError):
        return StoreError("A text holds characters that are not valid Unicode")
    if isinstance(problem, (psycopg.OperationalError, psycopg.InterfaceError)):
        return Unavailable(f"The database cannot be used: {text}")
    return StoreError(f"The database refused a statement: {text}")
