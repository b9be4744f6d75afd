"""Values on their way out: from the rows of a table to iTop's JSON types. Source: ``itop_rest_quirks.md`` 13 to 17.

Works by column, not by row: a column is converted in one pass, then the columns are put together to objects.
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

MASK = "*****"
Column = Sequence[Any]
Converter = Callable[[Column], Column]
Step = tuple[str, int, Converter | None]  # field, place of its column, what converts it; None: no plain column
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
        columns: list[Column] = list(zip(*table.rows, strict=True))
        out = [
            convert(columns[place]) if convert else self._special(table, code, columns)
            for code, place, convert in self._steps(table)
        ]
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
            return code, 0, None
        return code, place, converter(table.cls.attributes[code], table.cls.name, self._model)

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
        return converter(attribute, table.cls.name, self._model)(columns[start])

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
    """How a column of stored values becomes JSON values; the same type may look otherwise through a key."""
    if isinstance(attribute, ExternalField):
        target, _ = through(attribute, cls, model)
        return _behind_key(target)
    match attribute:
        case Enum():
            return _same
        case Boolean() | ObsolescenceFlag():
            return lambda column: [bool(value) for value in column]
        case StopWatch():
            return lambda column: [value or 0 for value in column]
        case SubItem():
            return _sub_item(attribute.item)
    return _scalar(attribute)


def through(field: ExternalField, cls: str, model: Model) -> tuple[Attribute, str]:
    """The attribute that an external field ends at, over any number of hops, and the class that has it."""
    attribute: Attribute = field
    while isinstance(attribute, ExternalField):
        key = model.cls(cls).attributes[attribute.ext_key]
        while isinstance(key, ExternalField):
            key, cls = through(key, cls, model)
        assert isinstance(key, ExternalKey)
        cls = key.target_class
        attribute = model.cls(cls).attributes[attribute.target_attribute]
    return attribute, cls


def _behind_key(target: Attribute) -> Converter:
    match target:
        case Boolean() | ObsolescenceFlag():
            return lambda column: ["1" if value else "" for value in column]
        case Enum():
            return _text
        case SubItem():
            return _sub_item(target.item)
    return _scalar(target)


def _scalar(attribute: Attribute) -> Converter:
    match attribute:
        case ExternalKey():
            return lambda column: [str(value or 0) for value in column]
        case Integer():
            return lambda column: ["" if value is None else str(value) for value in column]
        case Decimal(decimals=decimals):
            return lambda column: ["" if value is None else f"{value:.{decimals}f}" for value in column]
        case TagSet():
            return lambda column: [(value or "").split() for value in column]
        case EnumSet() | AttributeCodeSet():
            return lambda column: [(value or "").replace(",", ", ") for value in column]
        case OpaqueText():
            return lambda column: [""] * len(column)
    return _text


def _same(column: Column) -> Column:
    return column


def _text(column: Column) -> Column:
    return ["" if value is None else value for value in column] if None in column else column


def _sub_item(item: str) -> Converter:
    kind = item.rpartition("_")[2]
    if kind in ("passed", "triggered"):
        return lambda column: ["yes" if value else "no" for value in column]
    if kind in ("overrun", "timespent"):
        return _same
    return _text
