"""Working time: how open hours make seconds into moments and moments into seconds.

A design names the computer of a stop watch. What the default one means for an object depends on its agreements: see
``interdesk.desk.goals``; ``interdesk.desk.open_hours`` is the implementation for coverage windows.
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class WorkingTime(Protocol):
    """When a clock runs: coverage hours and holidays."""

    def deadline(self, start: dt.datetime, seconds: int) -> dt.datetime:
        """When that many open seconds have passed since ``start``. Raises OverflowError past the end of time."""

    def elapsed(self, start: dt.datetime, end: dt.datetime) -> int:
        """The open seconds between two moments, 0 when ``end`` is not after ``start``."""


class AroundTheClock:
    """Open always: 24 hours on 7 days."""

    def deadline(self, start: dt.datetime, seconds: int) -> dt.datetime:
        return start + dt.timedelta(seconds=seconds)

    def elapsed(self, start: dt.datetime, end: dt.datetime) -> int:
        return max(0, int((end - start).total_seconds()))


AROUND_THE_CLOCK = AroundTheClock()

DEFAULT = "DefaultWorkingTimeComputer"

_COMPUTERS: dict[str, WorkingTime] = {DEFAULT: AROUND_THE_CLOCK}


def register(name: str, computer: WorkingTime) -> None:
    """Makes a computer known under the name that designs use."""
    _COMPUTERS[name] = computer


def hours(name: str) -> WorkingTime:
    """The computer of that name; around the clock for those that nobody registered."""
    return _COMPUTERS.get(name, AROUND_THE_CLOCK)


def moment(text: str) -> dt.datetime:
    """A stored date and time."""
    return dt.datetime.fromisoformat(text)
