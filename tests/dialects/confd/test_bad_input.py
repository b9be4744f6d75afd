"""Hostile and broken requests: the recorded words or a clear refusal, nothing written, never an HTTP 5xx."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.confd import Confd

JSON = {"Content-Type": "application/json"}
MANY = "9" * 400


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"{broken", "Input Error - the body is not valid JSON"),
        (b"", "Input Error - the body is not valid JSON"),
        (b"\xff\xfe", "Input Error - the body is not valid JSON"),
        (b'{"firstname": NaN}', "Input Error - the body is not valid JSON"),
        (b"[" * 100_000, None),
        (b'{"firstname": "' + b"x" * 200_000 + b'"}', None),
        (b"[]", "Input Error - the body must be a JSON object"),
        (b"null", "Input Error - the body must be a JSON object"),
        (b'"x"', "Input Error - the body must be a JSON object"),
        (b'{"firstname": "a\\u0000b"}', "Input Error - field 'firstname': has characters that cannot be stored"),
        (b'{"firstname": "\\ud800"}', "Input Error - field 'firstname': has characters that cannot be stored"),
        (b'{"\\ud800": 1}', None),
        (b'{"firstname": "' + b"x" * 129 + b'"}', "Input Error - field 'firstname': must have a maximum length of 128"),
    ],
)
def test_bodies(shared_confd: Confd, body: bytes, text: str | None) -> None:
    answer = shared_confd.client.post("/1.1/users", content=body, headers=JSON)
    assert answer.status_code == 400
    (told,) = answer.json()
    assert text is None or told == text
    assert shared_confd.get("/users")["total"] == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/lines_sip", {"context": "default", "device_slot": 10**30}),
        ("/lines_sip", {"context": "default", "device_slot": True}),
        ("/lines_sip", {"context": "default", "device_slot": 1, "username": "x" * 41}),
        ("/extensions", {"exten": "١٢٣٤", "context": "default"}),
        ("/extensions", {"exten": "1" * 41, "context": "default"}),
        ("/devices", {"ip": "10.0.0.1.2"}),
        ("/devices", {"ip": "010.0.0.1"}),
        ("/devices", {"options": {"switchboard": "yes"}}),
        ("/voicemails", {"name": " ", "number": "1300", "context": "default"}),
        ("/voicemails", {"name": "x", "number": "1300", "context": "default", "max_messages": -1}),
        ("/voicemails", {"name": "x", "number": "1300", "context": "default", "language": "xx"}),
        ("/voicemails", {"name": "x", "number": "1300", "context": "default", "timezone": "moon"}),
        ("/funckeys/templates", {"keys": {"0": {"destination": {"type": "parking"}}}}),
        ("/funckeys/templates", {"keys": {"x": {"destination": {"type": "parking"}}}}),
        ("/funckeys/templates", {"keys": {"1": {"destination": {"type": ["user"]}}}}),
        ("/funckeys/templates", {"keys": {"1": []}}),
    ],
)
def test_values(shared_confd: Confd, path: str, body: Any) -> None:
    status, told = shared_confd.call("POST", path, body)
    assert status == 400
    assert len(told) == 1 and told[0].startswith("Input Error - ")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("resource", ["users", "lines_sip", "extensions", "voicemails", "devices"])
def test_ids_of_any_length_are_just_not_found(shared_confd: Confd, resource: str, method: str) -> None:
    status, told = shared_confd.call(method, f"/{resource}/{MANY}", {} if method == "PUT" else None)
    assert status == 404
    assert told[0].startswith("Resource Not Found - ")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1.5",
        "limit=%2B1",
        "skip=-1",
        "limit=" + MANY,
        "order=id",
        "direction=ASC",
        "view=zz",
        "search=%00",
    ],
)
def test_wrong_parameters_of_lists(shared_confd: Confd, query: str) -> None:
    status, told = shared_confd.call("GET", f"/users?{query}")
    assert status == 400
    assert told[0].startswith("Input Error - ")


@pytest.mark.parametrize(
    "query", ["search=%25", "search=_", "search=%5C", "search=%F0%9F%98%80", "limit=&skip=", "search=%ff"]
)
def test_odd_parameters_of_lists(shared_confd: Confd, query: str) -> None:
    assert shared_confd.call("GET", f"/users?{query}")[0] == 200


def test_methods_and_media_types(shared_confd: Confd) -> None:
    assert shared_confd.client.request("PATCH", "/1.1/users").status_code == 405
    assert shared_confd.client.options("/1.1/users").headers["allow"] == "GET, POST, HEAD, OPTIONS"
    head = shared_confd.client.head("/1.1/users")
    assert (head.status_code, head.content) == (200, b"")
    assert shared_confd.client.get("/1.1/users/").status_code == 404
    assert (
        shared_confd.client.get("/1.1/users", headers={"Accept": "text/html, application/*;q=0.1"}).status_code == 200
    )
    assert (
        shared_confd.client.post("/1.1/users", content=b"a=b", headers={"Content-Type": "text/plain"}).status_code
        == 415
    )


def test_the_same_incoming_call_twice_is_refused(confd: Confd) -> None:
    _, line, _, incall = confd.walk()
    status, told = confd.call("POST", f"/lines/{line}/extensions", {"extension_id": incall})
    assert (status, told) == (
        400,
        [f"Resource Error - Extension is associated with a Line ('line_id': {line}, 'extension_id': {incall})"],
    )


def test_a_sip_name_is_there_once(confd: Confd) -> None:
    confd.create("/lines_sip", context="default", device_slot=1, username="anna")
    status, told = confd.call("POST", "/lines_sip", {"context": "default", "device_slot": 1, "username": "anna"})
    assert (status, told) == (400, ["Resource Error - Line already exists ('username': u'anna')"])


def test_a_caller_id_of_null_is_made_anew(confd: Confd) -> None:
    user = confd.create("/users", firstname="Ann", lastname="Lee", caller_id="Boss")
    assert confd.call("PUT", f"/users/{user}", {"caller_id": None})[0] == 204
    assert confd.get(f"/users/{user}")["caller_id"] == '"Ann Lee"'
