"""Lanes: how each receiver fares, that of a connection or the server of an address.

One that is in trouble gets a rest; the others never notice.

All processes share what is known, as objects of the class ``DeliveryLane``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from interdesk.desk import Desk, queries
from interdesk.events.outbox import FIRST_OF_ADDRESSES
from interdesk.events.retrying import Breaker
from interdesk.store import Session, WriteSession

CLASS = "DeliveryLane"
FIELDS = ("id", "lane", "failures", "open_until")


@dataclass(frozen=True, slots=True)
class Lane:
    """``open_until``: nothing is sent before that (milliseconds)."""

    id: int
    lane: int
    failures: int
    open_until: int


@dataclass(slots=True)
class Tally:
    """What happened on a lane since it was last noted."""

    successes: int = 0
    troubles: int = 0
    error: str = ""


def read(session: Session, desk: Desk) -> dict[int, Lane]:
    """The lanes that ever had trouble, by number."""
    plan = desk.store.compiler.select(queries.every(desk.model.cls(CLASS)), FIELDS, ordered=False)
    lanes = [Lane(*(int(value or 0) for value in row)) for row in session.fetch(plan, {})]
    return {lane.lane: lane for lane in lanes}


def note(session: WriteSession, desk: Desk, tallies: Mapping[int, Tally], breaker: Breaker, now: int) -> None:
    """Keeps what happened; a success ends the trouble."""
    troubled = {key: tally for key, tally in tallies.items() if tally.troubles}
    known = read(session, desk) if tallies else {}
    for number, tally in tallies.items():
        lane = known.get(number)
        if tally.successes:
            if lane is not None and lane.failures:
                _keep(session, lane, number, 0, 0, "")
        elif number in troubled and (lane is None or lane.open_until <= now):
            failures = _counted(lane.failures if lane else 0, tally.troubles, breaker)
            rest = breaker.rest(failures)
            _keep(session, lane, number, failures, now + round(rest * 1000) if rest else 0, tally.error)


def _counted(failures: int, more: int, breaker: Breaker) -> int:
    """Those that failed side by side count up to the threshold; behind it only each single try counts."""
    return failures + 1 if failures >= breaker.failures else min(failures + more, breaker.failures)


def _keep(session: WriteSession, lane: Lane | None, number: int, failures: int, until: int, error: str) -> None:
    values = {
        "connection_id": number if number < FIRST_OF_ADDRESSES else 0,
        "lane": number,
        "failures": failures,
        "open_until": until,
        "open_until_date": local_text(until) if until else None,
        "last_error": error,
    }
    if lane is None:
        session.insert(CLASS, values)
    else:
        session.update(CLASS, lane.id, values)


def local_text(milliseconds: int) -> str:
    """A moment as the design's dates have it: the server's local time."""
    return dt.datetime.fromtimestamp(milliseconds / 1000).strftime("%Y-%m-%d %H:%M:%S")
