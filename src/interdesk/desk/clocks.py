"""Stop watches as pure functions: stored value and moment in, stored value out. Nothing here reads a clock.

A stored value is the tuple of ``StopWatch.columns``: seconds spent, started, last start, stopped, then deadline,
triggered and overrun for each threshold. A watch runs exactly while it has a last start.
Source: facts ``itop_rights_and_deletion.md`` 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from interdesk.desk.clock import as_text
from interdesk.desk.working_time import AROUND_THE_CLOCK, WorkingTime, moment
from interdesk.model.attributes import StopWatch

Value = tuple[Any, ...]

SPENT, STARTED, LAST_START, STOPPED = range(4)
HEAD = 4  # then three columns for each threshold
DEADLINE, TRIGGERED, OVERRUN = range(3)
COUNT = 3


def running(value: Sequence[Any]) -> bool:
    return value[LAST_START] is not None


def start(watch: StopWatch, value: Sequence[Any], now: str) -> Value:
    """Sets a watch going; the first start is kept. A watch that runs stays as it is."""
    if running(value):
        return tuple(value)
    return (value[SPENT] or 0, value[STARTED] or now, now, None, *value[HEAD:])


def stop(watch: StopWatch, value: Sequence[Any], now: str, working_time: WorkingTime = AROUND_THE_CLOCK) -> Value:
    """Holds a watch. Deadlines that were met are forgotten, for those that were not the overrun is kept."""
    if not running(value):
        return tuple(value)
    since, end = moment(value[LAST_START]), moment(now)
    spent = (value[SPENT] or 0) + working_time.elapsed(since, end)
    stopped: list[Any] = [spent, value[STARTED], None, now]
    for deadline, triggered, overrun in _thresholds(value):
        if deadline is not None and deadline <= now:
            late = working_time.elapsed(max(moment(deadline), since), end)
            stopped += (deadline, triggered, (overrun or 0) + late)
        else:
            stopped += (None, triggered, overrun)
    return tuple(stopped)


def aim(
    watch: StopWatch,
    value: Sequence[Any],
    goal: int | None,
    now: str,
    working_time: WorkingTime = AROUND_THE_CLOCK,
) -> Value:
    """The deadlines of a running watch for a goal in seconds; without goal there are none.

    Where more was spent before than the threshold allows, the deadline stays. One that moves into the future
    takes the threshold back: neither triggered nor overrun.
    """
    if not running(value):
        return tuple(value)
    aimed: list[Any] = list(value[:HEAD])
    for percent, (deadline, triggered, overrun) in zip(watch.thresholds, _thresholds(value), strict=True):
        if goal is None:
            deadline = None
        elif (remaining := _share(percent, goal) - (value[SPENT] or 0)) >= 0:
            deadline = _after(value[LAST_START], remaining, working_time)
            if deadline is None or deadline > now:
                triggered, overrun = 0, None
        aimed += (deadline, triggered, overrun)
    return tuple(aimed)


def reset(watch: StopWatch, value: Sequence[Any], now: str) -> Value:
    """Back to zero; a watch that runs starts again now. The deadlines are to be aimed anew."""
    fresh = watch.initial(now)
    return start(watch, fresh, now) if running(value) else fresh


def passed(value: Sequence[Any], place: int, now: str) -> bool:
    """True when the deadline of the threshold at that place has come, or was overrun before."""
    deadline, _, overrun = list(_thresholds(value))[place]
    return (deadline is not None and deadline <= now) or (overrun or 0) > 0


def _thresholds(value: Sequence[Any]) -> Iterator[tuple[str | None, int, int | None]]:
    for at in range(HEAD, len(value), COUNT):
        yield value[at + DEADLINE], value[at + TRIGGERED], value[at + OVERRUN]


def _share(percent: int, goal: int) -> int:
    """Rounded half up, as the goal's own language rounds."""
    return (percent * goal + 50) // 100


def _after(start: str, seconds: int, working_time: WorkingTime) -> str | None:
    """A deadline beyond the last day of the calendar is none."""
    try:
        return as_text(working_time.deadline(moment(start), seconds))
    except OverflowError:
        return None
