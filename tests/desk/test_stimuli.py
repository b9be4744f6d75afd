"""Life cycles: what a stimulus does, what it refuses, and what a parent's means for its children."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import structlog

from interdesk.desk import queries, stimuli
from interdesk.desk.methods import method
from interdesk.desk.values import LogChange, NewEntry
from interdesk.errors import BadValue, NotFound, Refused, StimulusRefused, UnknownAttribute
from interdesk.model.lifecycle import Action, Transition
from tests.support.timed_desks import TestDesk


@pytest.fixture
def org(jobs: TestDesk) -> int:
    return jobs.create("Organization", name="Acme")


def request(jobs: TestDesk, org: int, **values: Any) -> int:
    return jobs.create("UserRequest", **{"org_id": org, "title": "t", "description": "d", **values})


def history(jobs: TestDesk, name: str, key: int) -> list[tuple[str, str, str]]:
    """(attribute, old, new) of the scalar changes of an object."""
    with jobs.reading() as reader:
        operations = jobs.model.cls("CMDBChangeOpSetAttributeScalar")
        query = queries.by_criteria(operations, {"objclass": name, "objkey": key})
        fields = ("attcode", "oldvalue", "newvalue")
        (table,) = reader.page(query, fields, {}).tables
    return [tuple(row[table.positions[code][0]] for code in fields) for row in table.rows]


# -- refusals


@pytest.mark.parametrize(
    ("stimulus", "values", "message"),
    [
        ("ev_resolve", {"solution": "x"}, "Invalid stimulus: 'ev_resolve' on the object R-{key:06d} in state 'new'"),
        ("ev_nonsense", {}, "Invalid stimulus: 'ev_nonsense' on the object R-{key:06d} in state 'new'"),
        ("", {}, "Invalid stimulus: '' on the object R-{key:06d} in state 'new'"),
        ("ev_assign", {}, "Missing mandatory attribute(s) for applying the stimulus: request_type."),
        ("ev_close", {"status": "assigned"}, "Invalid stimulus: 'ev_close' on the object R-{key:06d} "
         "in state 'assigned'"),
        ("ev_pending", {"status": "assigned"}, "Missing mandatory attribute(s) for applying the stimulus: "
         "pending_reason, request_type."),
    ],
)  # fmt: skip
def test_refusal_leaves_everything_as_it_was(
    jobs: TestDesk, org: int, stimulus: str, values: dict[str, Any], message: str
) -> None:
    key = request(jobs, org)
    with pytest.raises(StimulusRefused) as refused:
        jobs.stimulate("UserRequest", key, stimulus, title="changed", **values)
    assert refused.value.message == message.format(key=key)
    assert jobs.values("UserRequest", key, "status", "title") == ("new", "t")
    assert history(jobs, "UserRequest", key) == []


def test_mandatory_attributes_are_named_in_the_order_of_the_design(jobs: TestDesk, org: int) -> None:
    key = jobs.create("Change", org_id=org, title="c", description="d")
    jobs.stimulate("Change", key, "ev_assign")
    with pytest.raises(StimulusRefused, match=r"stimulus: start_date, end_date, fallback_plan\.$"):
        jobs.stimulate("Change", key, "ev_plan")


def test_class_without_life_cycle_refuses_every_stimulus(jobs: TestDesk, org: int) -> None:
    person = jobs.create("Person", org_id=org, name="Doe", first_name="Aga")
    with pytest.raises(StimulusRefused, match="'ev_assign' on the object Aga Doe in state 'active'"):
        jobs.stimulate("Person", person, "ev_assign")
    brand = jobs.create("Brand", name="b")
    with pytest.raises(StimulusRefused, match="'ev_assign' on the object b in state ''"):
        jobs.stimulate("Brand", brand, "ev_assign")


def test_values_are_checked_as_in_an_update(jobs: TestDesk, org: int) -> None:
    key = request(jobs, org, request_type="incident")
    with pytest.raises(Refused, match=r"\(origin\) : Value not allowed \[pigeon\]"):
        jobs.stimulate("UserRequest", key, "ev_assign", origin="pigeon")
    with pytest.raises(UnknownAttribute):
        jobs.stimulate("UserRequest", key, "ev_assign", foo=1)
    with pytest.raises(BadValue):
        jobs.stimulate("UserRequest", key, "ev_assign", public_log=7)
    with pytest.raises(NotFound):
        jobs.stimulate("UserRequest", 999_999, "ev_assign")
    assert jobs.values("UserRequest", key, "status") == "new"


# -- transitions


def test_stimulus_sets_fields_state_and_dates_and_leaves_history(jobs: TestDesk, org: int) -> None:
    key = request(jobs, org)
    assert jobs.stimulate("UserRequest", key, "ev_assign", request_type="incident")
    fields = ("status", "operational_status", "request_type", "assignment_date")
    assert jobs.values("UserRequest", key, *fields) == ("assigned", "ongoing", "incident", "2026-03-02 09:00:00")
    changed = history(jobs, "UserRequest", key)
    assert ("status", "new", "assigned") in changed
    assert ("request_type", "", "incident") in changed
    assert ("assignment_date", "", "2026-03-02 09:00:00") in changed
    assert not {"tto", "ttr"} & {code for code, _, _ in changed}, "stop watches leave no history"


def test_stimulus_through_a_parent_class(jobs: TestDesk, org: int) -> None:
    key = request(jobs, org, request_type="incident")
    jobs.stimulate("Ticket", key, "ev_assign")
    assert jobs.values("UserRequest", key, "status") == "assigned"


def test_external_keys_do_not_count_as_missing(jobs: TestDesk, org: int) -> None:
    key = request(jobs, org, request_type="incident")
    jobs.stimulate("UserRequest", key, "ev_assign")
    assert jobs.values("UserRequest", key, "team_id", "agent_id") == (0, 0)


def test_stimulus_that_changes_nothing_writes_nothing(jobs: TestDesk, org: int) -> None:
    key = request(jobs, org, status="assigned", request_type="incident")
    before = jobs.values("UserRequest", key, "last_update")
    jobs.clock.forward(hours=1)
    assert not jobs.stimulate("UserRequest", key, "ev_reassign")
    assert jobs.values("UserRequest", key, "last_update") == before


def test_resolution_and_closure(jobs: TestDesk, org: int) -> None:
    key = request(jobs, org, request_type="incident")
    jobs.stimulate("UserRequest", key, "ev_assign")
    jobs.clock.forward(minutes=30)
    jobs.stimulate("UserRequest", key, "ev_resolve", solution="done")
    assert jobs.values("UserRequest", key, "resolution_date", "time_spent") == ("2026-03-02 09:30:00", 1800)
    jobs.clock.forward(days=1)
    jobs.stimulate("UserRequest", key, "ev_close")
    assert jobs.values("UserRequest", key, "status", "close_date") == ("closed", "2026-03-03 09:30:00")


def test_verb_without_parameters_receives_the_stimulus(jobs: TestDesk, org: int) -> None:
    key = jobs.create("Incident", org_id=org, title="i", description="d")
    jobs.stimulate("Incident", key, "ev_timeout")
    jobs.stimulate("Incident", key, "ev_assign")
    assert jobs.values("Incident", key, "assignment_date") == "2026-03-02 09:00:00"


def test_new_objects_are_in_the_first_state(jobs: TestDesk) -> None:
    assert jobs.values("Job", jobs.create("Job", name="j"), "status") == "open"
    assert jobs.values("Job", jobs.create("Job", name="j", status="done"), "status") == "done"


# -- mandatory logs


@pytest.mark.parametrize(
    ("stored", "given", "accepted"),
    [
        ("", None, False),
        ("", "now", True),
        ("before", None, True),
        ("before", LogChange((), replace=True), False),
        ("", LogChange((NewEntry(""),)), False),
    ],
)
def test_mandatory_log_needs_an_entry(jobs: TestDesk, stored: str, given: Any, accepted: bool) -> None:
    key = jobs.create("Job", name="j", text="t", log=stored)
    values = {} if given is None else {"log": given}
    if accepted:
        assert jobs.stimulate("Job", key, "ev_log", **values)
    else:
        with pytest.raises(StimulusRefused, match=r"stimulus: log\.$"):
            jobs.stimulate("Job", key, "ev_log", **values)


# -- verbs that apply stimuli, fail or are unknown


def test_chained_stimulus_goes_on_without_asking_for_mandatory_attributes(jobs: TestDesk) -> None:
    key = jobs.create("Job", name="j", count=4)
    jobs.stimulate("Job", key, "ev_chain")
    assert jobs.values("Job", key, "status", "line", "count") == ("done", "first", 5)
    assert ("status", "open", "done") in history(jobs, "Job", key)


def test_refusing_action_undoes_everything(jobs: TestDesk) -> None:
    key = jobs.create("Job", name="j", text="t", log="l")
    with jobs.acting() as tx, pytest.raises(StimulusRefused, match="An action refused the stimulus 'ev_stuck'"):
        tx.apply_stimulus("Job", key, "ev_stuck", {"kind": "given"})
    assert jobs.values("Job", key, "status", "line", "kind") == ("open", "", "plain")


def test_circle_of_stimuli_is_refused(jobs: TestDesk) -> None:
    key = jobs.create("Job", name="j")
    with pytest.raises(StimulusRefused, match="runs in a circle"):
        jobs.stimulate("Job", key, "ev_circle")


def test_unknown_verbs_and_wrong_parameters_count_as_done(jobs: TestDesk) -> None:
    key = jobs.create("Job", name="a")
    jobs.stimulate("Job", key, "ev_odd")
    assert jobs.values("Job", key, "status", "line") == ("held", "ev_odd")


def test_unknown_verbs_are_told_once(jobs: TestDesk) -> None:
    verb = f"Polish{uuid.uuid4().hex}"
    transition = Transition("open", "ev_x", "held", (Action(verb, None), Action(verb, ())))
    with structlog.testing.capture_logs() as told, jobs.acting() as tx:
        for name in ("a", "b"):
            assert stimuli.follow(tx.load("Job", tx.create("Job", {"name": name})), transition, tx)
    assert [(entry["event"], entry["verb"]) for entry in told] == [("unknown_verb", verb)]


def test_method_of_the_nearest_class_is_run(jobs: TestDesk, org: int) -> None:
    seen: list[str] = []

    @method("Ticket", "SetAssignedDateForTest")
    def of_all(draft: Any, tx: Any, stimulus: str) -> None:
        seen.append("Ticket")

    @method("Incident", "SetAssignedDateForTest")
    def of_incidents(draft: Any, tx: Any, stimulus: str) -> None:
        seen.append(f"Incident {stimulus}")

    with jobs.acting() as tx:
        transition = Transition("new", "ev_x", "assigned", (Action("SetAssignedDateForTest", None),))
        for name in ("Incident", "Problem"):
            draft = tx.load(name, tx.create(name, {"org_id": org, "title": "t", "description": "d"}))
            assert stimuli.follow(draft, transition, tx)
    assert seen == ["Incident ev_x", "Ticket"]


# -- parents and children


def assigned(jobs: TestDesk, org: int, **values: Any) -> int:
    return request(jobs, org, status="assigned", request_type="incident", **values)


def test_children_are_resolved_with_their_parent(jobs: TestDesk, org: int) -> None:
    parent = assigned(jobs, org)
    child = request(jobs, org, parent_request_id=parent)
    grandchild = request(jobs, org, parent_request_id=child)
    waiting = request(jobs, org, parent_request_id=parent, status="waiting_for_approval")
    closed = request(jobs, org, parent_request_id=parent, status="closed")
    jobs.stimulate("UserRequest", parent, "ev_resolve", solution="s", resolution_code="training", public_log="to all")
    fields = ("status", "solution", "resolution_code", "resolution_date")
    told = f"<p>Automatically resolved from [[UserRequest:{parent}|R-{parent:06d}]]</p>"
    now = "2026-03-02 09:00:00"
    assert jobs.values("UserRequest", child, *fields) == ("resolved", told, "training", now)
    assert jobs.values("UserRequest", grandchild, "status", "solution") == (
        "resolved",
        f"<p>Automatically resolved from [[UserRequest:{child}|R-{child:06d}]]</p>",
    )
    assert jobs.values("UserRequest", waiting, "status", "public_log") == ("waiting_for_approval", ["<p>to all</p>"])
    assert jobs.values("UserRequest", closed, "status", "public_log") == ("closed", [])
    assert jobs.values("UserRequest", grandchild, "public_log") == ["<p>to all</p>"]


def test_incident_resolves_incidents_and_requests(jobs: TestDesk, org: int) -> None:
    parent = jobs.create("Incident", org_id=org, title="i", description="d", status="assigned")
    child = jobs.create("Incident", org_id=org, title="i", description="d", parent_incident_id=parent)
    related = request(jobs, org, parent_incident_id=parent)
    jobs.stimulate("Incident", parent, "ev_resolve", solution="s")
    told = f"<p>Automatically resolved from [[Incident:{parent}|I-{parent:06d}]]</p>"
    assert jobs.values("Incident", child, "status", "solution") == ("resolved", told)
    assert jobs.values("UserRequest", related, "status", "solution") == ("resolved", told)


def test_circle_of_parents_ends(jobs: TestDesk, org: int) -> None:
    first = assigned(jobs, org)
    second = assigned(jobs, org, parent_request_id=first)
    jobs.update("UserRequest", first, parent_request_id=second)
    jobs.stimulate("UserRequest", first, "ev_resolve", solution="s", public_log="once")
    for key in (first, second):
        assert jobs.values("UserRequest", key, "status", "public_log") == ("resolved", ["<p>once</p>"])
    assert jobs.values("UserRequest", first, "solution") == "<p>s</p>"


def test_long_chains_of_parents_are_no_trouble(jobs: TestDesk, org: int) -> None:
    with jobs.acting() as tx:
        values = {"org_id": org, "title": "t", "description": "d", "status": "assigned", "request_type": "incident"}
        first = last = tx.create("UserRequest", values)
        for _ in range(150):
            last = tx.create("UserRequest", {**values, "parent_request_id": last})
    jobs.stimulate("UserRequest", first, "ev_resolve", solution="s", public_log="hello")
    assert jobs.values("UserRequest", last, "status", "public_log") == ("resolved", ["<p>hello</p>"])


def test_log_entries_reach_the_children_at_every_update(jobs: TestDesk, org: int) -> None:
    parent = assigned(jobs, org)
    child = request(jobs, org, parent_request_id=parent, public_log="own")
    jobs.update("UserRequest", parent, public_log="one", private_log="two")
    logs = ("public_log", "private_log")
    assert jobs.values("UserRequest", child, *logs) == (["<p>own</p>", "<p>one</p>"], ["<p>two</p>"])
    jobs.update("UserRequest", parent, public_log=LogChange((NewEntry("all new"),), replace=True))
    assert jobs.values("UserRequest", child, "public_log") == ["<p>own</p>", "<p>one</p>"]


def test_child_that_breaks_a_rule_undoes_the_parents_resolution(jobs: TestDesk, org: int) -> None:
    parent = assigned(jobs, org)
    child = request(jobs, org, parent_request_id=parent)

    class Forbidding:
        def written(self, tx: Any, draft: Any, changes: list[str]) -> None:
            if draft.key == child:
                raise BadValue("status", "not today")

        def deleted(self, tx: Any, draft: Any) -> None: ...

    jobs.observers.append(Forbidding())
    with pytest.raises(BadValue):
        jobs.stimulate("UserRequest", parent, "ev_resolve", solution="s")
    assert jobs.values("UserRequest", parent, "status") == "assigned"


# -- the type of a request


def test_request_type_follows_the_sub_category(jobs: TestDesk, org: int) -> None:
    service = jobs.create("Service", org_id=org, name="s")
    kinds = ("service_request", "incident")
    wish, fault = (
        jobs.create("ServiceSubcategory", service_id=service, name=kind, request_type=kind) for kind in kinds
    )
    key = request(jobs, org, servicesubcategory_id=wish)
    assert jobs.values("UserRequest", key, "request_type", "service_id") == ("service_request", 0)
    jobs.update("UserRequest", key, servicesubcategory_id=fault)
    assert jobs.values("UserRequest", key, "request_type") == "incident"
    jobs.update("UserRequest", key, servicesubcategory_id=wish, request_type="incident")
    assert jobs.values("UserRequest", key, "request_type") == "incident", "a given type is kept"
