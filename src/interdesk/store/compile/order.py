"""The order of objects: what is asked for, then that of the class (its ``order``, else the friendly name), then id."""

from __future__ import annotations

from interdesk.model.attributes import ExternalField, TextValue
from interdesk.store.compile.fields import Fields
from interdesk.store.compile.flavours import EMPTY, Flavour, Sql, func
from interdesk.store.compile.naming import friendly_name
from interdesk.store.compile.sources import Node
from interdesk.store.compile.values import Kind, Typed

By = tuple[tuple[str, bool], ...]  # attribute codes and ``id``, each with True for ascending


def order(fields: Fields, node: Node, flavour: Flavour, by: By = ()) -> list[Sql]:
    """What to sort by. NULL comes before all values, as in MySQL.

    A text column is sorted by ``fold(column)`` and nothing else, so that an index on it serves.
    """
    keys: list[Sql] = []
    for code, ascending in (*by, *node.cls.order):
        if code == "id":
            keys.append(node.id.asc() if ascending else node.id.desc())
            continue
        attribute = node.cls.attribute(code)
        nullable = not isinstance(attribute, TextValue) or isinstance(attribute, ExternalField)
        keys.append(_directed(_sortable(fields.value(node, attribute), node, flavour), ascending, nullable, flavour))
    if not node.cls.order:
        keys.append(_directed(_sortable(friendly_name(fields, node), node, flavour), True, False, flavour))
    return [*keys, node.id.asc()]


def _sortable(value: Typed, node: Node, flavour: Flavour) -> Sql:
    if value.kind in (Kind.TEXT, Kind.SET):
        folded = flavour.ordered(func.fold(value.sql))
        return folded if node.sources.by_class else folded.concat(EMPTY)  # few objects: not by an index
    if value.kind is Kind.ADDRESS:
        return func.oql_inet_aton(value.sql)
    return value.sql


def _directed(sql: Sql, ascending: bool, nullable: bool, flavour: Flavour) -> Sql:
    directed = sql.asc() if ascending else sql.desc()
    if not nullable or flavour.nulls_come_first:
        return directed
    return directed.nulls_first() if ascending else directed.nulls_last()
