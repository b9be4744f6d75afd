"""Rows of a query as mappings: what the desk's part of approvals reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interdesk import oql
from interdesk.desk import Reader
from interdesk.desk.queries import by_criteria

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """``total`` counts all that was found, whatever the limit."""

    total: int
    rows: list[Row]


def select(
    reader: Reader, text: str, fields: tuple[str, ...], args: Mapping[str, Any] | None = None, limit: int = 0,
    offset: int = 0,
) -> Rows:  # fmt: skip
    """The objects that an OQL query finds, each with ``id`` and the fields, in the order of their class."""
    page = reader.page(oql.query(text, reader.model), fields, args or {}, limit, offset)
    (table,) = page.tables
    places = [(code, table.positions[code][0]) for code in fields]
    return Rows(page.total, [{"id": row[0], **{code: row[at] for code, at in places}} for row in table.rows])


def only(reader: Reader, cls: str, criteria: Mapping[str, Any], fields: tuple[str, ...]) -> Row | None:
    """The first object of a class with such values."""
    query = by_criteria(reader.model.cls(cls), criteria)
    (table,) = reader.page(query, fields, {}).tables
    if not table.rows:
        return None
    return {"id": table.rows[0][0], **{code: table.rows[0][table.positions[code][0]] for code in fields}}


def one(reader: Reader, cls: str, key: int, fields: tuple[str, ...]) -> Row | None:
    """The object of that id."""
    table = reader.one(reader.model.cls(cls), key, fields)
    if not table.rows:
        return None
    return {"id": key, **{code: table.rows[0][table.positions[code][0]] for code in fields}}
