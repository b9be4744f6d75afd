"""Open hours against a simulator that lives every minute, and knows nothing of differences between dates."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from interdesk.desk.open_hours import WEEKDAYS, OpenHours

BEGIN = dt.datetime(2026, 3, 23)  # a Monday; clocks are put forward on the Sunday after it in much of Europe
MINUTE = dt.timedelta(minutes=1)
DAYS = 24  # that the simulator lives
OFFICE = [(day, "09:00", "12:30") for day in WEEKDAYS[:5]] + [(day, "13:00", "17:00") for day in WEEKDAYS[:5]]

times = st.integers(0, 24 * 4).map(lambda quarter: quarter * 15)
intervals = st.lists(
    st.tuples(st.sampled_from(WEEKDAYS), times, times).filter(lambda found: found[1] < found[2]), min_size=1, max_size=9
)
holidays = st.sets(st.integers(0, DAYS - 1), max_size=6)
moments = st.integers(0, DAYS * 24 * 60 - 1)


def clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def is_open(minute: int, week: list[tuple[str, int, int]], closed: set[int]) -> bool:
    day, at = divmod(minute, 24 * 60)
    return day not in closed and any(WEEKDAYS[day % 7] == name and since <= at < until for name, since, until in week)


def hours_of(week: list[tuple[str, int, int]], closed: set[int]) -> OpenHours:
    days = [(BEGIN + dt.timedelta(days=day)).date() for day in closed]
    return OpenHours([(name, clock(since), clock(until)) for name, since, until in week], days)


@settings(deadline=None, max_examples=60)
@given(intervals, holidays, moments, moments)
@example([("sunday", 0, 24 * 60)], set(), 6 * 24 * 60 + 90, 6 * 24 * 60 + 200)
def test_open_minutes_between_two_moments(
    week: list[tuple[str, int, int]], closed: set[int], first: int, second: int
) -> None:
    lived = sum(is_open(minute, week, closed) for minute in range(first, second))
    assert hours_of(week, closed).elapsed(BEGIN + first * MINUTE, BEGIN + second * MINUTE) == lived * 60


@settings(deadline=None, max_examples=60)
@given(intervals, holidays, moments, st.integers(1, 180))
def test_deadline_is_where_the_simulator_has_counted_enough(
    week: list[tuple[str, int, int]], closed: set[int], start: int, minutes: int
) -> None:
    left, minute = minutes, start
    while left:
        left -= is_open(minute, week, closed)
        minute += 1
    assert hours_of(week, closed).deadline(BEGIN + start * MINUTE, minutes * 60) == BEGIN + minute * MINUTE


@settings(deadline=None)
@given(intervals, holidays, moments, st.integers(1, 10**9))
def test_as_much_elapses_until_a_deadline_as_was_asked_for(
    week: list[tuple[str, int, int]], closed: set[int], start: int, seconds: int
) -> None:
    hours, begin = hours_of(week, closed), BEGIN + start * MINUTE
    assert hours.elapsed(begin, hours.deadline(begin, seconds)) == seconds


@pytest.mark.parametrize(
    ("start", "seconds", "deadline"),
    [
        ("2026-03-27 16:00:00", 3_600, "2026-03-27 17:00:00"),
        ("2026-03-27 16:00:00", 3_601, "2026-03-30 09:00:01"),
        ("2026-03-28 10:00:00", 60, "2026-03-30 09:01:00"),
        ("2026-03-23 12:29:30", 60, "2026-03-23 13:00:30"),
        ("2026-03-23 09:00:00", 0, "2026-03-23 09:00:00"),
    ],
)
def test_office_hours(start: str, seconds: int, deadline: str) -> None:
    assert OpenHours(OFFICE).deadline(dt.datetime.fromisoformat(start), seconds) == dt.datetime.fromisoformat(deadline)


def test_holiday_moves_a_deadline() -> None:
    hours = OpenHours(OFFICE, [dt.date(2026, 3, 24)])
    assert hours.deadline(dt.datetime(2026, 3, 23, 16), 7_200) == dt.datetime(2026, 3, 25, 10)


def test_the_night_of_the_change_of_clocks_has_its_hours_once() -> None:
    hours = OpenHours([("sunday", "00:00", "24:00")])
    assert hours.elapsed(dt.datetime(2026, 3, 29), dt.datetime(2026, 3, 30)) == 86_400
    assert hours.elapsed(dt.datetime(2026, 10, 25), dt.datetime(2026, 10, 26)) == 86_400


def test_nothing_elapses_backwards() -> None:
    hours = OpenHours(OFFICE)
    assert hours.elapsed(dt.datetime(2026, 3, 24, 12), dt.datetime(2026, 3, 24, 10)) == 0
    assert hours.elapsed(dt.datetime(2026, 3, 24), dt.datetime(2026, 3, 20)) == 0


@pytest.mark.parametrize("hours", [OpenHours([]), OpenHours([("monday", "09:00", "09:01")])])
def test_no_deadline_beyond_the_calendar(hours: OpenHours) -> None:
    with pytest.raises(OverflowError):
        hours.deadline(BEGIN, 10**15)
