"""The read session: one consistent view of the database, from which rows, logs and documents are fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from interdesk.model.attributes import LogEntry
from interdesk.store import blobs, logs, versions
from interdesk.store.compile.statement import NOW, Plan
from interdesk.store.database import Connection, Row, quoted
from interdesk.store.overlay import overlaid
from interdesk.store.schema import Schema

Clock = Callable[[], str]
COLUMN = msgspec.json.Decoder(list[Any]).decode


def wall_clock() -> str:
    """The server's local time as it is stored."""
    return datetime.now().strftime("%Y-%m-%d %H:%M:%S")


NOTHING: Mapping[str, Any] = MappingProxyType({})


class Session:
    """One transaction that reads. Get it from ``Store.read``; not to be shared between threads.

    ``connection`` is for the store itself: nothing above it writes SQL. ``durable``: what it reads is there for all.
    """

    durable = True

    def __init__(self, connection: Connection, schema: Schema, clock: Clock) -> None:
        self.connection, self.schema, self.model, self.clock = connection, schema, schema.model, clock
        self._before = connection.statements
        self._after: int | None = None

    @property
    def statements(self) -> int:
        """How many statements this session has run."""
        after = self.connection.statements if self._after is None else self._after
        return after - self._before

    def finish(self) -> None:
        """Called by the store at the end: the connection then serves other sessions."""
        self._after = self.connection.statements

    def fetch(self, plan: Plan, args: Mapping[str, Any] = NOTHING) -> list[Row]:
        """The rows of a compiled query, as raw tuples of stored values.

        Raises MissingArgument (a placeholder without a value), QueryTooSlow, Unavailable.
        """
        if plan.statement.uses_clock:
            args = overlaid({NOW: self.clock()}, args)
        rows = self.connection.rows(plan.statement.sql, plan.binds(args))
        return list(zip(*map(COLUMN, rows[0]), strict=True)) if plan.statement.gathered else rows

    def logs(self, root: str, attribute: str, keys: Sequence[int]) -> dict[int, list[LogEntry]]:
        """The case log ``attribute`` of each of the objects, oldest entry first."""
        return logs.read(self.connection, self.model.cls(root).root, attribute, keys)

    def blob(self, digest: str) -> bytes:
        """The bytes of a document. Raises StoreError when there is none."""
        return blobs.read_one(self.connection, digest)

    def blobs(self, digests: Iterable[str]) -> dict[str, bytes]:
        """The bytes of those documents that exist, by digest."""
        return blobs.read(self.connection, digests)

    def version(self, name: str) -> str:
        """A text that changes whenever somebody bumps ``name``."""
        return versions.read(self.connection, name)

    def password(self, cls: str, key: int, code: str) -> str:
        """The hash in a one-way password of an object, '' when there is none. Only for verifying credentials."""
        (column,) = self.schema.columns(cls, code)
        mark = self.connection.mark
        table = quoted(self.schema.table(cls).name)
        rows = self.connection.rows(f"SELECT {quoted(column.name)} FROM {table} WHERE id = {mark}", [key])
        return str(rows[0][0] or "") if rows else ""
