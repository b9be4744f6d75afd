"""Resolved query -> compiled statement, kept for all queries of the same shape."""

from __future__ import annotations

import gc
import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from interdesk.model import Model
from interdesk.oql import resolved as oql
from interdesk.store.compile.flavours import FLAVOURS
from interdesk.store.compile.order import By, order
from interdesk.store.compile.queries import Queries, finished
from interdesk.store.compile.shape import lift, slotted
from interdesk.store.compile.statement import Argument, Plan, Statement
from interdesk.store.compile.values import Conversions
from interdesk.store.schema import Schema

KEPT_STATEMENTS = 1_000


class Compiler:
    """Thread-safe. ``dialect`` is ``sqlite`` or ``postgresql``."""

    def __init__(self, model: Model, schema: Schema, dialect: str, kept: int = KEPT_STATEMENTS) -> None:
        self.model, self.schema = model, schema
        self.flavour = FLAVOURS[dialect]()
        self._kept = kept
        self._statements: OrderedDict[Hashable, Statement] = OrderedDict()
        self._lock = threading.Lock()

    def select(
        self, query: oql.Query, fields: tuple[str, ...], *, ordered: bool = True, paged: bool = False, by: By = ()
    ) -> Plan:
        """A plan that reads ``fields`` (attribute codes of ``query.cls``, ``id``) of the objects found, each once.

        ``ordered``: by the attributes of ``by`` first, then by the default order of the class. ``paged``: a run needs
        the arguments ``#limit`` and ``#offset``. Raises UnknownAttribute, NotASet, and StoreError for a query that
        cannot be compiled.
        """
        shape, literals = lift(query)
        key = (shape, fields, ordered, paged, by)
        statement = self._known(key)
        if statement is None:
            statement = self._keep(key, self._select(slotted(query), fields, ordered, paged, by))
        return Plan(statement, literals)

    def count(self, query: oql.Query) -> Plan:
        """A plan that answers one row with the number of objects. Raises as ``select``."""
        shape, literals = lift(query)
        key = (shape, "count")
        statement = self._known(key)
        if statement is None:
            statement = self._keep(key, self._count(slotted(query)))
        return Plan(statement, literals)

    def pairs(self, query: oql.Select, given: oql.Source | oql.Field) -> Plan:
        """A plan for many objects at once where ``select`` would need one run for each.

        The condition of ``query`` may speak of the alias of ``given``, which stands beside its sources; or
        ``given`` is a key among its own sources. A row is the id of ``given`` (the value of the key), then id, final
        class and friendly name of an object that the query finds for it; pairs may come repeatedly, and in any order.
        Raises as ``select``.
        """
        shape, literals = lift(query)
        key = (shape, "pairs", given)
        statement = self._known(key)
        if statement is None:
            lifted = slotted(query)
            assert isinstance(lifted, oql.Select)
            statement = self._keep(key, self._pairs(lifted, given))
        return Plan(statement, literals)

    def __len__(self) -> int:
        """How many statements are kept."""
        return len(self._statements)

    def _known(self, key: Hashable) -> Statement | None:
        with self._lock:
            found = self._statements.get(key)
            if found is not None:
                self._statements.move_to_end(key)
            return found

    def _keep(self, key: Hashable, statement: Statement) -> Statement:
        with self._lock:
            self._statements[key] = statement
            if len(self._statements) > self._kept:
                self._statements.popitem(last=False)
        # What it was made from lies in circles, a thousand objects for a statement: now, while it is young, is it
        # gone through fastest, and its memory serves the next one.
        gc.collect(0)
        return statement

    def _count(self, query: oql.Query) -> Statement:
        queries = Queries(self.model, self.schema, self.flavour)
        node = queries.found(query)
        return self._statement(finished(sa.select(sa.func.count()), node.sources), queries.to, ((0, 1),))

    def _pairs(self, query: oql.Select, given: oql.Source | oql.Field) -> Statement:
        queries = Queries(self.model, self.schema, self.flavour)
        found, start = queries.paired(query, given)
        (name,) = queries.fields.output(found, "friendlyname")
        columns = (start.label("c0"), found.id.label("c1"), found.table.c.finalclass.label("c2"), name.label("c3"))
        select = finished(sa.select(*columns), found.sources)
        gathered = self.flavour.gathered(select)
        layout = ((0, 1), (1, 1), (2, 1), (3, 1))
        return self._statement(select if gathered is None else gathered, queries.to, layout, gathered is not None)

    def _select(self, query: oql.Query, fields: tuple[str, ...], ordered: bool, paged: bool, by: By) -> Statement:
        queries = Queries(self.model, self.schema, self.flavour)
        node = queries.found(query)
        keys = order(queries.fields, node, self.flavour, by) if ordered else []
        tables = len(node.sources.tables)
        columns: list[Any] = []
        layout: list[tuple[int, int]] = []
        for code in fields:
            found = queries.fields.output(node, code)
            layout.append((len(columns), len(found)))
            # Labels keep two equal columns of a row apart.
            columns += [column.label(f"c{len(columns) + place}") for place, column in enumerate(found)]
        if paged and len(node.sources.tables) > tables:
            # The page is found first: only its objects need what the fields alone have joined.
            node.sources.conditions = [node.id.in_(self._page(queries, query, ordered, by))]
            paged = False
        select = finished(sa.select(*(columns or [sa.literal_column("1")])), node.sources).order_by(*keys)
        return self._statement(queries.page(select) if paged else select, queries.to, tuple(layout))

    def _page(self, queries: Queries, query: oql.Query, ordered: bool, by: By) -> sa.Select[Any]:
        """The ids of a page."""
        node = queries.found(query, level=1)
        keys = order(queries.fields, node, self.flavour, by) if ordered else []
        return queries.page(finished(sa.select(node.id), node.sources).order_by(*keys))

    def _statement(
        self, select: sa.Select[Any], to: Conversions, layout: tuple[tuple[int, int], ...], gathered: bool = False
    ) -> Statement:
        compiled = select.compile(dialect=self.flavour.dialect)
        slots = tuple(to.slots[name] for name in compiled.positiontup or ())
        names = {slot.origin.text for slot in slots if isinstance(slot.origin, Argument)}
        arguments = tuple(sorted(name for name in names if not name.startswith("#")))
        tables = frozenset(found.name for found in visitors.iterate(select) if isinstance(found, sa.Table))
        return Statement(str(compiled), slots, layout, arguments, gathered, tables)
