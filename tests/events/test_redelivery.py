"""What people do with deliveries, from the command line and over REST."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from interdesk.cli import commands
from interdesk.desk import SYSTEM, Actor, Desk
from interdesk.dialects.itop import Service
from interdesk.errors import Forbidden
from interdesk.events.redelivery import cancel, redeliver
from interdesk.server import open_desk
from interdesk.settings import Settings
from tests.support.deliveries import Moments, bodies, deliverer_over, post, request, rows, states
from tests.support.receivers import Receiver, Reply, receiving

SECONDS = 20.0
ADMINISTRATOR = Actor(user=1, login="admin", name="Admin", profiles=frozenset({1, 1024}))
NOBODY = Actor(user=2, login="somebody", name="Somebody", profiles=frozenset({5, 1024}))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def test_a_delivery_is_sent_anew_under_its_id_with_new_attempts(bundled_desk: Desk, receiver: Receiver) -> None:
    clock = Moments()
    deliverer = deliverer_over(bundled_desk, clock)
    receiver.answering = lambda _: Reply(status=410)
    (key,) = post(bundled_desk, request(receiver.url))
    assert deliverer.drain(SECONDS) and states(bundled_desk) == ["dead"]
    assert bundled_desk.write(SYSTEM, lambda tx: redeliver(tx, [key, key + 1])) == [key]
    receiver.answering = lambda _: Reply(status=500)
    for pause in (10, 20, 40):
        assert deliverer.drain(SECONDS) and states(bundled_desk) == ["waiting"]
        clock.forward(pause)
    assert deliverer.drain(SECONDS) and states(bundled_desk, "attempts") == [("dead", 5)]
    receiver.answering = lambda _: Reply()
    assert bundled_desk.write(SYSTEM, lambda tx: redeliver(tx, [key])) == [key]
    assert deliverer.drain(SECONDS) and states(bundled_desk, "attempts") == [("delivered", 6)]
    assert len({one.id for one in receiver.arrived}) == 1


def test_what_never_could_be_sent_is_not_sent_anew(bundled_desk: Desk) -> None:
    (key,) = post(bundled_desk, request("http://x/", fault="Error: broken"))
    assert bundled_desk.write(SYSTEM, lambda tx: redeliver(tx, [key])) == []


def test_who_is_cancelled_lets_the_next_go(bundled_desk: Desk, receiver: Receiver) -> None:
    clock = Moments()
    deliverer = deliverer_over(bundled_desk, clock)
    receiver.answering = lambda one: Reply(status=500 if one.body == b"1" else 200)
    keys = [post(bundled_desk, request(receiver.url, body=body))[0] for body in (b"1", b"2")]
    assert deliverer.drain(SECONDS) and bodies(receiver.arrived) == [b"1"]
    assert bundled_desk.write(SYSTEM, lambda tx: cancel(tx, keys[:1])) == keys[:1]
    assert deliverer.drain(SECONDS) and bodies(receiver.arrived) == [b"1", b"2"]
    assert states(bundled_desk, "last_error") == [("cancelled", "Cancelled by Interdesk"), ("delivered", "")]
    assert bundled_desk.write(SYSTEM, lambda tx: cancel(tx, keys)) == []


def test_rights_are_asked_for(bundled_desk: Desk) -> None:
    for act in (redeliver, cancel):
        with pytest.raises(Forbidden):
            bundled_desk.write(NOBODY, lambda tx, act=act: act(tx, [1]))


def test_the_operations_of_rest(bundled_desk: Desk) -> None:
    keys = post(bundled_desk, request("http://x/"), request("http://x/"))
    service = Service(bundled_desk)

    def call(actor: Actor, operation: str, **data: Any) -> dict[str, Any]:
        document = {"operation": operation, "comment": "test", "class": "Delivery", **data}
        answer = service.run(actor, "1.3", json.dumps(document))
        assert answer is not None
        return answer

    done = call(ADMINISTRATOR, "deliveries/cancel", key="SELECT Delivery WHERE state = 'waiting'")
    assert (done["code"], done["message"], len(done["objects"])) == (0, "Cancelled: 2", 2)
    done = call(ADMINISTRATOR, "deliveries/redeliver", key=keys[0])
    assert (done["message"], list(done["objects"])) == ("Redelivered: 1", [f"Delivery::{keys[0]}"])
    assert states(bundled_desk) == ["waiting", "cancelled"]
    assert call(NOBODY, "deliveries/cancel", key=keys[0])["code"] == 1
    assert call(ADMINISTRATOR, "deliveries/cancel", key=keys[0], **{"class": "Person"})["code"] == 100
    shown = call(ADMINISTRATOR, "core/get", key=keys[0], output_fields="*")["objects"][f"Delivery::{keys[0]}"]["fields"]
    assert shown["request"] != rows(bundled_desk, "Delivery", "state")[0][1] and "sealed" not in json.dumps(shown)
    listed = service.run(ADMINISTRATOR, "1.3", '{"operation": "list_operations"}')
    assert listed is not None and not any(one["verb"].startswith("deliveries/") for one in listed["operations"])


def test_the_commands(tmp_path: Path, receiver: Receiver) -> None:
    data = str(tmp_path / "desk")
    (tmp_path / "desk").mkdir()
    runner = CliRunner(env={"INTERDESK_PRIVATE_NETWORKS": "127.0.0.1", "INTERDESK_DATA": data})

    def run(*arguments: str, fails: bool = False) -> str:
        done = runner.invoke(commands, arguments)
        assert (done.exit_code != 0) == fails, done.output
        return done.output

    run("init", "--password", "Pa55-word!x")
    desk = open_desk(Settings(data=data))
    receiver.answering = lambda _: Reply(status=410, body=b"gone")
    post(desk, request(receiver.url, logged_payload="shown"), request(receiver.url))
    desk.store.close()
    run("worker", "--once")
    listed = [
        json.loads(line) for line in run("deliveries", "list", "--state", "dead", "--format", "json").splitlines()
    ]
    assert [one["id"] for one in listed] == [1, 2]
    assert "the receiver answered 410" in run("deliveries", "show", "1") and "gone" in run("deliveries", "show", "1")
    assert "2 of 2" in run("deliveries", "list")
    run("deliveries", "show", "99", fails=True)
    assert "1 will be sent again" in run("deliveries", "redeliver", "1")
    assert "1 cancelled" in run("deliveries", "cancel", "1")
    run("deliveries", "cancel", "1", fails=True)
    run("deliveries", "replay", "SELECT Person", fails=True)
    run("deliveries", "replay", "SELECT nonsense nonsense", fails=True)
    assert "2 of 2 will be sent again" in run("deliveries", "replay", "SELECT Delivery", "--yes")
    receiver.answering = lambda _: Reply()
    run("worker", "--once")
    assert run("deliveries", "list", "--state", "delivered", "--format", "json").count("\n") == 2
    run("webhook", "secret", "1", fails=True)
