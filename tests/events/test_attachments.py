"""Triggers on files that are attached to objects, and the placeholders that speak of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interdesk.desk.values import Document
from tests.support.eventful import EventfulDesk

ATTACHED, DETACHED = "TriggerOnAttachmentCreate", "TriggerOnAttachmentDelete"
PAYLOAD = (
    '{"host": $this->id$, "name": "$attachment->file_name$", "type": "$file->mime_type$", "id": $attachment->id$,'
    ' "downloads": $attachment->downloads_count$, "text": "$attachment->data$",'
    ' "bytes": "$attachment->data_as_base64$"}'
)


@pytest.fixture
def ticket(desk: EventfulDesk) -> int:
    org = desk.organization()
    return desk.ticket(org, desk.person(org))


def attach(desk: EventfulDesk, key: int, data: bytes = b'a "b"', **more: Any) -> int:
    with desk.acting() as tx:
        given = {"item_class": "UserRequest", "item_id": key, "contents": Document(data, "text/plain", "n.txt")}
        return tx.create("Attachment", given | more)


def sent(desk: EventfulDesk) -> list[dict[str, Any]]:
    requests = desk.outbox.take()
    assert {one.object_class for one in requests} <= {"UserRequest"}
    return [json.loads(one.body) for one in requests]


def test_a_file_that_is_attached_and_deleted_is_told_of(desk: EventfulDesk, ticket: int) -> None:
    action = desk.action(payload=PAYLOAD)
    for kind in (ATTACHED, DETACHED):
        desk.trigger(kind, kind, "Ticket", action)
    file = attach(desk, ticket)
    expected = {
        "host": ticket, "name": "n.txt", "type": "text/plain", "id": file, "downloads": 0, "text": 'a "b"',
        "bytes": "YSAiYiI=",
    }  # fmt: skip
    assert sent(desk) == [expected]
    desk.update("Attachment", file, temp_id="x")
    assert sent(desk) == []
    desk.delete("Attachment", file)
    assert sent(desk) == [expected]


def test_a_file_may_get_its_object_later_and_change_it(desk: EventfulDesk, ticket: int) -> None:
    for kind in (ATTACHED, DETACHED):
        desk.trigger(kind, kind, "UserRequest", desk.action(payload=f'["{kind}", $this->id$]'))
    file = attach(desk, 0)
    assert sent(desk) == []
    desk.update("Attachment", file, item_id=ticket)
    assert sent(desk) == [[ATTACHED, ticket]]
    org = desk.organization()
    other = desk.ticket(org, desk.person(org))
    desk.update("Attachment", file, item_id=other)
    assert sent(desk) == [[DETACHED, ticket], [ATTACHED, other]]


def test_files_of_other_objects_and_filters_count(desk: EventfulDesk, ticket: int) -> None:
    desk.trigger(ATTACHED, "servers", "Server", desk.action(payload="1"))
    desk.trigger(
        ATTACHED, "filtered", "UserRequest", desk.action(payload="2"), filter="SELECT UserRequest WHERE id = 0"
    )
    attach(desk, ticket)
    attach(desk, 999_999)
    attach(desk, ticket, item_class="Nonsense")
    assert sent(desk) == []
