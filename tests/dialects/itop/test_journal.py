"""The log of calls as objects: every call is there, no secret is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from interdesk.desk import SYSTEM, Desk
from interdesk.desk.bootstrap import add_user
from interdesk.server import application
from interdesk.settings import Settings
from tests.support.rest import Rest

SECRET = 'Top-Secret "9"!'


@pytest.fixture
def rest(bundled_desk: Desk) -> Iterator[Rest]:
    with bundled_desk.transaction(SYSTEM) as tx:
        add_user(tx, "admin", "admin")
    with TestClient(application(bundled_desk, Settings(threads=2, log_rest_service=True))) as client:
        yield Rest(client)


def kept(desk: Desk) -> list[dict[str, Any]]:
    codes = ("userinfo", "operation", "version", "json_input", "code", "json_output", "message")
    names = ", ".join(codes)
    with desk.store.read() as session:
        rows = session.connection.rows(
            f"SELECT {names} FROM \"Event\" WHERE finalclass = 'EventRestService' ORDER BY id"
        )
    return [dict(zip(codes, row, strict=True)) for row in rows]


def test_every_call_is_kept(rest: Rest, bundled_desk: Desk) -> None:
    rest.create("Organization", name="A")
    for _ in range(2):
        rest.call("core/get", cls="Organization", key=1)
    rest.call("core/unknown")
    rest.raw(auth_user="nobody", auth_pwd="x", json_data="{}")
    found = kept(bundled_desk)
    assert [(call["userinfo"], call["operation"], call["code"]) for call in found] == [
        ("admin", "core/create", 0),
        ("admin", "core/get", 0),
        ("admin", "core/get", 0),
        ("admin", "", 11),
        ("", "", 1),
    ]
    assert json.loads(found[1]["json_input"])["key"] == 1
    assert json.loads(found[1]["json_output"])["message"] == "Found: 1"
    assert {call["version"] for call in found} == {"1.3"}


def test_an_answer_of_related_objects_is_kept(rest: Rest, bundled_desk: Desk) -> None:
    organization = rest.create("Organization", name="A")
    server = rest.create("Server", name="s", org_id=organization)
    body = rest.call("core/get_related", cls="Server", key=server, relation="impacts")
    assert f"Server::{server}" in body["objects"]
    assert json.loads(kept(bundled_desk)[-1]["json_output"]) == body


@pytest.mark.parametrize(
    ("operation", "data"),
    [
        ("core/check_credentials", {"user": "admin", "password": SECRET}),
        ("core/create", {"cls": "UserLocal", "fields": {"login": "ann", "password": SECRET, "profile_list": []}}),
        ("core/create", {"cls": "UserLocal", "fields": {"login": SECRET, "password": SECRET}}),
        ("core/create", {"cls": "UserLocal", "fields": {"login": "ann", "password": {"a": [SECRET]}}}),
        ("core/update", {"cls": "UserLocal", "key": {"login": "x"}, "fields": {"PassWord": SECRET}}),
        ("core/get", {"cls": "Organization", "key": f"SELECT Organization WHERE {SECRET}", "auth_pwd": SECRET}),
    ],
)
def test_no_secret_is_kept(rest: Rest, bundled_desk: Desk, operation: str, data: dict[str, Any]) -> None:
    rest.call(operation, **data)
    (call,) = kept(bundled_desk)
    text = json.dumps(call) + call["json_input"] + call["json_output"]
    assert "*****" in call["json_input"]
    assert "Top-Secret" not in text


def test_what_cannot_be_read_is_not_kept(rest: Rest, bundled_desk: Desk) -> None:
    rest.raw(auth_user="admin", auth_pwd="admin", json_data='{"password": "Top-Secret"')
    rest.raw(auth_user="admin", auth_pwd="admin", json_data="[" * 5000 + "]" * 5000)
    assert all("Top-Secret" not in json.dumps(call) for call in kept(bundled_desk))
    assert [call["json_input"] for call in kept(bundled_desk)][0] == "(not valid JSON)"
