"""Values on their way out: from the rows of a table to iTop's JSON types. Source: ``itop_rest_quirks.md`` 13 to 17.

Several rows are converted by column, in one pass each, and then put together to objects.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

from interdesk.desk.logs import render
from interdesk.desk.reading import Table
from interdesk.model import Model
from interdesk.model.attributes import (
    Attribute,
    AttributeCodeSet,
    Blob,
    Boolean,
    CaseLog,
    Dashboard,
    Decimal,
    Enum,
    EnumSet,
    ExternalField,
    ExternalKey,
    Integer,
    LinkedSet,
    LogEntry,
    ObsolescenceFlag,
    OneWayPassword,
    OpaqueText,
    Secret,
    StopWatch,
    SubItem,
    TagSet,
)
from interdesk.model.hops import end_of

MASK = "*****"
Column = Sequence[Any]
Converter = Callable[[Any], Any]
ColumnConverter = Callable[[Column], Column]
# Field, place of its column, what converts a value and a whole column; None: no plain column.
Step = tuple[str, int, Converter | None, ColumnConverter | None]
MOST_PLANS = 4_096  # callers choose their fields: then the memory starts anew


class Encoder:
    """Encodes tables of one model; how a column is converted is worked out once for each class and attribute."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._plans: dict[tuple[str, tuple[str, ...]], list[Step]] = {}

    def encoded(self, table: Table) -> list[dict[str, Any]]:
        """One mapping of JSON values for each row of the table, in the order of the rows."""
        if not table.rows:
            return []
        steps = self._steps(table)
        columns: list[Column] = list(zip(*table.rows, strict=True))
        if len(table.rows) == 1:
            (row,) = table.rows
            return [
                {
                    code: one(row[place]) if one else self._special(table, code, columns)[0]
                    for code, place, one, _ in steps
                }
            ]
        out = [many(columns[place]) if many else self._special(table, code, columns) for code, place, _, many in steps]
        return [dict(zip(table.fields, values, strict=True)) for values in zip(*out, strict=True)]

    def _steps(self, table: Table) -> list[Step]:
        key = table.cls.name, table.fields
        if (steps := self._plans.get(key)) is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            steps = self._plans[key] = [self._step(table, code) for code in table.fields]
        return steps

    def _step(self, table: Table, code: str) -> Step:
        place, width = table.positions.get(code, (0, 0))
        if width != 1 or code == "id":
            return code, 0, None, None
        one = converter(table.cls.attributes[code], table.cls.name, self._model)
        return code, place, one, _by_column(one)

    def _special(self, table: Table, code: str, columns: list[Column]) -> Column:
        """What is no plain column: the id, a log, a link set, a secret, a blob, a stop watch."""
        keys = columns[0]
        if code == "id":
            return [str(key) for key in keys]
        match attribute := table.cls.attributes[code]:
            case CaseLog():
                logs = table.logs.get(code, {})
                return [{"entries": [_entry(entry) for entry in logs.get(key, ())]} for key in keys]
            case LinkedSet():
                return self._members(table, code, keys)
            case OneWayPassword() | Secret():
                return [MASK] * len(keys)
            case Dashboard():
                return [""] * len(keys)
        start = table.positions[code][0]
        if isinstance(attribute, Blob):
            return _blobs(table, columns[start : start + 4])
        return _by_column(converter(attribute, table.cls.name, self._model))(columns[start])

    def _members(self, table: Table, code: str, keys: Column) -> list[list[dict[str, Any]]]:
        by_owner: dict[int, list[dict[str, Any]]] = {}
        for members, owners in table.sets.get(code, ()):
            for owner, member in zip(owners, self.encoded(members), strict=True):
                by_owner.setdefault(owner, []).append(member)
        return [by_owner.get(key, []) for key in keys]


def _entry(entry: LogEntry) -> dict[str, Any]:
    text, markup = render(entry)
    return {
        "date": entry.date,
        "user_login": entry.author,
        "user_id": str(entry.user),
        "message": text,
        "message_html": markup,
    }


def _blobs(table: Table, columns: Sequence[Column]) -> list[dict[str, Any]]:
    return [
        {
            "data": base64.b64encode(table.documents.get(digest, b"")).decode() if digest else "",
            "mimetype": mimetype or "",
            "filename": filename or "",
            "downloads_count": downloads or 0,
        }
        for digest, mimetype, filename, downloads in zip(*columns, strict=True)
    ]


def converter(attribute: Attribute, cls: str, model: Model) -> Converter:
    """How a stored value becomes a JSON value; the same type may look otherwise through a key."""
    if isinstance(attribute, ExternalField):
        target, _ = end_of(attribute, cls, model)
        return _behind_key(target)
    match attribute:
        case Enum():
            return _same
        case Boolean() | ObsolescenceFlag():
            return bool
        case StopWatch():
            return _number
        case SubItem():
            return _sub_item(attribute.item)
    return _scalar(attribute)


def _by_column(one: Converter) -> ColumnConverter:
    """The same for a whole column, in one pass."""
    if one is _same:
        return _same
    if one is _text:
        return _texts
    return lambda column: [one(value) for value in column]


def _behind_key(target: Attribute) -> Converter:
    match target:
        case Boolean() | ObsolescenceFlag():
            return _flag
        case Enum():
            return _text
        case SubItem():
            return _sub_item(target.item)
    return _scalar(target)


def _scalar(attribute: Attribute) -> Converter:
    match attribute:
        case ExternalKey():
            return _key
        case Integer():
            return _integer
        case Decimal(decimals=decimals):
            return lambda value: "" if value is None else f"{value:.{decimals}f}"
        case TagSet():
            return lambda value: (value or "").split()
        case EnumSet() | AttributeCodeSet():
            return lambda value: (value or "").replace(",", ", ")
        case OpaqueText():
            return lambda value: ""
    return _text


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> Any:
    return "" if value is None else value


def _texts(column: Column) -> Column:
    return ["" if value is None else value for value in column] if None in column else column


def _key(value: Any) -> str:
    return str(value or 0)


def _integer(value: Any) -> str:
    return "" if value is None else str(value)


def _number(value: Any) -> Any:
    return value or 0


def _flag(value: Any) -> str:
    return "1" if value else ""


def _yes(value: Any) -> str:
    return "yes" if value else "no"


def _sub_item(item: str) -> Converter:
    kind = item.rpartition("_")[2]
    if kind in ("passed", "triggered"):
        return _yes
    return _same if kind in ("overrun", "timespent") else _text
