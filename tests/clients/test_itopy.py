"""The public client ``itopy`` as it comes. It tells an object that is new by the message ``Found: 0``."""

from __future__ import annotations

from typing import Any

import pytest
from itopy import Api


@pytest.fixture
def api(address: str) -> Any:
    api = Api()
    assert api.connect(address, "1.3", "admin", "admin") == 0
    return api


def test_a_wrong_password_is_told(address: str) -> None:
    assert str(Api().connect(address, "1.3", "admin", "wrong")).startswith("UNAUTHORIZED")


def test_creates_what_is_not_there_yet(api: Any, organization: str) -> None:
    name = f"{organization} server"
    made = api.create("Server", name=name, org_id=f"SELECT Organization WHERE name = '{organization}'")
    assert (made["code"], made["message"]) == (0, None)
    [server] = made["objects"].values()
    assert (server["message"], server["fields"]["name"]) == ("created", name)
    assert made["item_key"] == [server["key"]]

    assert api.create("Server", name=name, org_id=1) == {"message": "Object exists", "code": 0}
    assert api.get("Server", {"name": name})["message"] == "Found: 1"


def test_gets_updates_and_deletes(api: Any, organization: str) -> None:
    found = api.get("Organization", f"SELECT Organization WHERE name = '{organization}'", "name, code")
    assert (found["message"], len(found["item_key"])) == ("Found: 1", 1)

    changed = api.update("Organization", "name", organization, code="CLI")
    assert [entry["fields"]["code"] for entry in changed["objects"].values()] == ["CLI"]
    by_number = api.update("Organization", "key", found["item_key"][0], code="CLJ")
    assert [entry["fields"]["code"] for entry in by_number["objects"].values()] == ["CLJ"]

    assert api.delete("Organization", simulate=True, name=organization)["message"] == "SIMULATING: Deleted: 1"
    assert api.delete("Organization", name=organization)["message"] == "Deleted: 1"
    assert api.get("Organization", {"name": organization}) == {
        "code": 0,
        "message": "Found: 0",
        "objects": None,
        "item_key": [],
    }


def test_applies_a_stimulus(api: Any, organization: str) -> None:
    org = f"SELECT Organization WHERE name = '{organization}'"
    team = api.create("Team", name=f"{organization} team", org_id=org)["item_key"][0]
    agent = api.create("Person", name=organization, first_name="Agent", org_id=org)["item_key"][0]
    links = [{"person_id": agent}]
    api.update("Team", "key", team, persons_list=links)
    ticket = api.create(
        "UserRequest", title="Ask", description="x", org_id=org, caller_id=agent, request_type="service_request"
    )["item_key"][0]

    refused = api.apply_stimulus("UserRequest", "key", ticket, "ev_assign", comment="no agent")
    assert refused["code"] == 100
    done = api.apply_stimulus("UserRequest", "key", ticket, "ev_assign", team_id=team, agent_id=agent)
    assert [entry["fields"]["status"] for entry in done["objects"].values()] == ["assigned"]


def test_errors_come_with_their_text(api: Any) -> None:
    answer = api.get("NoSuchClass", "SELECT NoSuchClass")
    assert answer == {"code": 100, "message": "Error: class: 'NoSuchClass' is not a valid class'"}
