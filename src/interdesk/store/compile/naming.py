"""The friendly name as SQL: the parts that a class's naming lists, set into its format."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa

from interdesk.model import Naming, ObjectClass
from interdesk.model.attributes import TextValue
from interdesk.store.compile.flavours import EMPTY, Sql, func, quoted
from interdesk.store.compile.sources import Node
from interdesk.store.compile.values import Kind, Typed
from interdesk.store.friendly import pieces

if TYPE_CHECKING:
    from interdesk.store.compile.fields import Fields

Key = TypeVar("Key", bound=Hashable)


def grouped(node: Node, key: Callable[[ObjectClass], Key]) -> dict[Key, tuple[str, ...]]:
    """The concrete classes that the rows of a node may have, by what ``key`` says of them."""
    groups: dict[Key, tuple[str, ...]] = {}
    model = node.sources.model
    for name in model.concrete(node.cls.name):
        found = key(model.cls(name))
        groups[found] = (*groups.get(found, ()), name)
    return groups


def friendly_name(fields: Fields, node: Node) -> Typed:
    """The friendly name of a node's object, NULL when there is no object."""

    def naming(cls: ObjectClass) -> tuple[Naming, str]:
        # Without parts the name is that of the class.
        return (cls.naming, "") if cls.naming.attributes else (cls.naming, cls.name)

    groups = list(grouped(node, naming).items())
    if not groups:
        return Typed(Kind.TEXT, sa.cast(sa.null(), sa.Text()))
    named = [(names, _composed(fields, node, rule, node.sources.model.cls(names[0]))) for (rule, _), names in groups]
    if all(sql is named[0][1] or sql.compare(named[0][1]) for _, sql in named):
        sql = named[0][1]
        return Typed(Kind.TEXT, sql if isinstance(sql, sa.Column) else node.present(sql))
    column = node.table.c.finalclass
    return Typed(Kind.TEXT, sa.case(*((column.in_([quoted(n) for n in names]), sql) for names, sql in named)))


def _composed(fields: Fields, node: Node, naming: Naming, cls: ObjectClass) -> Sql:
    if not naming.attributes:
        return quoted(cls.name)
    parts = [
        quoted(piece) if isinstance(piece, str) else _part(fields, node, naming.attributes[piece], cls)
        for piece in pieces(naming)
    ]
    sql = parts[0] if parts else EMPTY
    for part in parts[1:]:
        sql = sql.concat(part)
    return sql


def _part(fields: Fields, node: Node, code: str, cls: ObjectClass) -> Sql:
    """One part of a name: empty when NULL."""
    if code == "id":
        return fields.to.text(Typed(Kind.INTEGER, node.id))
    attribute = cls.attribute(code)
    text = fields.to.text(fields.value(node, attribute, cls))
    return text if isinstance(attribute, TextValue) else func.coalesce(text, EMPTY)
