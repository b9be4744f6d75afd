"""A stop watch computed anew from the history of its object: every interval, what it counted, and the outcome.

The history has each change of the state and of what the goal depends on, with its moment. Agreements and coverage
windows are taken as they are now. Whether a threshold's actions were run is not to be computed: it is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from interdesk import oql
from interdesk.desk.clocks import Value
from interdesk.desk.goals import INPUTS, METRICS, Goals, Target
from interdesk.desk.reading import Reader
from interdesk.desk.watches import settled
from interdesk.desk.working_time import moment
from interdesk.errors import BadValue, NotFound
from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import ExternalKey, StopWatch

CREATED = "SELECT CMDBChangeOpCreate WHERE objclass = :cls AND objkey = :key"
CHANGED = "SELECT CMDBChangeOpSetAttributeScalar WHERE objclass = :cls AND objkey = :key AND attcode IN (:codes)"


@dataclass(frozen=True, slots=True)
class Interval:
    """A stay in one state. ``end`` None: it lasts; ``seconds`` are those that the watch counted, until now if so."""

    begin: str
    end: str | None
    state: str
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Explained:
    """``stored`` and ``computed`` are by item (``timespent``, ``75_deadline`` ...), with equal keys."""

    cls: ObjectClass
    key: int
    watch: StopWatch
    target: Target | None
    intervals: tuple[Interval, ...]
    stored: Mapping[str, Any]
    computed: Mapping[str, Any]

    @property
    def agrees(self) -> bool:
        return self.stored == self.computed


@dataclass(frozen=True, slots=True)
class Change:
    """One recorded change of one attribute; values are native."""

    number: int
    date: str
    code: str
    old: Any
    new: Any


def explain(reader: Reader, model: Model, name: str, key: int, code: str, now: str) -> Explained:
    """The stop watch ``code`` of an object, recomputed. ``now`` ends the interval that lasts.

    Raises UnknownClass, UnknownAttribute, NotFound; BadValue for an attribute that is no stop watch, or when the
    history does not tell when the object was created.
    """
    cls = _final_class(reader, model, name, key)
    watch = cls.attribute(code)
    if not isinstance(watch, StopWatch) or cls.lifecycle is None:
        raise BadValue(code, f"is no stop watch of class {cls.name}")
    state = cls.lifecycle.attribute
    codes = [found for found in (state, *INPUTS) if found in cls.attributes]
    values, stored = _present(reader, cls, key, codes, watch)
    created, changes = _recorded(reader, model, cls, key, codes)
    for change in reversed(changes):
        values[change.code] = change.old
    history = _Replay(cls, watch, reader, model, values, created)
    for _, changed in groupby(changes, key=lambda change: change.number):
        history.apply(list(changed))
    history.end(now)
    computed = history.value
    return Explained(
        cls,
        key,
        watch,
        history.goals.target(watch),
        tuple(history.intervals),
        _items(watch, stored),
        _items(watch, computed),
    )


class _Replay:
    """The object's life, change by change."""

    def __init__(
        self, cls: ObjectClass, watch: StopWatch, reader: Reader, model: Model, values: dict[str, Any], created: str
    ) -> None:
        assert cls.lifecycle is not None
        self._cls, self._watch, self._reader, self._model = cls, watch, reader, model
        self._attribute = cls.lifecycle.attribute
        self._values = values
        self._since = created
        self.intervals: list[Interval] = []
        self.goals = Goals(cls, values, reader, model)
        self.value: Value = watch.initial(created)
        self._settle(None, created, False)

    def apply(self, changes: list[Change]) -> None:
        """The changes of one moment: what goals depend on first, then each state that was entered."""
        date = changes[0].date
        others = [change for change in changes if change.code != self._attribute]
        states = [change for change in changes if change.code == self._attribute]
        for change in others:
            self._values[change.code] = change.new
        if others:
            self.goals = Goals(self._cls, self._values, self._reader, self._model)
        differs = bool(others) and self._watch.goal in METRICS
        if not states:
            self._settle(self.value, date, differs)
        for change in states:
            self._close(date)
            self._values[self._attribute] = change.new
            self._settle(self.value, date, differs)

    def end(self, now: str) -> None:
        self.intervals.append(Interval(self._since, None, self._state, self._counted(now)))

    @property
    def _state(self) -> str:
        return str(self._values.get(self._attribute) or "")

    def _settle(self, before: Value | None, date: str, differs: bool) -> None:
        self.value = settled(self._watch, self.value, before, self._state, date, self.goals, differs)

    def _close(self, date: str) -> None:
        self.intervals.append(Interval(self._since, date, self._state, self._counted(date)))
        self._since = date

    def _counted(self, until: str) -> int | None:
        if self._state not in self._watch.states:
            return None
        hours = self.goals.hours(self._watch.working_time, self._watch)
        return hours.elapsed(moment(self._since), moment(until))


def _final_class(reader: Reader, model: Model, name: str, key: int) -> ObjectClass:
    rows = reader.one(model.cls(name), key, ()).rows
    if not rows:
        raise NotFound(f"Invalid object {name}::{key}")
    return model.cls(rows[0][1] or name)


def _present(
    reader: Reader, cls: ObjectClass, key: int, codes: list[str], watch: StopWatch
) -> tuple[dict[str, Any], Value]:
    table = reader.one(cls, key, (*codes, watch.code))
    (row,) = table.rows
    start, width = table.positions[watch.code]
    return {code: row[table.positions[code][0]] for code in codes}, tuple(row[start : start + width])


def _recorded(reader: Reader, model: Model, cls: ObjectClass, key: int, codes: list[str]) -> tuple[str, list[Change]]:
    """The moment of the creation, and the changes in their order."""
    args = {"cls": cls.name, "key": key, "codes": codes}
    births = list(_rows(reader, model, CREATED, ("date",), args))
    if not births:
        raise BadValue(cls.name, f"the history does not tell when {cls.name}::{key} was created")
    fields = ("change", "date", "attcode", "oldvalue", "newvalue")
    changes = [
        (row[0], Change(number, date, code, _native(cls, code, old), _native(cls, code, new)))
        for row in _rows(reader, model, CHANGED, fields, args)
        for number, date, code, old, new in [row[1:]]
    ]
    return births[0][1], [change for _, change in sorted(changes, key=lambda found: found[0])]


def _rows(
    reader: Reader, model: Model, query: str, fields: tuple[str, ...], args: Mapping[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """The id, then the fields."""
    (table,) = reader.page(oql.query(query, model), fields, args).tables
    for row in table.rows:
        yield row[0], *(row[table.positions[code][0]] for code in fields)


def _native(cls: ObjectClass, code: str, text: str) -> Any:
    if isinstance(cls.attribute(code), ExternalKey):
        return int(text or 0)
    return text or None


def _items(watch: StopWatch, value: Value) -> dict[str, Any]:
    names = [column.suffix.removeprefix("_") for column in watch.columns()]
    return {name: found for name, found in zip(names, value, strict=True) if not name.endswith("_triggered")}
