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


def encoded(table: Table, model: Model) -> list[dict[str, Any]]:
    """One mapping of JSON values for each row of the table, in the order of the rows."""
    if not table.rows:
        return []
    columns: list[Column] = list(zip(*table.rows, strict=True))
    keys = columns[table.positions["id"][0]]
    out = [_column(table, code, columns, keys, model) for code in table.fields]
    return [dict(zip(table.fields, values, strict=True)) for values in zip(*out, strict=True)] or [
        {} for _ in table.rows
    ]


def _column(table: Table, code: str, columns: list[Column], keys: Column, model: Model) -> Column:
    if code == "id":
        return [str(key) for key in keys]
    attribute = table.cls.attributes[code]
    match attribute:
        case CaseLog():
            logs = table.logs.get(code, {})
            return [{"entries": [_entry(entry) for entry in logs.get(key, ())]} for key in keys]
        case LinkedSet():
            return _members(table, code, keys, model)
        case OneWayPassword() | Secret():
            return [MASK] * len(keys)
        case Dashboard():
            return [""] * len(keys)
    start, _ = table.positions[code]
    if isinstance(attribute, Blob):
        return _blobs(table, columns[start : start + 4])
    return converter(attribute, table.cls.name, model)(columns[start])


def _members(table: Table, code: str, keys: Column, model: Model) -> list[list[dict[str, Any]]]:
    by_owner: dict[int, list[dict[str, Any]]] = {}
    for members, owners in table.sets.get(code, ()):
        for owner, member in zip(owners, encoded(members, model), strict=True):
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
