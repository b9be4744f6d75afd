"""What Alembic finds different between the tables of a schema and those of a database."""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import SAWarning

from interdesk.model.attributes import ColumnKind
from interdesk.store.database import Connection, dialect_of, postgres, sqlite_path
from interdesk.store.schema import Schema


@dataclass(slots=True)
class Change:
    """A column whose storage changes."""

    table: str
    name: str
    column: sa.Column[Any]
    old_kind: ColumnKind
    was_nullable: bool


@dataclass(slots=True)
class Differences:
    """Tables, columns and indexes that one side has and the other lacks."""

    new_tables: list[sa.Table] = field(default_factory=list)
    old_tables: list[str] = field(default_factory=list)
    new_columns: list[sa.Column[Any]] = field(default_factory=list)
    old_columns: list[tuple[str, str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    new_indexes: list[sa.Index] = field(default_factory=list)
    old_indexes: list[str] = field(default_factory=list)


def differences(url: str, connection: Connection, schema: Schema, owned: set[str]) -> Differences:
    """``owned``: the tables that Interdesk made; others are left alone."""
    found = Differences()
    ours = owned | set(schema.metadata.tables)
    changes: dict[tuple[str, str], Change] = {}
    for one in _alembic(url, schema, ours):
        _sort_in(one, schema, found, changes)
    found.changes = list(changes.values())
    _compare_indexes(connection, schema, ours, found)
    return found


def _alembic(url: str, schema: Schema, ours: set[str]) -> list[Any]:
    def include_name(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name in ours

    def include_object(_item: object, _name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return kind in ("table", "column")

    options = {
        "compare_type": True,
        "compare_server_default": False,
        "include_name": include_name,
        "include_object": include_object,
    }
    tables_only = sa.MetaData()
    for table in schema.metadata.sorted_tables:
        table.to_metadata(tables_only).indexes.clear()
    with _engine(url) as engine, engine.connect() as connection, warnings.catch_warnings():
        # SQLite's indexes on expressions cannot be reflected; indexes are compared by their names, see below.
        warnings.filterwarnings("ignore", "Skipped unsupported reflection", SAWarning)
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), tables_only))


@contextmanager
def _engine(url: str) -> Iterator[sa.Engine]:
    """A SQLAlchemy engine, for looking only."""
    if dialect_of(url) == "sqlite":
        path = sqlite_path(url)
        engine = sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(path), poolclass=sa.NullPool)
    else:
        engine = sa.create_engine("postgresql+psycopg://", creator=lambda: postgres.connect(url), poolclass=sa.NullPool)
    try:
        yield engine
    finally:
        engine.dispose()


def _sort_in(one: Any, schema: Schema, found: Differences, changes: dict[tuple[str, str], Change]) -> None:
    if isinstance(one, list):
        for part in one:
            _sort_in(part, schema, found, changes)
        return
    match one[0]:
        case "add_table":
            found.new_tables.append(schema.metadata.tables[one[1].name])
        case "remove_table":
            found.old_tables.append(one[1].name)
        case "add_column":
            found.new_columns.append(schema.metadata.tables[one[2]].c[one[3].name])
        case "remove_column":
            found.old_columns.append((one[2], one[3].name))
        case "modify_type" | "modify_nullable":
            _, _, table, name, existing, old, _ = one
            column = schema.metadata.tables[table].c[name]
            old_type = old if one[0] == "modify_type" else existing["existing_type"]
            was_nullable = old if one[0] == "modify_nullable" else existing["existing_nullable"]
            changes[table, name] = Change(table, name, column, kind_of(old_type), was_nullable)


def kind_of(found: sa.types.TypeEngine[Any]) -> ColumnKind:
    """The kind of a reflected column."""
    if isinstance(found, sa.Integer):
        return ColumnKind.INTEGER
    return ColumnKind.REAL if isinstance(found, sa.Numeric | sa.Float) else ColumnKind.TEXT


def _compare_indexes(connection: Connection, schema: Schema, ours: set[str], found: Differences) -> None:
    if connection.dialect == "sqlite":
        sql = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    else:
        sql = (
            "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = current_schema() AND indexname NOT IN "
            "(SELECT conname FROM pg_constraint WHERE connamespace = current_schema()::regnamespace)"
        )
    existing = {name: table for table, name in connection.rows(sql) if table in ours}
    wanted = {str(index.name): index for table in schema.metadata.tables.values() for index in table.indexes}
    created = {table.name for table in found.new_tables}
    found.new_indexes = [
        index
        for name, index in wanted.items()
        if name not in existing and index.table is not None and index.table.name not in created
    ]
    found.old_indexes = [
        name for name, table in existing.items() if name not in wanted and table not in found.old_tables
    ]
