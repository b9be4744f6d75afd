"""Open hours: a week of working time without holidays, as an implementation of ``WorkingTime``.

Moments are local times without zone, as the design keeps dates: every day has 24 hours. In the night in which the
clocks of a country are changed, an hour counts once, as the calendar has it.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Sequence

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = 86_400
LAST = dt.date.max.toordinal()

Interval = tuple[int, int]  # seconds of the day: from, until


class OpenHours:
    """``intervals``: (weekday, from, until), times as ``HH:MM``; those that overlap count once. Never all empty."""

    def __init__(self, intervals: Iterable[tuple[str, str, str]], holidays: Iterable[dt.date] = ()) -> None:
        week: list[list[Interval]] = [[] for _ in WEEKDAYS]
        for weekday, begin, end in intervals:
            week[WEEKDAYS.index(weekday)].append((seconds_of(begin), seconds_of(end)))
        self._week = [_merged(day) for day in week]
        self._total = sum(end - begin for day in self._week for begin, end in day)
        self._holidays = sorted({day.toordinal() for day in holidays})

    def deadline(self, start: dt.datetime, seconds: int) -> dt.datetime:
        """When that many open seconds have passed since ``start``. Raises OverflowError when they never have."""
        if seconds <= 0:
            return start
        if not self._total:
            raise OverflowError("never open")
        day, since, left = start.toordinal(), _second_of_day(start), seconds
        while day <= LAST:
            for begin, end in self._open(day):
                begin = max(begin, since)
                if end - begin >= left:
                    return dt.datetime.combine(dt.date.fromordinal(day), dt.time()) + dt.timedelta(seconds=begin + left)
                left -= max(0, end - begin)
            day, since = day + 1, 0
            weeks = min((left - 1) // self._total, self._weeks_before_holiday(day))
            day, left = day + 7 * weeks, left - weeks * self._total
        raise OverflowError("beyond the last day of the calendar")

    def elapsed(self, start: dt.datetime, end: dt.datetime) -> int:
        """The open seconds between two moments, 0 when ``end`` is not after ``start``."""
        first, last = start.toordinal(), end.toordinal()
        total, day = 0, first
        while day <= last:
            since = _second_of_day(start) if day == first else 0
            until = _second_of_day(end) if day == last else DAY
            total += sum(max(0, min(end, until) - max(begin, since)) for begin, end in self._open(day))
            day += 1
            weeks = max(0, min((last - day) // 7, self._weeks_before_holiday(day)))
            day, total = day + 7 * weeks, total + weeks * self._total
        return total

    def _open(self, day: int) -> Sequence[Interval]:
        place = bisect_left(self._holidays, day)
        if place < len(self._holidays) and self._holidays[place] == day:
            return ()
        return self._week[(day + 6) % 7]

    def _weeks_before_holiday(self, day: int) -> int:
        """How many whole weeks from a day on have no holiday."""
        place = bisect_left(self._holidays, day)
        return ((self._holidays[place] if place < len(self._holidays) else LAST + 7) - day) // 7


def seconds_of(time: str) -> int:
    """``HH:MM`` as seconds of the day; 24:00 is its end."""
    hours, _, minutes = time.partition(":")
    return int(hours) * 3_600 + int(minutes) * 60


def _second_of_day(moment: dt.datetime) -> int:
    return moment.hour * 3_600 + moment.minute * 60 + moment.second


def _merged(day: Iterable[Interval]) -> tuple[Interval, ...]:
    merged: list[Interval] = []
    for begin, end in sorted(day):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > begin:
            merged.append((begin, end))
    return tuple(merged)
