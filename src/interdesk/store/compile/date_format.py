"""DATE_FORMAT: MySQL's specifiers, with English names."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping

from interdesk.store.compile.dates import read

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
_SPECIFIER = re.compile("%(.)", re.DOTALL)


def date_format(text: str | None, layout: str | None) -> str | None:
    """A moment written as ``layout`` says; a letter that is no specifier stands for itself."""
    found = None if text is None else read(text)
    if found is None or layout is None:
        return None
    when = found

    def replace(match: re.Match[str]) -> str:
        specifier = SPECIFIERS.get(match[1])
        return specifier(when) if specifier else match[1]

    return _SPECIFIER.sub(replace, layout)


def _ordinal(day: int) -> str:
    ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def week(day: dt.date, monday_first: bool, strict: bool) -> tuple[int, int]:
    """Year and number of the week of ``day``.

    ``strict``: weeks count from 1, early days may lie in the last week of the year before; else from 0.
    A week that starts on Monday is the first when it has four days of the year, one that starts on Sunday when it
    begins in the year: modes 0 to 3 of MySQL's WEEK.
    """
    start = _first_week(day.year, monday_first)
    if strict and day < start:
        return day.year - 1, (day - _first_week(day.year - 1, monday_first)).days // 7 + 1
    if strict and day.year < 9999 and day >= _first_week(day.year + 1, monday_first):
        return day.year + 1, 1
    return day.year, (day - start).days // 7 + 1


def _first_week(year: int, monday_first: bool) -> dt.date:
    """The day on which the first week of ``year`` begins."""
    first = dt.date(year, 1, 1)
    if monday_first:
        return first + dt.timedelta(days=(3 - first.weekday()) % 7 - 3)
    return first + dt.timedelta(days=(6 - first.weekday()) % 7)


def _hour12(when: dt.datetime) -> int:
    return when.hour % 12 or 12


def _half(when: dt.datetime) -> str:
    return "AM" if when.hour < 12 else "PM"


SPECIFIERS: Mapping[str, Callable[[dt.datetime], str]] = {
    "a": lambda d: DAYS[d.weekday()][:3],
    "b": lambda d: MONTHS[d.month - 1][:3],
    "c": lambda d: str(d.month),
    "D": lambda d: _ordinal(d.day),
    "d": lambda d: f"{d.day:02d}",
    "e": lambda d: str(d.day),
    "f": lambda d: "000000",
    "H": lambda d: f"{d.hour:02d}",
    "h": lambda d: f"{_hour12(d):02d}",
    "I": lambda d: f"{_hour12(d):02d}",
    "i": lambda d: f"{d.minute:02d}",
    "j": lambda d: f"{d.timetuple().tm_yday:03d}",
    "k": lambda d: str(d.hour),
    "l": lambda d: str(_hour12(d)),
    "M": lambda d: MONTHS[d.month - 1],
    "m": lambda d: f"{d.month:02d}",
    "p": _half,
    "r": lambda d: f"{_hour12(d):02d}:{d.minute:02d}:{d.second:02d} {_half(d)}",
    "S": lambda d: f"{d.second:02d}",
    "s": lambda d: f"{d.second:02d}",
    "T": lambda d: f"{d.hour:02d}:{d.minute:02d}:{d.second:02d}",
    "U": lambda d: f"{week(d.date(), False, False)[1]:02d}",
    "u": lambda d: f"{week(d.date(), True, False)[1]:02d}",
    "V": lambda d: f"{week(d.date(), False, True)[1]:02d}",
    "v": lambda d: f"{week(d.date(), True, True)[1]:02d}",
    "W": lambda d: DAYS[d.weekday()],
    "w": lambda d: str((d.weekday() + 1) % 7),
    "X": lambda d: f"{week(d.date(), False, True)[0]:04d}",
    "x": lambda d: f"{week(d.date(), True, True)[0]:04d}",
    "Y": lambda d: f"{d.year:04d}",
    "y": lambda d: f"{d.year % 100:02d}",
    "%": lambda d: "%",
}
