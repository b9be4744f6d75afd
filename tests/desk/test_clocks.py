"""Stop watches: pure functions against a simulator that lives every minute, then the watches of tickets."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interdesk.desk import clocks, watches
from interdesk.desk.clock import as_text
from interdesk.desk.working_time import AROUND_THE_CLOCK
from interdesk.model.attributes import StopWatch, Threshold
from tests.support.models import attribute
from tests.support.timed_desks import TestDesk

WATCH = attribute(StopWatch, "w", thresholds={75: Threshold(75), 100: Threshold(100)})
assert isinstance(WATCH, StopWatch)
BEGIN = dt.datetime(2026, 3, 28, 23, 0, 0)
FRESH = WATCH.initial("")


def at(minute: int) -> str:
    return as_text(BEGIN + dt.timedelta(minutes=minute))


# -- the simulator


@dataclass
class Mark:
    """A threshold: the minute when it is due, and how many minutes it was overrun."""

    percent: int
    due: int | None = None
    over: int | None = None


@dataclass
class Simulator:
    """Counts minutes one by one, and knows nothing of differences between dates."""

    goal: int | None
    minute: int = 0
    running: bool = False
    spent: int = 0  # before the present run
    run: int = 0  # minutes of the present run
    late: dict[int, int] = field(default_factory=dict)  # percent -> minutes of the present run past the deadline
    thresholds: list[Mark] = field(default_factory=lambda: [Mark(75), Mark(100)])

    def tick(self) -> None:
        if self.running:
            self.run += 1
            for one in self.thresholds:
                if one.due is not None and one.due <= self.minute:
                    self.late[one.percent] = self.late.get(one.percent, 0) + 1
        self.minute += 1

    def start(self) -> None:
        if not self.running:
            self.running, self.run, self.late = True, 0, {}
        self.aim()

    def aim(self) -> None:
        for one in self.thresholds:
            if self.goal is None:
                one.due = None
                continue
            left = one.percent * self.goal // 100 - self.spent
            if left < 0:
                continue
            one.due = self.minute - self.run + left
            self.late[one.percent] = max(0, self.minute - one.due)
            if one.due > self.minute:
                one.over = None

    def stop(self) -> None:
        if not self.running:
            return
        self.running = False
        self.spent += self.run
        for one in self.thresholds:
            if one.due is not None and one.due <= self.minute:
                one.over = (one.over or 0) + self.late.get(one.percent, 0)
            else:
                one.due = None

    def reset(self) -> None:
        running = self.running
        fresh = Simulator(self.goal, self.minute)
        self.running, self.spent, self.run, self.late = False, 0, 0, {}
        self.thresholds = fresh.thresholds
        if running:
            self.start()

    def seen(self) -> dict[str, Any]:
        return {
            "running": self.running,
            "spent": self.spent * 60,
            "due": [None if one.due is None else at(one.due) for one in self.thresholds],
            "over": [None if one.over is None else one.over * 60 for one in self.thresholds],
            "passed": [(one.due is not None and one.due <= self.minute) or bool(one.over) for one in self.thresholds],
        }


def seen(value: clocks.Value, minute: int) -> dict[str, Any]:
    return {
        "running": clocks.running(value),
        "spent": value[clocks.SPENT],
        "due": [value[4], value[7]],
        "over": [value[6], value[9]],
        "passed": [clocks.passed(value, place, at(minute)) for place in (0, 1)],
    }


GOALS = st.none() | st.integers(0, 30).map(lambda quarter: quarter * 4)  # in minutes: 75 % of them are whole minutes
EVENTS = st.one_of(
    st.tuples(st.just("wait"), st.integers(0, 90)),
    st.tuples(st.sampled_from(["start", "stop", "reset"]), st.just(0)),
    st.tuples(st.just("goal"), GOALS),
)


@given(GOALS, st.lists(EVENTS, max_size=14))
@example(8, [("start", 0), ("wait", 7), ("stop", 0), ("wait", 5), ("start", 0), ("wait", 3), ("stop", 0)])
@example(8, [("start", 0), ("wait", 9), ("goal", 40), ("wait", 40), ("goal", None), ("stop", 0)])
@example(4, [("start", 0), ("wait", 4), ("stop", 0), ("start", 0), ("wait", 1), ("reset", 0), ("wait", 9)])
@example(8, [("start", 0), ("wait", 6), ("goal", 4), ("wait", 1), ("stop", 0), ("goal", 4), ("start", 0)])
def test_watch_agrees_with_the_simulator(goal: int | None, events: list[tuple[str, Any]]) -> None:
    simulator = Simulator(goal)
    value: clocks.Value = FRESH
    for event, amount in events:
        now = at(simulator.minute)
        seconds = None if simulator.goal is None else simulator.goal * 60
        match event:
            case "wait":
                for _ in range(amount):
                    simulator.tick()
            case "start":
                simulator.start()
                value = clocks.aim(WATCH, clocks.start(WATCH, value, now), seconds, now)
            case "stop":
                simulator.stop()
                value = clocks.stop(WATCH, value, now)
            case "reset":
                simulator.reset()
                value = clocks.aim(WATCH, clocks.reset(WATCH, value, now), seconds, now)
            case "goal":
                simulator.goal = amount
                if simulator.running:
                    simulator.aim()
                value = clocks.aim(WATCH, value, None if amount is None else amount * 60, now)
        assert seen(value, simulator.minute) == simulator.seen(), event


# -- single properties


def test_first_start_is_kept_and_a_running_watch_is_left_alone() -> None:
    value = clocks.start(WATCH, FRESH, at(0))
    assert value[:4] == (0, at(0), at(0), None)
    assert clocks.start(WATCH, value, at(5)) == value
    value = clocks.stop(WATCH, value, at(10))
    assert value[:4] == (600, at(0), None, at(10))
    assert clocks.stop(WATCH, value, at(20)) == value
    assert clocks.start(WATCH, value, at(30))[:4] == (600, at(0), at(30), None)


def test_deadline_that_moves_into_the_future_takes_the_threshold_back() -> None:
    value = clocks.aim(WATCH, clocks.start(WATCH, FRESH, at(0)), 600, at(0))
    reached = (*value[:8], 1, 90)
    assert clocks.aim(WATCH, reached, 600, at(10))[7:] == (at(10), 1, 90)
    assert clocks.aim(WATCH, reached, 1200, at(10))[7:] == (at(20), 0, None)


@pytest.mark.parametrize(("goal", "share"), [(10, 8), (2, 2), (1, 1), (6, 5), (0, 0)])
def test_shares_are_rounded_half_up(goal: int, share: int) -> None:
    value = clocks.aim(WATCH, clocks.start(WATCH, FRESH, at(0)), goal, at(0))
    assert value[4] == as_text(BEGIN + dt.timedelta(seconds=share))


def test_goal_beyond_the_calendar_means_no_deadline() -> None:
    assert clocks.aim(WATCH, clocks.start(WATCH, FRESH, at(0)), 10**15, at(0))[4] is None


@given(st.integers(0, 10**7))
def test_around_the_clock_a_deadline_is_as_far_as_the_time_that_elapses(seconds: int) -> None:
    deadline = AROUND_THE_CLOCK.deadline(BEGIN, seconds)
    assert AROUND_THE_CLOCK.elapsed(BEGIN, deadline) == seconds
    assert AROUND_THE_CLOCK.elapsed(deadline, BEGIN) == 0


# -- the watches of tickets


@dataclass
class Agreed:
    """An organization whose contract allows 2 hours to take on an incident of priority 1, and 4 to solve it."""

    desk: TestDesk
    org: int
    service: int
    sla: int

    def ticket(self, name: str = "UserRequest", **values: Any) -> int:
        given = {"org_id": self.org, "service_id": self.service, "impact": "1", "urgency": "1", "title": "t"}
        if name == "UserRequest":
            given["request_type"] = "incident"
        return self.desk.create(name, **{**given, "description": "d", **values})

    def target(self, metric: str, value: int | None, unit: str = "hours", **values: Any) -> int:
        given = {"name": f"{metric} {value} {unit}", "priority": "1", "request_type": "incident", **values}
        slt = self.desk.create("SLT", metric=metric, value=value, unit=unit, **given)
        self.desk.create("lnkSLAToSLT", sla_id=self.sla, slt_id=slt)
        return slt

    def deadlines(self, key: int, name: str = "UserRequest") -> Any:
        return self.desk.values(name, key, "tto_escalation_deadline", "ttr_escalation_deadline")


@pytest.fixture
def agreed(jobs: TestDesk) -> Agreed:
    org = jobs.create("Organization", name="Acme")
    service = jobs.create("Service", name="Desk", org_id=org)
    sla = jobs.create("SLA", name=f"Gold {org}", org_id=org)
    contract = jobs.create("CustomerContract", name="C", org_id=org, provider_id=org)
    jobs.create("lnkCustomerContractToService", customercontract_id=contract, service_id=service, sla_id=sla)
    made = Agreed(jobs, org, service, sla)
    made.target("tto", 2)
    made.target("ttr", 4)
    return made


NONE = (None, None)
TWO, FOUR = "2026-03-02 11:00:00", "2026-03-02 13:00:00"


def test_new_ticket_gets_its_deadlines(agreed: Agreed) -> None:
    assert agreed.deadlines(agreed.ticket()) == (TWO, FOUR)
    assert agreed.deadlines(agreed.ticket("Incident"), "Incident") == (TWO, FOUR)


@pytest.mark.parametrize(
    "values",
    [{"service_id": 0}, {"urgency": "4"}, {"request_type": "service_request"}, {"request_type": None}],
)
def test_ticket_without_agreement_has_no_deadline(agreed: Agreed, values: dict[str, Any]) -> None:
    assert agreed.deadlines(agreed.ticket(**values)) == NONE


def test_smallest_target_counts(agreed: Agreed) -> None:
    agreed.target("tto", 30, "minutes")
    agreed.target("tto", None)
    agreed.target("ttr", 5)
    assert agreed.deadlines(agreed.ticket()) == ("2026-03-02 09:30:00", FOUR)


def test_agreement_of_another_organization_does_not_count(agreed: Agreed) -> None:
    other = agreed.desk.create("Organization", name="Other")
    assert agreed.deadlines(agreed.ticket(org_id=other)) == NONE


def test_watches_follow_the_states(agreed: Agreed) -> None:
    desk = agreed.desk
    key = agreed.ticket()
    desk.clock.forward(minutes=30)
    desk.stimulate("UserRequest", key, "ev_assign")
    assert agreed.deadlines(key) == (None, FOUR), "taken on in time: the deadline is gone"
    assert desk.values("UserRequest", key, "tto", "ttr") == (
        (1800, "2026-03-02 09:00:00", None, "2026-03-02 09:30:00", None, 0, None, None, 0, None),
        (0, "2026-03-02 09:00:00", "2026-03-02 09:00:00", None, "2026-03-02 12:00:00", 0, None, FOUR, 0, None),
    )
    desk.stimulate("UserRequest", key, "ev_pending", pending_reason="x")
    assert agreed.deadlines(key) == NONE
    desk.clock.forward(hours=10)
    desk.stimulate("UserRequest", key, "ev_assign")
    assert agreed.deadlines(key) == (None, "2026-03-02 23:00:00"), "half an hour of four was spent before"
    assert desk.values("UserRequest", key, "cumulatedpending")[0] == 36_000


def test_direct_change_of_the_state_moves_the_watches_too(agreed: Agreed) -> None:
    key = agreed.ticket()
    agreed.desk.clock.forward(minutes=5)
    agreed.desk.update("UserRequest", key, status="pending")
    spent = (300, "2026-03-02 09:00:00", None, "2026-03-02 09:05:00")
    assert agreed.desk.values("UserRequest", key, "ttr")[:4] == spent
    key = agreed.ticket(status="resolved")
    assert agreed.desk.values("UserRequest", key, "ttr")[:4] == (0, None, None, None)


def test_overrun_is_kept_when_the_watch_stops(agreed: Agreed) -> None:
    key = agreed.ticket()
    agreed.desk.clock.forward(hours=2, minutes=10)
    agreed.desk.stimulate("UserRequest", key, "ev_assign")
    fields = ("tto_escalation_deadline", "sla_tto_passed", "sla_tto_over", "sla_ttr_over")
    assert agreed.desk.values("UserRequest", key, *fields) == (TWO, 1, 600, None)


def test_deadlines_follow_what_the_goal_depends_on(agreed: Agreed) -> None:
    desk = agreed.desk
    agreed.target("ttr", 8, priority="4")
    key = agreed.ticket()
    desk.clock.forward(hours=1)
    desk.update("UserRequest", key, title="other")
    assert agreed.deadlines(key) == (TWO, FOUR)
    desk.update("UserRequest", key, urgency="4")
    assert agreed.deadlines(key) == (None, "2026-03-02 17:00:00")
    desk.update("UserRequest", key, service_id=0)
    assert agreed.deadlines(key) == NONE


def test_goals_cost_one_query_and_only_when_needed(agreed: Agreed) -> None:
    desk, key = agreed.desk, agreed.ticket()

    def statements(**values: Any) -> int:
        with desk.acting() as tx:
            before = tx.session.statements
            assert tx.update("UserRequest", key, values)
            return tx.session.statements - before

    plain = statements(title="one")
    assert statements(title="two") == plain, "no lookup when nothing that matters changed"
    assert statements(urgency="3") == plain + 2, "one more row of history, and one lookup that serves both watches"


def test_classes_without_watches_look_nothing_up(jobs: TestDesk) -> None:
    key = jobs.create("Organization", name="Acme")
    with jobs.acting() as tx:
        draft = tx.load("Organization", key)
        before = tx.session.statements
        watches.settle(draft, tx)
        assert tx.session.statements == before
