"""The shape of a query: what remains when its literals are taken out.

Queries of one shape share one statement, so that ``id = 12`` and ``id = 13`` are compiled once. NULL and the number
of items of a short list belong to the shape; the items of a long list are one literal.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from interdesk.oql import resolved as oql

LONG_LIST = 16

Shape = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Lifted(oql.Literal):
    """Stands for the literal number ``index``, or for all items of a list. ``value`` is 0 or ``''``: its type."""

    index: int = 0
    many: bool = False


class _Walk:
    """Takes the literals out in reading order. ``parts`` describes all the rest without ambiguity."""

    def __init__(self) -> None:
        self.parts: list[Hashable] = []
        self.literals: list[Any] = []

    def query(self, query: oql.Query) -> None:
        if isinstance(query, oql.Union):
            self.parts += ("union", query.cls, len(query.members))
            for member in query.members:
                self.query(member)
            return
        add = self.parts.extend
        add((query.selected, query.source.alias, query.source.cls, len(query.joins)))
        for join in query.joins:
            left = join.left
            add((join.alias, join.cls, left.alias, left.attribute, join.right, join.op, join.optional))
        if query.where is None:
            self.parts.append("all")
        else:
            self.expression(query.where)

    def expression(self, node: oql.Expr | oql.Interval) -> None:
        add = self.parts.extend
        if isinstance(node, oql.Binary):
            add(("(", node.op))
            self.expression(node.left)
            self.expression(node.right)
        elif isinstance(node, oql.Field):
            add((".", node.alias, node.code, node.attribute, node.item))
        elif isinstance(node, oql.Literal):
            self.literal(node)
        elif isinstance(node, oql.Param):
            add((":", node.name, node.attribute))
        elif isinstance(node, oql.InList):
            self.items(node)
        elif isinstance(node, oql.Call):
            add(("call", node.name, len(node.args)))
            for arg in node.args:
                self.expression(arg)
        elif isinstance(node, oql.Interval):
            add(("interval", node.unit))
            self.expression(node.value)
        elif isinstance(node, oql.InQuery):
            add(("in query", node.negated))
            self.expression(node.operand)
            self.query(node.query)
        else:
            self.parts.append("match")
            self.expression(node.field)
            self.expression(node.codes)

    def items(self, node: oql.InList) -> None:
        self.parts += ("in", node.negated)
        self.expression(node.operand)
        if values := long_list(node):
            self.parts.append("numbers" if isinstance(values[0], int) else "texts")
            self.literals.append(values)
            return
        self.parts.append(len(node.items))
        for item in node.items:
            self.expression(item)

    def literal(self, node: oql.Literal) -> None:
        if node.value is None:
            self.parts.append("null")
            return
        self.parts.append("number" if isinstance(node.value, int) else "text")
        self.literals.append(node.value)


def lift(query: oql.Query) -> tuple[Shape, tuple[Any, ...]]:
    """The shape of ``query``, to be used as a key, and its literals in reading order."""
    walk = _Walk()
    walk.query(query)
    return tuple(walk.parts), tuple(walk.literals)


def long_list(node: oql.InList) -> tuple[Any, ...]:
    """The values of a list of many literals of one type, else ()."""
    if len(node.items) < LONG_LIST:
        return ()
    values = tuple(item.value for item in node.items if isinstance(item, oql.Literal))
    if len(values) < len(node.items) or len({type(value) for value in values}) != 1 or values[0] is None:
        return ()
    return values


def slotted(query: oql.Query) -> oql.Query:
    """``query`` with a Lifted in the place of each literal, numbered as ``lift`` does."""
    return _Replace().query(query)


class _Replace:
    def __init__(self) -> None:
        self.taken = 0

    def query(self, query: oql.Query) -> oql.Query:
        if isinstance(query, oql.Union):
            return replace(query, members=tuple(self.select(member) for member in query.members))
        return self.select(query)

    def select(self, select: oql.Select) -> oql.Select:
        return select if select.where is None else replace(select, where=self.expression(select.where))

    def expression(self, node: oql.Expr) -> oql.Expr:
        if isinstance(node, oql.Binary):
            left = self.expression(node.left)
            return oql.Binary(node.op, left, self.expression(node.right))
        if isinstance(node, oql.Literal):
            return self.literal(node)
        if isinstance(node, oql.Call):
            return oql.Call(node.name, tuple(self.argument(arg) for arg in node.args))
        if isinstance(node, oql.InList):
            operand = self.expression(node.operand)
            values = long_list(node)
            items = (self.lifted(values[0], many=True),) if values else tuple(self.expression(i) for i in node.items)
            return oql.InList(operand, items, node.negated)
        if isinstance(node, oql.InQuery):
            operand = self.expression(node.operand)
            return oql.InQuery(operand, self.query(node.query), node.negated)
        if isinstance(node, oql.Match) and isinstance(node.codes, oql.Literal):
            return oql.Match(node.field, self.literal(node.codes))
        return node

    def argument(self, node: oql.Expr | oql.Interval) -> oql.Expr | oql.Interval:
        if isinstance(node, oql.Interval):
            return oql.Interval(self.expression(node.value), node.unit)
        return self.expression(node)

    def literal(self, node: oql.Literal) -> oql.Literal:
        return node if node.value is None else self.lifted(node.value)

    def lifted(self, value: int | str | None, many: bool = False) -> Lifted:
        self.taken += 1
        return Lifted(0 if isinstance(value, int) else "", self.taken - 1, many)
