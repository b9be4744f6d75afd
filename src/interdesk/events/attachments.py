"""Files attached to objects: their triggers speak of the object as ``this`` and of the file as ``attachment``.

Source: facts ``itop_events.md`` 1 and 3. A file that goes with its object fires nothing, as no trigger hears of it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from interdesk.desk import Transaction
from interdesk.events.subjects import Subject
from interdesk.events.values import Value, number, textual
from interdesk.model.attributes import BlobValue

DOCUMENT = "contents"
NAMES = frozenset({"attachment", "file"})  # both mean the file


def host_of(values: Mapping[str, Any], tx: Transaction) -> Subject | None:
    """The object to which a file is attached; None while it is attached to nothing that exists."""
    name, key = str(values.get("item_class") or ""), int(values.get("item_id") or 0)
    if not key or name not in tx.desk.model.classes:
        return None
    final = tx.final_class(name, key)
    return Subject(tx, tx.desk.model.cls(final), key) if final else None


def part(attachment: Subject, name: str) -> Value | None:
    """``$attachment->file_name$`` and the like; None for what is no part of a document."""
    made = _PARTS.get(name)
    return None if made is None else made(BlobValue(*(attachment.value(DOCUMENT) or ())), attachment.tx)


def _bytes(document: BlobValue, tx: Transaction) -> bytes:
    return tx.session.blob(document.digest) if document.digest else b""


_PARTS: dict[str, Callable[[BlobValue, Transaction], Value]] = {
    "file_name": lambda document, _: textual(document.filename),
    "mime_type": lambda document, _: textual(document.mimetype),
    "downloads_count": lambda document, _: number(str(document.downloads)),
    "data": lambda document, tx: textual(_bytes(document, tx).decode("utf-8", "replace")),
    "data_as_base64": lambda document, tx: textual(base64.b64encode(_bytes(document, tx)).decode()),
}
