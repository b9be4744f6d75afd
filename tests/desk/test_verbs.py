"""The generic verbs, each on attributes of the kinds that it may meet."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from interdesk.desk import Actor, stimuli
from interdesk.desk.bootstrap import add_user, prepare
from interdesk.desk.values import Document
from interdesk.desk.verbs.relative_dates import UnknownModifier, shifted
from interdesk.errors import BadValue
from interdesk.model.lifecycle import Action, Param, Transition
from tests.support.timed_desks import TestDesk

NOW = "2026-03-02 09:00:00"
LATER = "2026-03-05 10:00:00"


def action(verb: str, *params: tuple[str, str] | str) -> Action:
    """Bare texts are attribute codes."""
    return Action(verb, tuple(Param(*(("attcode", one) if isinstance(one, str) else one)) for one in params))


def string(value: str) -> tuple[str, str]:
    return "string", value


def run(jobs: TestDesk, step: Action, actor: Actor | None = None, **values: Any) -> dict[str, Any]:
    """The values of a job after one action."""
    key = jobs.create("Job", **{"name": "j", **values})
    with jobs.acting(actor) if actor else jobs.acting() as tx:
        draft = tx.load("Job", key)
        assert stimuli.follow(draft, Transition("open", "ev_x", "held", (step,)), tx)
        tx.save(draft)
        assert draft.given == set()
    return draft.values


@pytest.mark.parametrize(
    ("step", "before", "code", "after"),
    [
        (action("SetCurrentDate", "due"), {"due": LATER}, "due", NOW),
        (action("SetCurrentDate", "day"), {}, "day", NOW[:10]),
        (action("SetCurrentDateIfNull", "due"), {"due": LATER}, "due", LATER),
        (action("SetCurrentDateIfNull", "due"), {}, "due", NOW),
        (action("SetComputedDate", "due", string("+2 days")), {}, "due", "2026-03-04 09:00:00"),
        (action("SetComputedDate", "due", string("+1 hour"), "begun"), {"begun": LATER}, "due", "2026-03-05 11:00:00"),
        (action("SetComputedDate", "day", string("tomorrow"), "begun"), {"begun": LATER}, "day", "2026-03-06"),
        (action("SetComputedDate", "due", string("+1 hour"), "begun"), {"due": LATER}, "due", LATER),
        (action("SetComputedDate", "due", string("some day")), {"due": LATER}, "due", LATER),
        (action("SetComputedDateIfNull", "due", string("+2 days")), {"due": LATER}, "due", LATER),
        (action("SetComputedDateIfNull", "due", string("+2 days")), {}, "due", "2026-03-04 09:00:00"),
        (action("SetElapsedTime", "took", "begun"), {"begun": "2026-03-02 08:00:10"}, "took", 3590),
        (action("SetElapsedTime", "took", "begun", string("AnyComputer")), {"begun": LATER}, "took", 0),
        (action("SetElapsedTime", "took", "begun"), {"took": 5}, "took", 5),
        (action("Reset", "kind"), {"kind": "fancy"}, "kind", "plain"),
        (action("Reset", "due"), {"due": LATER}, "due", None),
        (action("Reset", "count"), {"count": 3}, "count", None),
        (action("Reset", "user_id"), {}, "user_id", 0),
        (action("Reset", "person_phone"), {}, "line", ""),
        (action("Copy", "line", "kind"), {}, "line", "plain"),
        (action("Copy", "text", "rich"), {"rich": "<p>a &amp; b</p>"}, "text", "a & b"),
        (action("Copy", "rich", "text"), {"text": "a < b\nc"}, "rich", "<p>a &lt; b<br>c</p>"),
        (action("Copy", "rich", "rich"), {"rich": "<p>x</p>"}, "rich", "<p>x</p>"),
        (action("Copy", "text", "count"), {"count": 7}, "text", "7"),
        (action("Copy", "line", "person_phone"), {}, "line", ""),
        (action("Copy", "due", "begun"), {"begun": LATER}, "due", LATER),
        (action("Copy", "begun", "due"), {"begun": LATER}, "begun", None),
        (action("Set", "line", string("x")), {"line": "y"}, "line", "x"),
        (action("Set", "count", ("int", "12")), {}, "count", 12),
        (action("Set", "rate", ("float", "1.5")), {}, "rate", 1.5),
        (action("Set", "urgent", ("bool", "true")), {}, "urgent", 1),
        (action("Set", "urgent", ("bool", "false")), {"urgent": True}, "urgent", 0),
        (action("Set", "line", ("reference", "$sStimulusCode")), {}, "line", "ev_x"),
        (action("Set", "rich", string("a & b")), {}, "rich", "<p>a &amp; b</p>"),
        (action("SetIfNull", "line", string("x")), {"line": "y"}, "line", "y"),
        (action("SetIfNull", "line", string("x")), {}, "line", "x"),
        (action("SetIfNull", "count", ("int", "1")), {"count": 0}, "count", 0),
        (action("AddValue", "count"), {"count": 4}, "count", 5),
        (action("AddValue", "count"), {}, "count", 1),
        (action("AddValue", "count", ("int", "-3")), {"count": 4}, "count", 1),
        (action("AddValue", "count", string("2")), {"count": 4}, "count", 6),
        (action("AddValue", "rate", ("float", "0.25")), {"rate": 1}, "rate", 1.25),
        (action("AddValue", "line", ("int", "2")), {"line": "40"}, "line", "42"),
    ],
)
def test_verb(jobs: TestDesk, step: Action, before: dict[str, Any], code: str, after: Any) -> None:
    assert run(jobs, step, **before)[code] == after


def test_copy_reads_through_keys_and_takes_whole_logs_and_documents(jobs: TestDesk) -> None:
    org = jobs.create("Organization", name="Acme")
    person = jobs.create("Person", name="Doe", first_name="Ann", org_id=org, phone="123")
    assert run(jobs, action("Copy", "line", "person_phone"), person_id=person)["line"] == "123"
    text = run(jobs, action("Copy", "text", "log"), log="hello")["text"]
    assert text.startswith("\n========== 2026-03-02 09:00:00 : Interdesk") and text.endswith("hello")
    paper = Document(b"bytes", "text/plain", "a.txt")
    values = run(jobs, action("Copy", "copy", "paper"), paper=paper)
    assert values["copy"] == values["paper"] and values["copy"][0]
    assert run(jobs, action("Copy", "line", "friendlyname"), name="called")["line"] == "called"


def test_current_user_and_person(jobs: TestDesk) -> None:
    prepare(jobs)
    org = jobs.create("Organization", name="Acme")
    person = jobs.create("Person", name="Doe", first_name="Ann", org_id=org)
    with jobs.acting() as tx:
        user = add_user(tx, f"ann {person}", "Secret-1", contact=person)
    ann = Actor(user, f"ann {person}", "Ann Doe", contact=person, profiles=frozenset({1}))
    robot = Actor(user, f"ann {person}", "robot", profiles=frozenset({1}))
    assert run(jobs, action("SetCurrentUser", "user_id"), ann)["user_id"] == user
    assert run(jobs, action("SetCurrentUser", "line"), ann)["line"] == f"ann {person}"
    assert run(jobs, action("SetCurrentPerson", "person_id"), ann)["person_id"] == person
    assert run(jobs, action("SetCurrentPerson", "line"), ann)["line"] == "Ann Doe"
    assert run(jobs, action("SetCurrentPerson", "line"), robot, line="x")["line"] == ""
    assert run(jobs, action("SetCurrentPerson", "person_id"), robot, person_id=person)["person_id"] == 0


def test_values_that_an_attribute_cannot_take_undo_the_stimulus(jobs: TestDesk) -> None:
    with pytest.raises(BadValue):
        run(jobs, action("Set", "count", string("many")))


def test_reset_of_a_watch_that_stands_still(jobs: TestDesk) -> None:
    key = jobs.create("Job", name="j")
    jobs.clock.forward(minutes=10)
    jobs.stimulate("Job", key, "ev_hold")
    assert jobs.values("Job", key, "watch") == (600, NOW, None, "2026-03-02 09:10:00")
    with jobs.acting() as tx:
        draft = tx.load("Job", key)
        step = Transition("held", "ev_x", "held", (action("ResetStopWatch", "watch"),))
        assert stimuli.follow(draft, step, tx)
        tx.save(draft)
    assert jobs.values("Job", key, "watch") == (0, None, None, None)


def test_reset_of_a_watch_that_runs(jobs: TestDesk) -> None:
    key = jobs.create("Job", name="j")
    jobs.clock.forward(minutes=10)
    with jobs.acting() as tx:
        draft = tx.load("Job", key)
        step = Transition("open", "ev_x", "open", (action("ResetStopWatch", "watch"),))
        assert stimuli.follow(draft, step, tx)
        tx.save(draft)
    at = "2026-03-02 09:10:00"
    assert jobs.values("Job", key, "watch") == (0, at, at, None)


# -- relative dates: a Saturday, the last day of January 2026


@pytest.mark.parametrize(
    ("modifier", "expected"),
    [
        ("", "2026-01-31 10:20:30"),
        ("now", "2026-01-31 10:20:30"),
        ("+2 days", "2026-02-02 10:20:30"),
        ("2 days", "2026-02-02 10:20:30"),
        ("-1 day", "2026-01-30 10:20:30"),
        ("3 days ago", "2026-01-28 10:20:30"),
        ("+1 week 2 days 4 hours 2 seconds", "2026-02-09 14:20:32"),
        ("+90 minutes", "2026-01-31 11:50:30"),
        ("+30 SEC", "2026-01-31 10:21:00"),
        ("+1 fortnight", "2026-02-14 10:20:30"),
        ("+1 month", "2026-03-03 10:20:30"),
        ("-2 months", "2025-12-01 10:20:30"),
        ("+1 year", "2027-01-31 10:20:30"),
        ("next month", "2026-03-03 10:20:30"),
        ("last year", "2025-01-31 10:20:30"),
        ("next week", "2026-02-07 10:20:30"),
        ("tomorrow", "2026-02-01 00:00:00"),
        ("yesterday noon", "2026-01-30 12:00:00"),
        ("tomorrow 09:15", "2026-02-01 09:15:00"),
        ("midnight", "2026-01-31 00:00:00"),
        ("today", "2026-01-31 00:00:00"),
        ("monday", "2026-02-02 00:00:00"),
        ("next monday", "2026-02-02 00:00:00"),
        ("saturday", "2026-01-31 00:00:00"),
        ("next sat", "2026-02-07 00:00:00"),
        ("last saturday", "2026-01-24 00:00:00"),
        ("first day of next month", "2026-02-01 10:20:30"),
        ("last day of next month", "2026-02-28 10:20:30"),
        ("last day of", "2026-01-31 10:20:30"),
        ("first day of this month midnight", "2026-01-01 00:00:00"),
        ("+1 weekday", "2026-02-02 10:20:30"),
        ("+6 weekdays", "2026-02-09 10:20:30"),
        ("-1 weekday", "2026-01-30 10:20:30"),
        ("-5 weekdays", "2026-01-26 10:20:30"),
        ("--1 day", "2026-02-01 10:20:30"),
    ],
)
def test_relative_date(modifier: str, expected: str) -> None:
    assert shifted(dt.datetime(2026, 1, 31, 10, 20, 30), modifier) == dt.datetime.fromisoformat(expected)


@pytest.mark.parametrize("modifier", ["soon", "+ days", "+2 moons", "25:00", "next", "+1 day of rest", "2026-01-01"])
def test_no_relative_date(modifier: str) -> None:
    with pytest.raises(UnknownModifier):
        shifted(dt.datetime(2026, 1, 31), modifier)


@pytest.mark.parametrize("unit", ["years", "months", "days", "weekdays"])
def test_relative_date_beyond_the_calendar(unit: str) -> None:
    for sign in "+-":
        with pytest.raises(OverflowError):
            shifted(dt.datetime(2026, 1, 31), f"{sign}999999999 {unit}")
