"""The parts of a SELECT: which rows a query finds, and how joins that would repeat a row are kept from it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from interdesk import oql as language
from interdesk.model import Model, ObjectClass
from interdesk.oql import resolved as oql
from interdesk.store.compile.expressions import Expressions
from interdesk.store.compile.fields import Fields
from interdesk.store.compile.flavours import Flavour, Sql, whole
from interdesk.store.compile.selectivity import is_narrow
from interdesk.store.compile.sources import Node, Scope, Sources
from interdesk.store.compile.statement import LIMIT, OFFSET
from interdesk.store.compile.values import Conversions
from interdesk.store.schema import Schema

Selection = sa.Select[Any] | sa.CompoundSelect[Any]


class Queries:
    """Builds one statement."""

    def __init__(self, model: Model, schema: Schema, flavour: Flavour) -> None:
        self.model, self.schema, self.flavour = model, schema, flavour
        self.to = Conversions(flavour)
        self.fields = Fields(self.to, self._obsolete)
        self.expressions = Expressions(self.to, self.fields, self._subquery)

    def found(self, query: oql.Query, level: int = 0) -> Node:
        """The node of the query's objects; its sources hold what restricts them, each object once."""
        if isinstance(query, oql.Select) and each_once(query):
            sources = Sources(self.model, self.schema, level=level, by_class=self._by_class(query))
            return self._joined(query, sources, None).node(query.selected[0])
        sources = Sources(self.model, self.schema, level=level)
        node = sources.start(query.cls if isinstance(query, oql.Select) else self.model.cls(query.cls.root))
        node.cls = query.cls
        sources.conditions = [node.id.in_(self._ids(query, None, level + 1))]
        return node

    def page(self, select: sa.Select[Any]) -> sa.Select[Any]:
        """``select`` cut to the page that a run asks for."""
        return select.limit(self.to.page(LIMIT)).offset(self.to.page(OFFSET))

    def paired(self, query: oql.Select, given: oql.Source | oql.Field) -> tuple[Node, Sql]:
        """The node of the query's objects, and the id of ``given``, which the query's condition may speak of."""
        # The objects of ``given`` are few and known: the way must lead from them, not from all objects of a class.
        sources = Sources(self.model, self.schema, by_class=False)
        scope = self._joined(query, sources, None, given if isinstance(given, oql.Source) else None)
        node = scope.node(given.alias)
        start = (
            node.id if isinstance(given, oql.Source) else self.fields.field(node, given.code, given.attribute, None).sql
        )
        return scope.node(query.selected[0]), start

    def _by_class(self, query: oql.Select) -> bool:
        return not (self.flavour.guesses and is_narrow(query, self.schema))

    def _subquery(self, query: oql.Query, scope: Scope) -> Selection:
        return self._ids(query, scope, scope.sources.level + 1)

    def _ids(self, query: oql.Query, outer: Scope | None, level: int) -> Selection:
        """A select of the ids, which may come repeatedly."""
        if isinstance(query, oql.Union):
            return sa.union(*(self._member(member, outer, level) for member in query.members))
        return self._member(query, outer, level)

    def _member(self, query: oql.Select, outer: Scope | None, level: int) -> sa.Select[Any]:
        around = outer.sources if outer else None
        sources = Sources(self.model, self.schema, around, level, by_class=self._by_class(query))
        node = self._joined(query, sources, outer).node(query.selected[0])
        return finished(sa.select(node.id), sources)

    def _joined(
        self, query: oql.Select, sources: Sources, outer: Scope | None, given: oql.Source | None = None
    ) -> Scope:
        scope = Scope(sources, {}, outer)
        scope.nodes[query.source.alias] = sources.start(query.source.cls)
        if given is not None:
            node = scope.nodes[given.alias] = sources.new(given.cls)
            sources.join(node.table, [sa.true(), *sources.restriction(node)])
        for join in query.joins:
            self._join(join, scope)
        if query.where is not None:
            sources.conditions.append(self.expressions.condition(query.where, scope))
        return scope

    def _join(self, join: oql.Join, scope: Scope) -> None:
        sources = scope.sources
        node = sources.new(join.cls, join.optional)
        scope.nodes[join.alias] = node
        left, right = scope.node(join.left.alias), scope.node(join.right)
        restriction = sources.restriction(node)
        if join.op == "=":
            key = self.fields.field(left, join.left.code, join.left.attribute, join.left.item).sql
            sources.join(node.table, [key == right.id, *restriction], join.optional)
            return
        words = join.op.split()
        tree = self.schema.tree(left.cls.name, join.left.code).alias(f"{node.name}_tree")
        lower, upper = (left, right) if "BELOW" in words else (right, left)
        strict = [tree.c.depth > whole(0)] if "STRICT" in words else []
        ends = {lower: tree.c.descendant == lower.id, upper: tree.c.ancestor == upper.id}
        if "NOT" in words:
            within = sa.select(whole(1)).select_from(tree).where(*ends.values(), *strict)
            apart = sa.not_(sa.exists(within.correlate(lower.table, upper.table)))
            sources.join(node.table, [apart, *restriction])
            return
        known = left if node is right else right
        sources.join(tree, [ends[known], *strict])
        sources.join(node.table, [ends[node], *restriction])

    def _obsolete(self, node: Node, cls: ObjectClass) -> Sql | None:
        """The obsolescence condition of ``cls`` for a node, None when it declares none."""
        if not cls.obsolescence:
            return None
        condition = language.condition(cls.obsolescence, cls, self.model, "this")
        # The condition sees the attributes of the class that declares it.
        return self.expressions.condition(condition, Scope(node.sources, {"this": node.seen_as(cls)}))


def finished(select: sa.Select[Any], sources: Sources) -> sa.Select[Any]:
    """``select`` with FROM and WHERE. To be called when all expressions are compiled: they may have added joins."""
    select = select.select_from(sources.from_clause())
    if sources.conditions:
        select = select.where(*sources.conditions)
    return select.correlate(*sources.around()) if sources.outer else select


def each_once(query: oql.Select) -> bool:
    """True when no join can repeat an object: all other aliases are reached from it by keys that point to them."""
    pointed: dict[str, list[str]] = {}
    for join in query.joins:
        if join.op == "=":
            pointed.setdefault(join.left.alias, []).append(join.right)
    reached: set[str] = set()
    waiting = [query.selected[0]]
    while waiting:
        alias = waiting.pop()
        if alias not in reached:
            reached.add(alias)
            waiting += pointed.get(alias, [])
    return len(reached) == len(query.joins) + 1
