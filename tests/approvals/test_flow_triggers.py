"""Triggers on nodes: objects of the desk, and those that a flow brings along. Both fire with the node's variables."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from interdesk.approvals import definitions
from interdesk.approvals.bootstrap import prepare
from interdesk.approvals.commands import Claim, Resume, Submit, Suspend, Withdraw
from interdesk.approvals.library import Library
from interdesk.approvals.refusals import BadFlow
from interdesk.approvals.rows import Row
from interdesk.approvals.services import exported, import_service
from interdesk.approvals.tickets import Tickets, Wish, person_actor
from interdesk.desk import SYSTEM
from interdesk.model import Model
from interdesk.store import Store
from tests.approvals.written_flows import approval, document, field, node
from tests.support.eventful import EventfulDesk
from tests.support.people import bundled_model

PAYLOAD = (
    '{"sn": "$this->ref$", "step": "$step->name$", "result": "$step->result$", "why": "$trigger->description$", '
    '"amount": $variables->amount$, "colour": "$variables->colour__display$", "to": "$variables->dst_state$", '
    '"who": "$variables->operator$", "verdict": "$variables->NODE_APPROVE_RESULT$", "id": $variables->dst_ticket$}'
)
FORM = [
    field(2, "amount", "submit", "INT"),
    field(3, "colour", "submit", "RADIO", choice=[{"key": "r", "name": "Red"}, {"key": "g", "name": "Green"}]),
]
LINES = [("submit", "boss"), ("boss", "work"), ("work", "end")]
NODES = {"boss": approval("boss"), "work": node("NORMAL", "ops,ops2", distribute_type="CLAIM_THEN_PROCESS")}


@pytest.fixture
def desk(open_store: Callable[[Model], Store]) -> EventfulDesk:
    desk = EventfulDesk(open_store(bundled_model()))
    prepare(desk)
    return desk


class Scene:
    def __init__(self, desk: EventfulDesk, triggers: list[Any] | None = None, name: str = "s") -> None:
        self.desk, self.tickets = desk, Tickets(Library(), "http://desk")
        workflow = {**document(NODES, LINES, FORM), "triggers": triggers or []}
        made = {"name": name, "key": "request", "project_key": "0", "catalog_id": 1, "workflow": workflow}
        self.service = desk.write(SYSTEM, lambda tx: import_service(tx, made))
        desk.outbox.take()

    def row(self) -> Row:
        with self.desk.reading() as reader:
            return self.tickets.library.open_service(reader, self.service)

    def ask(self, amount: int = 5) -> str:
        values = {"title": "t", "amount": amount, "colour": "g"}
        wish = Wish(service=self.row(), creator="requester", values=values)
        return self.desk.write(person_actor("requester"), lambda tx: str(self.tickets.create(tx, wish)["ref"]))

    def do(self, number: str, command: Any, who: str, **more: Any) -> None:
        def made(ticket: Any) -> Any:
            step = ticket.state.open_steps[0]
            form = ticket.flow.form(ticket.flow.nodes[step.node])
            if command is Submit:
                return Submit(operator=who, node=step.node, values={one.key: "true" for one in form})
            return command(operator=who, **({"node": step.node} if command is Claim else {}), **more)

        self.desk.write(person_actor(who), lambda tx: self.tickets.apply(tx, number, made))


def sent(desk: EventfulDesk) -> list[Any]:
    return [json.loads(one.body) for one in desk.outbox.take()]


def watch(desk: EventfulDesk, kind: str, description: str, **more: Any) -> None:
    desk.trigger(kind, description, "FlowTicket", desk.action(name=description, payload=PAYLOAD), **more)


def written(signal: str, sender: Any = 0, condition: Any = None, **more: Any) -> dict[str, Any]:
    rule = {"actions": ["Tell"], "condition": condition or {}}
    return {"name": f"on {signal}", "signal": signal, "sender": sender, "rules": [rule], **more}


def test_triggers_of_the_desk_watch_nodes(desk: EventfulDesk) -> None:
    scene, other = Scene(desk), Scene(desk, name="other")
    watch(desk, "TriggerOnFlowNodeEnter", "enter boss", flow_service_id=scene.service, node_name="boss")
    watch(desk, "TriggerOnFlowNodeLeave", "leave boss", flow_service_id=scene.service, node_name="boss")
    watch(desk, "TriggerOnFlowNodeLeave", "leave any", filter="SELECT FlowTicket WHERE title = 't'")
    watch(desk, "TriggerOnFlowNodeLeave", "never", filter="SELECT FlowTicket WHERE title = 'other'")
    number = scene.ask()
    first, second = sent(desk)
    assert (first["why"], first["step"]) == ("leave any", "submit")
    assert second == {
        "sn": number, "step": "boss", "result": "none", "why": "enter boss", "amount": 5, "colour": "Green",
        "to": "boss", "who": "requester", "verdict": "$variables->NODE_APPROVE_RESULT$", "id": second["id"],
    }  # fmt: skip
    scene.do(number, Submit, "boss")
    left = sent(desk)
    assert {one["why"] for one in left} == {"leave boss", "leave any"}
    assert all((one["result"], one["verdict"], one["who"]) == ("true", "true", "boss") for one in left)
    other.ask()
    assert [one["why"] for one in sent(desk)] == ["leave any"]


def test_triggers_of_a_flow_fire_on_its_signals_only(desk: EventfulDesk) -> None:
    desk.action(name="Tell", payload='{"why": "$trigger->description$", "sn": "$this->ref$"}')
    small = {"all": [{"name": "variable_by_name", "params": "amount", "operator": "less_than", "value": 10}]}
    large = {"any": [{"key": "amount", "operator": "greater_than", "value": 10}]}
    listed = [
        written("ENTER_STATE", "boss", small),
        written("LEAVE_STATE", "boss", large),
        written("THROUGH_TRANSITION", 2),
        *(written(name) for name in ("CREATE_TICKET", "SUSPEND_TICKET", "RECOVERY_TICKET", "DELETE_TICKET")),
        *(written(name) for name in ("CLOSE_TICKET", "GLOBAL_ENTER_STATE")),
        written("CLAIM_STATE", "work"),
        written("CLOSE_TICKET", is_enabled=False),
    ]
    scene = Scene(desk, listed)

    def told() -> list[str]:
        return [one["why"].removeprefix("on ") for one in sent(desk)]

    number = scene.ask()
    created = ["CREATE_TICKET", "GLOBAL_ENTER_STATE", "THROUGH_TRANSITION", "ENTER_STATE", "GLOBAL_ENTER_STATE"]
    assert told() == created
    scene.do(number, Submit, "boss")
    assert told() == ["GLOBAL_ENTER_STATE"]
    scene.do(number, Suspend, "admin", message="m")
    scene.do(number, Resume, "admin", message="m")
    scene.do(number, Claim, "ops")
    scene.do(number, Submit, "ops")
    assert told() == ["SUSPEND_TICKET", "RECOVERY_TICKET", "CLAIM_STATE", "CLOSE_TICKET"]
    second = scene.ask(amount=50)
    assert "ENTER_STATE" not in told()
    scene.do(second, Submit, "boss")
    assert told() == ["LEAVE_STATE", "GLOBAL_ENTER_STATE"]
    scene.do(second, Withdraw, "requester")
    assert told() == ["DELETE_TICKET"]


def test_what_a_ticket_does_not_do_is_not_told(desk: EventfulDesk) -> None:
    scene = Scene(desk)
    watch(desk, "TriggerOnFlowNodeEnter", "enter")
    wish = Wish(service=scene.row(), creator="requester", values={"title": "t", "amount": 1, "colour": "g"})
    with pytest.raises(RuntimeError), desk.transaction(person_actor("requester")) as tx:
        scene.tickets.create(tx, wish)
        assert desk.outbox.take()
        raise RuntimeError
    desk.outbox.take()
    number = scene.ask()
    assert all(one["sn"] == number for one in sent(desk))


def test_triggers_survive_export_and_import(desk: EventfulDesk) -> None:
    desk.action(name="Tell")
    scene = Scene(desk, [written("LEAVE_STATE", "boss"), written("THROUGH_TRANSITION", 3)])
    row = scene.row()
    with desk.reading() as reader:
        flow = scene.tickets.library.flow(reader, row["version_id"])
    again = definitions.read(definitions.renumbered(exported(row, flow)["workflow"], 99))
    assert [one.signal for one in again.triggers] == ["LEAVE_STATE", "THROUGH_TRANSITION"]
    assert again.nodes[again.triggers[0].sender].name == "boss"
    assert again.triggers[1].sender in {line.id for line in again.lines}


@pytest.mark.parametrize(
    ("trigger", "text"),
    [
        (written("TOMORROW"), "none of"),
        (written("ENTER_STATE", "nowhere"), "no sender"),
        ({"name": "n", "signal": "CLOSE_TICKET", "rules": [{"actions": ["Nothing"]}]}, "has 0 of that name"),
        ({"name": "n", "signal": "CLOSE_TICKET", "rules": [{"actions": [{"component": "api"}]}]}, "is_enabled"),
        (written("CLOSE_TICKET", condition={"all": [{"key": "a", "operator": "like"}]}), "operators"),
        (written("CLOSE_TICKET", condition=["a"]), '"all" or "any"'),
        ({"name": "n", "signal": "CLOSE_TICKET", "rules": "r"}, "list of objects"),
        ("text", "no object"),
    ],
)
def test_an_import_refuses_triggers_that_could_not_fire(desk: EventfulDesk, trigger: Any, text: str) -> None:
    desk.action(name="Tell")
    with pytest.raises(BadFlow, match=text):
        Scene(desk, [trigger])


def test_an_action_that_is_gone_is_told_and_stops_nothing(desk: EventfulDesk) -> None:
    action = desk.action(name="Tell")
    scene = Scene(desk, [written("CREATE_TICKET")])
    desk.update("ActionWebhook", action, status="disabled")
    wish = Wish(service=scene.row(), creator="requester", values={"title": "t", "amount": 1, "colour": "g"})
    with desk.transaction(SYSTEM) as tx:
        scene.tickets.create(tx, wish)
        assert any("'Tell'" in text for text in tx.complaints)
