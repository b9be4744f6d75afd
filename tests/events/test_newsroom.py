"""Newsroom actions: who reads what, over REST."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interdesk.desk import SYSTEM, Actor, Desk
from interdesk.dialects.itop import Service
from interdesk.events.observer import Observer
from interdesk.events.outbox import Outbox
from interdesk.events.requests import NEWS, Rendered
from tests.support.deliveries import states
from tests.support.eventful import EventfulDesk

CREATE = "TriggerOnObjectCreate"
EVERYBODY = "SELECT Person"
ADMINISTRATOR = Actor(user=1, login="admin", name="Admin", profiles=frozenset({1, 1024}))


def told(
    desk: EventfulDesk, *, policy: str = "allow_no_channel", unwilling: str = "", **values: Any
) -> tuple[Rendered, list[str]]:
    """What a newsroom action makes of a new ticket; Ann and Bob can log in, Eve could once, the caller never."""
    org = desk.organization()
    people = {name: desk.person(org, name="Doe", first_name=name) for name in ("Ann", "Bob", "Eve", "Caller")}
    for name, status in (("Ann", "enabled"), ("Bob", "enabled"), ("Eve", "disabled")):
        with desk.acting() as tx:
            tx.session.insert("UserLocal", {"login": name, "contactid": people[name], "status": status})
    if values.get("test_recipient_id") == "Bob":
        values["test_recipient_id"] = people["Bob"]
    among = f"SELECT Person WHERE org_id = {org}"
    given = {"title": "$this->ref$\n$this->title$", "message": "From $this->caller_id->first_name$", "priority": "2"}
    action = desk.action("ActionNewsroom", **{"recipients": among} | given | values)
    trigger = desk.trigger(CREATE, "t", "UserRequest", action, subscription_policy=policy)
    if unwilling:
        desk.create(
            "lnkActionNotificationToContact", action_id=action, trigger_id=trigger, contact_id=people[unwilling]
        )
    desk.ticket(org, people["Caller"], title="Fire")
    (rendered,) = [one for one in desk.outbox.take() if one.trigger_id == trigger]
    names = {key: name for name, key in people.items()}
    return rendered, [names[key] for key in rendered.news.contacts] if rendered.news else []


def test_those_who_can_log_in_and_want_it_are_told(desk: EventfulDesk) -> None:
    rendered, readers = told(desk)
    assert (rendered.kind, rendered.fault, readers) == (NEWS, "", ["Ann", "Bob"])
    news = rendered.news
    assert news is not None
    assert news.title.startswith("R-0") and news.title.endswith(" Fire") and "\n" not in news.title
    assert (news.message, news.priority) == ("From Caller", "2")
    assert news.url.startswith("https://desk.example/") and f"id={rendered.object_id}" in news.url
    assert told(desk, unwilling="Ann")[1] == ["Bob"]
    assert told(desk, unwilling="Ann", policy="force_all_channels")[1] == ["Ann", "Bob"]


def test_in_test_mode_only_the_tester_is_told(desk: EventfulDesk) -> None:
    rendered, readers = told(desk, status="test", test_recipient_id="Bob", title="Hi")
    assert (readers, rendered.news and rendered.news.title) == (["Bob"], "TEST[Hi]")
    assert told(desk, status="test")[0].fault == "Not sent as there was no test recipient defined"


@pytest.mark.parametrize(
    ("recipients", "fault"),
    [
        ("SELECT Person WHERE name = 'Nobody'", "No recipient"),
        ("SELECT Person WHERE nonsense = 1", "Error: recipients: "),
        ("SELECT Person WHERE id = :this->nonsense", "Error: recipients: "),
        ("SELECT Server", "Error: recipients: objects of class Server read no news: find Person"),
    ],
)
def test_what_tells_nobody_is_shown_in_the_ledger(desk: EventfulDesk, recipients: str, fault: str) -> None:
    rendered, readers = told(desk, recipients=recipients)
    assert rendered.fault.startswith(fault) and not readers


def test_news_are_read_and_marked_as_read_over_rest(bundled_desk: Desk) -> None:
    bundled_desk.observers = [Observer(Outbox(), "https://desk.example/")]
    service = Service(bundled_desk)

    def call(operation: str, **data: Any) -> dict[str, Any]:
        answer = service.run(
            ADMINISTRATOR, "1.3", json.dumps({"operation": operation, "comment": "test", "output_fields": "*", **data})
        )
        assert answer is not None and answer["code"] == 0, answer
        return dict(answer["objects"] or {})

    def create(cls: str, **fields: Any) -> int:
        (made,) = call("core/create", **{"class": cls}, fields=fields).values()
        return int(made["key"])

    org = create("Organization", name="Org")
    ann = create("Person", org_id=org, name="Doe", first_name="Ann")
    create(
        "UserLocal", login="ann", password="Pa55-word!x", contactid=ann, status="enabled",
        profile_list=[{"profileid": 1024}],
    )  # fmt: skip
    good, bad = (
        create("ActionNewsroom", name=query, status="enabled", title="$this->name$", message="New", recipients=query)
        for query in (EVERYBODY, "SELECT Person WHERE name = 'Nobody'")
    )
    actions = [{"action_id": good}, {"action_id": bad}]
    create(CREATE, description="t", target_class="Location", action_list=actions)
    create("Location", name="Here", org_id=org)

    mine = f"SELECT EventNotificationNewsroom WHERE contact_id = {ann} AND read = 'no'"
    ((name, found),) = call("core/get", **{"class": "EventNotificationNewsroom"}, key=mine).items()
    shown = found["fields"]
    assert (shown["title"], shown["message"], shown["read"], shown["read_date"]) == ("Here", "New", "no", "")
    assert shown["icon"]["filename"] == "" and shown["url"].startswith("https://desk.example/")
    read = {"class": "EventNotificationNewsroom", "key": found["key"], "fields": {"read": "yes"}}
    assert call("core/update", **read)[name]["fields"]["read_date"]
    assert not call("core/get", **{"class": "EventNotificationNewsroom"}, key=mine)
    assert states(bundled_desk, "kind", "last_error") == [("dead", NEWS, "No recipient")]
    with bundled_desk.transaction(SYSTEM) as tx:
        tx.delete("ActionNewsroom", [good])
    assert not call(
        "core/get",
        **{"class": "EventNotificationNewsroom"},
        key=f"SELECT EventNotificationNewsroom WHERE contact_id = {ann}",
    )
