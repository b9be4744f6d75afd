"""The public client ``itoptop`` as it comes. Its upsert depends on the text ``No item found for query``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from interdesk.model.design import bundled, export_xml

with warnings.catch_warnings():
    warnings.simplefilter("ignore", SyntaxWarning)  # the client compares a number with ``is not``
    from itoptop import Itop
    from itoptop.exceptions import ItopError


@pytest.fixture
def itop(address: str) -> Any:
    return Itop(address, "1.3", "admin", "admin")


def organization_of(itop: Any, name: str) -> str:
    return str(itop.schema("Organization").find({"name": name}, ["id"]))


def test_a_wrong_password_is_told(address: str) -> None:
    with pytest.raises(ItopError, match="1 UNAUTHORIZED"):
        Itop(address, "1.3", "admin", "wrong")


def test_inserts_finds_updates_and_removes(itop: Any, organization: str) -> None:
    servers, org = itop.schema("Server"), organization_of(itop, organization)
    names = [f"{organization} a", f"{organization} b"]
    made = servers.insert([{"name": name, "org_id": org} for name in names])
    assert sorted(server["name"] for server in made) == names

    found = servers.find({"name": names[0]})
    assert (found["name"], found["organization_name"], found["finalclass"]) == (names[0], organization, "Server")
    assert {server["name"] for server in servers.find({"org_id": org})} == set(names)
    assert len(servers.find({"org_id": org}, limit="1", page="2")) > 2, "one object, bare"

    [changed] = servers.update({"name": names[0]}, {"description": "one"})
    assert changed["description"] == "one"
    with pytest.raises(ItopError, match="Several items found"):
        servers.update({"org_id": org}, {"description": "two"})

    assert len(servers.remove({"org_id": org})) == 2
    assert servers.find({"org_id": org}) == []


def test_upsert_creates_what_no_query_finds(itop: Any, organization: str) -> None:
    servers, org = itop.schema("Server"), organization_of(itop, organization)
    name = f"{organization} new"
    assert servers.update({"name": name}, {"org_id": org}) == {}
    [made] = servers.update({"name": name}, {"org_id": org, "description": "first"}, upsert=True)
    [same] = servers.update({"name": name}, {"description": "second"}, upsert=True)
    assert (same["id"], same["description"]) == (made["id"], "second")


def test_sync_inserts_some_and_updates_others(itop: Any, organization: str) -> None:
    servers, org = itop.schema("Server"), organization_of(itop, organization)
    servers.insert({"name": f"{organization} 1", "org_id": org})
    wanted = [{"name": f"{organization} {number}", "org_id": org, "description": "synced"} for number in (1, 2, 3)]
    servers.sync(wanted)
    found = servers.find({"org_id": org})
    assert sorted(server["name"] for server in found) == [server["name"] for server in wanted]
    assert {server["description"] for server in found} == {"synced"}


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # the client leaves its design file open
def test_looks_keys_up_by_the_exported_design(address: str, organization: str, tmp_path: Path) -> None:
    design = tmp_path / "design.xml"
    design.write_text(export_xml(bundled()), encoding="utf-8")
    itop = Itop(address, "1.3", "admin", "admin", str(design))
    [made] = itop.Server.insert({"name": f"{organization} looked up", "organization_name": organization})
    assert made["organization_name"] == organization


def test_applies_a_stimulus(itop: Any, organization: str) -> None:
    org = organization_of(itop, organization)
    [agent] = itop.schema("Person").insert({"name": organization, "first_name": "Agent", "org_id": org})
    [team] = itop.schema("Team").insert(
        {"name": f"{organization} team", "org_id": org, "persons_list": [{"person_id": agent["id"]}]}
    )
    [ticket] = itop.schema("UserRequest").insert(
        {
            "title": organization,
            "description": "x",
            "org_id": org,
            "caller_id": agent["id"],
            "request_type": "service_request",
        }
    )
    assert ticket["status"] == "new"
    [assigned] = itop.schema("UserRequest").apply_stimulus(
        {"title": organization}, {"team_id": team["id"], "agent_id": agent["id"]}, "ev_assign"
    )
    assert assigned["status"] == "assigned"
