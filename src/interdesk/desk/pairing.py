"""Queries about one object, ``:this``, made into queries about many given ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from interdesk.desk.queries import field
from interdesk.model import ObjectClass
from interdesk.oql.resolved import (
    Binary,
    Call,
    Expr,
    Field,
    InList,
    InQuery,
    Interval,
    Match,
    Param,
    Query,
    Select,
    Source,
    Union,
)

GIVEN = "#given"  # no alias of a query can have this name
THIS = "this"


@dataclass(frozen=True, slots=True)
class Paired:
    """One statement for any number of objects: ``query`` speaks of them as the alias of ``given``."""

    query: Select
    given: Source


@dataclass(frozen=True, slots=True)
class Single:
    """One statement for each object: ``query`` has places ``:this->code`` where nothing else than a value can stand."""

    query: Select
    given: Source
    codes: tuple[str, ...]


Step = Paired | Single


def among(query: Select) -> Select:
    """The query for those given objects whose ids are the argument ``given``."""
    among = InList(Field(GIVEN, "id", None), (Param("given"),))
    return replace(query, where=among if query.where is None else Binary("AND", among, query.where))


class _OnlyValue(Exception):
    """``:this->code`` stands where a column cannot stand."""


def steps(query: Query, cls: ObjectClass) -> Iterator[Step]:
    given = Source(GIVEN, cls)
    for member in query.members if isinstance(query, Union) else (query,):
        places = _Places(cls)
        try:
            where = None if member.where is None else places.expr(member.where)
            yield Paired(among(replace(member, where=where)), given)
        except _OnlyValue:
            codes = dict.fromkeys(param.attribute for param in params(member) if param.name == THIS and param.attribute)
            yield Single(member, given, tuple(codes))


class _Places:
    """Puts fields of the given object in the place of ``:this->code``. Raises UnknownAttribute, _OnlyValue."""

    def __init__(self, cls: ObjectClass) -> None:
        self.cls = cls

    def expr(self, node: Expr) -> Expr:
        match node:
            case Param(attribute=str(code)) if node.name == THIS:
                return field(self.cls, code, GIVEN)
            case Binary():
                if node.op == "REGEXP" and _is_this(node.right):
                    raise _OnlyValue
                return Binary(node.op, self.expr(node.left), self.expr(node.right))
            case Call():
                return Call(node.name, tuple(self.argument(arg) for arg in node.args))
            case InList():
                items = tuple(self.expr(item) for item in node.items)
                return InList(self.expr(node.operand), items, node.negated)
            case InQuery():
                return InQuery(self.expr(node.operand), self.query(node.query), node.negated)
            case Match() if _is_this(node.codes):
                raise _OnlyValue
        return node

    def argument(self, node: Expr | Interval) -> Expr | Interval:
        return Interval(self.expr(node.value), node.unit) if isinstance(node, Interval) else self.expr(node)

    def query(self, query: Query) -> Query:
        if isinstance(query, Union):
            return replace(query, members=tuple(self.select(member) for member in query.members))
        return self.select(query)

    def select(self, query: Select) -> Select:
        return query if query.where is None else replace(query, where=self.expr(query.where))


def _is_this(node: Expr) -> bool:
    return isinstance(node, Param) and node.name == THIS


def params(node: Query | Expr | Interval | None) -> Iterator[Param]:
    """All placeholders of a query or a condition."""
    match node:
        case Param():
            yield node
        case Select(where=inner) | Interval(value=inner):
            yield from params(inner)
        case Union(members=many) | Call(args=many):
            for one in many:
                yield from params(one)
        case Binary(left=one, right=other) | Match(field=one, codes=other) | InQuery(operand=one, query=other):
            yield from params(one)
            yield from params(other)
        case InList(operand=operand, items=items):
            for one in (operand, *items):
                yield from params(one)
