"""What a changed design means for rows that are there: values to fill in, objects of classes that are gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from interdesk.model import ObjectClass
from interdesk.model.attributes import Enum
from interdesk.store.database import Connection, quoted
from interdesk.store.migrations.steps import Kind, Phase, Step
from interdesk.store.schema import Schema, literal
from interdesk.store.trees import differs as tree_differs
from interdesk.store.trees import rebuilding

Empty = int | float | str | None


def listed(names: Iterable[str]) -> str:
    """Names of the design as an SQL list."""
    return "(" + ", ".join(literal(name) for name in sorted(names)) + ")"


def fills(connection: Connection, schema: Schema, tables: set[str], added: set[tuple[str, str]]) -> Iterator[Step]:
    """Rows whose columns do not hold the empty value that their class gives them: NULL where '' or 0 is due, and
    the reverse. ``tables`` exist already; ``added`` are columns that the migration adds.
    """
    for root in _roots(schema):
        table = schema.table(root.name)
        if table.name not in tables:
            continue
        due = _empty_values(schema, root)
        tests = {}
        for (name, empty), classes in due.items():
            if (table.name, name) in added:
                wrong = "1 = 1" if empty is not None else "1 = 0"
            elif empty is not None:
                wrong = f"{quoted(name)} IS NULL"
            elif isinstance(table.c[name].type, sa.Text):
                wrong = f"{quoted(name)} = ''"
            else:
                continue
            tests[name, empty] = (wrong, f"finalclass IN {listed(classes)}")
        counts = _counts(connection, table.name, [f"{wrong} AND {of}" for wrong, of in tests.values()])
        for ((name, empty), (wrong, of)), count in zip(tests.items(), counts, strict=True):
            if count:
                yield _fill(table.c[name], empty, count, (table.name, name) in added, wrong, of)


def wanting(connection: Connection, schema: Schema, tables: set[str], added: set[tuple[str, str]]) -> Iterator[Step]:
    """New attributes that may not be empty, while objects are there that have no value for them yet."""
    for cls in schema.model.classes.values():
        table = schema.table(cls.name).name
        if cls.abstract or table not in tables:
            continue
        for code, attribute in cls.attributes.items():
            columns = schema.columns(cls.name, code)
            needed = attribute.writable and not attribute.null_allowed and len(columns) == 1
            if needed and (table, columns[0].name) in added:
                of = f"finalclass = {literal(cls.name)}"
                (count,) = connection.rows(f"SELECT count(*) FROM {quoted(table)} WHERE {of}")[0]
                if count:
                    text = f"{cls.name}::{code} needs a value, which these objects do not have yet"
                    yield Step(Kind.NOTICE, Phase.FILL, text, int(count))


def _fill(column: sa.Column[object], empty: Empty, count: int, added: bool, wrong: str, of: str) -> Step:
    table = quoted(column.table.name)
    value = "NULL" if empty is None else literal(empty)
    condition = f"{quoted(column.name)} IS NULL" if added else wrong
    # A new NOT NULL column was filled by its DEFAULT when it was added.
    update = f"UPDATE {table} SET {quoted(column.name)} = {value} WHERE {condition} AND {of}"
    statements = () if added and not column.nullable else (update,)
    return Step(Kind.VALUE, Phase.FILL, f"set {column.table.name}.{column.name} to {value}", count, statements)


def _roots(schema: Schema) -> list[ObjectClass]:
    return [cls for cls in schema.model.classes.values() if cls.parent is None]


def _empty_values(schema: Schema, root: ObjectClass) -> dict[tuple[str, Empty], list[str]]:
    """(column, its empty value) -> the classes that say so."""
    found: dict[tuple[str, Empty], list[str]] = defaultdict(list)
    for name in schema.model.family(root.name):
        for code, attribute in schema.model.classes[name].attributes.items():
            columns = attribute.columns()
            if columns:
                for column, described in zip(schema.columns(name, code), columns, strict=True):
                    found[column.name, described.default].append(name)
    return found


def _counts(connection: Connection, table: str, tests: list[str]) -> list[int]:
    """How many rows pass each of the tests."""
    found: list[int] = []
    for start in range(0, len(tests), 200):
        sums = ", ".join(f"sum(CASE WHEN {test} THEN 1 ELSE 0 END)" for test in tests[start : start + 200])
        found += [int(count or 0) for count in connection.rows(f"SELECT {sums} FROM {quoted(table)}")[0]]
    return found


def lost_objects(connection: Connection, schema: Schema, tables: set[str]) -> Iterator[Step]:
    """Objects of classes that the design no longer has, or has made abstract."""
    for root in _roots(schema):
        table = schema.table(root.name).name
        if table not in tables:
            continue
        known = set(schema.model.concrete(root.name))
        for name, count in connection.rows(f"SELECT finalclass, count(*) FROM {quoted(table)} GROUP BY finalclass"):
            if name not in known:
                gone = f"SELECT id FROM {quoted(table)} WHERE finalclass = {literal(name)}"
                yield Step(
                    Kind.DESTRUCTIVE,
                    Phase.DROP_ROWS,
                    f"delete the objects of class {name}, which the design no longer has",
                    count,
                    (
                        f'DELETE FROM log_entry WHERE "class" = {literal(root.name)} AND "object" IN ({gone})',
                        f"DELETE FROM {quoted(table)} WHERE finalclass = {literal(name)}",
                    ),
                )


def unknown_codes(connection: Connection, schema: Schema, existing: set[tuple[str, str]]) -> Iterator[Step]:
    """Codes in the database that their enumeration no longer knows. ``existing``: (table, column) there are."""
    for root in _roots(schema):
        table = schema.table(root.name).name
        seen: dict[str, str] = {}
        for name in schema.model.concrete(root.name):
            for code, attribute in schema.model.classes[name].attributes.items():
                if isinstance(attribute, Enum) and (columns := schema.columns(name, code)):
                    seen[columns[0].name] = code
        for column, code in seen.items():
            if (table, column) not in existing:
                continue
            for cls, value, count in connection.rows(
                f"SELECT finalclass, {quoted(column)}, count(*) FROM {quoted(table)} "
                f"WHERE {quoted(column)} <> '' GROUP BY finalclass, {quoted(column)}"
            ):
                found = schema.model.classes.get(cls)
                enumeration = found.attributes.get(code) if found else None
                if isinstance(enumeration, Enum) and value not in enumeration.values:
                    text = f"{cls}::{code} holds the code {value!r}, which the design no longer has"
                    yield Step(Kind.NOTICE, Phase.FILL, text, count)


def trees(connection: Connection, schema: Schema, tables: set[str], unsettled: set[str]) -> Iterator[Step]:
    """Closure tables that are new, or do not have all objects. ``unsettled``: tables that lose or gain rows or keys."""
    for root in _roots(schema):
        table = schema.table(root.name)
        if table.name not in tables:
            continue
        for owner, key, closure in schema.family_trees(root.name):
            classes = [
                name for name in schema.model.concrete(root.name) if key in schema.model.classes[name].attributes
            ]
            if not classes:
                continue
            of = f"finalclass IN {listed(classes)}"
            (count,) = connection.rows(f"SELECT count(*) FROM {quoted(table.name)} WHERE {of}")[0]
            column = schema.columns(owner, key)[0].name
            if table.name in unsettled or closure.name not in tables:
                due = bool(count)
            else:
                due = tree_differs(connection, closure, table, column, classes)
            if due:
                statements = rebuilding(closure, table, column, classes)
                yield Step(Kind.SAFE, Phase.TREE, f"fill the tree of {owner}::{key}", count, statements)
