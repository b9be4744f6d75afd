"""Reading: a query becomes one statement for the rows, and one more for each log, link set or blob column asked for.

Nothing here depends on the number of rows: whatever lies outside the row is fetched for the whole page at once.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from interdesk.desk import queries
from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import (
    Attribute,
    Blob,
    CaseLog,
    Dashboard,
    ExternalField,
    LinkedSet,
    LinkedSetIndirect,
    LogEntry,
    OneWayPassword,
    Secret,
)
from interdesk.oql.resolved import Query
from interdesk.store import Compiler, Plan, Session

Row = tuple[Any, ...]
Places = tuple[tuple[int, int], ...]  # (start, width) of each field in a row


@dataclass(slots=True)
class Table:
    """Objects of one class with the same fields.

    A row starts with the id and the final class; ``positions`` tells where a field's columns lie in it (start,
    width). Fields that are not in ``positions`` are in ``logs`` (attribute -> id -> entries) or ``sets``
    (attribute -> tables of members, each with the owner of each of its rows); secrets and dashboards are
    nowhere. ``documents`` has the bytes of all blobs by digest.
    """

    cls: ObjectClass
    fields: tuple[str, ...]
    positions: Mapping[str, tuple[int, int]]
    rows: list[Row]
    logs: dict[str, dict[int, list[LogEntry]]] = field(default_factory=dict)
    sets: dict[str, list[tuple[Table, list[int]]]] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Page:
    """Objects, by table. ``total`` counts all that the query finds, whatever the limit.

    ``order`` has the ids in the order of the query when there are several tables, None when the one table has it.
    """

    total: int
    tables: list[Table]
    order: list[int] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """What of a list of fields lies in the row, and what beside it."""

    stored: tuple[str, ...]
    logs: tuple[CaseLog, ...]
    sets: tuple[LinkedSet, ...]
    blobs: tuple[str, ...]


def layout_of(cls: ObjectClass, fields: Sequence[str]) -> Layout:
    stored: list[str] = []
    logs: list[CaseLog] = []
    sets: list[LinkedSet] = []
    blobs: list[str] = []
    for code in dict.fromkeys(fields):
        attribute: Attribute | None = None if code in ("id", "finalclass") else cls.attribute(code)
        match attribute:
            case None:
                continue
            case CaseLog():
                logs.append(attribute)
                continue
            case LinkedSet():
                sets.append(attribute)
                continue
            case OneWayPassword() | Secret() | Dashboard():
                continue
            case Blob():
                blobs.append(code)
        stored.append(code)
    return Layout(tuple(stored), tuple(logs), tuple(sets), tuple(blobs))


def member_fields(linked: ObjectClass, link_set: LinkedSet) -> tuple[str, ...]:
    """The attributes that a member of a set shows: all but the key back to the owner and what hangs on that key."""
    back = link_set.ext_key_to_me
    return tuple(
        code
        for code, attribute in linked.attributes.items()
        if code != back and not (isinstance(attribute, ExternalField) and attribute.ext_key == back)
    )


class Reader:
    """Reads through one session. ``depth``: how many link sets inside link sets are shown."""

    def __init__(self, session: Session, model: Model, compiler: Compiler, depth: int) -> None:
        self.session, self.model = session, model
        self.compiler, self.depth = compiler, depth

    def one(self, cls: ObjectClass, key: int, fields: tuple[str, ...]) -> Table:
        """The object of that id, if it is of that class: a table of one row or none."""
        layout = layout_of(cls, fields)
        plan = self._by_id(cls, layout.stored)
        rows = self.session.fetch(plan, {"id": key})
        return self._table(cls, fields, layout, plan.statement.layout, rows, self.depth)

    def page(
        self,
        query: Query,
        fields: tuple[str, ...],
        args: Mapping[str, Any],
        limit: int = 0,
        offset: int = 0,
    ) -> Page:
        """Objects that all show the same fields, which must be attributes of the query's class."""
        cls = query.cls
        layout = layout_of(cls, fields)
        plan = self.compiler.select(query, ("id", "finalclass", *layout.stored), paged=limit > 0)
        rows = self._rows(plan, args, limit, offset)
        table = self._table(cls, fields, layout, plan.statement.layout, rows, self.depth)
        return Page(self._total(query, args, limit, rows), [table])

    def mixed(
        self,
        query: Query,
        choose: Callable[[ObjectClass], tuple[str, ...]],
        args: Mapping[str, Any],
        limit: int = 0,
        offset: int = 0,
    ) -> Page:
        """Objects whose fields depend on their final class: one statement for the ids, one for each class found."""
        plan = self.compiler.select(query, ("id", "finalclass"), paged=limit > 0)
        found = self._rows(plan, args, limit, offset)
        tables = self._by_final_class(found, choose)
        return Page(self._total(query, args, limit, found), tables, [row[0] for row in found])

    def keys(self, query: Query, args: Mapping[str, Any], limit: int = 0) -> list[tuple[int, str]]:
        """(id, final class) of what a query finds, in its order."""
        plan = self.compiler.select(query, ("id", "finalclass"), paged=limit > 0)
        return [(row[0], row[1]) for row in self._rows(plan, args, limit, 0)]

    def count(self, query: Query, args: Mapping[str, Any]) -> int:
        return int(self.session.fetch(self.compiler.count(query), args)[0][0])

    def _rows(self, plan: Plan, args: Mapping[str, Any], limit: int, offset: int) -> list[Row]:
        if limit > 0:
            args = ChainMap({"#limit": limit, "#offset": offset}, args)  # type: ignore[arg-type]
        return self.session.fetch(plan, args)

    def _total(self, query: Query, args: Mapping[str, Any], limit: int, rows: Sequence[Row]) -> int:
        return self.count(query, args) if limit > 0 else len(rows)

    def _by_id(self, cls: ObjectClass, stored: tuple[str, ...]) -> Plan:
        plan: Plan = self.compiler.select(queries.by_id(cls), ("id", "finalclass", *stored), ordered=False)
        return plan

    def _by_final_class(self, found: Iterable[Row], choose: Callable[[ObjectClass], tuple[str, ...]]) -> list[Table]:
        by_class: dict[str, list[int]] = {}
        for row in found:
            by_class.setdefault(row[1], []).append(row[0])
        tables = []
        for name, keys in by_class.items():
            cls = self.model.cls(name)
            fields = choose(cls)
            layout = layout_of(cls, fields)
            plan = self.compiler.select(queries.by_ids(cls), ("id", "finalclass", *layout.stored), ordered=False)
            rows = self.session.fetch(plan, {"ids": keys})
            tables.append(self._table(cls, fields, layout, plan.statement.layout, rows, self.depth))
        return tables

    def _table(
        self, cls: ObjectClass, fields: tuple[str, ...], layout: Layout, places: Places, rows: list[Row], depth: int
    ) -> Table:
        names = ("id", "finalclass", *layout.stored)
        positions = dict(zip(names, places, strict=True))
        table = Table(cls, fields, positions, rows)
        if not rows:
            return table
        keys = [row[0] for row in rows]
        for log in layout.logs:
            table.logs[log.code] = self.session.logs(cls.root, log.code, keys)
        for link_set in layout.sets:
            table.sets[link_set.code] = self._members(link_set, keys, depth) if depth > 0 else []
        if layout.blobs:
            digests = {row[positions[code][0]] for code in layout.blobs for row in rows}
            table.documents = self.session.blobs([digest for digest in digests if digest])
        return table

    def _members(self, link_set: LinkedSet, owners: list[int], depth: int) -> list[tuple[Table, list[int]]]:
        """The members of a set for all owners at once. 1:n members show the fields of the linked class."""
        linked = self.model.cls(link_set.linked_class)
        fields = member_fields(linked, link_set)
        layout = layout_of(linked, fields)
        query = queries.pointing_to(linked, link_set.ext_key_to_me)
        names = ("id", "finalclass", *layout.stored, link_set.ext_key_to_me)
        plan = self.compiler.select(query, names, ordered=not isinstance(link_set, LinkedSetIndirect))
        rows = self.session.fetch(plan, {"owners": owners})
        if not rows:
            return []
        *places, (owner_at, _) = plan.statement.layout  # the owner stands last
        table = self._table(linked, fields, layout, tuple(places), rows, depth - 1)
        return [(table, [row[owner_at] for row in rows])]
