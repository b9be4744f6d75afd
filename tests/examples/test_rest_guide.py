"""The requests of examples/itop/requests, sent in order to a desk that has the objects that they name."""

from __future__ import annotations

import json
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

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "itop"
FILES = sorted((EXAMPLES / "requests").glob("*.json"))
PEOPLE = 7
TEAM, AGENT, TICKET, LOCATION = 18, 57, 15, 3

Answers = dict[str, dict[str, Any]]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("sqlite", marks=pytest.mark.xdist_group("guide-sqlite")),
        pytest.param("postgresql", marks=pytest.mark.xdist_group("guide-postgresql")),
    ],
)
def answers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Iterator[Answers]:
    """What the desk answers to each file, in their order."""
    options = ["--empty"]
    if request.param == "postgresql":
        options += ["--database", databases.empty("postgresql")]
    with running_desk(tmp_path_factory.mktemp("guide"), *options) as desk:
        prepare(desk)
        yield {path.stem: send(desk, path.read_text(encoding="utf-8")) for path in FILES}


def send(desk: DeskProcess, json_data: str) -> dict[str, Any]:
    form = urllib.parse.urlencode({"auth_user": "admin", "auth_pwd": "admin", "json_data": json_data})
    with urllib.request.urlopen(f"{desk.url}/webservices/rest.php?version=1.3", form.encode()) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def create(desk: DeskProcess, cls: str, **fields: Any) -> int:
    request = {"operation": "core/create", "comment": "before", "class": cls, "fields": fields}
    answer = send(desk, json.dumps({**request, "output_fields": "id"}))
    assert answer["code"] == 0, answer
    return int(next(iter(answer["objects"])).partition("::")[2])


def prepare(desk: DeskProcess) -> None:
    """Organizations, contacts and tickets, as many as it takes to have those that the guide calls by number."""
    demo, other = create(desk, "Organization", name="Demo"), create(desk, "Organization", name="Other")
    assert (demo, other) == (1, 2)
    monet = create(desk, "Person", org_id=demo, name="monet", first_name="claude", email="claude@monet.com")
    for number in range(PEOPLE - 1):
        create(desk, "Person", org_id=demo, name=f"guest {number}", first_name="a", email=f"{number}@example.org")
    create(desk, "Person", org_id=demo, name="Foo", first_name="John")
    create(desk, "Team", org_id=demo, name="San Antonio Spurs")
    contacts = PEOPLE + 2
    while contacts < AGENT:
        contacts = (
            create(desk, "Team", org_id=demo, name=f"Team {contacts}")
            if contacts + 1 < AGENT
            else create(desk, "Person", org_id=demo, name="Agent", first_name="An", team_list=[{"team_id": TEAM}])
        )
    assert contacts == AGENT
    for number in range(LOCATION):
        create(desk, "Location", org_id=demo, name=f"Place {number + 1}")
    for number in range(TICKET):
        create(desk, "UserRequest", org_id=demo, caller_id=monet, title=f"Ticket {number + 1}", description="x",
               request_type="service_request")  # fmt: skip
    create(desk, "UserRequest", org_id=other, caller_id=monet, title="Of another", description="x")
    server = create(desk, "Server", org_id=demo, name="Server 1")
    farm = create(desk, "Farm", org_id=demo, name="Farm")
    hypervisor = create(desk, "Hypervisor", org_id=demo, name="Hypervisor", server_id=server, farm_id=farm)
    create(desk, "VirtualMachine", org_id=demo, name="Machine", virtualhost_id=hypervisor)
    assert server == 1


def fields(answer: dict[str, Any]) -> list[dict[str, Any]]:
    assert answer["code"] == 0, answer
    return [found["fields"] for found in answer["objects"].values()]


def test_every_file_is_answered_as_done(answers: Answers) -> None:
    assert len(answers) == 20
    assert {name: answer["message"] for name, answer in answers.items() if answer["code"] != 0} == {}


def test_list_operations(answers: Answers) -> None:
    answer = answers["01_list_operations"]
    assert answer["message"] == "Operations: 7"
    assert {"verb": "core/get", "description": "Search for objects", "extension": "CoreServices"} in answer[
        "operations"
    ]


def test_get(answers: Answers) -> None:
    assert fields(answers["02_get_by_query"]) == [{"friendlyname": "claude monet", "email": "claude@monet.com"}]
    [person] = fields(answers["03_get_by_number"])
    assert (person["name"], person["org_name"]) == ("monet", "Demo")
    page = answers["04_get_a_page"]
    assert page["message"] == f"Found: {PEOPLE + 2}"
    assert [found["friendlyname"] for found in fields(page)] == ["a guest 5", "An Agent", "claude monet", "John Foo"][
        -len(page["objects"]) :
    ]


def test_create_and_update(answers: Answers) -> None:
    number = TICKET + 2
    assert fields(answers["05_create"]) == [{"id": f"{number}", "friendlyname": f"R-{number:06d}"}]
    [ticket] = fields(answers["06_update"])
    assert (ticket["friendlyname"], ticket["title"]) == (f"R-{number:06d}", "Houston, got a problem!")
    [link] = ticket["contacts_list"]
    shown = (link["role"], link["contact_name"], link["contact_id_finalclass_recall"])
    assert shown == ("pizza delivery", "monet", "Person")


def test_apply_stimulus(answers: Answers) -> None:
    [ticket] = fields(answers["07_apply_stimulus"])
    assert (ticket["title"], ticket["status"]) == (f"Ticket {TICKET}", "assigned")


@pytest.mark.parametrize("name", ["08_get_related", "09_get_related_of_several"])
def test_get_related(answers: Answers, name: str) -> None:
    answer = answers[name]
    assert answer["message"] == "Scope: 1; Related objects: Server= 1, Hypervisor= 1, Farm= 1, VirtualMachine= 1"
    assert {entry.partition("::")[0] for entry in answer["objects"]} >= {"Server", "Hypervisor", "Farm"}
    assert {"key": "Hypervisor::3"} in answer["relations"]["Server::1"]


def test_check_credentials(answers: Answers) -> None:
    assert answers["10_check_credentials"] == {"code": 0, "message": None, "authorized": False}


def test_keys_and_values(answers: Answers) -> None:
    assert answers["11_key_number"] == answers["12_key_query"] == {"code": 0, "message": "Found: 0", "objects": None}
    assert fields(answers["13_scalars_and_external_keys"]) == [
        {
            "friendlyname": "Claude Monnet",
            "org_name": "Demo",
            "location_name": f"Place {LOCATION}",
            "manager_name": "Foo",
        }
    ]
    assert fields(answers["14_key_values"]) == [{"friendlyname": "Claude Monnet"}]
    [person] = fields(answers["15_picture"])
    sent = json.loads((EXAMPLES / "requests" / "15_picture.json").read_text(encoding="utf-8"))["fields"]["picture"]
    assert person["picture"] == {**sent, "downloads_count": 0}


def entries(answer: dict[str, Any]) -> list[dict[str, Any]]:
    [ticket] = fields(answer)
    found: list[dict[str, Any]] = ticket["public_log"]["entries"]
    return found


def test_case_logs(answers: Answers) -> None:
    [first] = entries(answers["16_case_log_text"])
    assert (first["message"], first["user_login"]) == ("blah blah blah", "admin")
    both = entries(answers["17_case_log_one_entry"])
    assert sorted(entry["message"] for entry in both) == ["The first line\nAnother line", "blah blah blah"]
    assert {entry["date"] for entry in both} >= {"2020-12-14 11:12:00"}
    assert len(entries(answers["18_case_log_whole"])) == 3


def test_link_set(answers: Answers) -> None:
    [ticket] = fields(answers["19_link_set"])
    shown = {(link["role"], link["contact_name"]) for link in ticket["contacts_list"]}
    assert shown == {("artist", "monet"), ("Basket-ball", "San Antonio Spurs"), ("", "Agent")}


def test_delete(answers: Answers) -> None:
    answer = answers["20_delete"]
    assert answer["message"].startswith("Deleted: 1")
    assert "UserRequest::16" in answer["objects"]


@pytest.mark.xdist_group("demo-desk")
def test_the_runner_sends_a_file(demo_desk: DeskProcess) -> None:
    script = (EXAMPLES / "send.py").read_text(encoding="utf-8").replace("http://127.0.0.1:8080", demo_desk.url)
    command = [sys.executable, "-c", script, str(FILES[0]), str(FILES[1])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["message"] == "Operations: 7"
    assert second["code"] == 0
