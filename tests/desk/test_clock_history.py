"""Coverage windows at the clocks of tickets, and clocks computed anew from the history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interdesk import oql
from interdesk.desk.clock import as_text
from interdesk.desk.clock_history import Explained, explain
from interdesk.errors import BadValue, NotFound, Refused, UnknownAttribute
from tests.support.timed_desks import START, TestDesk

WORKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


@dataclass
class Agreed:
    """An organization with 8 hours to solve a request, in a window from 9 to 17; START is Monday, 9 o'clock."""

    desk: TestDesk
    org: int
    service: int
    sla: int
    window: int
    calendar: int

    def ticket(self, **values: Any) -> int:
        given = {"org_id": self.org, "service_id": self.service, "impact": "1", "urgency": "1"}
        given |= {"title": "t", "description": "d", "request_type": "incident"}
        return self.desk.create("UserRequest", **{**given, **values})

    def explained(self, key: int, watch: str) -> Explained:
        with self.desk.reading() as reader:
            return explain(reader, self.desk.model, "Ticket", key, watch, as_text(self.desk.clock()))


@pytest.fixture
def agreed(jobs: TestDesk) -> Agreed:
    org = jobs.create("Organization", name="Acme")
    service = jobs.create("Service", name="Desk", org_id=org)
    sla = jobs.create("SLA", name=f"Office {org}", org_id=org)
    contract = jobs.create("CustomerContract", name="C", org_id=org, provider_id=org)
    jobs.create("lnkCustomerContractToService", customercontract_id=contract, service_id=service, sla_id=sla)
    for metric, value in (("tto", 2), ("ttr", 8)):
        for priority in ("1", "4"):
            target = {"name": f"{metric}{priority}", "metric": metric, "value": value * int(priority), "unit": "hours"}
            slt = jobs.create("SLT", priority=priority, request_type="incident", **target)
            jobs.create("lnkSLAToSLT", sla_id=sla, slt_id=slt)
    calendar = jobs.create("HolidayCalendar", name="Ours")
    window = jobs.create("CoverageWindow", name="Office", holidaycalendar_id=calendar)
    for day in WORKDAYS:
        jobs.create("CoverageInterval", coveragewindow_id=window, weekday=day, start_time="09:00", end_time="17:00")
    jobs.create("lnkSLAToCoverageWindow", sla_id=sla, coveragewindow_id=window)
    return Agreed(jobs, org, service, sla, window, calendar)


# -- coverage windows


def test_deadlines_fall_into_open_hours(agreed: Agreed) -> None:
    desk = agreed.desk
    desk.clock.forward(hours=7)
    fields = ("tto_escalation_deadline", "ttr_escalation_deadline")
    assert desk.values("UserRequest", agreed.ticket(), *fields) == ("2026-03-03 10:00:00", "2026-03-03 16:00:00")
    desk.create("Holiday", holidaycalendar_id=agreed.calendar, name="Off", date="2026-03-03")
    assert desk.values("UserRequest", agreed.ticket(), *fields) == ("2026-03-04 10:00:00", "2026-03-04 16:00:00")


def test_nights_are_not_counted(agreed: Agreed) -> None:
    desk, key = agreed.desk, agreed.ticket()
    desk.clock.forward(days=1, hours=1)
    desk.stimulate("UserRequest", key, "ev_assign")
    assert desk.values("UserRequest", key, "tto")[0] == 9 * 3_600
    assert desk.values("UserRequest", key, "sla_tto_over") == 7 * 3_600
    desk.stimulate("UserRequest", key, "ev_resolve", solution="s")
    assert desk.values("UserRequest", key, "time_spent") == 9 * 3_600


def test_a_window_without_hours_counts_around_the_clock(agreed: Agreed) -> None:
    desk = agreed.desk
    with desk.acting() as tx:
        query = oql.query("SELECT CoverageInterval WHERE coveragewindow_id = :window", desk.model)
        tx.delete("CoverageInterval", [key for key, _ in tx.find(query, {"window": agreed.window}, limit=10)])
    desk.clock.forward(hours=7)
    assert desk.values("UserRequest", agreed.ticket(), "ttr_escalation_deadline") == "2026-03-03 00:00:00"


@pytest.mark.parametrize(
    ("begin", "end"), [("17:00", "09:00"), ("09:00", "09:00"), ("9:00", "17:00"), ("09:00", "25:00")]
)
def test_hours_must_make_sense(agreed: Agreed, begin: str, end: str) -> None:
    with pytest.raises(Refused):
        agreed.desk.create(
            "CoverageInterval", coveragewindow_id=agreed.window, weekday="sunday", start_time=begin, end_time=end
        )


def test_an_sla_has_one_window(agreed: Agreed) -> None:
    second = agreed.desk.create("CoverageWindow", name="Second")
    with pytest.raises(Refused, match="one coverage window at most"):
        agreed.desk.create("lnkSLAToCoverageWindow", sla_id=agreed.sla, coveragewindow_id=second)


# -- from the history


def test_explained_clock_has_intervals_goal_and_outcome(agreed: Agreed) -> None:
    desk, key = agreed.desk, agreed.ticket()
    desk.clock.forward(hours=3)
    desk.stimulate("UserRequest", key, "ev_assign")
    desk.clock.forward(hours=2)
    desk.stimulate("UserRequest", key, "ev_pending", pending_reason="x")
    desk.clock.forward(days=1)
    desk.stimulate("UserRequest", key, "ev_assign")
    desk.clock.forward(hours=1)
    explained = agreed.explained(key, "ttr")
    assert [(found.state, found.seconds) for found in explained.intervals] == [
        ("new", 3 * 3_600),
        ("assigned", 2 * 3_600),
        ("pending", None),
        ("assigned", 3_600),
    ]
    assert explained.intervals[0].begin == as_text(START) and explained.intervals[-1].end is None
    assert explained.target is not None
    assert (explained.target.seconds, explained.target.sla_name) == (8 * 3_600, f"Office {agreed.org}")
    assert explained.agrees, (explained.stored, explained.computed)
    assert explained.computed["timespent"] == 5 * 3_600
    assert explained.computed["100_deadline"] == "2026-03-03 17:00:00"
    assert agreed.explained(key, "tto").computed["100_overrun"] == 3_600
    assert agreed.explained(key, "cumulatedpending").computed["timespent"] == 8 * 3_600


def test_a_value_that_does_not_follow_from_the_history_is_told(agreed: Agreed) -> None:
    desk, key = agreed.desk, agreed.ticket()
    desk.clock.forward(hours=1)
    desk.stimulate("UserRequest", key, "ev_assign")
    with desk.store.write() as session:
        session.update("UserRequest", key, {"tto": (5, *desk.values("UserRequest", key, "tto")[1:])})
    explained = agreed.explained(key, "tto")
    assert not explained.agrees
    assert (explained.stored["timespent"], explained.computed["timespent"]) == (5, 3_600)


def test_what_is_no_stop_watch_is_refused(agreed: Agreed) -> None:
    key = agreed.ticket()
    with pytest.raises(BadValue, match="no stop watch"):
        agreed.explained(key, "title")
    with pytest.raises(UnknownAttribute):
        agreed.explained(key, "nothing")
    with pytest.raises(NotFound):
        agreed.explained(0, "ttr")


EVENTS = st.one_of(
    st.sampled_from(["ev_assign", "ev_pending", "ev_resolve", "ev_reopen", "ev_timeout", "ev_reassign"]),
    st.sampled_from(["1", "3", "4"]),
    st.just("service"),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 2_000), EVENTS), min_size=1, max_size=8))
def test_every_life_is_computed_anew_to_what_is_stored(agreed: Agreed, life: list[tuple[int, str]]) -> None:
    desk = agreed.desk
    key = agreed.ticket()
    for minutes, event in life:
        desk.clock.forward(minutes=minutes)
        live(agreed, key, event)
    for watch in ("tto", "ttr", "cumulatedpending"):
        explained = agreed.explained(key, watch)
        assert explained.agrees, (watch, explained)


def live(agreed: Agreed, key: int, event: str) -> None:
    """One event of a ticket's life, if its state allows it."""
    desk = agreed.desk
    if event == "service":
        now = desk.values("UserRequest", key, "service_id")
        desk.update("UserRequest", key, service_id=0 if now else agreed.service)
    elif event.isdigit():
        desk.update("UserRequest", key, urgency=event)
    else:
        cycle = desk.model.cls("UserRequest").lifecycle
        assert cycle is not None
        if (desk.values("UserRequest", key, "status"), event) in cycle.transitions:
            desk.stimulate("UserRequest", key, event, pending_reason="x", solution="s")
