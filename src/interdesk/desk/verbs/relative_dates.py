"""Relative dates as designs write them: ``+2 days``, ``next monday``, ``first day of next month``, ``tomorrow 09:00``.

The words are those of PHP's relative formats, with PHP's results: a month later than January 31 is March 2 or 3.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

SECONDS = {
    **dict.fromkeys(("sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("hour", "hours"), 3_600),
}
DAYS = {
    **dict.fromkeys(("day", "days"), 1),
    **dict.fromkeys(("week", "weeks"), 7),
    **dict.fromkeys(("fortnight", "fortnights"), 14),
}
MONTHS = {**dict.fromkeys(("month", "months"), 1), **dict.fromkeys(("year", "years"), 12)}
WORKING_DAYS = frozenset({"weekday", "weekdays"})
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("monday mon", "tuesday tue", "wednesday wed", "thursday thu", "friday fri", "saturday sat", "sunday sun")
    )
    for name in names.split()
}
STEPS = {"next": 1, "last": -1, "previous": -1, "this": 0}

UNIT = "|".join(sorted((*SECONDS, *DAYS, *MONTHS, *WORKING_DAYS), key=len, reverse=True))
DAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))


class UnknownModifier(Exception):
    """A text that is no relative date of the kind that is understood."""


def shifted(moment: dt.datetime, modifier: str) -> dt.datetime:
    """The moment that a modifier means. Raises UnknownModifier, OverflowError."""
    rest = modifier.strip().lower()
    while rest:
        for pattern, step in RULES:
            if found := pattern.match(rest):
                moment = step(moment, found)
                rest = rest[found.end() :].lstrip(" ,")
                break
        else:
            raise UnknownModifier(modifier)
    return moment


def _amount(moment: dt.datetime, found: re.Match[str]) -> dt.datetime:
    count = int(found["count"]) * (-1 if found["sign"].count("-") % 2 else 1)
    return _moved(moment, -count if found["ago"] else count, found["unit"])


def _step(moment: dt.datetime, found: re.Match[str]) -> dt.datetime:
    return _moved(moment, STEPS[found["step"]], found["unit"])


def _moved(moment: dt.datetime, count: int, unit: str) -> dt.datetime:
    if unit in SECONDS:
        return moment + dt.timedelta(seconds=count * SECONDS[unit])
    if unit in DAYS:
        return moment + dt.timedelta(days=count * DAYS[unit])
    if unit in MONTHS:
        return _months(moment, count * MONTHS[unit])
    return _working_days(moment, count)


def _months(moment: dt.datetime, count: int) -> dt.datetime:
    """Days that the month does not have run on into the next one."""
    years, month = divmod(moment.year * 12 + moment.month - 1 + count, 12)
    if not dt.MINYEAR <= years <= dt.MAXYEAR:
        raise OverflowError("beyond the calendar")
    return moment.replace(year=years, month=month + 1, day=1) + dt.timedelta(days=moment.day - 1)


def _working_days(moment: dt.datetime, count: int) -> dt.datetime:
    """Monday to Friday; from a weekend, the count starts at its near edge."""
    if not count:
        return moment
    step = dt.timedelta(days=1 if count > 0 else -1)
    while moment.weekday() > 4:
        moment -= step
    weeks, days = divmod(abs(count), 5)
    moment += step * 7 * weeks
    while days:
        moment += step
        days -= moment.weekday() < 5
    return moment


def _weekday(moment: dt.datetime, found: re.Match[str]) -> dt.datetime:
    """``monday`` may be today; ``next monday`` is not, nor is ``last monday``. Always at midnight."""
    ahead = (WEEKDAYS[found["day"]] - moment.weekday()) % 7
    step = found["step"] or "this"
    if STEPS[step] > 0:
        ahead = ahead or 7
    elif STEPS[step] < 0:
        ahead -= 7
    return _midnight(moment) + dt.timedelta(days=ahead)


def _edge(moment: dt.datetime, found: re.Match[str]) -> dt.datetime:
    """The first or last day of a month near by, at the time of day that it was."""
    count = STEPS[found["step"]] * MONTHS[found["unit"]] if found["step"] else 0
    first = _months(moment.replace(day=1), count)
    return first if found["edge"] == "first" else _months(first, 1) - dt.timedelta(days=1)


def _time(moment: dt.datetime, found: re.Match[str]) -> dt.datetime:
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise UnknownModifier(found[0])
    return moment.replace(hour=hour, minute=minute, second=second)


def _midnight(moment: dt.datetime) -> dt.datetime:
    return moment.replace(hour=0, minute=0, second=0)


def _word(moment: dt.datetime, found: re.Match[str]) -> dt.datetime:
    match found["word"]:
        case "now":
            return moment
        case "noon":
            return moment.replace(hour=12, minute=0, second=0)
        case "tomorrow":
            return _midnight(moment) + dt.timedelta(days=1)
        case "yesterday":
            return _midnight(moment) - dt.timedelta(days=1)
    return _midnight(moment)


Rule = tuple[re.Pattern[str], Callable[[dt.datetime, re.Match[str]], dt.datetime]]

RULES: tuple[Rule, ...] = (
    (re.compile(r"(?P<edge>first|last) day of(?: (?P<step>next|last|previous|this) (?P<unit>month|year))?\b"), _edge),
    (re.compile(rf"(?P<sign>[+-]*) ?(?P<count>\d{{1,9}}) ?(?P<unit>{UNIT})\b(?P<ago> ago\b)?"), _amount),
    (re.compile(rf"(?P<step>next|last|previous|this) (?P<unit>{UNIT})\b"), _step),
    (re.compile(rf"(?:(?P<step>next|last|previous|this) )?(?P<day>{DAY})\b"), _weekday),
    (re.compile(r"(?P<word>now|today|midnight|noon|tomorrow|yesterday)\b"), _word),
    (re.compile(r"t?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?\b"), _time),
)
