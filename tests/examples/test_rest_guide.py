"""The requests of a guide to iTop's REST interface, as they stand there (missing commas and doubled brackets mended).

The update names two things that do not exist: ``contact_list`` for ``contacts_list`` in output_fields, and as its key a
description in plain text, while descriptions are kept as HTML. By the recorded rules for output_fields and keys
both are refused; the test sends the request as it stands, and mended.
"""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.desk_process import DeskProcess, running_desk

pytestmark = pytest.mark.xdist_group("rest-guide")

FIND = """{ "operation": "core/get", "class": "Person", "key": "SELECT Person WHERE email LIKE '%.com'",
 "output_fields": "friendlyname, email" }"""
FIND_ONE = """{ "operation": "core/get", "class": "Person", "key": 1, "output_fields": "*" }"""
FIND_A_PAGE = """{ "operation": "core/get", "class": "Person", "key": "SELECT Person",
 "output_fields": "friendlyname, email", "limit": "5", "page": "2" }"""
CREATE = """{ "operation": "core/create", "comment": "Synchronization from blah...", "class": "UserRequest",
 "output_fields": "id, friendlyname", "fields": { "org_id": "SELECT Organization WHERE name = \\"Demo\\"",
 "caller_id": { "name": "monet", "first_name": "claude" }, "title": "Houston, got a problem!",
 "description": "The fridge is empty" } }"""
UPDATE = """{ "operation": "core/update", "comment": "Synchronization from blah...", "class": "UserRequest",
 "key": { "description": "The fridge is empty" }, "output_fields": "friendlyname, title, contact_list",
 "fields": { "contacts_list": [ { "role": "pizza delivery",
 "contact_id": { "finalclass": "Person", "name": "monet", "first_name": "claude" } } ] } }"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskProcess]:
    """A desk that knows the guide's organization and the people in it, and nothing else."""
    with running_desk(tmp_path_factory.mktemp("guide"), "--empty") as running:
        create(running, "Organization", name="Demo")
        create(running, "Person", name="monet", first_name="claude", email="claude@monet.com")
        for number in range(6):
            create(running, "Person", name=f"guest {number}", first_name="a", email=f"{number}@example.org")
        yield running


def create(desk: DeskProcess, cls: str, **values: Any) -> None:
    fields = values if cls == "Organization" else {"org_id": {"name": "Demo"}, **values}
    request = {"operation": "core/create", "comment": "before", "class": cls, "fields": fields}
    assert send(desk, json.dumps(request))["code"] == 0


def send(desk: DeskProcess, json_data: str) -> dict[str, Any]:
    form = urllib.parse.urlencode({"auth_user": "admin", "auth_pwd": "admin", "json_data": json_data})
    with urllib.request.urlopen(f"{desk.url}/webservices/rest.php?version=1.3", form.encode()) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def fields(answer: dict[str, Any]) -> list[dict[str, Any]]:
    assert answer["code"] == 0, answer
    return [found["fields"] for found in answer["objects"].values()]


def test_find_by_a_query(desk: DeskProcess) -> None:
    assert fields(send(desk, FIND)) == [{"friendlyname": "claude monet", "email": "claude@monet.com"}]


def test_find_by_a_number(desk: DeskProcess) -> None:
    [person] = fields(send(desk, FIND_ONE))
    assert (person["name"], person["org_name"]) == ("monet", "Demo")


def test_find_a_page(desk: DeskProcess) -> None:
    answer = send(desk, FIND_A_PAGE)
    assert answer["message"] == "Found: 7"
    assert [person["friendlyname"] for person in fields(answer)] == ["a guest 5", "claude monet"]


def test_create_and_update(desk: DeskProcess) -> None:
    [ticket] = fields(send(desk, CREATE))
    assert ticket == {"id": "1", "friendlyname": "R-000001"}

    as_it_stands = send(desk, UPDATE)
    assert as_it_stands["code"] == 100
    assert as_it_stands["message"] == "Error: output_fields: invalid attribute code 'contact_list'"
    right_fields = UPDATE.replace("title, contact_list", "title, contacts_list")
    assert send(desk, right_fields)["message"] == (
        "Error: No item found with criteria: description: The fridge is empty (The fridge is empty)"
    )
    [ticket] = fields(send(desk, right_fields.replace("The fridge is empty", "<p>The fridge is empty</p>")))
    assert (ticket["friendlyname"], ticket["title"]) == ("R-000001", "Houston, got a problem!")
    [link] = ticket["contacts_list"]
    assert (link["role"], link["contact_name"], link["contact_id_finalclass_recall"]) == (
        "pizza delivery",
        "monet",
        "Person",
    )
