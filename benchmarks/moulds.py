"""Moulds: what the desk writes when something happens, taken once and cast any number of times.

A scenario runs through the desk inside a transaction that is undone afterwards. All rows that it has written (objects,
links, changes, operations, log entries) become a mould. A cast has the same rows with other ids, other objects that
they point to, other texts, and all dates moved by whole weeks, so that working hours stay what they were.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from interdesk.desk import SYSTEM, Desk, Transaction
from interdesk.desk.clock import as_text
from interdesk.model import Model
from interdesk.model.attributes import ExternalKey, ObjectKey
from interdesk.store import WriteSession
from interdesk.store.bulk import Bulk
from interdesk.store.schema import Schema

DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
MARK = re.compile(r"@(\w+)@|(\w+)@mark\.example")  # a text that each cast has of its own; the second for addresses
# Columns that hold the id of an object whose class another column names.
NAMED = {"objkey": "objclass", "item_id": "item_class", "object": "class", "fclass": ""}


class Stage:
    """What a scenario works with: transactions at chosen moments within one session."""

    def __init__(self, desk: Desk, session: WriteSession, start: dt.datetime) -> None:
        self._desk, self._session, self.now = desk, session, start

    def at(self, minutes: int, comment: str) -> Transaction:
        """A transaction some minutes later than the one before."""
        self.now += dt.timedelta(minutes=minutes)
        tx = Transaction(self._desk, self._session, SYSTEM, comment, "interactive")
        tx.now = as_text(self.now)
        return tx


Scenario = Callable[[Stage], None]


@dataclass(frozen=True, slots=True)
class Part:
    """A row of a mould: ``changes`` are places in the row, each with the place of its value in a casting."""

    table: str
    row: list[Any]
    changes: tuple[tuple[int, int], ...]
    dates: tuple[int, ...]


@dataclass
class Mould:
    """``new`` counts the new rows of each table; ``names`` are what a cast is given, ids and texts."""

    parts: list[Part]
    new: dict[str, int]
    values: dict[tuple[str, Any], int]
    refs: list[tuple[int, str, int]]  # place in a casting, format, the new row's place
    moved: dict[int, list[list[Any]]] = field(default_factory=dict)

    def rows(self, week: int) -> list[list[Any]]:
        """The rows of all parts, their dates moved by some weeks."""
        if (rows := self.moved.get(week)) is None:
            shift = dt.timedelta(weeks=week)
            rows = [part.row.copy() for part in self.parts]
            for part, row in zip(self.parts, rows, strict=True):
                for place in part.dates:
                    row[place] = as_text(dt.datetime.fromisoformat(row[place]) + shift)
            self.moved[week] = rows
        return rows


class Foundry:
    """Makes moulds of one desk, and puts casts into its tables. Keep it within one write session."""

    def __init__(self, desk: Desk, session: WriteSession, batch: int = 200_000) -> None:
        self._desk, self._session, self.bulk, self._batch = desk, session, Bulk.of(session), batch
        self._schema: Schema = desk.store.schema
        tables = self._schema.metadata.tables
        self.tables = [name for name in tables if "id" in tables[name].columns]
        self.columns = {name: [column.name for column in tables[name].columns] for name in self.tables}
        self._targets = _targets(desk.model, self._schema)
        self.next = {name: self.bulk.highest(name) + 1 for name in self.tables}
        self._waiting: dict[str, list[list[Any]]] = {name: [] for name in self.tables}
        self._held = 0

    def mould(self, scenario: Scenario, start: dt.datetime, known: Mapping[str, tuple[str, int]]) -> Mould:
        """``known``: existing objects that the scenario uses, name -> (class, id); a cast may take others."""
        before = {name: self.bulk.highest(name) for name in self.tables}
        found: dict[str, list[tuple[Any, ...]]] = {}
        try:
            with self._session.part():
                scenario(Stage(self._desk, self._session, start))
                found = {name: rows for name in self.tables if (rows := self.bulk.above(name, before[name]))}
                raise _Undone
        except _Undone:
            pass
        return _Maker(self, found, {(self._root(cls), key): name for name, (cls, key) in known.items()}).mould()

    def cast(self, mould: Mould, week: int, given: Mapping[str, Any]) -> dict[str, int]:
        """Adds the rows of a cast; the first new id of each table."""
        first = {}
        values: list[Any] = [None] * (len(mould.values) + len(mould.refs))
        for table, count in mould.new.items():
            first[table] = self.next[table]
            self.next[table] += count
        for (kind, what), place in mould.values.items():
            if kind == "new":
                values[place] = first[what[0]] + what[1]
            elif kind == "new text":
                values[place] = str(first[what[0]] + what[1])
            else:
                values[place] = str(given[what]) if kind == "text" else given[what]
        for place, shape, new in mould.refs:
            values[place] = shape.format(values[new])
        for part, row in zip(mould.parts, mould.rows(week), strict=True):
            row = row.copy()
            for place, source in part.changes:
                row[place] = values[source]
            self._waiting[part.table].append(row)
        self._held += len(mould.parts)
        if self._held >= self._batch:
            self.flush()
        return first

    def flush(self) -> None:
        for table, rows in self._waiting.items():
            if rows:
                self.bulk.put(table, self.columns[table], rows)
                self._waiting[table] = []
        self._held = 0

    def finish(self) -> None:
        """Everything is in its table, and no id is given twice."""
        self.flush()
        for table, key in self.next.items():
            if key > 1:
                self.bulk.claim(table, key - 1)

    def root_of(self, name: str) -> str | None:
        return self._root(name) if name in self._desk.model.classes else None

    def _root(self, name: str) -> str:
        return str(self._schema.table(name).name)

    def target(self, table: str, column: str) -> str | None:
        """The table that a key's column points into."""
        return self._targets.get((table, column))


def _targets(model: Model, schema: Schema) -> dict[tuple[str, str], str]:
    found = {}
    for cls in model.classes.values():
        for code, attribute in cls.attributes.items():
            if isinstance(attribute, ExternalKey) and not isinstance(attribute, ObjectKey):
                (column,) = schema.columns(cls.name, code)
                found[str(column.table.name), column.name] = str(schema.table(attribute.target_class).name)
    return found


class _Undone(Exception):
    """Ends a scenario: nothing of it stays."""


class _Maker:
    """Finds out which values of the written rows are ids and texts that another cast has otherwise."""

    def __init__(
        self, foundry: Foundry, found: Mapping[str, list[tuple[Any, ...]]], known: Mapping[tuple[str, int], str]
    ) -> None:
        self._foundry, self._found, self._known = foundry, found, known
        self._new = {(table, row[0]): number for table, rows in found.items() for number, row in enumerate(rows)}
        self._values: dict[tuple[str, Any], int] = {}
        self._refs: dict[tuple[str, int], int] = {}

    def mould(self) -> Mould:
        parts = [self._part(table, row) for table, rows in self._found.items() for row in rows]
        # References are written last: they are made of ids.
        base = len(self._values)
        parts = [
            Part(p.table, p.row, tuple((at, base - 1 - to if to < 0 else to) for at, to in p.changes), p.dates)
            for p in parts
        ]
        refs = [(base + number, shape, new) for (shape, new), number in self._refs.items()]
        return Mould(parts, {table: len(rows) for table, rows in self._found.items()}, self._values, refs)

    def _part(self, table: str, row: tuple[Any, ...]) -> Part:
        columns = self._foundry.columns[table]
        named = dict(zip(columns, row, strict=True))
        changes, dates = [], []
        for place, (column, value) in enumerate(named.items()):
            source = self._source(table, column, value, named)
            if source is not None:
                changes.append((place, source))
            elif isinstance(value, str) and DATE.fullmatch(value):
                dates.append(place)
        return Part(table, list(row), tuple(changes), tuple(dates))

    def _source(self, table: str, column: str, value: Any, named: Mapping[str, Any]) -> int | None:
        if column == "id":
            return self._value("new", (table, self._new[table, value]))
        if isinstance(value, str):
            return self._text(table, column, value, named)
        if not isinstance(value, int) or not value:
            return None
        if column in NAMED:
            target = self._foundry.root_of(named[NAMED[column]] or "")
        elif column == "link_id":
            return next((self._key(root, value) for root, key in self._new if key == value and "lnk" in root), None)
        else:
            target = self._foundry.target(table, column)
        return self._key(target, value) if target else None

    def _key(self, table: str, key: int, text: bool = False) -> int | None:
        if (table, key) in self._new:
            return self._value("new text" if text else "new", (table, self._new[table, key]))
        if (table, key) in self._known:
            return self._value("text" if text else "given", self._known[table, key])
        return None

    def _text(self, table: str, column: str, value: str, named: Mapping[str, Any]) -> int | None:
        if mark := MARK.fullmatch(value):
            return self._value("text", mark[1] or mark[2])
        if found := re.fullmatch(r"([A-Z])-(\d{6})", value):
            new = self._value("new", (table, self._new[table, int(found[2])]))
            return -1 - self._refs.setdefault((found[1] + "-{:06d}", new), len(self._refs))
        if column in ("oldvalue", "newvalue") and value.isdecimal():
            cls = self._foundry.root_of(named["objclass"])
            target = self._foundry.target(cls, named["attcode"]) if cls else None
            return self._key(target, int(value), text=True) if target else None
        return None

    def _value(self, kind: str, what: Any) -> int:
        return self._values.setdefault((kind, what), len(self._values))


def weeks(count: int, over: int) -> Iterator[int]:
    """``count`` numbers of weeks that grow evenly from 0 to ``over``."""
    for number in range(count):
        yield number * over // max(1, count)
