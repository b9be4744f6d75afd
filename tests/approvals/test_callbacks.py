"""Callbacks of tickets that ended: one receiver's troubles are not another's."""

from __future__ import annotations

from interdesk.approvals.callbacks import Callback, enqueue
from interdesk.desk import SYSTEM, Desk
from interdesk.events.outbox import lane_of
from interdesk.events.retrying import Breaker
from tests.support.deliveries import Moments, deliverer_over
from tests.support.receivers import Receiver, Reply, receiving


def told(desk: Desk, receiver: Receiver, ticket: int) -> None:
    callback = Callback(ticket, f"{receiver.url}/done", {}, {"sn": str(ticket)}, 1)
    desk.write(SYSTEM, lambda tx: enqueue(tx, callback))


def test_a_dead_receiver_does_not_hold_up_the_callbacks_of_others(bundled_desk: Desk) -> None:
    with receiving() as dead, receiving() as alive:
        dead.answering = lambda _: Reply(status=503)
        clock = Moments()
        deliverer = deliverer_over(bundled_desk, clock, breaker=Breaker(failures=3, first=100))
        for ticket in range(1, 6):
            told(bundled_desk, dead, ticket)
        assert deliverer.drain(20.0)
        told(bundled_desk, dead, 6)
        told(bundled_desk, alive, 7)
        deliverer.step()
        alive.wait_for(1)
        deliverer.stop()
        assert (len(dead.arrived), len(alive.arrived)) == (5, 1)


def test_the_lane_of_an_address_is_that_of_its_server() -> None:
    assert lane_of("http://a.example/x?y=1") == lane_of("HTTP://A.example") == lane_of("http://a.example#z")
    assert len({lane_of(url) for url in ("http://a.example", "https://a.example", "http://a.example:81")}) == 3
