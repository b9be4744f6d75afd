"""The plan of a migration: every step that brings a database to a model, with the number of rows it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from interdesk.model import Model
from interdesk.store import meta
from interdesk.store.compile import functions_postgres
from interdesk.store.create import text
from interdesk.store.database import Connection, Dialect, dialect_of, open_database, quoted, sqlite_path
from interdesk.store.migrations import compare, convert, values
from interdesk.store.migrations.compare import Change, Differences
from interdesk.store.migrations.steps import Kind, MigrationPlan, Phase, Step
from interdesk.store.schema import Schema, Shape, literal

# Counting rows of a large database takes its time.
SECONDS = 24 * 3600.0


def make_plan(url: str, model: Model) -> MigrationPlan:
    """Compares the model with the database and changes nothing.

    Raises SchemaMismatch (somebody else's database, or of another format), Unavailable.
    """
    schema = Schema.of(model)
    creation = Step(Kind.SAFE, Phase.CREATE, f"make {len(schema.metadata.tables)} tables in the empty database")
    if dialect_of(url) == "sqlite" and not sqlite_path(url).exists():
        return MigrationPlan((creation,), None, schema.fingerprint)
    database = open_database(url, SECONDS)
    try:
        with database.read() as connection:
            entries = meta.read(connection)
            if not entries:
                return MigrationPlan((creation,), None, schema.fingerprint)
            meta.check_format(entries)
            found = compare.differences(url, connection, schema, meta.owned_tables(entries))
            renewed = _functions(connection, schema, found) if _has_old_functions(connection, entries) else []
            steps = sorted([*renewed, *_steps(connection, schema, found)], key=lambda step: (step.phase, step.text))
            grows = not renewed and "shape" in entries and schema.shape.grew_from(Shape.of_text(entries["shape"]))
            return MigrationPlan(tuple(steps), entries.get("schema", ""), schema.fingerprint, grows)
    finally:
        database.close()


def _has_old_functions(connection: Connection, entries: Mapping[str, str]) -> bool:
    return entries.get("functions", "") != meta.functions(connection.dialect)


def _functions(connection: Connection, schema: Schema, found: Differences) -> Iterator[Step]:
    """New SQL functions, and anew the indexes that hold what the old ones made of texts."""
    if connection.dialect != "postgresql":
        return
    yield Step(Kind.SAFE, Phase.FUNCTIONS, "renew the SQL functions", 0, tuple(functions_postgres.STATEMENTS))
    new = {index.name for index in found.new_indexes} | {index.name for t in found.new_tables for index in t.indexes}
    for table in schema.metadata.sorted_tables:
        for index in table.indexes:
            if "_fold_" in str(index.name) and index.name not in new:
                name = quoted(str(index.name))
                yield Step(Kind.SAFE, Phase.TREE, f"renew index {index.name}", 0, (f"REINDEX INDEX {name}",))


def _steps(connection: Connection, schema: Schema, found: Differences) -> Iterator[Step]:
    dialect = connection.dialect
    tables = set(schema.metadata.tables) - {table.name for table in found.new_tables}
    added = {(column.table.name, column.name) for column in found.new_columns}
    existing = {(name, column.name) for name in tables for column in schema.metadata.tables[name].columns} - added
    yield from _drops(connection, schema, found)
    for table in found.new_tables:
        indexes = tuple(text(CreateIndex(index), dialect) for index in table.indexes)
        yield Step(
            Kind.SAFE, Phase.CREATE, f"make table {table.name}", 0, (text(CreateTable(table), dialect), *indexes)
        )
    for column in found.new_columns:
        yield Step(
            Kind.SAFE,
            Phase.CREATE,
            f"add column {column.table.name}.{column.name}",
            0,
            (f"ALTER TABLE {quoted(column.table.name)} ADD COLUMN {text(CreateColumn(column), dialect)}",),
        )
    for change in found.changes:
        yield _rewrite(connection, change)
    for index in found.new_indexes:
        yield Step(
            Kind.SAFE,
            Phase.INDEX,
            f"make index {index.name}",
            0,
            (text(CreateIndex(index, if_not_exists=True), dialect),),
        )
    lost = list(values.lost_objects(connection, schema, tables))
    yield from lost
    yield from values.fills(connection, schema, tables, added)
    yield from values.wanting(connection, schema, tables, added)
    yield from values.unknown_codes(connection, schema, existing)
    unsettled = {table for table, _ in added} | (tables if lost else set())
    yield from values.trees(connection, schema, tables, unsettled)


def _drops(connection: Connection, schema: Schema, found: Differences) -> Iterator[Step]:
    for name in found.old_indexes:
        yield Step(Kind.SAFE, Phase.DROP_INDEX, f"drop index {name}", 0, (f"DROP INDEX {quoted(name)}",))
    for name in found.old_tables:
        drop = f"DROP TABLE {quoted(name)}"
        if name.startswith("tree_"):
            # A closure table repeats what the keys say.
            yield Step(Kind.SAFE, Phase.DROP, f"drop tree {name}", 0, (drop,))
            continue
        (count,) = connection.rows(f"SELECT count(*) FROM {quoted(name)}")[0]
        logs = f'DELETE FROM log_entry WHERE "class" = {literal(name)}'
        yield Step(Kind.DESTRUCTIVE, Phase.DROP, f"drop table {name}", count, (logs, drop))
    for table, name in found.old_columns:
        (count,) = connection.rows(
            f"SELECT count(*) FROM {quoted(table)} WHERE {quoted(name)} IS NOT NULL "
            f"AND CAST({quoted(name)} AS TEXT) NOT IN ('', '0')"
        )[0]
        drop = f"ALTER TABLE {quoted(table)} DROP COLUMN {quoted(name)}"
        yield Step(Kind.DESTRUCTIVE, Phase.DROP, f"drop column {table}.{name}", count, (drop,))


def _rewrite(connection: Connection, change: Change) -> Step:
    """A column whose type or NOT NULL changes: its values move to a new column, which then takes its name."""
    dialect: Dialect = connection.dialect
    table, name, column = quoted(change.table), quoted(change.name), change.column
    new = sa.Column(
        f"new_{change.name}"[:60], column.type, nullable=column.nullable, server_default=column.server_default
    )
    sa.Table(change.table, sa.MetaData(), new)
    target = compare.kind_of(column.type)
    value = convert.expression(dialect, name, change.old_kind, target)
    if not column.nullable:
        assert isinstance(column.server_default, sa.DefaultClause)
        value = f"coalesce({value}, {column.server_default.arg})"
    holding = [index for index in column.table.indexes if change.name in {part.name for part in index.columns}]
    (count,) = connection.rows(f"SELECT count(*) FROM {table} WHERE {name} IS NOT NULL")[0]
    narrows = target is not change.old_kind and convert.narrows(change.old_kind, target)
    kind = Kind.DESTRUCTIVE if narrows else Kind.SAFE
    what = "make" if target is change.old_kind else f"convert {change.old_kind.value} to {target.value}:"
    return Step(
        kind,
        Phase.REWRITE,
        f"{what} column {change.table}.{change.name} {'NULL' if column.nullable else 'NOT NULL'}",
        count,
        (
            *(f"DROP INDEX IF EXISTS {quoted(str(index.name))}" for index in holding),
            f"ALTER TABLE {table} ADD COLUMN {text(CreateColumn(new), dialect)}",
            f"UPDATE {table} SET {quoted(new.name)} = {value}",
            f"ALTER TABLE {table} DROP COLUMN {name}",
            f"ALTER TABLE {table} RENAME COLUMN {quoted(new.name)} TO {name}",
            *(text(CreateIndex(index, if_not_exists=True), dialect) for index in holding),
        ),
    )
