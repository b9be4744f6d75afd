"""Bodies of answers: objects with code, message, class, key and fields."""

from __future__ import annotations

from typing import Any

import msgspec

from interdesk.desk.reading import Page, Table
from interdesk.dialects.itop.fields_out import Encoder


def objects_of(page: Page, encoder: Encoder, message: str = "") -> dict[str, Any] | None:
    """``objects`` of an answer; None when there are none."""
    members: dict[int, tuple[str, dict[str, Any]]] = {}
    for table in page.tables:
        for row, fields in zip(table.rows, encoder.encoded(table), strict=True):
            final = row[1] or table.cls.name
            members[row[0]] = final, entry(final, row[0], fields, message)
    keys = page.order if page.order is not None else list(members)
    return {f"{members[key][0]}::{key}": members[key][1] for key in keys if key in members} or None


LIGHT_CELLS = 10_000  # values that are encoded in a few milliseconds
LIGHT_TEXT = 20_000  # characters of log entries, or bytes of documents


def is_heavy(page: Page) -> bool:
    """True when encoding takes more than a moment: many values, long logs (their markup becomes text), documents."""
    cells = text = 0
    waiting = list(page.tables)
    while waiting:
        table = waiting.pop()
        cells += len(table.rows) * len(table.fields)
        text += sum(map(len, table.documents.values()))
        logs = (entries for log in table.logs.values() for entries in log.values())
        text += sum(len(entry.message) for entries in logs for entry in entries)
        if cells > LIGHT_CELLS or text > LIGHT_TEXT:
            return True
        waiting += [members for found in table.sets.values() for members, _ in found]
    return False


def entry(cls: str, key: int, fields: dict[str, Any], message: str = "", code: int = 0) -> dict[str, Any]:
    return {"code": code, "message": message, "class": cls, "key": str(key), "fields": fields}


def answer(message: str | None, objects: dict[str, Any] | msgspec.Raw | None) -> dict[str, Any]:
    return {"code": 0, "message": message, "objects": objects}


def of_one(table: Table, encoder: Encoder, message: str) -> dict[str, Any] | None:
    return objects_of(Page(len(table.rows), [table]), encoder, message)
