"""A new telephone: asked for over iTop, approved over BlueKing, there for a script of XiVO, known to the CMDB."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from interdesk.client.confd import Confd
from tests.support.databases import Databases
from tests.support.desk_process import DeskProcess, running_desk
from tests.support.xivo import ACCOUNT

APP = {"bk_app_code": "demo_app", "bk_app_secret": "demo_secret"}
MAC = "00:08:5d:aa:bb:cc"
FREE = "1003"  # the numbers before belong to the demo's users
Answer = dict[str, Any]


class Scripts:
    """Who speaks to the desk: one program for each dialect."""

    def __init__(self, desk: DeskProcess) -> None:
        self._port = desk.port
        self.confd = Confd(f"{desk.url}/1.1", username=ACCOUNT[0], password=ACCOUNT[1])

    def _post(self, path: str, body: str, kind: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request("POST", path, body, {"Content-Type": kind})
            found: Answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return found

    def itop(self, operation: str, cls: str, **parameters: object) -> list[Answer]:
        """The fields of each object answered, with its ``key`` and ``class``."""
        data = json.dumps({"operation": operation, "class": cls, "comment": "test", **parameters})
        form = {"version": "1.3", "auth_user": "admin", "auth_pwd": "admin", "json_data": data}
        answer = self._post("/webservices/rest.php", urllib.parse.urlencode(form), "application/x-www-form-urlencoded")
        assert answer["code"] == 0, answer["message"]
        objects = (answer["objects"] or {}).values()
        return [{**one["fields"], "key": int(one["key"]), "class": one["class"]} for one in objects]

    def make(self, cls: str, **fields: object) -> int:
        (made,) = self.itop("core/create", cls, fields=fields, output_fields="id")
        key: int = made["key"]
        return key

    def blueking(self, name: str, **parameters: object) -> Any:
        answer = self._post(f"/openapi/ticket/{name}/", json.dumps({**APP, **parameters}), "application/json")
        assert answer["result"], answer["message"]
        return answer["data"]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("sqlite", marks=pytest.mark.xdist_group("new-telephone-sqlite")),
        pytest.param("postgresql", marks=pytest.mark.xdist_group("new-telephone-postgresql")),
    ],
)
def scripts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Iterator[Scripts]:
    database = ["--database", databases.empty("postgresql")] if request.param == "postgresql" else []
    with running_desk(tmp_path_factory.mktemp("new-telephone"), *database) as desk:
        found = Scripts(desk)
        found.make(
            "FlowRule",
            name="New telephones",
            target_class="UserRequest",
            target_state="waiting_for_approval",
            flow_service_id={"name": "New telephone"},
            fields=f"APPROVER = leader1\nperson = $caller_id$\nexten = next\nincoming = 2100\n"
            f"device = {MAC}\nvoicemail = same",
            stimulus_approved="ev_approve",
            stimulus_refused="ev_reject",
        )
        yield found


def asked(scripts: Scripts, first: str) -> tuple[int, int, Answer]:
    """(person, request, its ticket): a request waits for approval."""
    org = scripts.make("Organization", name=f"Of {first}")
    person = scripts.make("Person", org_id=org, name="Lee", first_name=first, email=f"{first}@acme.example")
    values = {"org_id": org, "caller_id": person, "title": "A telephone", "description": "Please"}
    request = scripts.make("UserRequest", **values)
    approver = {"approver_id": {"name": "Flow", "first_name": "leader1"}}
    scripts.itop("core/apply_stimulus", "UserRequest", key=request, stimulus="ev_wait_for_approval", fields=approver)
    (ticket,) = scripts.itop(
        "core/get", "FlowTicket", key={"object_class": "UserRequest", "object_key": request}, output_fields="*"
    )
    return person, request, ticket


def decide(scripts: Scripts, ticket: Answer, action: str) -> None:
    query = f"SELECT FlowStep WHERE ticket_id = {ticket['key']} AND status = 'RUNNING'"
    (step,) = scripts.itop("core/get", "FlowStep", key=query, output_fields="node")
    scripts.blueking("approve", sn=ticket["ref"], state_id=step["node"], approver="leader1", action=action, remark="")


def status(scripts: Scripts, cls: str, key: int) -> str:
    (found,) = scripts.itop("core/get", cls, key=key, output_fields="status")
    text: str = found["status"]
    return text


def test_a_request_ends_with_a_telephone_that_rings(scripts: Scripts) -> None:
    person, request, ticket = asked(scripts, "Ann")
    assert scripts.confd.users.list(search="Ann Lee")["total"] == 0
    decide(scripts, ticket, "true")
    assert status(scripts, "UserRequest", request) == "approved"
    assert status(scripts, "FlowTicket", ticket["key"]) == "FINISHED"

    confd = scripts.confd
    (user,) = confd.users.list(search="Ann Lee")["items"]
    assert (user["firstname"], user["lastname"]) == ("Ann", "Lee")
    (pair,) = confd.call("GET", f"users/{user['id']}/lines")["items"]
    line = confd.lines_sip.get(pair["line_id"])
    assert line["callerid"] == f'"Ann Lee" <{FREE}>'
    pairs = confd.call("GET", f"lines/{line['id']}/extensions")["items"]
    numbers = [confd.extensions.get(one["extension_id"]) for one in pairs]
    assert [(one["exten"], one["context"]) for one in numbers] == [(FREE, "default"), ("2100", "from-extern")]
    (device,) = confd.devices.list(search=MAC)["items"]
    assert device["status"] == "configured"
    assert confd.lines.get(line["id"])["device_id"] == device["id"]
    assert confd.voicemails.list()["items"][0]["name"] == "Ann Lee"

    (phone,) = scripts.itop("core/get", "IPPhone", key={"name": MAC}, output_fields="phonenumber,organization_name")
    assert (phone["phonenumber"], phone["organization_name"]) == (FREE, "Of Ann")
    reached = scripts.itop("core/get_related", "IPPhone", key=phone["key"], relation="impacts", depth=10)
    assert ("Person", person) in {(one["class"], one["key"]) for one in reached}


def test_a_refused_request_makes_nothing(scripts: Scripts) -> None:
    before = scripts.confd.users.list()["total"]
    _, request, ticket = asked(scripts, "Bo")
    decide(scripts, ticket, "false")
    assert status(scripts, "UserRequest", request) == "rejected"
    assert scripts.confd.users.list()["total"] == before


def test_what_cannot_be_provisioned_leaves_nothing_half_done_and_is_tried_again(scripts: Scripts) -> None:
    """The number for incoming calls belongs to somebody else; once it is free, the approver tries again."""
    confd = scripts.confd
    (taken,) = confd.extensions.list(search="2100")["items"] or [
        confd.extensions.create({"exten": "2100", "context": "from-extern"})
    ]
    before = confd.users.list()["total"], confd.lines.list()["total"]
    _, request, ticket = asked(scripts, "Cy")
    decide(scripts, ticket, "true")
    assert status(scripts, "UserRequest", request) == "waiting_for_approval"
    query = f"SELECT FlowStep WHERE ticket_id = {ticket['key']} AND name = 'Provisioning'"
    (step,) = scripts.itop("core/get", "FlowStep", key=query, output_fields="node,status,error")
    assert (step["status"], step["error"]) == ("FAILED", "Extension already exists")
    assert (confd.users.list()["total"], confd.lines.list()["total"]) == before

    for pair in confd.call("GET", f"extensions/{taken['id']}/lines")["items"]:
        confd.disconnect_extension(pair["line_id"], taken["id"])
    confd.extensions.delete(taken["id"])
    operation = {"action_type": "RETRY", "operator": "leader1", "fields": []}
    scripts.blueking("operate_node", sn=ticket["ref"], state_id=step["node"], **operation)
    assert status(scripts, "UserRequest", request) == "approved"
    (user,) = confd.users.list(search="Cy Lee")["items"]
    assert confd.call("GET", f"users/{user['id']}/lines")["total"] == 1
