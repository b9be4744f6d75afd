"""Moving a whole desk from one database to another, of the same kind or not, with every row checked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from interdesk.errors import StoreError
from interdesk.model import Model
from interdesk.store import meta
from interdesk.store.bulk import Bulk
from interdesk.store.create import SCHEMA_LOCK, create
from interdesk.store.database import Connection, Row, dialect_of, open_database, quoted, sqlite_path
from interdesk.store.database.sqlite import create_file
from interdesk.store.schema import Schema

SECONDS = 24 * 3600.0
BATCH = 5_000  # rows
# What each database says of itself, not of the desk in it.
OWN_ENTRIES = frozenset({"format", "schema", "design", "functions", "tables", "shape"})
ENCODE = msgspec.msgpack.Encoder().encode
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Sum:
    """Rows and a checksum of a table; the order of the rows does not matter."""

    rows: int
    checksum: int


def copy(source: str, target: str, model: Model, *, tell: Told = lambda done, of: None) -> dict[str, Sum]:
    """Copies the desk in ``source`` into the empty database ``target`` in one transaction; the sums by table.

    Every table is read again in the target, and must have the same rows. ``tell`` hears how many rows are copied and
    checked, of how many. Raises SchemaMismatch (the source does not fit the model, the target is not empty),
    StoreError (somebody has written to the source meanwhile, a sum differs), Unavailable. Whatever is raised, the
    target is as empty as before.
    """
    schema = Schema.of(model)
    if dialect_of(target) == "sqlite":
        create_file(sqlite_path(target))
    origin = open_database(source, SECONDS)
    try:
        copied = open_database(target, SECONDS)
        try:
            with origin.read() as reading, copied.write() as writing:
                meta.check(reading, schema)
                writing.serialise(SCHEMA_LOCK)
                if meta.table_names(writing):
                    raise StoreError("The database to copy to is not empty: nothing was copied")
                create(writing, schema)
                sums = _tables(reading, writing, schema, tell)
                with origin.read() as later:
                    if _state(later, schema) != _state(reading, schema):
                        raise StoreError("Somebody has written to the desk meanwhile: stop it, then copy it again")
        finally:
            copied.close()
    finally:
        origin.close()
    return sums


def _tables(reading: Connection, writing: Connection, schema: Schema, tell: Told) -> dict[str, Sum]:
    bulk = Bulk(writing, schema)
    tables = [table for table in schema.metadata.sorted_tables if table.name != "meta"]
    counts = {table.name: reading.rows(f"SELECT count(*) FROM {quoted(table.name)}")[0][0] for table in tables}
    done, everything = 0, 2 * sum(counts.values())
    sums: dict[str, Sum] = {}
    with bulk.without_indexes([table.name for table in tables]):
        for table in tables:
            columns = [column.name for column in table.columns]
            running = Running()
            for rows in batches(reading, table):
                running.add(rows)
                bulk.put(table.name, columns, rows)
                done += len(rows)
                tell(done, everything)
            sums[table.name] = running.sum
            if "id" in table.columns and (highest := reading.highest(table.name)):
                bulk.claim(table.name, highest)
    for table in tables:
        running = Running()
        for rows in batches(writing, table):
            running.add(rows)
            done += len(rows)
            tell(done, everything)
        if running.sum != sums[table.name]:
            found = f"{running.sum.rows} rows of {sums[table.name].rows}"
            raise StoreError(f"The copy of {table.name} differs from the original ({found}): nothing was copied")
    mine = [row for row in reading.rows("SELECT key, value FROM meta") if row[0] not in OWN_ENTRIES]
    bulk.put("meta", ["key", "value"], mine)
    bulk.settle()
    return sums


def _state(connection: Connection, schema: Schema) -> list[Row]:
    """Moves with every write that the desk does: each leaves a change in the history, or an entry in a log."""
    tables = [name for name, table in schema.metadata.tables.items() if "id" in table.columns]
    found = [(name, connection.highest(name)) for name in sorted(tables)]
    return [*found, *sorted(connection.rows("SELECT key, value FROM meta"))]


class Running:
    """A sum in the making."""

    def __init__(self) -> None:
        self._rows = 0
        self._checksum = 0

    def add(self, rows: list[Row]) -> None:
        for row in rows:
            digest = hashlib.blake2b(ENCODE(row), digest_size=16).digest()
            self._checksum = (self._checksum + int.from_bytes(digest, "big")) % (1 << 128)
        self._rows += len(rows)

    @property
    def sum(self) -> Sum:
        return Sum(self._rows, self._checksum)


def batches(connection: Connection, table: sa.Table) -> Iterator[list[Row]]:
    """All rows of a table, some thousands at a time, in the order of the primary key."""
    columns = [column.name for column in table.columns]
    keys = [column.name for column in table.primary_key.columns]
    places = [columns.index(key) for key in keys]
    names, order = ", ".join(map(quoted, columns)), ", ".join(map(quoted, keys))
    select = f"SELECT {names} FROM {quoted(table.name)}"
    marks = ", ".join([connection.mark] * len(keys))
    rows = connection.rows(f"{select} ORDER BY {order} LIMIT {BATCH}")
    while rows:
        yield rows
        last = [rows[-1][place] for place in places]
        rows = connection.rows(f"{select} WHERE ({order}) > ({marks}) ORDER BY {order} LIMIT {BATCH}", last)
