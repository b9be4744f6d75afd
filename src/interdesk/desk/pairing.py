"""Queries about one object, ``:this``, made into queries about many given ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce

from interdesk.desk.queries import field
from interdesk.model import ObjectClass
from interdesk.model.attributes import ArchiveFlag, ExternalKey, ObsolescenceFlag
from interdesk.oql.resolved import (
    Binary,
    Call,
    Expr,
    Field,
    InList,
    InQuery,
    Interval,
    Literal,
    Match,
    Param,
    Query,
    Select,
    Source,
    Union,
)

GIVEN = "#given"  # no alias of a query can have this name; ``_met`` matches it
THIS = "this"


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """One statement for any number of objects: ``query`` speaks of them as the alias of ``given``, and leaves out
    what is obsolete or archived.

    ``start``: a key of the query's own sources that is their id; then nothing speaks of ``given``.
    """

    query: Select
    given: Source
    start: Field | None = None

    @property
    def at(self) -> Source | Field:
        """What stands for the given objects in the statement."""
        return self.start or self.given


@dataclass(frozen=True, slots=True, eq=False)
class Single:
    """One statement for each object: ``query`` has places ``:this->code`` where nothing else than a value can stand."""

    query: Select
    given: Source
    codes: tuple[str, ...]


Step = Paired | Single


def paired(query: Select, given: Source) -> Paired:
    """The query for those given objects whose ids are the argument ``given``.

    Where it asks of them just that a key is their id, the key itself is compared with the argument.
    """
    rest, start = _start(query.where)
    at = start or Field(GIVEN, "id", None)
    among = InList(at, (Param("given"),))
    where = rest if start else query.where
    found = replace(query, where=among if where is None else Binary("AND", among, where))
    return Paired(_lasting(found), given, start)


def _lasting(query: Select) -> Select:
    """The query without objects that are obsolete or archived."""
    alias, where = query.selected[0], query.where
    for attribute in query.cls.attributes.values():
        if isinstance(attribute, (ObsolescenceFlag, ArchiveFlag)):
            test = Binary("=", Field(alias, attribute.code, attribute), Literal(0))
            where = test if where is None else Binary("AND", where, test)
    return replace(query, where=where)


def _start(where: Expr | None) -> tuple[Expr | None, Field | None]:
    """(the other conditions, the key that must be the given object's id); (where, None) when there is more to it."""
    tests = list(_conjuncts(where))
    keys = [(test, key) for test in tests if (key := _met(test)) is not None]
    if len(keys) != 1:
        return where, None
    rest = [test for test in tests if test is not keys[0][0]]
    if any(spoken.alias == GIVEN for test in rest for spoken in fields(test)):
        return where, None
    return reduce(lambda left, right: Binary("AND", left, right), rest) if rest else None, keys[0][1]


def _conjuncts(where: Expr | None) -> Iterator[Expr]:
    if isinstance(where, Binary) and where.op == "AND":
        yield from _conjuncts(where.left)
        yield from _conjuncts(where.right)
    elif where is not None:
        yield where


def _met(test: Expr) -> Field | None:
    """The key that a test compares with the id of the given object."""
    match test:
        case Binary(op="=", left=Field(attribute=ExternalKey()) as key, right=Field(alias="#given", attribute=None)):
            return key
        case Binary(op="=", left=Field(alias="#given", attribute=None), right=Field(attribute=ExternalKey()) as key):
            return key
    return None


def fields(node: Query | Expr | Interval | None) -> Iterator[Field]:
    """All fields of a query's conditions, or of a condition."""
    return (found for found in _nodes(node) if isinstance(found, Field))


class _OnlyValue(Exception):
    """``:this->code`` stands where a column cannot stand."""


def steps(query: Query, cls: ObjectClass) -> Iterator[Step]:
    """The statements by which a query about ``:this``, an object of ``cls``, finds its objects for many at once."""
    given = Source(GIVEN, cls)
    for member in query.members if isinstance(query, Union) else (query,):
        places = _Places(cls)
        try:
            where = None if member.where is None else places.expr(member.where)
            yield paired(replace(member, where=where), given)
        except _OnlyValue:
            codes = dict.fromkeys(param.attribute for param in params(member) if param.name == THIS and param.attribute)
            yield Single(_lasting(member), given, tuple(codes))


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
    return (found for found in _nodes(node) if isinstance(found, Param))


def _nodes(node: Query | Expr | Interval | None) -> Iterator[Expr]:
    """The leaves of a query's conditions, or of a condition."""
    match node:
        case Param() | Field():
            yield node
        case Select(where=inner) | Interval(value=inner):
            yield from _nodes(inner)
        case Union(members=many) | Call(args=many):
            for one in many:
                yield from _nodes(one)
        case Binary(left=one, right=other) | Match(field=one, codes=other) | InQuery(operand=one, query=other):
            yield from _nodes(one)
            yield from _nodes(other)
        case InList(operand=operand, items=items):
            for one in (operand, *items):
                yield from _nodes(one)
