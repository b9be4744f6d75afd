"""Dates as MySQL reads, adds and formats them. A moment is a text ``YYYY-MM-DD HH:MM:SS``, a day ``YYYY-MM-DD``."""

from __future__ import annotations

import calendar
import datetime as dt
import re

ZERO = "0000-00-00 00:00:00"  # what a text that is no date counts as when a date is compared with it
_PARTS = re.compile(
    r"\s*([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})"
    r"(?:[ T]([0-9]{1,2})(?::([0-9]{1,2})(?::([0-9]{1,2})(?:\.[0-9]*)?)?)?)?\s*"
)
_COMPACT = re.compile(r"\s*([0-9]{4})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})([0-9]{2}))?\s*")
_CLOCK = re.compile(r"\s*([0-9]{1,3}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.[0-9]*)?)?\s*")
SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3_600, "DAY": 86_400}
MONTHS = {"MONTH": 1, "YEAR": 12}
FIRST_DAY = 366  # TO_DAYS('0001-01-01')


def read(text: str) -> dt.datetime | None:
    """The moment that a text names, in any of the forms that MySQL takes; None when it names none."""
    found = _PARTS.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is None:
        return None
    try:
        return dt.datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # six groups at most
    except ValueError:
        return None


def moment(text: str | None) -> str | None:
    """``YYYY-MM-DD HH:MM:SS`` for a text that names a date, else None."""
    found = None if text is None else read(text)
    return None if found is None else found.isoformat(" ")


def time_of(text: str | None) -> str | None:
    """``HH:MM:SS`` of a moment or of a time of day, else None."""
    if text is None:
        return None
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return f"{hours:02d}:{minutes:02d}:{seconds:02d}" if hours < 839 and minutes < 60 and seconds < 60 else None
    found = read(text)
    return None if found is None else found.time().isoformat()


def add(text: str | None, amount: int | None, unit: str) -> str | None:
    """``text`` moved by ``amount`` units. A day stays a day unless the unit is shorter than a day.

    A month that lacks the day gives its last one. None when the result is no date of the years 1 to 9999.
    """
    found = None if text is None or amount is None else read(text)
    if text is None or amount is None or found is None:
        return None
    try:
        if unit in MONTHS:
            total = found.year * 12 + found.month - 1 + amount * MONTHS[unit]
            year, month = divmod(total, 12)
            found = found.replace(year=year, month=month + 1, day=min(found.day, _last_day(year, month + 1)))
        else:
            found += dt.timedelta(seconds=amount * SECONDS[unit])
    except (OverflowError, ValueError):
        return None
    whole_days = len(text.strip()) <= 10 and (unit in MONTHS or unit == "DAY")
    return found.date().isoformat() if whole_days else found.isoformat(" ")


def _last_day(year: int, month: int) -> int:
    if not 1 <= year <= 9999:
        raise ValueError(year)
    return calendar.monthrange(year, month)[1]


def to_days(text: str | None) -> int | None:
    """MySQL's number of a day."""
    found = None if text is None else read(text)
    return None if found is None else found.toordinal() + FIRST_DAY - 1


def from_days(number: int | None) -> str | None:
    """The day of a number; MySQL's zero date for numbers before the year 1."""
    if number is None:
        return None
    if number < FIRST_DAY:
        return ZERO[:10]
    try:
        return dt.date.fromordinal(number - FIRST_DAY + 1).isoformat()
    except (OverflowError, ValueError):
        return None
