"""Tickets in the desk: made, handled, ended; seen as objects; asked for by the desk's own objects."""

from __future__ import annotations

from typing import Any

import pytest

from interdesk.approvals import callbacks
from interdesk.approvals.bootstrap import prepare
from interdesk.approvals.commands import Submit, Terminate
from interdesk.approvals.library import Library, NoService
from interdesk.approvals.refusals import FlowRefusal
from interdesk.approvals.requests import Requester
from interdesk.approvals.rows import one, only, select
from interdesk.approvals.services import import_service, update_service
from interdesk.approvals.tickets import NoTicket, Tickets, Wish, person_actor
from interdesk.desk import SYSTEM, Desk
from tests.approvals.written_flows import sample

FORM = {"title": "t", "reason": "r", "env": "prod"}


@pytest.fixture
def desk(bundled_desk: Desk) -> Desk:
    prepare(bundled_desk)
    prepare(bundled_desk)  # what is there stays
    bundled_desk.observers.append(Requester(Tickets(Library(), "http://desk")))
    return bundled_desk


def imported(desk: Desk, name: str = "linear_approval") -> int:
    return desk.write(SYSTEM, lambda tx: import_service(tx, sample(name)))


def asked(desk: Desk, tickets: Tickets, service: int, **more: Any) -> str:
    def work(tx: Any) -> str:
        row = tickets.library.open_service(tx.reader, service)
        return str(tickets.create(tx, Wish(service=row, creator="requester", values=FORM, **more))["ref"])

    return desk.write(person_actor("requester"), work)


def decide(desk: Desk, tickets: Tickets, number: str, who: str, result: str = "true") -> None:
    def command(ticket: Any) -> Submit:
        step = ticket.state.open_steps[0]
        form = ticket.flow.form(ticket.flow.nodes[step.node])
        return Submit(operator=who, node=step.node, values={form[0].key: result}, now="2026-01-01 10:00:00")

    desk.write(person_actor(who), lambda tx: tickets.apply(tx, number, command))


def test_numbers_count_by_kind_and_day(desk: Desk) -> None:
    tickets, service = Tickets(Library(), "http://desk"), imported(desk)
    first, second = asked(desk, tickets, service), asked(desk, tickets, service)
    assert first.startswith("REQ") and first.endswith("000001")
    assert int(second[3:]) == int(first[3:]) + 1


def test_a_ticket_is_an_object_with_steps_tasks_and_history(desk: Desk) -> None:
    tickets, service = Tickets(Library(), "http://desk"), imported(desk)
    number = asked(desk, tickets, service)
    decide(desk, tickets, number, "leader1")
    with desk.reading() as reader:
        row = tickets.find(reader, number)
        text = "SELECT Ticket WHERE ref = :number AND operational_status = 'ongoing'"
        assert select(reader, text, ("title",), {"number": number}).rows[0]["title"] == "t"
        assert (row["current_processors"], row["current_nodes"]) == (",ops1,ops2,", "Ops handling")
        steps = select(reader, "SELECT FlowStep WHERE ticket_id = :t", ("name", "status", "result"), {"t": row["id"]})
        found = {(step["name"], step["status"], step["result"]) for step in steps.rows}
        tasks = select(reader, "SELECT FlowTask WHERE ticket_id = :t", ("person", "status"), {"t": row["id"]}).rows
        changes = select(
            reader,
            "SELECT CMDBChangeOpSetAttributeScalar AS o WHERE o.objclass = 'FlowTicket' AND o.objkey = :t",
            ("userinfo", "attcode"),
            {"t": row["id"]},
        ).rows
    assert ("Leader approval", "FINISHED", "true") in found
    assert ("Ops handling", "RUNNING", "none") in found
    assert {(task["person"], task["status"]) for task in tasks} == {
        ("requester", "done"), ("leader1", "done"), ("ops1", "waiting"), ("ops2", "waiting"),
    }  # fmt: skip
    assert all(change["userinfo"] in ("leader1", "requester") for change in changes)


def test_a_running_ticket_keeps_its_version(desk: Desk) -> None:
    tickets, service = Tickets(Library(), "http://desk"), imported(desk)
    number = asked(desk, tickets, service)
    changed = sample("linear_approval")
    for state in changed["workflow"]["states"].values():
        if state["name"] == "Leader approval":
            state["processors"] = "somebody"
    desk.write(SYSTEM, lambda tx: update_service(tx, service, changed))
    decide(desk, tickets, number, "leader1")
    later = asked(desk, tickets, service)
    with desk.reading() as reader:
        assert tickets.find(reader, later)["current_processors"] == ",somebody,"


def test_what_is_refused_leaves_nothing(desk: Desk) -> None:
    tickets, service = Tickets(Library(), "http://desk"), imported(desk)
    with pytest.raises(FlowRefusal), desk.transaction(SYSTEM) as tx:
        row = tickets.library.open_service(tx.reader, service)
        tickets.create(tx, Wish(service=row, creator="r", values={**FORM, "env": "moon"}))
    with desk.reading() as reader:
        assert select(reader, "SELECT FlowTicket", ("ref",)).rows == []
        with pytest.raises(NoTicket):
            tickets.find(reader, "REQ1")
        with pytest.raises(NoService):
            tickets.library.open_service(reader, 999)


def test_the_callback_is_a_delivery_of_one_attempt_with_its_secrets_sealed(desk: Desk) -> None:
    tickets, service = Tickets(Library(), "http://desk"), imported(desk)
    meta = {"callback_url": "https://product.example/done", "headers": {"X-Key": "hidden"}}
    number = asked(desk, tickets, service, meta=meta)
    command = Terminate(operator="leader1", message="no")
    desk.write(person_actor("leader1"), lambda tx: tickets.apply(tx, number, lambda _: command))
    with desk.reading() as reader:
        row = tickets.find(reader, number)
        delivery = one(reader, "Delivery", row["callback_id"], ("state", "event_id"))
        event = one(reader, "EventWebhook", (delivery or {})["event_id"], ("webhook_url", "payload", "headers"))
        run = only(reader, "FlowRun", {"ticket_id": row["id"]}, ("given",))
    assert delivery is not None and event is not None and run is not None
    assert (row["status"], row["approve_result"], delivery["state"]) == ("TERMINATED", "false", "waiting")
    assert event["webhook_url"] == "https://product.example/done"
    assert '"current_status":"TERMINATED"' in event["payload"]
    for text in (*event.values(), run["given"]):
        assert "hidden" not in str(text)


def test_tokens(desk: Desk) -> None:
    first, second = callbacks.token(desk.vault), callbacks.token(desk.vault)
    assert first != second
    assert callbacks.is_ours(desk.vault, first) and callbacks.is_ours(desk.vault, second)
    flipped = ("A" if first[0] != "A" else "B") + first[1:]
    for bad in ("", "abc", None, flipped[:-4], first[:-4], 7, "A" * 88):
        assert not callbacks.is_ours(desk.vault, bad)


@pytest.mark.parametrize(("result", "status"), [("true", "approved"), ("false", "rejected")])
def test_an_object_asks_and_the_result_applies_a_stimulus(desk: Desk, result: str, status: str) -> None:
    tickets = Tickets(Library(), "http://desk")
    with desk.transaction(SYSTEM) as tx:
        quick = tickets.library.quick_service(tx.reader)
        tx.create(
            "FlowRule",
            {
                "name": "requests",
                "target_class": "UserRequest",
                "target_state": "waiting_for_approval",
                "flow_service_id": quick["id"],
                "fields": "APPROVER = boss\nAPPROVAL_CONTENT = $title$ of $ref$",
                "stimulus_approved": "ev_approve",
                "stimulus_refused": "ev_reject",
            },
        )
        org = tx.create("Organization", {"name": "Org"})
        caller = tx.create("Person", {"name": "Lee", "first_name": "Ann", "org_id": org, "email": "ann@example.org"})
        request = tx.create(
            "UserRequest", {"org_id": org, "caller_id": caller, "title": "A desk", "description": "please"}
        )
    with desk.transaction(SYSTEM) as tx:
        boss = tx.create("Person", {"name": "Boss", "first_name": "The", "org_id": org})
        tx.apply_stimulus("UserRequest", request, "ev_wait_for_approval", {"approver_id": boss})
    with desk.reading() as reader:
        (ticket,) = select(reader, "SELECT FlowTicket", ("ref", "creator", "current_processors", "object_key")).rows
    assert (ticket["creator"], ticket["current_processors"]) == ("ann@example.org", ",boss,")
    decide(desk, tickets, ticket["ref"], "boss", result)
    with desk.reading() as reader:
        found = one(reader, "UserRequest", request, ("status",))
    assert found == {"id": request, "status": status}
