"""Dates and times, stored as text in the server's time zone: ``YYYY-MM-DD`` and ``YYYY-MM-DD HH:MM:SS``."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from interdesk.model.attributes.base import Attribute, Column, ColumnKind, Compared
from interdesk.model.issues import WrongValue

DATE_FORMAT = "%Y-%m-%d"
DATETIME_FORMAT = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, kw_only=True, eq=False)
class DateTime(Attribute):
    """Not null: a new object gets the current time. ``default_value`` of the design is ignored, as recorded."""

    types = ("AttributeDateTime", "AttributeDeadline")
    compared = Compared.DATETIME

    def columns(self) -> tuple[Column, ...]:
        return (Column("", ColumnKind.TEXT, True),)

    def initial(self, now: str) -> str | None:
        return None if self.null_allowed else now

    def normalise(self, value: Any) -> str | None:
        if value is None or value == "":
            return None
        if isinstance(value, dt.datetime):
            return value.strftime(DATETIME_FORMAT)
        return exact(value, DATETIME_FORMAT)


@dataclass(frozen=True, kw_only=True, eq=False)
class Date(Attribute):
    types = ("AttributeDate",)
    compared = Compared.DATE

    def columns(self) -> tuple[Column, ...]:
        return (Column("", ColumnKind.TEXT, True),)

    def initial(self, now: str) -> str | None:
        return None if self.null_allowed else now[:10]

    def normalise(self, value: Any) -> str | None:
        if value is None or value == "":
            return None
        if isinstance(value, dt.date):
            return value.strftime(DATE_FORMAT)
        return exact(value, DATE_FORMAT)


def exact(value: Any, layout: str) -> str:
    """The text itself when it is a real date in just that layout (leading zeros and all). Raises WrongValue."""
    text = str(value)
    try:
        moment = dt.datetime.strptime(text, layout)
    except ValueError as problem:
        raise WrongValue(f"a date like {dt.datetime(2026, 1, 31, 13, 59, 0).strftime(layout)} is needed") from problem
    if moment.year < 1000 or moment.strftime(layout) != text:
        raise WrongValue(f"a date like {dt.datetime(2026, 1, 31, 13, 59, 0).strftime(layout)} is needed")
    return text
