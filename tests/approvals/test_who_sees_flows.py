"""Who sees what of approvals: tickets and all that belongs to them follow the organization; secrets are nobody's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interdesk.approvals import apps
from interdesk.desk import SYSTEM, Actor
from tests.approvals.test_edits import Scene
from tests.approvals.test_edits import scene as scene
from tests.support.people import add_user

AGENT, SERVICE_MANAGER, REST = 5, 10, 1024


def user(scene: Scene, login: str, profiles: tuple[int, ...], organizations: tuple[int, ...] = ()) -> Actor:
    with scene.desk.transaction(SYSTEM) as tx:
        key = add_user(tx, login, profiles, organizations)
    return Actor(key, login, login, profiles=frozenset(profiles), restricted=bool(organizations))


def rest(scene: Scene, actor: Actor, operation: str, cls: str, **data: Any) -> Any:
    document = {"operation": operation, "class": cls, "comment": "c", **data}
    return scene.service.run(actor, "1.3", json.dumps(document))


def found(scene: Scene, actor: Actor, cls: str) -> int:
    answer = rest(scene, actor, "core/get", cls, key=f"SELECT {cls}", output_fields="*")
    assert answer["code"] == 0, answer["message"]
    return len(answer["objects"] or {})


def test_what_belongs_to_a_ticket_is_seen_with_its_organization(scene: Scene) -> None:
    scene.rule()
    scene.asked()
    with scene.desk.transaction(SYSTEM) as tx:
        other = tx.create("Organization", {"name": "Other"})
    everywhere, here = user(scene, "all", (AGENT, REST)), user(scene, "here", (AGENT, REST), (scene.org,))
    there = user(scene, "there", (AGENT, REST), (other,))
    for cls in ("FlowTicket", "FlowStep", "FlowTask", "FlowEdit"):
        assert found(scene, everywhere, cls) == found(scene, here, cls) > 0
        assert found(scene, there, cls) == 0


@pytest.mark.parametrize("cls", ["FlowApp", "FlowVersion", "FlowRun", "FlowCounter"])
def test_only_administrators_see_applications_and_definitions(scene: Scene, cls: str) -> None:
    with scene.desk.transaction(SYSTEM) as tx:
        apps.add(tx, "shop")
    answer = rest(scene, user(scene, "agent", (AGENT, REST)), "core/get", cls, key=f"SELECT {cls}", output_fields="*")
    assert answer["code"] != 0 or not answer["objects"], answer


def test_rules_are_for_service_managers(scene: Scene) -> None:
    fields = {"name": "r", "target_class": "Server", "flow_service_id": "SELECT FlowService WHERE built_in = 1"}
    manager, agent = user(scene, "manager", (SERVICE_MANAGER, REST)), user(scene, "agent", (AGENT, REST))
    assert rest(scene, agent, "core/create", "FlowRule", fields=fields)["code"] != 0
    assert rest(scene, manager, "core/create", "FlowRule", fields=fields)["code"] == 0
    for cls in ("FlowTicket", "FlowTask", "FlowEdit"):
        assert "not" in rest(scene, manager, "core/create", cls, fields={})["message"]
