"""Conditions of a query as typed SQL."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import Grouping

from interdesk.errors import NotASet
from interdesk.oql import resolved as oql
from interdesk.store.compile.calls import Calls
from interdesk.store.compile.comparisons import COMPARE, Comparisons
from interdesk.store.compile.fields import Fields
from interdesk.store.compile.flavours import Sql, func, whole
from interdesk.store.compile.shape import Lifted
from interdesk.store.compile.sources import Scope
from interdesk.store.compile.statement import Argument, Constant, LiteralAt
from interdesk.store.compile.values import Conversions, Kind, Pending, Typed, Value

ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
BITWISE = frozenset({"&", "|", "^", "<<", ">>"})
WIDTH = 64
# Answers the select of the ids of a sub-query.
SubQuery = Callable[[oql.Query, Scope], "sa.Select[Any] | sa.CompoundSelect[Any]"]


class Expressions:
    """Compiles the expressions of one statement; ``scope`` says what an alias is."""

    def __init__(self, to: Conversions, fields: Fields, subquery: SubQuery) -> None:
        self.to, self.fields, self.subquery = to, fields, subquery
        self.comparisons = Comparisons(to)
        self.calls = Calls(to)

    def condition(self, node: oql.Expr, scope: Scope) -> Sql:
        return self.to.condition(self.value(node, scope))

    def value(self, node: oql.Expr, scope: Scope) -> Value:
        if isinstance(node, oql.Binary):
            return self._binary(node, scope)
        if isinstance(node, oql.Field):
            return self._field(node, scope)
        if isinstance(node, oql.Literal):
            return _literal(node)
        if isinstance(node, oql.Param):
            return Pending(Kind.TEXT, Argument(node.name, node.attribute))
        if isinstance(node, oql.Call):
            return self._call(node, scope)
        if isinstance(node, oql.InList):
            items = [self._item(item, scope) for item in node.items]
            return self.comparisons.is_in(self.value(node.operand, scope), items, node.negated)
        if isinstance(node, oql.InQuery):
            return self._in_query(node, scope)
        return self._match(node, scope)

    def _field(self, node: oql.Field, scope: Scope) -> Typed:
        return self.fields.field(scope.node(node.alias), node.code, node.attribute, node.item)

    def _match(self, node: oql.Match, scope: Scope) -> Typed:
        """Raises NotASet."""
        found = self._field(node.field, scope)
        if found.kind is not Kind.SET:
            raise NotASet(scope.node(node.field.alias).cls.name, node.field.code)
        return self.comparisons.matches(found, self.value(node.codes, scope))

    def _item(self, node: oql.Expr, scope: Scope) -> Value:
        if isinstance(node, oql.Param):
            return Pending(Kind.TEXT, Argument(node.name, node.attribute), many=True)
        return self.value(node, scope)

    def _binary(self, node: oql.Binary, scope: Scope) -> Typed:
        op = node.op
        if op in ("AND", "OR"):
            return Typed(Kind.BOOLEAN, self._logical(node, scope))
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        if op in COMPARE:
            return self.comparisons.compare(op, left, right)
        if op in ("LIKE", "NOT LIKE"):
            return self.comparisons.like(left, right, op == "NOT LIKE")
        if op == "REGEXP":
            return self.comparisons.regexp(left, right)
        if op in BITWISE:
            return Typed(Kind.INTEGER, self._bitwise(op, left, right))
        one, other = self.to.real(left), self.to.real(right)
        if op == "/":
            return Typed(Kind.REAL, sa.cast(one, sa.Double()).op("/")(func.nullif(other, whole(0))))
        return Typed(Kind.REAL, ARITHMETIC[op](one, other))

    def _logical(self, node: oql.Binary, scope: Scope) -> Sql:
        left, right = self.condition(node.left, scope), self.condition(node.right, scope)
        if isinstance(node.right, oql.Binary) and node.right.op == node.op:
            # Kept apart, so that a balanced tree of many terms does not become one deep run.
            right = Grouping(right)
        return sa.and_(left, right) if node.op == "AND" else sa.or_(left, right)

    def _bitwise(self, op: str, left: Value, right: Value) -> Sql:
        one, other = self.to.integer(left), self.to.integer(right)
        if op == "^":
            return self.to.flavour.xor(one, other)
        if op in ("&", "|"):
            return one.op(op)(other)
        inside = sa.and_(other >= whole(0), other < whole(WIDTH))
        zero = sa.cast(whole(0), self.to.flavour.integer_type)
        return sa.case((inside, one.op(op)(sa.cast(other, sa.Integer()))), (other.is_not(None), zero))

    def _call(self, node: oql.Call, scope: Scope) -> Typed:
        args: list[Value] = []
        unit = None
        for arg in node.args:
            if isinstance(arg, oql.Interval):
                unit, arg = arg.unit, arg.value
            args.append(self.value(arg, scope))
        return self.calls.call(node.name, args, unit)

    def _in_query(self, node: oql.InQuery, scope: Scope) -> Typed:
        operand = self.value(node.operand, scope)
        if operand.kind is Kind.NULL:
            return self.comparisons.unknown()
        number, ids = self.to.number(operand), self.subquery(node.query, scope)
        return Typed(Kind.BOOLEAN, number.not_in(ids) if node.negated else number.in_(ids))


def _literal(node: oql.Literal) -> Value:
    if node.value is None:
        return Typed(Kind.NULL, sa.null())
    kind = Kind.INTEGER if isinstance(node.value, int) else Kind.TEXT
    if isinstance(node, Lifted):
        return Pending(kind, LiteralAt(node.index), node.many)
    return Pending(kind, Constant(node.value))
