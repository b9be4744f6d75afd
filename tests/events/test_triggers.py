"""Which triggers fire, when, and in which order. What conformance ``itop_events`` 01-06 records is tested there too."""

from __future__ import annotations

import pytest

from interdesk.desk.values import LinkChange
from interdesk.errors import BadValue, Refused
from tests.support.eventful import ROOT, EventfulDesk, entry

CREATE, UPDATE, DELETE = "TriggerOnObjectCreate", "TriggerOnObjectUpdate", "TriggerOnObjectDelete"
ENTER, LEAVE, MENTION = "TriggerOnStateEnter", "TriggerOnStateLeave", "TriggerOnObjectMention"


@pytest.fixture
def org(desk: EventfulDesk) -> int:
    return desk.organization()


@pytest.fixture
def ticket(desk: EventfulDesk, org: int) -> int:
    return desk.ticket(org, desk.person(org))


def test_creation_fires_for_the_class_and_those_below(desk: EventfulDesk, org: int) -> None:
    desk.trigger(CREATE, "contact", "Contact")
    desk.trigger(CREATE, "team", "Team")
    desk.person(org)
    assert desk.outbox.fired() == ["contact"]
    desk.create("Team", org_id=org, name="T")
    assert desk.outbox.fired() == ["contact", "team"]


def test_undone_write_leaves_no_request_in_the_transaction(desk: EventfulDesk, org: int) -> None:
    desk.trigger(CREATE, "team", "Team")
    with pytest.raises(Refused):
        desk.create("Team", org_id=org, name="")
    assert desk.outbox.take() == []


def test_update_fires_for_listed_attributes_that_changed(desk: EventfulDesk, org: int) -> None:
    person = desk.person(org, phone="1")
    desk.trigger(UPDATE, "any", "Person")
    desk.trigger(UPDATE, "phone", "Person", target_attcodes="phone,email")
    desk.update("Person", person, phone="1")
    assert desk.outbox.fired() == []
    desk.update("Person", person, phone="2")
    assert desk.outbox.fired() == ["any", "phone"]
    desk.update("Person", person, function="f")
    assert desk.outbox.fired() == ["any"]


def test_log_entry_is_a_change_of_its_log(desk: EventfulDesk, ticket: int) -> None:
    desk.trigger(UPDATE, "public", "UserRequest", target_attcodes="public_log")
    desk.update("UserRequest", ticket, private_log=entry("mine"))
    assert desk.outbox.fired() == []
    desk.update("UserRequest", ticket, public_log=entry("yours"))
    assert desk.outbox.fired() == ["public"]
    desk.update("UserRequest", ticket, public_log=entry(""))
    assert desk.outbox.fired() == []


def test_triggers_fire_by_name_and_actions_by_order(desk: EventfulDesk) -> None:
    names = ("x", "y", "z")
    one, two, three = (desk.action(name=name, payload=f'{{"trigger": "{name}"}}') for name in names)
    links = [(one, 7), (two, -1), (three, 7)]
    desk.create(
        CREATE,
        description="b",
        target_class="Organization",
        action_list=LinkChange([("lnkTriggerAction", {"action_id": key, "order": at}) for key, at in links]),
    )
    desk.trigger(CREATE, "A first", "Organization")
    desk.organization()
    fired = [request.body.decode().rpartition('"trigger": "')[2].removesuffix('"}') for request in desk.outbox.take()]
    assert fired == ["A first", "y", "x", "z"]


@pytest.mark.parametrize(
    ("origin", "fired"),
    [
        ("webservice-rest", ["always", "both", "rest"]),
        ("interactive", ["always", "both", "console"]),
        ("background", ["always"]),
    ],
)
def test_context_binds_a_trigger(desk: EventfulDesk, origin: str, fired: list[str]) -> None:
    for name, context in (
        ("rest", "REST/JSON"),
        ("console", "GUI:Console"),
        ("both", "GUI:Console,REST/JSON"),
        ("always", ""),
    ):
        desk.trigger(CREATE, name, "Organization", context=context)
    with desk.acting(origin) as tx:
        tx.session.insert("Organization", {"name": "unseen"})
        tx.create("Organization", {"name": "seen"})
    assert desk.outbox.fired() == fired


def test_portal_update_fires_in_the_portal_only(desk: EventfulDesk, ticket: int) -> None:
    desk.trigger("TriggerOnPortalUpdate", "portal", "UserRequest")
    desk.update("UserRequest", ticket, title="a")
    assert desk.outbox.fired() == []
    with desk.acting() as tx:
        tx.tags = frozenset({"GUI:Portal"})
        tx.update("UserRequest", ticket, {"title": "b"})
    assert desk.outbox.fired() == ["portal"]


def test_disabled_actions_stay_silent_and_those_in_test_use_their_own_connection(desk: EventfulDesk) -> None:
    test = desk.connection(url="http://test.example/")
    off = desk.action(status="disabled")
    trying = desk.action(status="test", test_remoteapplicationconnection_id=test)
    lost = desk.action(status="test")
    desk.trigger(CREATE, "t", "Organization", off, trying, lost)
    desk.organization()
    first, second = desk.outbox.take()
    assert (first.url, first.test, first.connection_id, first.fault) == ("http://test.example/", True, test, "")
    assert second.test
    assert second.fault == "Not sent as there was no test webhook URL defined"


def test_state_triggers_fire_on_leaving_then_on_entering(desk: EventfulDesk, ticket: int) -> None:
    desk.trigger(ENTER, "enter pending", "Ticket", state="pending")
    desk.trigger(LEAVE, "leave new", "UserRequest", state="new")
    desk.trigger(UPDATE, "update", "UserRequest", target_attcodes="status")
    desk.update("UserRequest", ticket, status="pending")
    assert desk.outbox.fired() == ["update", "leave new", "enter pending"]


OLD_STATE = "SELECT UserRequest WHERE status = 'pending'"


def test_filter_sees_the_new_values_only(desk: EventfulDesk, ticket: int) -> None:
    desk.update("UserRequest", ticket, status="pending")
    desk.trigger(ENTER, "back", "UserRequest", state="assigned", filter=OLD_STATE)
    desk.update("UserRequest", ticket, status="assigned")
    assert desk.outbox.fired() == []


def test_filter_may_match_the_previous_values_by_a_setting(desk: EventfulDesk, ticket: int) -> None:
    desk.watch(previous_values=True)
    desk.update("UserRequest", ticket, status="pending", title="before")
    desk.trigger(ENTER, "back", "UserRequest", state="assigned", filter=OLD_STATE)
    desk.trigger(ENTER, "title", "UserRequest", state="assigned", filter="SELECT UserRequest WHERE title = 'before'")
    desk.trigger(ENTER, "never", "UserRequest", state="assigned", filter="SELECT UserRequest WHERE status = 'closed'")
    desk.update("UserRequest", ticket, status="assigned", title="after")
    assert desk.outbox.fired() == ["back", "title"]
    with desk.reading() as reader:
        row = reader.one(desk.model.cls("UserRequest"), ticket, ("status", "title")).rows[0]
    assert row[2:] == ("assigned", "after")


def test_previous_values_count_for_state_triggers_only(desk: EventfulDesk, ticket: int) -> None:
    desk.watch(previous_values=True)
    desk.trigger(UPDATE, "update", "UserRequest", filter="SELECT UserRequest WHERE status = 'new'")
    desk.update("UserRequest", ticket, status="pending")
    assert desk.outbox.fired() == []


def test_filter_ignores_what_the_actor_may_see(desk: EventfulDesk, org: int) -> None:
    desk.trigger(CREATE, "any", "Person", filter="SELECT Person AS p JOIN Organization AS o ON p.org_id = o.id")
    desk.person(org)
    assert desk.outbox.fired() == ["any"]


def test_filter_that_fails_is_told_and_logged_and_the_write_stands(desk: EventfulDesk, org: int) -> None:
    person = desk.person(org)
    desk.trigger(UPDATE, "a good", "Person")
    desk.trigger(UPDATE, "b bad", "Person", filter="SELECT Person WHERE id = :this->id")
    desk.trigger(UPDATE, "c late", "Person")
    with desk.acting() as tx:
        tx.update("Person", person, {"phone": "7"})
        (complaint,) = tx.complaints
    assert "this->id" in complaint and "b bad" in complaint
    good, bad = desk.outbox.take()
    assert (good.fault, good.body != b"") == ("", True)
    assert "this->id" in bad.fault
    with desk.reading() as reader:
        assert reader.one(desk.model.cls("Person"), person, ("phone",)).rows[0][2] == "7"


def test_hosts_of_a_link_set_are_updated(desk: EventfulDesk, org: int) -> None:
    person, other = desk.person(org), desk.person(org)
    team = desk.create("Team", org_id=org, name="T")
    desk.trigger(UPDATE, "person", "Person", target_attcodes="team_list")
    desk.trigger(UPDATE, "team", "Team", target_attcodes="persons_list")
    link = desk.create("lnkPersonToTeam", person_id=person, team_id=team)
    assert sorted(desk.outbox.fired()) == ["person", "team"]
    desk.update("lnkPersonToTeam", link, person_id=other)
    assert sorted(desk.outbox.fired()) == ["person", "person", "team"]
    desk.delete("lnkPersonToTeam", link)
    assert sorted(desk.outbox.fired()) == ["person", "team"]


def test_owner_of_a_written_set_is_updated_once(desk: EventfulDesk, org: int) -> None:
    people = [desk.person(org) for _ in range(2)]
    team = desk.create("Team", org_id=org, name="T")
    desk.trigger(UPDATE, "team", "Team")
    elements = [("lnkPersonToTeam", {"person_id": key}) for key in people]
    desk.update("Team", team, persons_list=LinkChange(elements))
    assert desk.outbox.fired() == ["team"]


def test_deletion_fires_while_everything_is_there(desk: EventfulDesk, org: int) -> None:
    manager = desk.person(org, name="Boss")
    team = desk.create("Team", org_id=org, name="T")
    person = desk.person(
        org, manager_id=manager, team_list=LinkChange([("lnkPersonToTeam", {"team_id": team})]), name="Gone"
    )
    action = desk.action(payload='{"x": "$this->manager_id->name$ $this->team_list$"}')
    desk.trigger(DELETE, "d", "Person", action)
    with desk.acting() as tx:
        tx.delete("Person", [person], simulate=True)
    assert desk.outbox.take() == []
    desk.delete("Person", person)
    (request,) = desk.outbox.take()
    assert request.body == b'{"x": "Boss T"}'


def test_what_is_deleted_along_fires_too_and_still_finds_the_other(desk: EventfulDesk, org: int) -> None:
    team = desk.create("Team", org_id=org, name="T")
    person = desk.person(org, team_list=LinkChange([("lnkPersonToTeam", {"team_id": team})]))
    payload = '{"x": "$this->person_id->name$ $this->team_id->name$"}'
    desk.trigger(DELETE, "d", "lnkPersonToTeam", desk.action(payload=payload))
    desk.delete("Person", person)
    (request,) = desk.outbox.take()
    assert request.body == b'{"x": "Doe T"}'


def test_mention_fires_once_for_each_object(desk: EventfulDesk, org: int, ticket: int) -> None:
    person = desk.person(org)
    desk.trigger(MENTION, "m", "UserRequest", desk.action(payload='{"trigger": "$mentioned->id$"}'))
    link = f'<a href="{ROOT}pages/UI.php?operation=details&amp;class=Person&amp;id={person}">@ann</a>'
    elsewhere = link.replace("desk.example", "other.example")
    desk.update("UserRequest", ticket, public_log=entry(f"<p>{link} {link} {elsewhere}</p>"))
    (request,) = desk.outbox.take()
    assert request.body == f'{{"trigger": "{person}"}}'.encode()


def test_threshold_fires_for_its_watch_and_percentage(desk: EventfulDesk, ticket: int) -> None:
    desk.trigger("TriggerOnThresholdReached", "75", "UserRequest", stop_watch_code="ttr", threshold_index="75")
    desk.trigger("TriggerOnThresholdReached", "100", "UserRequest", stop_watch_code="ttr", threshold_index="100")
    (observer,) = desk.observers
    with desk.acting("background") as tx:
        draft = tx.load("UserRequest", ticket)
        observer.threshold_reached(tx, draft, "ttr", 75)  # type: ignore[attr-defined]
        observer.threshold_reached(tx, draft, "tto", 100)  # type: ignore[attr-defined]
    assert desk.outbox.fired() == ["75"]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"filter": "SELECT Person WHERE"}, "Wrong filter query: "),
        ({"filter": "SELECT Organization"}, 'must return objects of class "Person"'),
        ({"filter": "SELECT Contact"}, 'must return objects of class "Person"'),
        ({"target_class": "Nowhere"}, "Value not allowed [Nowhere]"),
    ],
)
def test_trigger_that_cannot_be_is_refused(desk: EventfulDesk, values: dict[str, str], text: str) -> None:
    with pytest.raises(Refused, match=text.replace("[", r"\[").replace("]", r"\]")):
        desk.create(CREATE, **{"description": "t", "target_class": "Person"} | values)


def test_unknown_attributes_of_an_update_trigger_are_refused(desk: EventfulDesk) -> None:
    with pytest.raises(BadValue, match="The attribute\\(s\\) nope are invalid for class Person"):
        desk.create(UPDATE, description="t", target_class="Person", target_attcodes="phone,nope")


def statements(desk: EventfulDesk, person: int, phone: str) -> int:
    with desk.acting() as tx:
        tx.update("Person", person, {"phone": phone})
        return tx.session.statements


def test_write_without_a_trigger_costs_one_look_at_the_version(desk: EventfulDesk, org: int) -> None:
    person = desk.person(org)
    desk.trigger(CREATE, "other", "Server")
    watched = [statements(desk, person, phone) for phone in ("1", "2", "3")]
    desk.observers = []
    assert watched[1:] == [statements(desk, person, phone) + 1 for phone in ("4", "5")]


def test_transaction_sees_its_own_triggers_and_others_do_once_it_is_durable(desk: EventfulDesk) -> None:
    desk.organization()
    with desk.acting() as tx:
        links = LinkChange([("lnkTriggerAction", {"action_id": desk_action(desk, tx)})])
        tx.create(CREATE, {"description": "fresh", "target_class": "Organization", "action_list": links})
        tx.create("Organization", {"name": "inside"})
    assert desk.outbox.fired() == ["fresh"]
    desk.organization()
    assert desk.outbox.fired() == ["fresh"]


def desk_action(desk: EventfulDesk, tx: object) -> int:
    kind = tx.create("RemoteApplicationType", {"name": "k"})  # type: ignore[attr-defined]
    values = {"name": "c", "remoteapplicationtype_id": kind, "url": "http://partner.example/"}
    connection = tx.create("RemoteApplicationConnection", values)  # type: ignore[attr-defined]
    payload = '{"trigger": "$trigger->description$"}'
    values = {"name": "a", "status": "enabled", "remoteapplicationconnection_id": connection, "payload": payload}
    return int(tx.create("ActionWebhook", values))  # type: ignore[attr-defined]
