"""What web hook actions render. What scenarios 06 and 11 to 14 record is tested there too."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest

from interdesk.events import masks
from interdesk.events.preparing import prepares
from interdesk.events.requests import Rendered
from tests.support.eventful import EventfulDesk

CREATE, UPDATE = "TriggerOnObjectCreate", "TriggerOnObjectUpdate"
HOSTILE = 'a "b"\n\\ c\t<d>é\u2028'
WRONG_JSON = "Error: Wrong JSON format for input, see error log for more information."


@prepares("Location", "Inventory")
def inventory(tx: object, cls: object, key: int, action: object) -> str:
    return f"location {key}"


@prepares("Location", "Broken")
def broken(*_: object) -> str:
    raise ZeroDivisionError("by zero")


def rendered(desk: EventfulDesk, action: int, city: str = "Paris") -> Rendered:
    """What an action makes of the creation of a location."""
    desk.trigger(CREATE, "t", "Location", action)
    desk.create("Location", name="L", org_id=desk.organization(), city=city)
    (request,) = desk.outbox.take()
    return request


def itop(desk: EventfulDesk, **values: str | int) -> int:
    connection = desk.connection("RemoteiTopConnection", auth_user="bridge", auth_pwd="s3cret:é")
    return desk.action("ActioniTopWebhook", **{"remoteapplicationconnection_id": connection} | values)


def test_quotes_and_line_breaks_in_a_ticket_do_not_stop_a_delivery(desk: EventfulDesk) -> None:
    request = rendered(desk, itop(desk, payload='{"t": "<$this->city$>", "n": $this->id$}'), HOSTILE)
    assert request.fault == ""
    form = parse_qs(request.body.decode(), strict_parsing=True)
    document = json.loads(form["json_data"][0])
    assert document == {"t": f"<{HOSTILE}>", "n": request.object_id}
    assert form["version"] == ["1.3"]


@pytest.mark.parametrize(
    ("headers", "escaped"),
    [
        ("", True),
        ("Content-type: application/json", True),
        ("Content-Type: application/json", True),
        ("Content-type: application/json; charset=utf-8", True),
        ("Content-type: text/plain", False),
        ("X-Only: 1", False),
    ],
)
def test_bodies_that_are_json_are_escaped_and_no_others(desk: EventfulDesk, headers: str, escaped: bool) -> None:
    request = rendered(desk, desk.action(payload='{"t": "$this->city$"}', headers=headers), HOSTILE)
    text = json.dumps(HOSTILE, ensure_ascii=False)[1:-1] if escaped else HOSTILE
    assert request.body.decode() == f'{{"t": "{text}"}}'


def test_a_text_named_json_by_other_letters_goes_out_as_it_is(desk: EventfulDesk) -> None:
    request = rendered(desk, desk.action(payload="hello $this->city$", headers="content-type: application/json"))
    assert (request.fault, request.body) == ("", b"hello Paris")


def test_broken_template_is_told_with_its_place_and_nothing_is_sent(desk: EventfulDesk) -> None:
    request = rendered(desk, itop(desk, payload='{\n "a": 1\n "b": 2}'))
    assert (request.fault, request.body, request.logged_payload) == (WRONG_JSON, b"", "")
    assert request.note == "Expecting ',' delimiter at line 3, column 2"


@pytest.mark.parametrize(
    ("method", "body"),
    [("get", b""), ("head", b""), ("post", b"[1]"), ("put", b"[1]"), ("patch", b"[1]"), ("delete", b"[1]")],
)
def test_methods_and_bodies(desk: EventfulDesk, method: str, body: bytes) -> None:
    request = rendered(desk, desk.action(method=method, payload="[1]"))
    assert (request.method, request.body) == (method.upper(), body)
    assert request.logged_payload == "Raw:\n[1]\n\nAfter preparation:\n[1]"


def test_headers_are_lines_and_the_log_shows_no_secret(desk: EventfulDesk) -> None:
    lines = (
        "X-Id: $this->city$\r\n\n  X-Trim:  a  b \rX-Empty:\nno colon\nAuthorization: Bearer abc\nPrivate-Token: abcd"
    )
    request = rendered(desk, itop(desk, headers=lines, payload="[]"))
    assert request.headers == (
        ("X-Id", "Paris"),
        ("X-Trim", "a  b"),
        ("Authorization", "Bearer abc"),
        ("Private-Token", "abcd"),
        ("Authorization", "Basic YnJpZGdlOnMzY3JldDrDqQ=="),
        ("Content-Type", "application/x-www-form-urlencoded"),
    )
    assert "abc" not in request.logged_headers and "YnJp" not in request.logged_headers
    assert request.logged_headers.startswith("Raw:\nAuthorization: ******\n\nAfter preparation:\nX-Id: Paris\n")


def test_value_of_a_ticket_begins_no_header_of_its_own(desk: EventfulDesk) -> None:
    request = rendered(desk, desk.action(headers="X-City: $this->city$"), "Paris\r\nX-Evil: 1")
    names = [name for name, _ in request.headers]
    assert "X-Evil" not in names


def test_token_connection(desk: EventfulDesk) -> None:
    connection = desk.connection("RemoteiTopConnectionToken", token="tok-123")
    request = rendered(desk, desk.action("ActioniTopWebhook", remoteapplicationconnection_id=connection))
    assert request.headers[-1] == ("Auth-Token", "tok-123")
    assert "tok-123" not in request.logged_headers + repr(request)


def test_address_is_made_of_connection_and_path(desk: EventfulDesk) -> None:
    connection = desk.connection(url="http://partner.example/$this->city$")
    request = rendered(
        desk, desk.action(remoteapplicationconnection_id=connection, path="/x/$this->id$?n=$this->nope$")
    )
    assert request.url == f"http://partner.example/Paris/x/{request.object_id}?n=$this->nope$"


@pytest.mark.parametrize(
    ("name", "body", "fault"),
    [
        ("$this->Inventory", True, ""),
        ("Location::Inventory", True, ""),
        ("Nowhere::Nothing", False, "Error: Prepare payload callback is not callable (Nowhere::Nothing)"),
        ("$this->Nope", False, "Error: Prepare payload callback is not callable ($this->Nope)"),
        ("$this->Broken", False, "Error: ZeroDivisionError: by zero"),
    ],
)
def test_callbacks_make_payloads(desk: EventfulDesk, name: str, body: bool, fault: str) -> None:
    request = rendered(desk, desk.action(prepare_payload_callback=name))
    assert request.fault == fault
    assert request.body.decode() == (f"location {request.object_id}" if body else "")


CHAT_MESSAGE = "City: $this->city$"


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("ActionRocketChatNotification", {"bot_alias": "Desk"}, {"text": f"City: {HOSTILE}", "alias": "Desk"}),
        ("ActionGoogleChatNotification", {}, {"text": f"City: {HOSTILE}"}),
        ("ActionGoogleChatNotification", {"payload": '{"own": "$this->city$"}'}, {"own": HOSTILE}),
    ],
)
def test_chat_messages_become_json(
    desk: EventfulDesk, name: str, values: dict[str, str], expected: dict[str, str]
) -> None:
    action = desk.action(name, **{"message": CHAT_MESSAGE, "payload": ""} | values)
    assert json.loads(rendered(desk, action, HOSTILE).body) == expected


def test_slack_and_teams_take_their_own_documents(desk: EventfulDesk) -> None:
    slack = desk.action("ActionSlackNotification", message="<p>$this-&gt;city$</p>", payload="")
    teams = desk.action("ActionMicrosoftTeamsNotification", message="$this->city$", title="T $this->id$", payload="")
    document = json.loads(rendered(desk, slack, HOSTILE).body)
    assert document["text"] == HOSTILE
    assert document["blocks"][0]["text"]["text"] == HOSTILE
    desk.trigger(UPDATE, "u", "Location", teams)
    location = desk.create("Location", name="L", org_id=desk.organization(), city="Rome")
    desk.update("Location", location, city="Oslo")
    document = json.loads(desk.outbox.take()[-1].body)
    assert (document["@type"], document["text"], document["title"]) == ("MessageCard", "Oslo", f"T {location}")


def test_logs_are_cut_to_their_size() -> None:
    text = masks.payload("x" * masks.SIZE, "y")
    assert len(text) == masks.SIZE and text.endswith("[TRUNCATED]")
    assert masks.payload("a", "auth_pwd=geheim&x=1").endswith("auth_pwd=******&x=1")
