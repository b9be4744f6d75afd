"""Many rows at once, past the desk: for copies of whole databases and for the desks that are measured.

Whoever puts rows here answers for them: they must be what the desk would have written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex

from interdesk.store.create import text
from interdesk.store.database import Connection, Row, quoted
from interdesk.store.schema import Schema
from interdesk.store.trees import rebuilding
from interdesk.store.writing import WriteSession


class Bulk:
    """Loads tables within one write session (or, for the store itself, on a connection that writes)."""

    def __init__(
        self, connection: Connection, schema: Schema, wrote: Callable[[str], None] = lambda table: None
    ) -> None:
        self._connection, self._schema, self._wrote = connection, schema, wrote

    @classmethod
    def of(cls, session: WriteSession) -> Bulk:
        """A loader whose rows are part of the session's transaction."""
        return cls(session.connection, session.schema, session.wrote)

    def put(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Adds rows; each has a value for each of ``columns``. Raises StoreError."""
        self._connection.put(table, columns, rows)
        self._wrote(table)

    def above(self, table: str, key: int) -> list[Row]:
        """Whole rows of a table with an id above ``key``, in the order of their ids."""
        names = ", ".join(quoted(column.name) for column in self._schema.metadata.tables[table].columns)
        return self._connection.rows(
            f"SELECT {names} FROM {quoted(table)} WHERE id > {self._connection.mark} ORDER BY id", (key,)
        )

    def highest(self, table: str) -> int:
        """The highest id that the table has given."""
        return self._connection.highest(table)

    def claim(self, table: str, key: int) -> None:
        """The table gives no id up to ``key`` from now on."""
        self._connection.claim(table, key)

    @contextmanager
    def without_indexes(self, tables: Iterable[str]) -> Iterator[None]:
        """The block loads the tables without their indexes, which are made anew at its end: that is far quicker."""
        indexes = [index for table in tables for index in self._schema.metadata.tables[table].indexes]
        for index in indexes:
            self._connection.change(f"DROP INDEX {quoted(str(index.name))}")
        yield
        for index in indexes:
            self._connection.change(text(CreateIndex(index), self._connection.dialect))

    def fill_trees(self) -> None:
        """Makes all closure tables anew from the keys."""
        for closure, table, key, classes in tree_sources(self._schema):
            for statement in rebuilding(closure, table, key, classes):
                self._connection.change(statement)

    def settle(self) -> None:
        """Lets PostgreSQL look at its tables anew at once, as it would in its own time. SQLite does without."""
        if self._connection.dialect == "postgresql":
            self._connection.change("ANALYZE")


def tree_sources(schema: Schema) -> Iterator[tuple[sa.Table, sa.Table, str, list[str]]]:
    """Each closure table with the table and the column that it follows, and the classes that have the key."""
    model = schema.model
    for root in (cls for cls in model.classes.values() if cls.parent is None):
        for owner, key, closure in schema.family_trees(root.name):
            classes = [name for name in model.concrete(root.name) if key in model.classes[name].attributes]
            if classes:
                yield closure, schema.table(root.name), schema.columns(owner, key)[0].name, classes
