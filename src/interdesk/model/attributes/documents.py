"""Blobs and case logs: contents that lie in tables of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from interdesk.model.attributes.base import Attribute, Column, ColumnKind, Compared


class BlobValue(NamedTuple):
    """A document: ``digest`` names its bytes in the blob table (SHA-256, hex), ``''`` when there are none."""

    digest: str = ""
    mimetype: str = ""
    filename: str = ""
    downloads: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Blob(Attribute):
    types = ("AttributeBlob",)

    def columns(self) -> tuple[Column, ...]:
        return (
            Column("_digest", ColumnKind.TEXT, False, ""),
            Column("_mimetype", ColumnKind.TEXT, False, ""),
            Column("_filename", ColumnKind.TEXT, False, ""),
            Column("_downloads", ColumnKind.INTEGER, False, 0),
        )

    def initial(self, now: str) -> BlobValue:
        return BlobValue()

    def is_empty(self, value: Any) -> bool:
        return False  # a document may be missing even where the design demands one (scenario 12)


@dataclass(frozen=True, kw_only=True, eq=False)
class Image(Blob):
    """A blob that must be an image."""

    types = ("AttributeImage",)


class LogEntry(NamedTuple):
    """One entry of a case log. ``author`` is a name to show, ``user`` the id of a User (0: none)."""

    date: str
    author: str
    user: int
    message: str
    format: str  # html | text


@dataclass(frozen=True, kw_only=True, eq=False)
class CaseLog(Attribute):
    """Entries in the log table, oldest first. Appending is a write; so is replacing the whole log.

    A query compares the messages of all entries as one text.
    """

    types = ("AttributeCaseLog",)
    compared = Compared.TEXT

    def is_empty(self, value: Any) -> bool:
        return not value
