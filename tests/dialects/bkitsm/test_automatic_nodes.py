"""Automatic nodes through the API, by the example of a flow that creates a host."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from interdesk.approvals import apps
from interdesk.approvals.bootstrap import prepare
from interdesk.approvals.library import Library
from interdesk.approvals.requests import Requester
from interdesk.approvals.rows import only
from interdesk.approvals.tickets import Tickets
from interdesk.desk import SYSTEM, Desk
from interdesk.extensions import installed_and_named
from tests.dialects.bkitsm.test_bad_calls import APP, Caller

FOLDER = Path(__file__).parents[3] / "examples" / "approval"


@pytest.fixture
def caller(bundled_desk: Desk) -> Iterator[Caller]:
    installed_and_named((str(FOLDER / "new_host.py"),)).bind(bundled_desk.model)
    prepare(bundled_desk)
    bundled_desk.observers.append(Requester(Tickets(Library(), "http://desk")))
    with bundled_desk.transaction(SYSTEM) as tx:
        apps.add(tx, APP["bk_app_code"], secret=APP["bk_app_secret"])
        assert tx.create("Organization", {"name": "Org"}) == 1
    with ThreadPoolExecutor(1) as executor:
        yield Caller(bundled_desk, executor)


def begun(caller: Caller, host: str) -> str:
    """The number of a ticket that the leader has approved of."""
    document = json.loads((FOLDER / "new_host.json").read_text(encoding="utf-8"))
    made = caller.post("service/import_service", **document)
    assert made["result"], made["message"]
    fields = [{"key": "title", "value": "t"}, {"key": "host_name", "value": host}]
    created = caller.post("ticket/create_ticket", service_id=made["data"]["id"], creator="r", fields=fields)
    number: str = created["data"]["sn"]
    given = {"state_id": step(caller, number)["state_id"], "approver": "leader1", "action": "true", "remark": ""}
    assert caller.post("ticket/approve", sn=number, **given)["result"]
    return number


def step(caller: Caller, number: str) -> Any:
    (found,) = caller.get("ticket/get_ticket_status", f"sn={number}")["data"]["current_steps"]
    return found


def operate(caller: Caller, number: str, action: str, who: str, **more: Any) -> Any:
    state = step(caller, number)["state_id"]
    return caller.post("ticket/operate_node", sn=number, operator=who, state_id=state, action_type=action, **more)


def test_the_example_creates_a_host_and_asks_for_its_address(caller: Caller) -> None:
    shown = step(caller, begun(caller, "web1"))
    assert (shown["name"], shown["status"], shown["action_type"]) == ("Ask for an address", "RUNNING", "AUTOMATIC")
    assert (shown["processors"], shown["operations"]) == ("系统自动处理", [])
    with caller.desk.reading() as reader:
        assert only(reader, "Server", {"name": "web1"}, ("org_id",)) is not None


def test_a_failed_node_shows_why_and_is_tried_again_or_passed_over(caller: Caller) -> None:
    number = begun(caller, "web 1")
    shown = step(caller, number)
    assert (shown["name"], shown["status"], shown["processors"]) == ("Create the host", "FAILED", "ops1,ops2")
    assert "letters and digits" in shown["error"]
    assert [one["key"] for one in shown["operations"]] == ["RETRY", "SKIP"]
    for action, who in (("RETRY", "outsider"), ("SKIP", "outsider"), ("TRANSITION", "ops1"), ("CLAIM", "ops1")):
        assert not operate(caller, number, action, who, fields=[], processors="a", processors_type="PERSON")["result"]
    assert operate(caller, number, "RETRY", "ops1")["result"]
    assert step(caller, number)["status"] == "FAILED"
    assert not operate(caller, number, "SKIP", "ops2", fields=[{"key": "nothing", "value": 1}])["result"]
    assert operate(caller, number, "SKIP", "ops2", fields=[{"key": "host", "value": 1}])["result"]
    assert step(caller, number)["name"] == "Ask for an address"
    assert not operate(caller, number, "RETRY", "ops1")["result"]
