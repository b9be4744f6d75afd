"""The extension of examples/extension, over HTTP: named by an option, and installed as a package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import Databases
from tests.support.desk_process import DeskProcess, running_desk

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "extension"


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("sqlite", marks=pytest.mark.xdist_group("extension-sqlite")),
        pytest.param("postgresql", marks=pytest.mark.xdist_group("extension-postgresql")),
    ],
)
def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Iterator[DeskProcess]:
    options = ["--empty", "--extension", str(EXAMPLE / "acme_desk")]
    if request.param == "postgresql":
        options += ["--database", databases.empty("postgresql")]
    with running_desk(tmp_path_factory.mktemp("extension"), *options) as running:
        yield running


PASSWORDS = {"admin": "admin", "limited": "Pa55-word!x"}


def call(desk: DeskProcess, operation: str, login: str = "admin", **data: Any) -> dict[str, Any]:
    request = {"operation": operation, "comment": "test", **data}
    form = {"version": "1.3", "auth_user": login, "auth_pwd": PASSWORDS[login], "json_data": json.dumps(request)}
    body = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"{desk.url}/webservices/rest.php", body) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def create(desk: DeskProcess, cls: str, /, **fields: Any) -> int:
    answer = call(desk, "core/create", **{"class": cls}, fields=fields, output_fields="id")
    assert answer["code"] == 0, answer
    [made] = answer["objects"].values()
    return int(made["key"])


def write(desk: DeskProcess, operation: str, key: int, **data: Any) -> dict[str, Any]:
    data = {"class": "UserRequest", "key": key, "output_fields": "status, acme_returns, team_id", **data}
    return call(desk, operation, **data)


def fields(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["code"] == 0, answer
    [entry] = answer["objects"].values()
    found: dict[str, Any] = entry["fields"]
    return found


@pytest.fixture(scope="module")
def people(desk: DeskProcess) -> dict[str, int]:
    """An organization, an agent and a team with that agent."""
    org = create(desk, "Organization", name="Acme")
    agent = create(desk, "Person", name="Agent", first_name="An", org_id=org)
    team = create(desk, "Team", name="Helpers", org_id=org, persons_list=[{"person_id": agent}])
    return {"org_id": org, "agent_id": agent, "team_id": team}


def open_request(desk: DeskProcess, people: dict[str, int], title: str) -> int:
    values = {"org_id": people["org_id"], "caller_id": people["agent_id"], "request_type": "service_request"}
    return create(desk, "UserRequest", title=title, description="x", **values)


def assign(desk: DeskProcess, people: dict[str, int], key: int) -> None:
    agent = {"team_id": people["team_id"], "agent_id": people["agent_id"]}
    assert fields(write(desk, "core/apply_stimulus", key, stimulus="ev_assign", fields=agent))["status"] == "assigned"


def test_its_operation_is_listed_with_its_name(desk: DeskProcess) -> None:
    answer = call(desk, "list_operations")
    assert answer["message"] == "Operations: 8"
    assert answer["operations"][-1] == {
        "verb": "acme/open_tickets",
        "description": "Open tickets of an organization, counted by team",
        "extension": "Acme",
    }


def test_its_operation_answers_like_the_others(desk: DeskProcess, people: dict[str, int]) -> None:
    org = create(desk, "Organization", name="Open tickets")
    mine = {**people, "org_id": org}
    first, second = (open_request(desk, mine, title) for title in ("one", "two"))
    assign(desk, mine, second)
    answer = call(desk, "acme/open_tickets", org_id=org, output_fields="title")
    assert answer["message"] == "Open: 2"
    assert {name: entry["fields"] for name, entry in answer["objects"].items()} == {
        f"UserRequest::{first}": {"title": "one"},
        f"UserRequest::{second}": {"title": "two"},
    }
    assert answer["teams"] == [{"team": "", "open": 1}, {"team": "Helpers", "open": 1}]
    assert call(desk, "acme/open_tickets", org_id=0) == {"code": 0, "message": "Open: 0", "objects": None, "teams": []}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, "Error: Missing parameter 'org_id'"),
        ({"org_id": 1, "output_fields": "nothing"}, "Error: output_fields: invalid attribute code 'nothing'"),
    ],
)
def test_its_operation_refuses_in_the_words_of_the_interface(
    desk: DeskProcess, data: dict[str, Any], text: str
) -> None:
    assert call(desk, "acme/open_tickets", **data) == {"code": 100, "message": text}


def test_its_verb_acts_in_its_transition_and_may_refuse(desk: DeskProcess, people: dict[str, int]) -> None:
    key = open_request(desk, people, "to and fro")
    for returns in ("1", "2", "3"):
        assign(desk, people, key)
        back = write(desk, "core/apply_stimulus", key, stimulus="ev_acme_return", fields={})
        assert fields(back) == {"status": "new", "acme_returns": returns, "team_id": "0"}
    assign(desk, people, key)
    refused = write(desk, "core/apply_stimulus", key, stimulus="ev_acme_return", fields={})
    assert (refused["code"], refused["objects"]) == (100, None)
    kept = fields(call(desk, "core/get", **{"class": "UserRequest"}, key=key, output_fields="status, acme_returns"))
    assert kept == {"status": "assigned", "acme_returns": "3"}


def test_its_rule_is_kept_beside_those_of_the_standard_model(desk: DeskProcess, people: dict[str, int]) -> None:
    key = open_request(desk, people, "no less than nothing")
    refused = write(desk, "core/update", key, fields={"acme_returns": -1})
    assert refused["code"] == 100
    assert "cannot have been handed back less than 0 times" in refused["message"]
    urgent = write(desk, "core/update", key, fields={"impact": 1, "urgency": 1}, output_fields="priority")
    assert fields(urgent) == {"priority": "1"}


def test_an_installed_package_is_found_by_its_entry_point(tmp_path: Path) -> None:
    information = tmp_path / "acme_desk-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-desk\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[interdesk.extensions]\nacme = acme_desk:extension\n")
    command = [sys.executable, "-m", "interdesk", "design", "show", "UserRequest"]
    path = os.pathsep.join([str(tmp_path), str(EXAMPLE), os.environ.get("PYTHONPATH", "")])
    shown = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=60, check=True
    )
    assert "AcmeCountReturn(1)" in shown.stdout


def test_its_operation_shows_what_the_caller_may_see(desk: DeskProcess) -> None:
    seen, hidden = create(desk, "Organization", name="Seen"), create(desk, "Organization", name="Hidden")
    for org in (seen, hidden):
        person = create(desk, "Person", name="Caller", first_name="A", org_id=org)
        create(desk, "UserRequest", title="t", description="d", org_id=org, caller_id=person)
    create(
        desk,
        "UserLocal",
        login="limited",
        password=PASSWORDS["limited"],
        profile_list=[{"profileid": {"name": name}} for name in ("Support Agent", "REST Services User")],
        allowed_org_list=[{"allowed_org_id": seen}],
    )
    found = [call(desk, "acme/open_tickets", login="limited", org_id=org)["message"] for org in (seen, hidden)]
    assert found == ["Open: 1", "Open: 0"]
