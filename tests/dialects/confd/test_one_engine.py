"""What the telephony API writes is of the desk: triggers see it, rights hold, queries of other dialects find it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from interdesk import oql
from interdesk.desk import SYSTEM
from interdesk.events.observer import Observer
from interdesk.model import Model
from interdesk.store import Store
from interdesk.telephony import accounts
from tests.support.confd import Confd, over
from tests.support.eventful import PAYLOAD, ROOT, Listed
from tests.support.people import ADMINISTRATOR, REST, SUPPORT, add_user, bundled_model


@pytest.fixture
def outbox(confd: Confd) -> Listed:
    found = Listed()
    confd.desk.observers.append(Observer(found, ROOT))
    return found


def watch(confd: Confd, trigger: str, cls: str, **more: object) -> None:
    with confd.desk.transaction(SYSTEM) as tx:
        kind = tx.create("RemoteApplicationType", {"name": "Other"})
        where = {"name": "c", "remoteapplicationtype_id": kind, "url": "http://partner.example/"}
        connection = tx.create("RemoteApplicationConnection", where)
        action = {"name": "a", "status": "enabled", "payload": PAYLOAD, "remoteapplicationconnection_id": connection}
        made = tx.create(trigger, {"description": trigger, "target_class": cls, **more})
        tx.create("lnkTriggerAction", {"trigger_id": made, "action_id": tx.create("ActionWebhook", action)})


def test_a_trigger_sees_a_telephone_that_gets_its_line(confd: Confd, outbox: Listed) -> None:
    watch(confd, "TriggerOnObjectUpdate", "IPPhone", target_attcodes="phonenumber")
    _, line, _, _ = confd.walk()
    device = confd.create("/devices")
    assert outbox.fired() == []
    assert confd.call("PUT", f"/lines/{line}/devices/{device}")[0] == 204
    assert outbox.fired() == ["TriggerOnObjectUpdate"]


def test_a_trigger_sees_a_new_user_and_a_refused_write_fires_none(confd: Confd, outbox: Listed) -> None:
    watch(confd, "TriggerOnObjectCreate", "TelephonyUser")
    assert confd.call("POST", "/users", {"firstname": "Ann", "password": "abc"})[0] == 400
    assert outbox.fired() == []
    confd.create("/users", firstname="Ann")
    assert outbox.fired() == ["TriggerOnObjectCreate"]


def test_queries_find_the_telephone_of_a_number(confd: Confd) -> None:
    _, line, _, _ = confd.walk()
    device = confd.create("/devices", mac="00:08:5d:31:ef:e0")
    assert confd.call("PUT", f"/lines/{line}/devices/{device}")[0] == 204
    text = (
        "SELECT p FROM TelephonyDevice AS p JOIN TelephonyLine AS l ON l.device_id = p.id "
        "JOIN TelephonyExtension AS e ON e.line_id = l.id WHERE e.exten = '1100' AND p.phonenumber = '1100'"
    )
    with confd.desk.reading() as reader:
        found = reader.keys(oql.query(text, confd.desk.model), {})
    assert [name for _, name in found] == ["TelephonyDevice"]


@pytest.mark.parametrize(
    ("profiles", "reads", "writes"),
    [((ADMINISTRATOR,), True, True), ((SUPPORT,), True, False), ((REST,), False, False)],
)
def test_an_account_may_what_its_user_may(
    open_store: Callable[[Model], Store], profiles: tuple[int, ...], reads: bool, writes: bool
) -> None:
    confd = over(open_store(bundled_model()))
    user = confd.create("/users", firstname="Ann", password="opensesame")
    with confd.desk.transaction(SYSTEM) as tx:
        accounts.add(tx, "other", "its-password", add_user(tx, "other", profiles=profiles))
    confd.client.auth = ("other", "its-password")
    status, found = confd.call("GET", f"/users/{user}")
    assert status == (200 if reads else 404)
    if reads:
        assert found["password"] == ("opensesame" if writes else None)
    assert confd.call("POST", "/users", {"firstname": "Bo"})[0] == (201 if writes else 403)
    assert confd.call("GET", "/users")[1]["total"] == (1 + writes if reads else 0)
