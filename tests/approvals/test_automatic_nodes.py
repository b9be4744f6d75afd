"""Automatic nodes: functions in the transaction of the decision, requests through the ledger, failures that wait."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import interdesk.approvals.answering  # noqa: F401 - binds what is done with answers
from interdesk.approvals import answering, tasks
from interdesk.approvals.bootstrap import prepare
from interdesk.approvals.commands import Command, Retry, Skip, Submit, Terminate, Withdraw
from interdesk.approvals.library import Library
from interdesk.approvals.refusals import BadFlow, FlowRefusal
from interdesk.approvals.requests import Requester
from interdesk.approvals.rows import Row, one, only, select
from interdesk.approvals.services import import_service, update_service
from interdesk.approvals.tasks import Task, TaskFailed
from interdesk.approvals.tickets import Tickets, Wish, person_actor
from interdesk.desk import SYSTEM, Desk
from interdesk.events.observer import Observer
from interdesk.events.outbox import Outbox
from tests.approvals.written_flows import approval, document, field, node, when
from tests.support.deliveries import Moments, deliverer_over
from tests.support.receivers import Arrived, Receiver, Reply, receiving

FRONT = "http://desk"
FORM = [field(2, "folder", "submit")]
RESULT = {"key": "made", "type": "STRING", "name": "Made", "meta": {"code": "TASK_RESULT"}}


@tasks.task("test/make_folder")
def make_folder(task: Task) -> dict[str, Any]:
    name = task.inputs["name"]
    key = task.tx.create("Organization", {"name": name, "code": task.ticket["ref"]})
    if name == "forbidden":
        raise TaskFailed("No folder may be named so")
    if name == "odd":
        raise KeyError("odd")
    return {"folder_id": key, "unknown": 1} if name == "more" else {"folder_id": key}


@pytest.fixture
def desk(bundled_desk: Desk) -> Desk:
    prepare(bundled_desk)
    bundled_desk.observers.append(Observer(Outbox(), FRONT + "/"))
    bundled_desk.observers.append(Requester(Tickets(Library(), FRONT)))
    return bundled_desk


@pytest.fixture
def partner() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


class Scene:
    """A service of one flow, and what people do with its tickets."""

    def __init__(self, desk: Desk, workflow: dict[str, Any]) -> None:
        self.desk, self.tickets = desk, next(o for o in desk.observers if isinstance(o, Requester)).tickets
        self.document = {"name": "auto", "key": "request", "project_key": "0", "catalog_id": 1, "workflow": workflow}
        self.service = desk.write(SYSTEM, lambda tx: import_service(tx, self.document))

    def ask(self, **values: Any) -> str:
        def work(tx: Any) -> str:
            row = self.tickets.library.open_service(tx.reader, self.service)
            wish = Wish(service=row, creator="requester", values={"title": "t", **values})
            return str(self.tickets.create(tx, wish)["ref"])

        return self.desk.write(person_actor("requester"), work)

    def act(self, number: str, command: type[Command], who: str, **more: Any) -> None:
        def made(ticket: Any) -> Command:
            if "node" not in command.__dataclass_fields__:
                return command(operator=who, **more)
            return command(operator=who, node=ticket.state.open_steps[0].node, **more)  # type: ignore[call-arg]  # its other fields

        self.desk.write(person_actor(who), lambda tx: self.tickets.apply(tx, number, made))

    def decide(self, number: str, who: str) -> None:
        def made(ticket: Any) -> Command:
            step = ticket.state.open_steps[0]
            form = ticket.flow.form(ticket.flow.nodes[step.node])
            return Submit(operator=who, node=step.node, values={one.key: "true" for one in form})

        self.desk.write(person_actor(who), lambda tx: self.tickets.apply(tx, number, made))

    def ticket(self, number: str) -> Row:
        with self.desk.reading() as reader:
            return self.tickets.find(reader, number)

    def step(self, number: str, name: str) -> Row:
        with self.desk.reading() as reader:
            ticket = self.tickets.find(reader, number)["id"]
            fields = ("status", "result", "error", "delivery_id", "processors")
            row = only(reader, "FlowStep", {"ticket_id": ticket, "name": name}, fields)
        assert row is not None
        return row

    def organizations(self) -> list[str]:
        with self.desk.reading() as reader:
            return [row["name"] for row in select(reader, "SELECT Organization", ("name",)).rows]


def function(name: str = "test/make_folder", people: str = "ops", **more: Any) -> dict[str, Any]:
    task = {"function": name, "inputs": {"name": "$variables->folder$"}, **more}
    outputs = [{"key": "folder_id", "type": "INT", "name": "Folder", "meta": {}}, RESULT]
    return node("TASK", people, extras={"task": task}, outputs=outputs)


def request(url: str, people: str = "ops", **more: Any) -> dict[str, Any]:
    outputs = [{"key": "host", "type": "STRING", "name": "Host", "meta": {}}, RESULT]
    return node("WEBHOOK", people, extras={"webhook": {"url": url, **more}}, outputs=outputs)


def chain(one: dict[str, Any], **more: Any) -> dict[str, Any]:
    lines = [("submit", "boss"), ("boss", "work"), ("work", "end")]
    return document({"boss": approval("boss"), "work": one}, lines, FORM, **more)


def branches(one: dict[str, Any]) -> dict[str, Any]:
    """After the work: to people when it failed, else to the end."""
    lines = [
        ("submit", "work"),
        ("work", "repair", when("made", "==", "false")),
        ("work", "end"),
        ("repair", "end"),
    ]
    return document({"work": one, "repair": node("NORMAL", "ops")}, lines, FORM)


# -- functions


def test_a_function_works_in_the_transaction_of_the_decision_that_led_to_it(desk: Desk) -> None:
    scene = Scene(desk, chain(function()))
    number = scene.ask(folder="Plans")
    assert "Plans" not in scene.organizations()
    scene.decide(number, "boss")
    assert "Plans" in scene.organizations()
    assert scene.ticket(number)["status"] == "FINISHED"
    assert scene.step(number, "work")["result"] == "true"
    with desk.reading() as reader:
        fields = ("userinfo",)
        made = select(reader, "SELECT CMDBChangeOpCreate WHERE objclass = 'Organization'", fields).rows
    assert "boss" in {row["userinfo"] for row in made}


@pytest.mark.parametrize(
    ("folder", "reason"),
    [("forbidden", "No folder may be named so"), ("odd", "KeyError"), ("more", "unknown"), ("", "name")],
)
def test_a_function_that_fails_leaves_nothing_and_waits_for_people(desk: Desk, folder: str, reason: str) -> None:
    form = [field(2, "folder", "submit", validate_type="OPTION")]
    lines = [("submit", "work"), ("work", "end")]
    scene = Scene(desk, document({"work": function()}, lines, form))
    number = scene.ask(folder=folder)
    step = scene.step(number, "work")
    assert (step["status"], scene.ticket(number)["current_processors"]) == ("FAILED", ",ops,")
    assert reason in step["error"]
    if folder != "more":
        assert folder not in scene.organizations()
    with pytest.raises(FlowRefusal):
        scene.act(number, Skip, "stranger")
    scene.act(number, Skip, "ops", message="made by hand", values={"folder_id": 7})
    assert (scene.ticket(number)["status"], scene.step(number, "work")["status"]) == ("FINISHED", "FINISHED")


def test_a_failed_function_is_tried_again(desk: Desk) -> None:
    scene = Scene(desk, chain(function()))
    number = scene.ask(folder="forbidden")
    scene.decide(number, "boss")
    with pytest.raises(FlowRefusal):
        scene.act(number, Submit, "ops")
    scene.act(number, Retry, "ops")
    assert scene.step(number, "work")["status"] == "FAILED"

    def mend(tx: Any) -> None:
        ticket = scene.tickets.locked(tx, number)
        ticket.state.values["folder"] = "allowed"
        scene.tickets.keep(tx, ticket)

    desk.write(SYSTEM, mend)
    scene.act(number, Retry, "ops")
    assert scene.ticket(number)["status"] == "FINISHED"


def test_a_flow_goes_on_by_the_line_for_failures_where_it_says_so(desk: Desk) -> None:
    scene = Scene(desk, branches(function(on_failure="continue")))
    failed, done = scene.ask(folder="forbidden"), scene.ask(folder="fine")
    assert (scene.ticket(done)["status"], scene.ticket(failed)["current_nodes"]) == ("FINISHED", "repair")
    assert scene.step(failed, "work")["result"] == "false"


def test_a_circle_of_functions_ends_with_a_failure(desk: Desk) -> None:
    work = function()
    lines = [("submit", "work"), ("work", "work", when("made", "==", "true")), ("work", "end")]
    scene = Scene(desk, document({"work": work}, lines, FORM))
    ticket = scene.ticket(scene.ask(folder="again"))
    with desk.reading() as reader:
        text = "SELECT FlowStep WHERE ticket_id = :t AND status != 'FINISHED'"
        (step,) = select(reader, text, ("status", "error"), {"t": ticket["id"]}).rows
    assert step["status"] == "FAILED" and "circle" in step["error"]


# -- requests


@contextmanager
def delivering(desk: Desk) -> Iterator[Moments]:
    """Everything due is delivered whenever the clock is moved."""
    clock = Moments()
    deliverer = deliverer_over(desk, clock)

    class Driven(Moments):
        def forward(self, seconds: float) -> None:
            clock.forward(seconds)
            assert deliverer.drain(20.0)

    try:
        yield Driven()
    finally:
        deliverer.stop()


def test_the_flow_goes_on_with_the_answer(desk: Desk, partner: Receiver) -> None:
    partner.answering = lambda _: Reply(body=b'{"code": 0, "data": {"host": "web1"}}')
    work = request(
        partner.url + "?folder=$variables->folder$",
        headers={"X-Number": "$this->ref$"},
        body={"folder": "$variables->folder$", "who": "$variables->operator$"},
        answer=["fail unless code == 0", "set host = data.host"],
    )
    lines = [("submit", "work"), ("work", "done", when("host", "==", "web1")), ("work", "end"), ("done", "end")]
    scene = Scene(desk, document({"work": work, "done": node("NORMAL", "ops")}, lines, FORM))
    number = scene.ask(folder='a "b"&c=d')
    assert (scene.step(number, "work")["status"], scene.ticket(number)["current_processors"]) == ("RUNNING", "")
    with delivering(desk) as clock:
        clock.forward(0)
    (arrived,) = partner.arrived
    assert arrived.path.endswith("?folder=a%20%22b%22%26c%3Dd")
    assert arrived.headers["x-number"] == number
    assert json.loads(arrived.body) == {"folder": 'a "b"&c=d', "who": "requester"}
    assert scene.ticket(number)["current_nodes"] == "done"


def test_a_request_is_tried_again_then_people_may_try_or_skip(desk: Desk, partner: Receiver) -> None:
    answers: list[bytes] = [b'{"code": 1}'] * 3

    def answering(_: Arrived) -> Reply:
        return Reply(body=answers.pop(0) if answers else b'{"code": 0, "data": {"host": "web1"}}')

    partner.answering = answering
    scene = Scene(desk, chain(request(partner.url, answer="fail unless code == 0", attempts=2)))
    number = scene.ask(folder="f")
    scene.decide(number, "boss")
    with delivering(desk) as clock:
        clock.forward(0)
        assert scene.step(number, "work")["status"] == "RUNNING"
        clock.forward(60)
        step = scene.step(number, "work")
        assert (step["status"], scene.ticket(number)["current_processors"]) == ("FAILED", ",ops,")
        assert "code of the answer is 1" in step["error"]
        scene.act(number, Retry, "ops")
        clock.forward(60)
        clock.forward(60)
    assert len(partner.arrived) == 4
    assert scene.ticket(number)["status"] == "FINISHED"


def test_what_was_sent_anew_by_hand_still_moves_the_flow(desk: Desk, partner: Receiver) -> None:
    from interdesk.events.redelivery import redeliver

    partner.answering = lambda _: Reply(status=400)
    scene = Scene(desk, chain(request(partner.url)))
    number = scene.ask(folder="f")
    scene.decide(number, "boss")
    with delivering(desk) as clock:
        clock.forward(0)
        step = scene.step(number, "work")
        assert step["status"] == "FAILED" and "400" in step["error"]
        partner.answering = lambda _: Reply()
        desk.write(SYSTEM, lambda tx: redeliver(tx, [step["delivery_id"]]))
        clock.forward(0)
    assert scene.ticket(number)["status"] == "FINISHED"


def test_a_cancelled_request_fails_its_node(desk: Desk) -> None:
    from interdesk.events.redelivery import cancel

    scene = Scene(desk, branches(request("http://127.0.0.1:9/", on_failure="continue")))
    number = scene.ask(folder="f")
    delivery = scene.step(number, "work")["delivery_id"]
    assert answering.look_after(desk) == 0
    desk.write(SYSTEM, lambda tx: cancel(tx, [delivery]))
    assert answering.look_after(desk) == 1
    assert answering.look_after(desk) == 0
    assert scene.ticket(number)["current_nodes"] == "repair"


def test_an_answer_that_comes_too_late_changes_nothing(desk: Desk, partner: Receiver) -> None:
    scene = Scene(desk, chain(request(partner.url)))
    number = scene.ask(folder="f")
    scene.decide(number, "boss")

    def answering(_: Arrived) -> Reply:
        scene.act(number, Terminate, "ops", message="enough")
        return Reply()

    partner.answering = answering
    with delivering(desk) as clock:
        clock.forward(0)
    assert len(partner.arrived) == 1
    assert (scene.ticket(number)["status"], scene.step(number, "work")["status"]) == ("TERMINATED", "TERMINATED")


def test_requests_of_a_ticket_that_is_over_are_not_sent(desk: Desk) -> None:
    scene = Scene(desk, chain(request("http://127.0.0.1:9/")))
    number = scene.ask(folder="f")
    scene.decide(number, "boss")
    delivery = scene.step(number, "work")["delivery_id"]
    scene.act(number, Withdraw, "requester")
    with desk.reading() as reader:
        assert one(reader, "Delivery", delivery, ("state",)) == {"id": delivery, "state": "cancelled"}
    assert answering.look_after(desk) == 0


def test_a_request_by_an_action_of_the_desk(desk: Desk, partner: Receiver) -> None:
    with desk.transaction(SYSTEM) as tx:
        kind = tx.create("RemoteApplicationType", {"name": "Other"})
        connection = {"name": "CMDB", "remoteapplicationtype_id": kind, "url": partner.url}
        key = tx.create("RemoteApplicationConnection", connection)
        action = {
            "name": "Tell the CMDB", "status": "enabled", "remoteapplicationconnection_id": key,
            "payload": '{"ref": "$this->ref$", "folder": "$variables->folder$"}',
            "process_response_callback": "set host = code",
        }  # fmt: skip
        tx.create("ActionWebhook", action)
    work = request("")
    work["extras"]["webhook"] = {"action": "Tell the CMDB"}
    scene = Scene(desk, chain(work))
    number = scene.ask(folder="f")
    scene.decide(number, "boss")
    with delivering(desk) as clock:
        clock.forward(0)
    assert json.loads(partner.arrived[0].body) == {"ref": number, "folder": "f"}
    assert scene.ticket(number)["status"] == "FINISHED"
    with desk.transaction(SYSTEM) as tx:
        found = only(tx.reader, "ActionWebhook", {"name": "Tell the CMDB"}, ("name",))
        assert found is not None
        tx.update("ActionWebhook", found["id"], {"status": "disabled"})
    later = scene.ask(folder="g")
    scene.decide(later, "boss")
    assert "0 web hook actions" in scene.step(later, "work")["error"]


# -- what cannot be done is refused at once


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (node("TASK-SOPS"), "lies|not part of an export"),
        (node("TASK", extras={"task": {"function": "nowhere/f"}}), "no function of this desk"),
        (node("TASK", extras={"task": {"function": "test/make_folder", "input": {}}}), "'input' is none of"),
        (node("WEBHOOK", extras={"webhook": {"url": "http://a", "action": "b"}}), "either an action"),
        (node("WEBHOOK", extras={"webhook": {"action": "nowhere"}}), "0 web hook actions"),
        (node("WEBHOOK", extras={"webhook": {"url": "http://a", "method": "BREW"}}), "method is one of"),
        (node("WEBHOOK", extras={"webhook": {"url": "http://a", "attempts": 0}}), "attempts"),
        (node("WEBHOOK", extras={"webhook": {"url": "http://a", "headers": {"a": 1}}}), "headers"),
        (node("WEBHOOK", extras={"webhook": {"url": "http://a", "answer": "set x = y"}}), "variables.outputs"),
        (node("WEBHOOK", extras={"webhook": {"url": "http://a", "answer": "do it"}}), "Cannot understand"),
        (node("WEBHOOK", extras={"webhook": {"url": "http://a", "on_failure": "panic"}}), "on_failure"),
        (node("WEBHOOK", extras={"webhook": "http://a"}), "are objects"),
    ],
)
def test_an_import_refuses_what_cannot_be_done(desk: Desk, one: dict[str, Any], text: str) -> None:
    with pytest.raises(BadFlow, match=text):
        Scene(desk, chain(one))


def test_a_refused_new_version_leaves_the_old_one(desk: Desk) -> None:
    scene = Scene(desk, chain(function()))
    bad = {**scene.document, "workflow": chain(node("TASK"))}
    with pytest.raises(BadFlow):
        desk.write(SYSTEM, lambda tx: update_service(tx, scene.service, bad))
    scene.decide(number := scene.ask(folder="x"), "boss")
    assert scene.ticket(number)["status"] == "FINISHED"
