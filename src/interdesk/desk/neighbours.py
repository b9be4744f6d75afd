"""What the neighbours of a design mean as queries: for many objects at once, down and up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from interdesk import oql
from interdesk.desk.queries import ALIAS, field
from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import Attribute, ExternalKey, LinkedSet, LinkedSetIndirect, RedundancySettings
from interdesk.model.relations import Neighbour
from interdesk.oql.resolved import (
    Binary,
    Call,
    Expr,
    Field,
    InList,
    InQuery,
    Interval,
    Join,
    Match,
    Param,
    Query,
    Select,
    Source,
    Union,
)

GIVEN = "#given"  # no alias of a query can have this name
LINK = "link"
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


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A neighbour of ``source``: how to find the objects of ``target`` from it, and back."""

    neighbour: Neighbour
    source: ObjectClass
    target: ObjectClass
    down: tuple[Step, ...]
    up: tuple[Step, ...]

    def steps(self, down: bool) -> tuple[Step, ...]:
        return self.down if down else self.up


class Neighbours:
    """The ways of all relations of a model, computed once."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._ways = {
            (found.relation, found.defined_in, found.name): way
            for cls in model.classes.values()
            for found in cls.neighbours
            if found.defined_in == cls.name and (way := _way(model, cls, found)) is not None
        }
        self._known: dict[tuple[str, str, bool], tuple[Way, ...]] = {}

    def ways(self, relation: str, name: str, down: bool) -> tuple[Way, ...]:
        """The ways on from objects of a final class: those of the class itself first, then inherited ones."""
        key = (relation, name, down)
        if (known := self._known.get(key)) is None:
            cls = self._model.cls(name)
            line = (name, *cls.ancestors)
            found = list(self._down(relation, cls) if down else self._up(relation, line))
            found.sort(key=lambda way: line.index(way.source.name if down else way.target.name))
            known = self._known[key] = tuple(found)
        return known

    def redundancy(self, way: Way, name: str) -> RedundancySettings | None:
        """The attribute of a class that says how many objects at the other end of a way must be up."""
        found = way.neighbour
        for attribute in self._model.cls(name).attributes.values():
            if isinstance(attribute, RedundancySettings) and (
                (attribute.relation, attribute.from_class, attribute.neighbour)
                == (found.relation, found.defined_in, found.name)
            ):
                return attribute
        return None

    def apart(self) -> Iterator[tuple[Neighbour, str]]:
        """The neighbours, with ``down`` or ``up``, that need a statement for each object."""
        for way in self._ways.values():
            for word, steps in (("down", way.down), ("up", way.up)):
                if any(isinstance(step, Single) for step in steps):
                    yield way.neighbour, word

    def _down(self, relation: str, cls: ObjectClass) -> Iterator[Way]:
        for found in cls.neighbours:
            way = self._ways.get((relation, found.defined_in, found.name))
            if found.relation == relation and way is not None:
                yield way

    def _up(self, relation: str, line: tuple[str, ...]) -> Iterator[Way]:
        for way in self._ways.values():
            if way.neighbour.relation == relation and way.up and way.target.name in line:
                yield way


def _way(model: Model, cls: ObjectClass, neighbour: Neighbour) -> Way | None:
    """None for a neighbour that leads to no class."""
    if neighbour.attribute:
        attribute = cls.attribute(neighbour.attribute)
        down = up = None
        if isinstance(attribute, LinkedSet):
            down, up = _by_links(model, cls, attribute)
        elif isinstance(attribute, ExternalKey) and attribute.target_class:
            down, up = _by_key(model, cls, attribute)
        if down is None or up is None:
            return None
        back = (up,) if neighbour.direction == "both" else ()
        return Way(neighbour, cls, down.query.cls, (down,), back)
    if not neighbour.query_down:
        return None
    found = oql.query(neighbour.query_down, model)
    ups = neighbour.query_up if neighbour.direction == "both" else None
    above = tuple(_steps(oql.query(ups, model), found.cls)) if ups else ()
    return Way(neighbour, cls, found.cls, tuple(_steps(found, cls)), above)


def _by_key(model: Model, cls: ObjectClass, key: ExternalKey) -> tuple[Paired, Paired]:
    target = model.cls(key.target_class)
    return _paired(target, field(target, "id"), cls, key), _paired(cls, field(cls, key.code), target)


def _by_links(model: Model, cls: ObjectClass, link_set: LinkedSet) -> tuple[Paired, Paired]:
    linked = model.cls(link_set.linked_class)
    mine = field(linked, link_set.ext_key_to_me, LINK)
    if not isinstance(link_set, LinkedSetIndirect):
        down = _paired(linked, field(linked, link_set.ext_key_to_me), cls)
        return down, _paired(cls, field(cls, "id"), linked, mine.attribute)
    remote = field(linked, link_set.ext_key_to_remote, LINK)
    assert isinstance(remote.attribute, ExternalKey)
    target = model.cls(remote.attribute.target_class)
    return (
        _paired(target, mine, cls, join=Join(LINK, linked, remote, ALIAS)),
        _paired(cls, remote, target, join=Join(LINK, linked, mine, ALIAS)),
    )


def _paired(
    cls: ObjectClass, at: Field, given: ObjectClass, key: Attribute | None = None, join: Join | None = None
) -> Paired:
    """The objects of ``cls`` where ``at`` is the id of the given object, or its ``key``."""
    test = Binary("=", at, Field(GIVEN, key.code if key else "id", key))
    source = Source(GIVEN, given)
    return Paired(_among(Select((ALIAS,), Source(ALIAS, cls), (join,) if join else (), test)), source)


def _among(query: Select) -> Select:
    """The query for those given objects whose ids are the argument ``given``."""
    among = InList(Field(GIVEN, "id", None), (Param("given"),))
    return replace(query, where=among if query.where is None else Binary("AND", among, query.where))


# -- queries of the design


class _OnlyValue(Exception):
    """``:this->code`` stands where a column cannot stand."""


def _steps(query: Query, cls: ObjectClass) -> Iterator[Step]:
    given = Source(GIVEN, cls)
    for member in query.members if isinstance(query, Union) else (query,):
        places = _Places(cls)
        try:
            where = None if member.where is None else places.expr(member.where)
            yield Paired(_among(replace(member, where=where)), given)
        except _OnlyValue:
            yield Single(member, given, tuple(_codes(member)))


class _Places:
    """Puts fields of the given object in the place of ``:this->code``. Raises UnknownAttribute, _OnlyValue."""

    def __init__(self, cls: ObjectClass) -> None:
        self.cls = cls

    def expr(self, node: Expr) -> Expr:
        match node:
            case Param(name="this", attribute=str(code)):
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


def _codes(query: Select) -> Iterator[str]:
    """The attributes that ``:this->`` asks for, each once."""
    found: Mapping[str, None] = dict.fromkeys(
        param.attribute for param in params(query) if param.name == THIS and param.attribute
    )
    yield from found


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
