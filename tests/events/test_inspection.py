"""``events check``: what would fail is found before it fires."""

from __future__ import annotations

import pytest

from interdesk.desk.values import LinkChange
from interdesk.events.inspection import inspect
from interdesk.events.preparing import prepares
from tests.support.eventful import EventfulDesk

CREATE = "TriggerOnObjectCreate"


def findings(desk: EventfulDesk) -> list[str]:
    with desk.acting() as tx:
        return [finding.text for finding in inspect(tx)]


@prepares("Person", "GreetingForTests")
def greeting(*_: object) -> str:
    return "hello"


def test_nothing_is_found_where_all_is_well(desk: EventfulDesk) -> None:
    payload = '{"a": $this->id$, "b": "$this->first_name$ $this->manager_id->email$", "c": "$this->label(status)$"}'
    desk.trigger(CREATE, "t", "Contact", desk.action(payload=payload))
    desk.trigger(CREATE, "p", "Person", desk.action(prepare_payload_callback="$this->GreetingForTests"))
    assert findings(desk) == []


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"payload": '{"a": 1\n "b": 2}'}, "payload: Expecting ',' delimiter at line 2, column 2"),
        ({"payload": "no json", "headers": "Content-type: text/plain"}, None),
        ({"payload": '"$this->nope$"'}, "payload: $this->nope$ has no value for objects of class Person"),
        ({"path": "/$this->name->x$"}, "path: $this->name->x$ has no value for objects of class Person"),
        ({"prepare_payload_callback": "$this->Nope"}, "prepare_payload_callback: there is no function '$this->Nope'"),
        ({"status": "test"}, "Not sent as there was no test webhook URL defined"),
    ],
)
def test_actions_that_cannot_work_are_found(desk: EventfulDesk, values: dict[str, str], text: str | None) -> None:
    desk.trigger(CREATE, "t", "Person", desk.action(**values))
    assert findings(desk) == ([text] if text else [])


def test_itop_action_needs_a_connection_with_a_version(desk: EventfulDesk) -> None:
    desk.trigger(CREATE, "t", "Person", desk.action("ActioniTopWebhook"))
    assert findings(desk) == ["its connection is a RemoteApplicationConnection: that has no version to send along"]


@pytest.mark.parametrize(
    ("name", "values", "text"),
    [
        ("ActionEmail", {"to": "SELECT Server"}, "to: objects of class Server have no e-mail address"),
        (
            "ActionNewsroom",
            {"recipients": "SELECT Team"},
            "recipients: objects of class Team read no news: find Person",
        ),
        (
            "ActionNewsroom",
            {"recipients": "SELECT Person", "url": "$this->nope$"},
            "url: $this->nope$ has no value for objects of class Person",
        ),
    ],
)
def test_recipients_that_cannot_be_told_are_found(
    desk: EventfulDesk, name: str, values: dict[str, str], text: str
) -> None:
    needed = (
        {"from": "desk@example.org", "subject": "s", "body": "b"}
        if name == "ActionEmail"
        else {"title": "t", "message": "m"}
    )
    desk.trigger(CREATE, "t", "Person", desk.action(name, **needed | values))
    assert findings(desk) == [text]


def test_triggers_that_never_fire_are_found(desk: EventfulDesk) -> None:
    action = desk.action()
    desk.trigger("TriggerOnStateEnter", "a", "UserRequest", action, state="nowhere")
    desk.trigger("TriggerOnStateEnter", "b", "lnkPersonToTeam", action, state="new")
    desk.create(CREATE, description="c", target_class="Person", action_list=LinkChange([]))
    desk.trigger("TriggerOnPortalUpdate", "d", "Person", action)
    desk.trigger("TriggerOnAttachmentDownload", "e", "Person", action)
    assert findings(desk) == [
        "no object of class UserRequest has a state 'nowhere'",
        "class lnkPersonToTeam has no life cycle: nothing ever enters or leaves a state",
        "has no action that is not disabled: it does nothing",
        "never fires: there is no portal here; write the tag REST/JSON into the context of an update trigger",
        "never fires: documents are read over REST here, and nothing downloads them",
    ]
