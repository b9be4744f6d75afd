"""Edits of objects without a life cycle: asked for, decided by a flow, applied in the transaction of the decision."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interdesk.approvals.bootstrap import prepare
from interdesk.approvals.commands import Submit, Withdraw
from interdesk.approvals.library import QUICK_SERVICE, Library
from interdesk.approvals.requests import Requester
from interdesk.approvals.rows import Row, one, only, select
from interdesk.approvals.tickets import Tickets, person_actor
from interdesk.desk import SYSTEM, Actor, Desk
from interdesk.desk.actors import ADMINISTRATOR
from interdesk.dialects.itop.service import Service

ANN = Actor(user=7, login="ann", name="Ann Lee", profiles=frozenset({ADMINISTRATOR}))
FORM = {"APPROVER": "boss", "APPROVAL_CONTENT": "please"}


class Scene:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        prepare(desk)
        self.requester = Requester(Tickets(Library(), "http://desk"))
        desk.observers.append(self.requester)
        self.service = Service(desk)
        with desk.transaction(SYSTEM) as tx:
            self.org = tx.create("Organization", {"name": "Org"})
            self.server = tx.create("Server", {"name": "web1", "org_id": self.org, "ram": "16", "status": "production"})

    def rule(self, **values: Any) -> None:
        with self.desk.transaction(SYSTEM) as tx:
            quick = only(tx.reader, "FlowService", {"name": QUICK_SERVICE}, ("name",))
            assert quick is not None
            given = {
                "name": "servers", "target_class": "FunctionalCI", "flow_service_id": quick["id"],
                "fields": "APPROVER = boss\nAPPROVAL_CONTENT = $name$: $changes$",
            }  # fmt: skip
            tx.create("FlowRule", given | values)

    def rest(self, operation: str, actor: Actor = ANN, **data: Any) -> Any:
        document = {"operation": operation, "comment": "c", "class": "Server", "key": self.server, **data}
        return self.service.run(actor, "1.3", json.dumps(document))

    def ask(self, **more: Any) -> Any:
        return self.rest("approvals/request_update", fields={"ram": "32", "description": "more"}, **more)

    def asked(self) -> str:
        answer = self.ask()
        assert answer["code"] == 0, answer["message"]
        (found,) = answer["objects"].values()
        return str(found["fields"]["ref"])

    def decide(self, number: str, result: str = "true") -> list[str]:
        def made(ticket: Any) -> Submit:
            node = ticket.flow.nodes[ticket.state.open_steps[0].node]
            values = {field.key: result for field in ticket.flow.form(node) if field.is_decision}
            return Submit(operator="boss", node=node.id, values=values)

        def work(tx: Any) -> list[str]:
            self.requester.tickets.apply(tx, number, made)
            return list(tx.complaints)

        return self.desk.write(person_actor("boss"), work)

    def values(self) -> Row:
        with self.desk.reading() as reader:
            return one(reader, "Server", self.server, ("ram", "description")) or {}

    def edit(self) -> Row:
        with self.desk.reading() as reader:
            (row,) = select(reader, "SELECT FlowEdit", ("status", "error", "ticket_ref", "requested_by")).rows
        return row


@pytest.fixture
def scene(bundled_desk: Desk) -> Scene:
    return Scene(bundled_desk)


def test_an_edit_waits_for_its_approval_and_the_history_names_it(scene: Scene) -> None:
    scene.rule()
    number = scene.asked()
    assert scene.values()["ram"] == "16"
    with scene.desk.reading() as reader:
        ticket = scene.requester.tickets.find(reader, number)
        text = only(reader, "FlowTicket", {"ref": number}, ("description", "object_class"))
    assert (ticket["creator"], ticket["current_processors"]) == ("ann", ",boss,")
    assert text is not None and "16 -&gt; 32<br>" in text["description"] and text["object_class"] == "Server"
    assert scene.decide(number) == []
    assert (scene.values()["ram"], scene.values()["description"]) == ("32", "more")
    assert (scene.edit()["status"], scene.edit()["ticket_ref"]) == ("applied", number)
    with scene.desk.reading() as reader:
        history = select(
            reader,
            "SELECT CMDBChangeOpSetAttributeScalar AS o WHERE o.objclass = 'Server' AND o.attcode = 'ram'",
            ("userinfo", "oldvalue", "newvalue"),
        ).rows
    assert [(row["oldvalue"], row["newvalue"]) for row in history] == [("16", "32")]
    assert history[0]["userinfo"] == f"boss (approval {number}, asked for by ann)"


def test_a_refusal_and_a_withdrawal_leave_the_object_as_it_is(scene: Scene) -> None:
    scene.rule()
    scene.decide(scene.asked(), "false")
    assert scene.edit()["status"] == "refused"
    with scene.desk.transaction(SYSTEM) as tx:
        tx.delete("FlowEdit", [scene.edit()["id"]])
    number = scene.asked()
    command = Withdraw(operator="ann")
    scene.desk.write(ANN, lambda tx: scene.requester.tickets.apply(tx, number, lambda _: command))
    assert scene.edit()["status"] == "withdrawn"
    assert scene.values()["ram"] == "16"


def test_what_others_wrote_meanwhile_is_not_undone(scene: Scene) -> None:
    scene.rule()
    number = scene.asked()
    assert scene.rest("core/update", fields={"ram": "64"})["code"] == 0
    (complaint,) = scene.decide(number)
    assert "RAM was changed" in complaint and "'64'" in complaint
    assert (scene.values()["ram"], scene.edit()["status"]) == ("64", "failed")


def test_an_object_that_is_gone_fails_the_edit_only(scene: Scene) -> None:
    scene.rule()
    number = scene.asked()
    assert scene.rest("core/delete")["code"] == 0
    assert "no longer there" in scene.decide(number)[0]
    assert scene.edit()["status"] == "failed"


def test_direct_edits_are_refused_where_a_rule_says_so(scene: Scene) -> None:
    scene.rule(direct_edits="refused", target_attcodes="name, description")
    answer = scene.rest("core/update", fields={"description": "d"})
    assert answer["code"] == 100 and "approvals/request_update" in answer["message"]
    scene.decide(scene.asked())
    assert scene.values()["description"] == "more"
    assert scene.rest("core/update", fields={"ram": "1"})["code"] == 0
    with scene.desk.transaction(SYSTEM) as tx:
        tx.update("Server", scene.server, {"description": "by the desk itself"})
        rule = only(tx.reader, "FlowRule", {"name": "servers"}, ("name",))
        assert rule is not None
        tx.update("FlowRule", rule["id"], {"status": "inactive"})
    assert scene.rest("core/update", fields={"description": "d"})["code"] == 0


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"fields": {"ram": "16"}}, "nothing to approve"),
        ({"fields": {"ram": "32", "org_id": "SELECT Organization WHERE name = 'x'"}}, "org_id"),
        ({"fields": {"nothing": 1}}, "Unknown attribute"),
        ({"fields": {"contacts_list": []}}, "cannot wait"),
        ({"fields": {"status": "moon"}}, "moon"),
        ({"key": 999_999}, "999999"),
        ({"service": "SELECT FlowService WHERE name = 'x'"}, "No item found"),
        ({"form": "x"}, "form"),
        ({"form": {"colour": "red"}}, "colour"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_at_once(scene: Scene, more: dict[str, Any], text: str) -> None:
    scene.rule()
    answer = scene.ask(**more) if "fields" not in more else scene.rest("approvals/request_update", **more)
    assert answer["code"] != 0 and text in answer["message"], answer
    with scene.desk.reading() as reader:
        assert select(reader, "SELECT FlowTicket", ("ref",)).rows == []
    assert scene.values()["ram"] == "16"


def test_without_a_rule_the_script_names_the_service(scene: Scene) -> None:
    assert "FlowRule" in scene.ask()["message"]
    answer = scene.ask(service={"name": QUICK_SERVICE}, form=FORM, output_fields="ref, status")
    (found,) = answer["objects"].values()
    assert found["fields"].keys() == {"ref", "status"}
    scene.decide(found["fields"]["ref"])
    assert scene.values()["ram"] == "32"


def test_who_may_not_write_may_not_ask(scene: Scene) -> None:
    scene.rule()
    answer = scene.ask(actor=Actor(user=8, login="eve", name="Eve", profiles=frozenset()))
    assert answer["code"] != 0
    with scene.desk.reading() as reader:
        assert select(reader, "SELECT FlowEdit", ("status",)).rows == []


@pytest.mark.parametrize(
    ("values", "text"),
    [({"target_attcodes": "ram, colour"}, "'ram'"), ({"target_state": "s", "direct_edits": "refused"}, "target_state")],
)
def test_rules_that_cannot_work_are_refused(scene: Scene, values: dict[str, Any], text: str) -> None:
    from interdesk.errors import Refused

    with pytest.raises(Refused, match=text):
        scene.rule(**values)
