"""What an attribute is as SQL: a column, something seen through keys, or something computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from interdesk.errors import StoreError
from interdesk.model import ObjectClass
from interdesk.model.attributes import (
    Attribute,
    CaseLog,
    ClassName,
    ColumnKind,
    Compared,
    Enum,
    ExternalField,
    ExternalKey,
    FinalClass,
    FriendlyName,
    LinkedSet,
    MetaEnum,
    ObsolescenceFlag,
    StopWatch,
    SubItem,
)
from interdesk.store.compile.flavours import BLANK, EMPTY, Sql, quoted, whole
from interdesk.store.compile.fold import folded
from interdesk.store.compile.naming import friendly_name, grouped
from interdesk.store.compile.sources import Node
from interdesk.store.compile.values import Conversions, Kind, Typed

KINDS: Mapping[Compared, Kind] = {
    Compared.TEXT: Kind.TEXT,
    Compared.NEVER: Kind.TEXT,
    Compared.CODE: Kind.CODE,
    Compared.DATE: Kind.DATE,
    Compared.DATETIME: Kind.DATETIME,
    Compared.ADDRESS: Kind.ADDRESS,
    Compared.SET: Kind.SET,
}
PRESENCE = "?"  # before the code of a link set or case log: only whether there is anything
# Compiles the obsolescence condition of a class for a node.
Obsolete = Callable[[Node, ObjectClass], Sql | None]


class Fields:
    """The attributes of nodes as typed SQL."""

    def __init__(self, to: Conversions, obsolete: Obsolete) -> None:
        self.to, self._obsolete = to, obsolete
        self._computed: Mapping[type[Attribute], Callable[[Node, Any, ObjectClass], Typed]] = {
            FriendlyName: lambda node, _, cls: friendly_name(self, node),
            ObsolescenceFlag: lambda node, _, cls: self.obsolescence(node),
            FinalClass: lambda node, _, cls: self.final_class(node),
            ExternalField: self.seen,
            CaseLog: lambda node, log, cls: self.log(node, log, cls),
            MetaEnum: lambda node, meta, cls: self.meta(node, meta),
            SubItem: lambda node, item, cls: self.watch(node, cls.attribute(item.watch), item.item, cls),
            StopWatch: lambda node, watch, cls: self.watch(node, watch, "timespent", cls),
        }

    def field(self, node: Node, code: str, attribute: Attribute | None, item: str | None) -> Typed:
        """A field of a query. Raises StoreError for an attribute without values to compare."""
        if attribute is None:
            return Typed(Kind.INTEGER, node.id)
        if item is not None:
            return self.watch(node, attribute, item, node.cls)
        return self.value(node, attribute)

    def value(self, node: Node, attribute: Attribute, cls: ObjectClass | None = None) -> Typed:
        """An attribute of the node's class, or of its sub-class ``cls``."""
        cls = cls or node.cls
        if computed := self._computed.get(type(attribute)):
            return computed(node, attribute, cls)
        columns = node.columns(attribute.code, cls)
        if len(columns) != 1:
            raise StoreError(f"{node.cls.name}::{attribute.code} ({attribute.type_name}) has no value to compare")
        if attribute.compared is Compared.NUMBER:
            real = attribute.columns()[0].kind is ColumnKind.REAL
            return Typed(Kind.REAL if real else Kind.INTEGER, columns[0])
        return Typed(KINDS[attribute.compared], columns[0], self._codes(node, attribute))

    def output(self, node: Node, code: str) -> list[Sql]:
        """The columns of a requested field: several for a blob or a stop watch. Raises UnknownAttribute."""
        if code == "id":
            return [node.id]
        if code == "finalclass":  # every table has the column, also where the class has no such attribute
            return [node.table.c.finalclass]
        if code.startswith(PRESENCE):
            return [self.presence(node, node.cls.attribute(code.removeprefix(PRESENCE)))]
        attribute = node.cls.attribute(code)
        if isinstance(attribute, ExternalField):
            target, seen = self.target(node, attribute, node.cls)
            return self.output(target, "id" if seen is None else seen.code)
        if type(attribute) not in self._computed or isinstance(attribute, StopWatch):
            if columns := list(node.columns(code, node.cls)):
                return columns
            raise StoreError(f"{node.cls.name}::{code} ({attribute.type_name}) is not kept with its object")
        return [self.value(node, attribute).sql]

    def seen(self, node: Node, attribute: ExternalField, cls: ObjectClass) -> Typed:
        target, seen = self.target(node, attribute, cls)
        return Typed(Kind.INTEGER, target.id) if seen is None else self.value(target, seen)

    def target(self, node: Node, attribute: ExternalField, cls: ObjectClass) -> tuple[Node, Attribute | None]:
        """Where an external field of ``cls`` ends: a node, and an attribute of its class (None: its id)."""
        key, holder, holding = cls.attribute(attribute.ext_key), node, cls
        while isinstance(key, ExternalField):
            holder, found = self.target(holder, key, holding)
            holding = holder.cls
            if found is None:
                break
            key = found
        if not isinstance(key, ExternalKey) or not key.target_class:
            raise StoreError(f"{cls.name}::{attribute.code} is seen through {attribute.ext_key}, which is no key")
        path = key.code if holder.cls.attributes.get(key.code) is key else f"{holding.name}.{key.code}"
        target = holder.sources.hop(holder, path, holder.columns(key.code, holding)[0], key.target_class)
        if attribute.target_attribute == "id":
            return target, None
        return target, target.cls.attribute(attribute.target_attribute)

    def presence(self, node: Node, attribute: Attribute) -> Sql:
        """Whether a link set has members, or a case log entries. Raises StoreError for other attributes."""
        schema = node.sources.schema
        if isinstance(attribute, LinkedSet):
            table = schema.table(attribute.linked_class).alias()
            (key,) = schema.columns(attribute.linked_class, attribute.ext_key_to_me)
            # Where most keys point to nothing, PostgreSQL takes any value for a common one and reads the whole table.
            is_member = (table.c[key.name] == node.id, table.c[key.name] > whole(0))
            return sa.exists(sa.select(whole(1)).where(*is_member).correlate(node.table))
        if isinstance(attribute, CaseLog):
            entry = schema.log_entry.alias()
            same = (entry.c["class"] == quoted(node.cls.root), entry.c.object == node.id)
            of_log = (*same, entry.c.attribute == quoted(attribute.code))
            return sa.exists(sa.select(whole(1)).where(*of_log).correlate(node.table))
        raise StoreError(f"{node.cls.name}::{attribute.code} ({attribute.type_name}) is kept with its object")

    def log(self, node: Node, log: CaseLog, cls: ObjectClass) -> Typed:
        """The messages of all entries as one text, '' without entries."""
        entry = node.sources.schema.log_entry.alias()
        messages = sa.func.aggregate_strings(entry.c.message, BLANK)  # type: ignore[arg-type] # literal, not bound
        of_object = (entry.c["class"] == quoted(cls.root), entry.c.object == node.id)
        of_log = (*of_object, entry.c.attribute == quoted(log.code))
        found = sa.select(messages).where(*of_log).correlate(node.table).scalar_subquery()
        return Typed(Kind.TEXT, node.present(sa.func.coalesce(found, EMPTY)))

    def final_class(self, node: Node) -> Typed:
        return Typed(Kind.CODE, node.table.c.finalclass, self._class_names(node))

    def obsolescence(self, node: Node) -> Typed:
        """1 for objects that meet the condition of their class, else 0."""
        groups = grouped(node, lambda cls: _declaring(node, cls))
        cases = []
        for declaring, names in groups.items():
            condition = None if declaring is None else self._obsolete(node, declaring)
            if condition is not None:
                restricted = [] if len(groups) == 1 else [_is_one_of(node, names)]
                cases.append((sa.and_(*restricted, condition), whole(1)))
        return Typed(Kind.INTEGER, node.present(sa.case(*cases, else_=whole(0)) if cases else whole(0)))

    def meta(self, node: Node, attribute: MetaEnum) -> Typed:
        """A code derived from another attribute's code, by the mapping of the nearest class."""

        def mapping(cls: ObjectClass) -> str | None:
            return next((name for name in (cls.name, *cls.ancestors) if name in attribute.mappings), None)

        default = quoted(str(attribute.default)) if attribute.default else sa.cast(sa.null(), sa.Text())
        cases: list[tuple[Sql, Sql]] = []
        for declared, names in grouped(node, mapping).items():
            if declared is None:
                continue
            source = attribute.mappings[declared]
            own = node.sources.model.cls(names[0])
            if source.attribute not in own.attributes:
                continue
            value = self.value(node, own.attribute(source.attribute), own).sql
            codes = [(value == quoted(code), quoted(meta)) for code, meta in source.values.items()]
            if codes:
                cases.append((_is_one_of(node, names), sa.case(*codes, else_=default)))
        sql = node.present(sa.case(*cases, else_=default) if cases else default)
        return Typed(Kind.CODE, sql, self._codes(node, attribute))

    def watch(self, node: Node, watch: Attribute, item: str, cls: ObjectClass) -> Typed:
        """An item of a stop watch. A threshold is passed when its deadline is over or it was overrun."""
        if not isinstance(watch, StopWatch):
            raise StoreError(f"{cls.name}::{watch.code} is no stop watch: it has no item {item}")
        items = (column.suffix.removeprefix("_") for column in watch.columns())
        columns = dict(zip(items, node.columns(watch.code, cls), strict=True))
        if item.endswith("_passed"):
            percent = item.removesuffix("_passed")
            over = columns[f"{percent}_deadline"] <= self.to.now().sql
            passed = sa.or_(over, columns[f"{percent}_overrun"] > whole(0))
            return Typed(Kind.INTEGER, node.present(sa.case((passed, whole(1)), else_=whole(0))))
        kind = Kind.DATETIME if watch.items()[item] is Compared.DATETIME else Kind.INTEGER
        return Typed(kind, columns[item])

    def _codes(self, node: Node, attribute: Attribute) -> Mapping[str, str]:
        if isinstance(attribute, Enum):
            return {folded(code): code for code in attribute.values}
        return self._class_names(node) if isinstance(attribute, ClassName) else {}

    def _class_names(self, node: Node) -> Mapping[str, str]:
        return {folded(name): name for name in node.sources.model.classes}


def _declaring(node: Node, cls: ObjectClass) -> ObjectClass | None:
    """The class or nearest ancestor that declares an obsolescence condition."""
    for name in (cls.name, *cls.ancestors):
        found = node.sources.model.cls(name)
        if found.obsolescence is not None:
            return found
    return None


def _is_one_of(node: Node, names: tuple[str, ...]) -> Sql:
    return node.table.c.finalclass.in_([quoted(name) for name in names])
