"""Periodic jobs: one owner at a time; thresholds, dates of obsolescence, a ledger that is cleaned up."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from interdesk.desk import SYSTEM, Desk, Vault
from interdesk.desk.clock import as_text
from interdesk.desk.values import LinkChange
from interdesk.events import background, thresholds, upkeep
from interdesk.events.background import Job, Jobs
from interdesk.events.observer import Observer
from interdesk.events.outbox import Outbox
from interdesk.model import Model
from interdesk.store import Store
from tests.support.deliveries import rows, states
from tests.support.people import CHEAP, KEY, bundled_model
from tests.support.timed_desks import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def desk(open_store: Callable[[Model], Store], clock: HandClock) -> Desk:
    made = Desk(open_store(bundled_model()), Vault(KEY, CHEAP), clock=clock)
    made.observers = [Observer(Outbox(), "http://desk.example/")]
    return made


def test_a_job_runs_at_its_times(desk: Desk, clock: HandClock) -> None:
    runs: list[dt.datetime] = []
    jobs = Jobs(desk, [Job("Test", 60, lambda: len(runs.append(clock.now) or runs))])
    assert jobs.run_due() == ["Test"]
    assert jobs.run_due() == []
    clock.forward(seconds=59)
    assert jobs.run_due() == []
    clock.forward(seconds=1)
    assert jobs.run_due() == ["Test"]
    assert rows(desk, "BackgroundTask", "class_name", "total_exec_count", "running", "status", "next_run_date") == [
        (1, "Test", 2, 0, "active", "2026-03-02 09:02:00")
    ]


def test_a_job_that_fails_is_tried_at_its_next_time_and_leaves_the_others_be(desk: Desk, clock: HandClock) -> None:
    def failing() -> int:
        raise ZeroDivisionError

    jobs = Jobs(desk, [Job("Failing", 60, failing), Job("Good", 60, lambda: 1)])
    assert jobs.run_due() == ["Failing", "Good"]
    clock.forward(seconds=60)
    assert jobs.run_due() == ["Failing", "Good"]


def test_only_one_runs_a_job(desk: Desk) -> None:
    runs: list[int] = []
    begun = threading.Barrier(4)

    def run(number: int) -> None:
        begun.wait(20)
        Jobs(desk, [Job("Test", 60, lambda: len(runs.append(number) or runs))]).run_due()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    assert len(runs) == 1


def test_who_died_at_a_job_is_followed_by_another(desk: Desk, clock: HandClock) -> None:
    with desk.transaction(SYSTEM) as tx:
        tx.session.insert(
            background.CLASS, {"class_name": "Test", "running": 1, "latest_run_date": tx.now, "status": "active"}
        )
    jobs = Jobs(desk, [Job("Test", 60, lambda: 0)])
    clock.forward(seconds=background.LEASE_SECONDS)
    assert jobs.run_due() == []
    clock.forward(seconds=1)
    assert jobs.run_due() == ["Test"]


def test_who_is_long_at_a_job_keeps_it(desk: Desk, clock: HandClock) -> None:
    other = Jobs(desk, [Job("Test", 60, lambda: 0)])
    seen: list[list[str]] = []

    def long() -> int:
        for _ in range(3):
            clock.forward(seconds=background.LEASE_SECONDS)
            now = as_text(clock())
            until = time.monotonic() + 20
            while rows(desk, background.CLASS, "latest_run_date") != [(1, now)] and time.monotonic() < until:
                time.sleep(0.01)
            seen.append(other.run_due())
        return 0

    first = Jobs(desk, [Job("Test", 60, long)], renew_seconds=0.02)
    assert first.run_due() == ["Test"]
    assert seen == [[], [], []]
    assert (first.runs, other.runs) == (1, 0)


def test_a_paused_job_does_not_run(desk: Desk, clock: HandClock) -> None:
    jobs = Jobs(desk, [Job("Test", 60, lambda: 0)])
    jobs.run_due()
    with desk.transaction(SYSTEM) as tx:
        tx.session.update(background.CLASS, 1, {"status": "paused"})
    clock.forward(days=1)
    assert jobs.run_due() == []


def ticket(desk: Desk, minutes: int) -> int:
    """A user request whose response is due in so many minutes."""
    with desk.transaction(SYSTEM) as tx:
        org = tx.create("Organization", {"name": "Org"})
        caller = tx.create("Person", {"org_id": org, "name": "Doe", "first_name": "Ann"})
        family = tx.create("ServiceFamily", {"name": "Family"})
        service = tx.create("Service", {"name": "Service", "org_id": org, "servicefamily_id": family})
        target = {"name": "TTO", "priority": "4", "request_type": "service_request", "unit": "minutes"}
        slt = tx.create("SLT", {**target, "metric": "tto", "value": minutes})
        sla = tx.create("SLA", {"name": "SLA", "org_id": org})
        tx.create("lnkSLAToSLT", {"sla_id": sla, "slt_id": slt})
        contract = tx.create("CustomerContract", {"name": "Contract", "org_id": org, "provider_id": org})
        tx.create(
            "lnkCustomerContractToService", {"customercontract_id": contract, "service_id": service, "sla_id": sla}
        )
        values = {"org_id": org, "caller_id": caller, "title": "T", "description": "D", "service_id": service}
        return tx.create("UserRequest", {**values, "impact": "3", "urgency": "4", "request_type": "service_request"})


def test_a_threshold_acts_once_when_its_deadline_has_come(desk: Desk, clock: HandClock) -> None:
    with desk.transaction(SYSTEM) as tx:
        kind = tx.create("RemoteApplicationType", {"name": "Other"})
        connection = tx.create(
            "RemoteApplicationConnection",
            {"name": "c", "url": "http://x/", "remoteapplicationtype_id": kind, "environment": "2-test"},
        )
        action = tx.create(
            "ActionWebhook",
            {"name": "a", "status": "enabled", "remoteapplicationconnection_id": connection, "payload": "{}"},
        )
        tx.create(
            "TriggerOnThresholdReached",
            {
                "description": "late",
                "target_class": "UserRequest",
                "stop_watch_code": "tto",
                "threshold_index": "100",
                "action_list": LinkChange([("lnkTriggerAction", {"action_id": action})]),
            },
        )
    key = ticket(desk, 60)
    assert thresholds.check(desk) == 0
    clock.forward(minutes=45)
    assert (thresholds.check(desk), thresholds.check(desk), states(desk)) == (1, 0, []), "75 %: nobody listens"
    clock.forward(minutes=14)
    assert thresholds.check(desk) == 0
    clock.forward(minutes=2)
    assert thresholds.check(desk) == 1
    assert [row[1] for row in rows(desk, "UserRequest", "status")] == ["escalated_tto"]
    assert states(desk, "object_class", "object_id") == [("waiting", "UserRequest", key)]
    assert thresholds.check(desk) == 0
    assert "Automatic - threshold triggered" in [row[1] for row in rows(desk, "CMDBChange", "userinfo")]


def test_obsolete_objects_are_dated_once(desk: Desk, clock: HandClock) -> None:
    with desk.transaction(SYSTEM) as tx:
        org = tx.create("Organization", {"name": "Org"})
        people = [tx.create("Person", {"org_id": org, "name": n, "first_name": "A"}) for n in "abc"]
        tx.update("Person", people[1], {"status": "inactive"})
    assert upkeep.date_obsolescence(desk) == 1
    clock.forward(days=3)
    assert upkeep.date_obsolescence(desk) == 0
    assert [row[1] for row in rows(desk, "Person", "obsolescence_date")] == [None, "2026-03-02", None]
    with desk.transaction(SYSTEM) as tx:
        tx.update("Person", people[1], {"status": "active"})
    assert upkeep.date_obsolescence(desk) == 1
    assert {row[1] for row in rows(desk, "Person", "obsolescence_date")} == {None}


def test_the_ledger_forgets_what_ended_long_ago(desk: Desk, clock: HandClock) -> None:
    with desk.transaction(SYSTEM) as tx:
        for state, finished in (
            ("delivered", "2026-01-01 00:00:00"),
            ("dead", "2026-01-01 00:00:00"),
            ("delivered", "2026-03-01 00:00:00"),
            ("waiting", None),
        ):
            key = tx.session.insert("Delivery", {"state": state, "finished": finished})
            tx.session.insert("DeliveryAttempt", {"delivery_id": key})
    assert upkeep.forget_deliveries(desk, 0) == 0
    assert upkeep.forget_deliveries(desk, 30) == 2
    assert states(desk) == ["delivered", "waiting"]
    assert [row[1] for row in rows(desk, "DeliveryAttempt", "delivery_id")] == [3, 4]
