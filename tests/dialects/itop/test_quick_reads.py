"""The event loop answers small reads itself and leaves to threads what would keep others waiting."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interdesk.desk import SYSTEM, Desk
from interdesk.dialects.itop.service import Service
from tests.support.people import add


def quickly(desk: Desk, **data: Any) -> dict[str, Any] | None:
    request = json.dumps({"operation": "core/get", **data, "class": "UserRequest"})
    return Service(desk).run(SYSTEM, "1.3", request, quick=True)


@pytest.fixture
def ticket(bundled_desk: Desk) -> int:
    org = add(bundled_desk, "Organization", name="Acme")
    return add(bundled_desk, "UserRequest", org_id=org, title="t", description="d", public_log="<p>short</p>")


def test_a_small_read_is_answered_at_once(bundled_desk: Desk, ticket: int) -> None:
    body = quickly(bundled_desk, key=ticket, output_fields="title, public_log")
    assert body is not None
    assert body["message"] == "Found: 1"


def test_long_logs_are_left_to_a_thread(bundled_desk: Desk, ticket: int) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        tx.update("UserRequest", ticket, {"public_log": "<p>" + "long <b>text</b> " * 2_000 + "</p>"})
    assert quickly(bundled_desk, key=ticket, output_fields="public_log") is None
    assert quickly(bundled_desk, key=ticket, output_fields="title") is not None


def test_many_values_are_left_to_a_thread(bundled_desk: Desk, ticket: int) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        org = tx.reader.whole(bundled_desk.model.cls("UserRequest"), ticket)["org_id"]
        for number in range(150):
            tx.create("UserRequest", {"org_id": org, "title": f"t {number}", "description": "d"})
    assert quickly(bundled_desk, key="SELECT UserRequest", output_fields="title") is not None
    assert quickly(bundled_desk, key="SELECT UserRequest", output_fields="*") is None
