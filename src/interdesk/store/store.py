"""The store: a model, its database, and the sessions that read and write."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from interdesk.errors import StoreError
from interdesk.model import Model
from interdesk.store import meta, versions
from interdesk.store.compile import Compiler
from interdesk.store.database import Database, Pool, open_database
from interdesk.store.schema import Schema
from interdesk.store.session import Clock, Session, wall_clock
from interdesk.store.watch import Watch
from interdesk.store.writing import ClassWriter, WriteSession


class Store:
    """Thread-safe. Make it with ``Store.open``, ``close`` it when done."""

    def __init__(
        self, open_database: Callable[[], Database], model: Model, schema: Schema, clock: Clock = wall_clock
    ) -> None:
        self.model, self.schema, self._clock = model, schema, clock
        self._open_database = open_database
        self._database = self._opened()
        self.compiler = Compiler(model, schema, self._database.dialect)
        self._writers: dict[str, ClassWriter] = {}
        self._watch = Watch()
        self._thread = threading.local()
        self._count = threading.Lock()
        self.writes = 0  # transactions that became durable

    @classmethod
    def open(
        cls,
        url: str,
        model: Model,
        *,
        query_seconds: float = 30.0,
        lock_seconds: float = 10.0,
        pool_size: int = 16,
        clock: Clock = wall_clock,
    ) -> Store:
        """Opens the database that ``url`` names; a query may run for ``query_seconds``.

        A write waits for ``lock_seconds`` for others; ``pool_size`` bounds the connections to PostgreSQL.

        ``clock`` gives what NOW() means in a query.

        Raises SchemaMismatch (made for another design, or empty: ``interdesk migrate`` is the cure), Unavailable,
        StoreError (the URL cannot be understood).
        """
        opened = functools.partial(open_database, url, query_seconds, lock_seconds, pool_size)
        return cls(opened, model, Schema.of(model), clock)

    def reopen(self) -> None:
        """Opens the database of a closed store again, with connections of this process: for one that was forked.

        Raises what ``open`` raises.
        """
        self._database = self._opened()

    def _opened(self) -> Database:
        database = self._open_database()
        try:
            with database.read() as connection:
                meta.check(connection, self.schema)
        except BaseException:
            database.close()
            raise
        return database

    def version(self, name: str) -> str:
        """A text that changes whenever somebody bumps ``name``: for those who read nothing else. Raises Unavailable."""
        return versions.read(self._database, name)

    def watch(self, name: str, tables: Callable[[], frozenset[str]]) -> None:
        """From now on, every transaction that writes one of ``tables`` bumps ``name``; they are asked for once.

        To be called before anything is written.
        """
        self._watch = Watch(name, tables)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session whose queries all see one state of the database. Raises Unavailable."""
        with self._database.read() as connection:
            session = Session(connection, self.schema, self._clock)
            try:
                yield session
            finally:
                session.finish()

    @contextmanager
    def write(self) -> Iterator[WriteSession]:
        """A session in one transaction: durable when the block ends, undone when it raises.

        Raises Unavailable when the database cannot be written or stays locked; nothing is written then.
        """
        if getattr(self._thread, "writing", False):
            raise StoreError("This thread writes already: use the session it has")
        self._thread.writing = True
        try:
            with self._database.write() as connection:
                session = WriteSession(connection, self.schema, self._writers, self._clock, self._watch)
                try:
                    yield session
                    session.settle()
                finally:
                    session.finish()
        finally:
            self._thread.writing = False
        with self._count:
            self.writes += 1

    @contextmanager
    def hurry(self, seconds: float) -> Iterator[bool]:
        """Reads of this thread within the block take ``seconds`` at most, else they raise Unfinished.

        Yields False, and bounds nothing, where a read waits for another process: that is no work for an event loop.
        """
        with self._database.hurry(seconds) as possible:
            yield possible

    def check(self) -> None:
        """Raises Unavailable when the database cannot be reached, SchemaMismatch when it no longer fits the design."""
        with self._database.read() as connection:
            meta.check(connection, self.schema)

    def pool(self) -> Pool:
        """How the connections are used at the moment."""
        return self._database.pool()

    def close(self) -> None:
        """Closes all connections."""
        self._database.close()
