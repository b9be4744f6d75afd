"""A database with the schema of the sample model, whose objects a test exchanges at will."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

import psycopg

from interdesk import oql
from interdesk.oql.resolved import Query
from interdesk.store.compile import LIMIT, NOW, OFFSET, Compiler, Plan
from interdesk.store.compile.functions_sqlite import register
from interdesk.store.create import statements
from interdesk.store.schema import Schema
from tests.store.compile import sample


class Loaded:
    """``run`` a plan, or ``find`` what a query text finds."""

    def __init__(self, dialect: str, connection: Any) -> None:
        self.dialect, self.connection = dialect, connection
        self.model = sample.sample_model()
        self.schema = Schema.of(self.model)
        self.compiler = Compiler(self.model, self.schema, dialect)

    @classmethod
    def in_memory(cls) -> Loaded:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        register(connection)
        found = cls("sqlite", connection)
        for statement in statements(found.schema, "sqlite"):
            connection.execute(statement)
        return found

    @classmethod
    def on_postgres(cls, url: str) -> Loaded:
        """``url``: a database with the schema."""
        return cls("postgresql", psycopg.connect(url, autocommit=True))

    def load(self, objects: Mapping[str, list[sample.Object]]) -> Loaded:
        """Replaces all objects."""
        mark = "?" if self.dialect == "sqlite" else "%s"
        for table in self.schema.metadata.sorted_tables:
            self.connection.execute(f'DELETE FROM "{table.name}"')
        for root, found in objects.items():
            for row in found:
                values = {"id": row["id"], "finalclass": row["finalclass"]}
                for code, value in row.items():
                    columns = self.schema.columns(row["finalclass"], code)
                    parts = value if isinstance(value, tuple) else (value,)
                    values.update(zip((column.name for column in columns), parts, strict=True))
                names = ", ".join(f'"{name}"' for name in values)
                marks = ", ".join([mark] * len(values))
                text = f'INSERT INTO "{self.schema.table(root).name}" ({names}) VALUES ({marks})'
                self.connection.execute(text, list(values.values()))
        self._grow(objects.get("Organization", []), mark)
        return self

    def _grow(self, organizations: list[sample.Object], mark: str) -> None:
        tree = self.schema.tree("Organization", "parent_id")
        for row in organizations:
            for depth, ancestor in enumerate(line(row, organizations)):
                text = f'INSERT INTO "{tree.name}" (descendant, ancestor, depth) VALUES ({mark}, {mark}, {mark})'
                self.connection.execute(text, [row["id"], ancestor, depth])

    def run(self, plan: Plan, **args: Any) -> list[tuple[Any, ...]]:
        given = {NOW: sample.NOW, LIMIT: 100, OFFSET: 0, **args}
        return list(self.connection.execute(plan.statement.sql, plan.binds(given)).fetchall())

    def query(self, text: str) -> Query:
        return oql.query(text, self.model)

    def find(self, text: str, *fields: str, **args: Any) -> list[Any]:
        """The values of the fields of the objects found; the ids when no field is named."""
        rows = self.run(self.compiler.select(self.query(text), fields or ("id",)), **args)
        return rows if len(fields) > 1 else [row[0] for row in rows]

    def explain(self, plan: Plan, **args: Any) -> str:
        """How the database runs a plan, as text."""
        word = "EXPLAIN QUERY PLAN " if self.dialect == "sqlite" else "EXPLAIN "
        given = {NOW: sample.NOW, LIMIT: 10, OFFSET: 0, **args}
        rows = self.connection.execute(word + plan.statement.sql, plan.binds(given)).fetchall()
        return "\n".join(str(row[-1]) for row in rows)


def line(row: sample.Object, organizations: list[sample.Object]) -> list[int]:
    """The ids from an organization up to the root of its tree."""
    by_id = {one["id"]: one for one in organizations}
    found = []
    current: sample.Object | None = row
    while current is not None and current["id"] not in found:
        found.append(current["id"])
        current = by_id.get(current["parent_id"])
    return found
