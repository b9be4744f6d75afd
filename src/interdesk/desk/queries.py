"""Resolved queries that the desk builds itself: by id, by criteria, the members of a link set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interdesk.errors import UnknownAttribute
from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import Compared, ExternalField, FinalClass, SubItem
from interdesk.oql.resolved import Binary, Expr, Field, InList, Join, Literal, Param, Query, Select, Source, Union

ALIAS = "this"


def field(cls: ObjectClass, code: str, alias: str = ALIAS) -> Field:
    """``id`` or an attribute of the class. Raises UnknownAttribute."""
    return Field(alias, code, None if code == "id" else cls.attribute(code))


def every(cls: ObjectClass) -> Select:
    return Select((ALIAS,), Source(ALIAS, cls))


def by_id(cls: ObjectClass) -> Select:
    """One object; its id is the argument ``id``."""
    return Select((ALIAS,), Source(ALIAS, cls), (), Binary("=", field(cls, "id"), Param("id")))


def by_ids(cls: ObjectClass) -> Select:
    """Several objects; the argument ``ids`` is a list."""
    return Select((ALIAS,), Source(ALIAS, cls), (), InList(field(cls, "id"), (Param("ids"),)))


def pointing_to(cls: ObjectClass, key: str) -> Select:
    """The objects whose key points to one of the argument ``owners`` (a list)."""
    return Select((ALIAS,), Source(ALIAS, cls), (), InList(field(cls, key), (Param("owners"),)))


def pointing_to_one(cls: ObjectClass, key: str) -> Select:
    """The objects whose key points to the argument ``owner``. PostgreSQL plans this once, and for a list each time."""
    return Select((ALIAS,), Source(ALIAS, cls), (), Binary("=", field(cls, key), Param("owner")))


def by_hosts(cls: ObjectClass, host_class: str, host: str) -> Select:
    """What belongs to objects of one of the argument ``classes`` with one of the argument ``ids`` (lists)."""
    classes = InList(field(cls, host_class), (Param("classes"),))
    return Select((ALIAS,), Source(ALIAS, cls), (), Binary("AND", classes, InList(field(cls, host), (Param("ids"),))))


def below(cls: ObjectClass, key: str) -> Select:
    """The object ``id`` (an argument) if it lies below the object ``root`` (an argument) in the tree of ``key``."""
    top = Join("top", cls, field(cls, key), "top", "BELOW")
    here = Binary("=", field(cls, "id"), Param("id"))
    return Select(
        (ALIAS,), Source(ALIAS, cls), (top,), Binary("AND", here, Binary("=", Field("top", "id", None), Param("root")))
    )


def by_criteria(cls: ObjectClass, criteria: Mapping[str, Any]) -> Select:
    """Equality on every member; values are stored values. Raises UnknownAttribute, also for unsearchable ones."""
    where: Expr | None = None
    for code, value in criteria.items():
        attribute = cls.attribute(code)
        if attribute.compared is Compared.NEVER and not isinstance(attribute, (ExternalField, SubItem)):
            raise UnknownAttribute(cls.name, code)
        test = Binary("=", Field(ALIAS, code, attribute), Literal(value))
        where = test if where is None else Binary("AND", where, test)
    return Select((ALIAS,), Source(ALIAS, cls), (), where)


def and_where(query: Query, condition: Expr) -> Query:
    """The query narrowed by a condition that speaks of ``ALIAS``-free fields of each member's selected alias."""
    if isinstance(query, Union):
        return Union(tuple(and_also(member, condition) for member in query.members), query.cls)
    return and_also(query, condition)


def and_also(select: Select, condition: Expr) -> Select:
    """The query with one more condition on its objects."""
    where = condition if select.where is None else Binary("AND", select.where, condition)
    return Select(select.selected, select.source, select.joins, where)


def narrowed(model: Model, query: Query, name: str) -> Query:
    """The query's objects that are of class ``name`` or below: for a key that must meet its target class."""
    cls = query.cls
    if model.is_a(cls.name, name):
        return query
    if isinstance(query, Union):
        return Union(tuple(_of_class(model, member, name) for member in query.members), query.cls)
    return _of_class(model, query, name)


def _of_class(model: Model, select: Select, name: str) -> Select:
    alias, cls = select.selected[0], select.cls
    code = next((c for c, a in cls.attributes.items() if isinstance(a, FinalClass)), None)
    related = model.is_a(cls.name, name) or (code is not None and model.is_a(name, cls.name))
    if code is None or not related:
        return and_also(select, Literal(0))
    names = tuple(Literal(found) for found in model.concrete(name))
    return and_also(select, InList(Field(alias, code, cls.attributes[code]), names))
