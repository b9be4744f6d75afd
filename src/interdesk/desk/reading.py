"""Reading: a query becomes one statement for the rows, and one more for each log, link set or blob column asked for.

Nothing here depends on the number of rows: whatever lies outside the row is fetched for the whole page at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from interdesk.desk.shapes import HEAD, Layout, Narrow, Shapes, positions
from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import LinkedSet, LogEntry
from interdesk.oql.resolved import Query
from interdesk.store import PRESENCE, Compiler, Plan, Session, overlaid

Row = tuple[Any, ...]


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


class Reader:
    """Reads through one session. ``depth``: how many link sets inside link sets are shown.

    ``narrow`` narrows the query for the members of a set to those that may be seen.
    """

    def __init__(
        self, session: Session, model: Model, compiler: Compiler, shapes: Shapes, depth: int, narrow: Narrow
    ) -> None:
        self.session, self.model, self._narrow = session, model, narrow
        self.compiler, self._shapes, self.depth = compiler, shapes, depth

    def one(self, cls: ObjectClass, key: int, fields: tuple[str, ...]) -> Table:
        """The object of that id, if it is of that class: a table of one row or none. Raises UnknownAttribute."""
        shape = self._shapes.by_id(cls, fields)
        rows = self.session.fetch(shape.plan, {"id": key})
        return self._filled(Table(cls, fields, shape.positions, rows), shape.layout, self.depth)

    def whole(self, cls: ObjectClass, key: int) -> dict[str, Any]:
        """All stored values of an object by attribute code, sealed secrets too; {} when there is no such object."""
        shape = self._shapes.whole(cls)
        rows = self.session.fetch(shape.plan, {"id": key})
        if not rows:
            return {}
        places = ((code, shape.positions[code]) for code in shape.fields)
        row = rows[0]
        return {code: row[at] if width == 1 else row[at : at + width] for code, (at, width) in places}

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
        layout = self._shapes.layout(cls, fields)
        plan = self.compiler.select(query, layout.columns, paged=limit > 0)
        rows = self._rows(plan, args, limit, offset)
        table = self._filled(Table(cls, fields, positions(plan, layout), rows), layout, self.depth)
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
        plan = self.compiler.select(query, HEAD, paged=limit > 0)
        found = self._rows(plan, args, limit, offset)
        tables = self._by_final_class(found, choose)
        return Page(self._total(query, args, limit, found), tables, [row[0] for row in found])

    def keys(self, query: Query, args: Mapping[str, Any], limit: int = 0) -> list[tuple[int, str]]:
        """(id, final class) of what a query finds, in its order."""
        plan = self.compiler.select(query, HEAD, paged=limit > 0)
        return [(row[0], row[1]) for row in self._rows(plan, args, limit, 0)]

    def count(self, query: Query, args: Mapping[str, Any]) -> int:
        return int(self.session.fetch(self.compiler.count(query), args)[0][0])

    def _rows(self, plan: Plan, args: Mapping[str, Any], limit: int, offset: int) -> list[Row]:
        if limit > 0:
            args = overlaid({"#limit": limit, "#offset": offset}, args)
        return self.session.fetch(plan, args)

    def _total(self, query: Query, args: Mapping[str, Any], limit: int, rows: Sequence[Row]) -> int:
        return self.count(query, args) if limit > 0 else len(rows)

    def _by_final_class(self, found: Iterable[Row], choose: Callable[[ObjectClass], tuple[str, ...]]) -> list[Table]:
        by_class: dict[str, list[int]] = {}
        for row in found:
            by_class.setdefault(row[1], []).append(row[0])
        tables = []
        for name, keys in by_class.items():
            cls = self.model.cls(name)
            if len(keys) == 1:
                shape = self._shapes.by_id(cls, choose(cls))
                rows = self.session.fetch(shape.plan, {"id": keys[0]})
            else:
                shape = self._shapes.by_ids(cls, choose(cls))
                rows = self.session.fetch(shape.plan, {"ids": keys})
            tables.append(self._filled(Table(cls, shape.fields, shape.positions, rows), shape.layout, self.depth))
        return tables

    def _filled(self, table: Table, layout: Layout, depth: int) -> Table:
        """The table with what lies beside its rows."""
        if not table.rows:
            return table
        for log in layout.logs:
            if keys := _having(table, log.code):
                table.logs[log.code] = self.session.logs(table.cls.root, log.code, keys)
        for link_set in layout.sets if depth > 0 else ():
            if keys := _having(table, link_set.code):
                table.sets[link_set.code] = self._members(link_set, keys, depth)
        if layout.blobs:
            places = [table.positions[code][0] for code in layout.blobs]
            digests = {row[place] for place in places for row in table.rows}
            table.documents = self.session.blobs([digest for digest in digests if digest])
        return table

    def _members(self, link_set: LinkedSet, owners: list[int], depth: int) -> list[tuple[Table, list[int]]]:
        """The members of a set for all owners at once. 1:n members show the fields of the linked class."""
        alone = len(owners) == 1
        shape = self._shapes.members(link_set, self._narrow, alone=alone)
        rows = self.session.fetch(shape.plan, {"owner": owners[0]} if alone else {"owners": owners})
        if not rows:
            return []
        linked = self.model.cls(link_set.linked_class)
        table = self._filled(Table(linked, shape.fields, shape.positions, rows), shape.layout, depth - 1)
        return [(table, [row[shape.owner] for row in rows])]


def _having(table: Table, code: str) -> list[int]:
    """The ids of the rows that have anything in a log or set."""
    place = table.positions[PRESENCE + code][0]
    return [row[0] for row in table.rows if row[place]]
