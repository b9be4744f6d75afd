"""FROM: the tables of a query's aliases, how they are joined, and the joins that attributes seen through keys need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from interdesk.errors import StoreError
from interdesk.model import Model, ObjectClass
from interdesk.store.compile.flavours import EMPTY, Sql, quoted
from interdesk.store.schema import Schema

MOST_TABLES = 60  # SQLite joins no more than 64
MOST_HOPS = 12


@dataclass(eq=False)
class Node:
    """One table in a FROM. ``optional``: its row may be missing. ``hops``: what hangs on it, by key code."""

    sources: Sources
    cls: ObjectClass
    name: str
    table: sa.FromClause
    optional: bool
    depth: int = 0
    hops: dict[str, Node] = field(default_factory=dict)

    @property
    def id(self) -> Sql:
        return self.table.c.id

    def columns(self, code: str, cls: ObjectClass) -> tuple[Sql, ...]:
        """The columns of an attribute of ``cls``, the node's class or one of its sub-classes."""
        return tuple(self.table.c[column.name] for column in self.sources.schema.columns(cls.name, code))

    def seen_as(self, cls: ObjectClass) -> Node:
        """The same row with the attributes of another class of the family."""
        return replace(self, cls=cls)

    def present(self, sql: Sql) -> Sql:
        """``sql``, but NULL when the row is missing."""
        return sa.case((self.id.is_not(None), sql)) if self.optional else sql


class Sources:
    """The FROM of one SELECT.

    ``outer``: that of the query around a sub-query. ``level`` tells the table names of nested selects apart.
    ``by_class`` False: the class of a row is tested, but never the way to find it.
    """

    def __init__(
        self, model: Model, schema: Schema, outer: Sources | None = None, level: int = 0, *, by_class: bool = True
    ) -> None:
        self.model, self.schema, self.outer, self.level = model, schema, outer, level
        self.by_class = by_class
        self.conditions: list[Sql] = []
        self.tables: list[sa.FromClause] = []
        self._from: sa.FromClause | None = None

    def start(self, cls: ObjectClass) -> Node:
        """The first table."""
        node = self._node(cls, optional=False)
        self._from = node.table
        self.conditions += self.restriction(node)
        return node

    def new(self, cls: ObjectClass, optional: bool = False) -> Node:
        """A node that ``join`` brings in."""
        return self._node(cls, optional)

    def join(self, table: sa.FromClause, on: list[Sql], optional: bool = False) -> None:
        assert self._from is not None
        self._from = self._from.join(table, sa.and_(*on), isouter=optional)

    def hop(self, node: Node, path: str, key: Sql, target: str) -> Node:
        """The node that ``key`` of ``node`` points to, joined once for each ``path``."""
        if path in node.hops:
            return node.hops[path]
        if node.depth >= MOST_HOPS:
            raise StoreError(f"The attributes of {node.cls.name} are defined through too many keys ({path})")
        found = self._node(self.model.cls(target), optional=True)
        found.depth = node.depth + 1
        node.hops[path] = found
        self.join(found.table, [found.id == key], optional=True)
        return found

    def restriction(self, node: Node) -> list[Sql]:
        """What keeps the rows of the family's table to the node's class; [] for the root."""
        if node.cls.parent is None:
            return []
        names = self.model.concrete(node.cls.name)
        if not names:
            return [sa.false()]
        column: Sql = node.table.c.finalclass
        if not self.by_class:
            column = column.concat(EMPTY)  # what an index on the column cannot serve
        return [column == quoted(names[0]) if len(names) == 1 else column.in_([quoted(name) for name in names])]

    def from_clause(self) -> sa.FromClause:
        assert self._from is not None
        return self._from

    def around(self) -> Iterator[sa.FromClause]:
        """The tables of the enclosing queries."""
        found = self.outer
        while found is not None:
            yield from found.tables
            found = found.outer

    def _node(self, cls: ObjectClass, optional: bool) -> Node:
        if len(self.tables) == MOST_TABLES:
            raise StoreError(f"The query needs more than {MOST_TABLES} tables: leave out joins or fields")
        name = f"t{self.level}_{len(self.tables) + 1}"
        table = self.schema.table(cls.name).alias(name)
        self.tables.append(table)
        return Node(self, cls, name, table, optional)


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The aliases that a condition sees: its own, then those of the queries around it."""

    sources: Sources
    nodes: dict[str, Node]
    outer: Scope | None = None

    def node(self, alias: str) -> Node:
        """The node of an alias, the innermost one of that name."""
        found: Scope | None = self
        while found is not None:
            if alias in found.nodes:
                return found.nodes[alias]
            found = found.outer
        raise StoreError(f"The query has no alias {alias!r}")
