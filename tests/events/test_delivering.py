"""Delivering: at least once, in order for each object, with pauses that grow, and no lane in another's way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from interdesk.desk import SYSTEM, Desk
from interdesk.events.deliverer import Pace
from interdesk.events.outbox import Outbox, enqueue
from interdesk.events.retrying import Breaker, Retries
from interdesk.events.sender import Bounds
from tests.support.deliveries import MIDDLE, Moments, bodies, deliverer_over, post, request, rows, running, states
from tests.support.receivers import Receiver, Reply, receiving

SECONDS = 20.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def numbered(url: str, *numbers: int, connection: int = 1, **more: object) -> list[object]:
    return [request(url, body=b"%d" % number, connection_id=connection, **more) for number in numbers]


def test_a_delivery_is_sent_and_everything_about_it_is_kept(bundled_desk: Desk, receiver: Receiver) -> None:
    post(bundled_desk, request(receiver.url + "/hook", body=b'{"a":1}', logged_headers="shown", logged_payload="this"))
    assert deliverer_over(bundled_desk).drain(SECONDS)
    (arrived,) = receiver.arrived
    assert (arrived.method, arrived.path, arrived.body) == ("POST", "/hook", b'{"a":1}')
    ((delivery, state, attempts, message_id, error, event),) = rows(
        bundled_desk, "Delivery", "state", "attempts", "message_id", "last_error", "event_id"
    )
    assert (state, attempts, error) == ("delivered", 1, "")
    assert (arrived.id, arrived.headers["webhook-attempt"]) == (message_id, "1")
    assert rows(bundled_desk, "EventWebhook", "message", "response", "headers", "payload", "webhook_url") == [
        (event, "Sent", '{"code":0,"message":null,"objects":null}', "shown", "this", receiver.url + "/hook")
    ]
    attempt = rows(bundled_desk, "DeliveryAttempt", "delivery_id", "number", "outcome", "status", "address")
    assert [row[1:] for row in attempt] == [(delivery, 1, "delivered", 200, "127.0.0.1")]


def test_what_is_undone_is_never_sent(bundled_desk: Desk, receiver: Receiver) -> None:
    with pytest.raises(ZeroDivisionError), bundled_desk.transaction(SYSTEM) as tx:
        enqueue(tx, request(receiver.url))
        raise ZeroDivisionError
    assert deliverer_over(bundled_desk).drain(SECONDS)
    assert states(bundled_desk) == receiver.arrived == []


def test_a_request_with_a_fault_is_shown_and_not_sent(bundled_desk: Desk, receiver: Receiver) -> None:
    post(bundled_desk, request(receiver.url, fault="Error: Wrong JSON", note="line 3, column 5: a comma is missing"))
    post(bundled_desk, request(receiver.url, fault="Error: none", test=True))
    assert deliverer_over(bundled_desk).drain(SECONDS)
    assert states(bundled_desk, "last_error") == [
        ("dead", "line 3, column 5: a comma is missing"),
        ("dead", "Error: none"),
    ]
    assert [row[1] for row in rows(bundled_desk, "EventWebhook", "message")] == [
        "Error: Wrong JSON",
        "TEST - Error: none",
    ]
    assert not receiver.arrived


def test_secrets_are_sealed_in_the_ledger(bundled_desk: Desk, receiver: Receiver) -> None:
    (key,) = post(bundled_desk, request(receiver.url, headers=(("Authorization", "Basic czNjcmV0"),), body=b"s3cret"))
    with bundled_desk.store.read() as session:
        kept = session.password("Delivery", key, "request")
    assert kept.startswith("sealed:") and "czNjcmV0" not in kept and "s3cret" not in kept
    assert deliverer_over(bundled_desk).drain(SECONDS)
    assert receiver.arrived[0].headers["authorization"] == "Basic czNjcmV0"


def test_failures_are_tried_again_with_growing_pauses_under_the_same_id(bundled_desk: Desk, receiver: Receiver) -> None:
    clock = Moments()
    deliverer = deliverer_over(bundled_desk, clock)
    receiver.answering = lambda _: Reply(status=500, body=b"boom")
    post(bundled_desk, request(receiver.url))
    for attempt, pause in enumerate((10, 20, 40), 1):
        assert deliverer.drain(SECONDS)
        assert states(bundled_desk, "attempts", "due") == [("waiting", attempt, clock.now + pause * 1000)]
        clock.forward(pause - 1)
        assert deliverer.drain(SECONDS) and len(receiver.arrived) == attempt
        clock.forward(1)
    assert deliverer.drain(SECONDS)
    assert states(bundled_desk, "attempts", "last_error") == [("dead", 4, "the receiver answered 500")]
    assert len({one.id for one in receiver.arrived}) == 1
    assert [one.headers["webhook-attempt"] for one in receiver.arrived] == ["1", "2", "3", "4"]
    assert [row[1:] for row in rows(bundled_desk, "DeliveryAttempt", "outcome", "status", "response")] == [
        ("refused", 500, "boom")
    ] * 4


def test_what_a_status_means(bundled_desk: Desk, receiver: Receiver) -> None:
    meanings = {200: "delivered", 204: "delivered", 401: "waiting", 404: "waiting", 410: "dead", 422: "dead"}
    receiver.answering = lambda one: Reply(status=int(one.body), body=b"")
    for status in meanings:
        post(bundled_desk, request(receiver.url, body=b"%d" % status, object_id=status))
    assert deliverer_over(bundled_desk).drain(SECONDS)
    assert states(bundled_desk) == list(meanings.values())


def test_the_receiver_may_ask_for_a_longer_pause(bundled_desk: Desk, receiver: Receiver) -> None:
    clock = Moments()
    receiver.answering = lambda _: Reply(status=429, headers={"Retry-After": "90"})
    post(bundled_desk, request(receiver.url))
    assert deliverer_over(bundled_desk, clock).drain(SECONDS)
    assert states(bundled_desk, "due") == [("waiting", clock.now + 90_000)]


def test_a_receiver_that_makes_no_sense_is_tried_again(bundled_desk: Desk, receiver: Receiver) -> None:
    replies = [Reply(close=True), Reply(raw=b"garbage\r\n\r\n"), Reply(raw=b"HTTP/1.1 200 OK\r\n")]
    receiver.answering = lambda one: replies[int(one.body)]
    for number in range(len(replies)):
        post(bundled_desk, request(receiver.url, body=b"%d" % number, object_id=number))
    assert deliverer_over(bundled_desk).drain(SECONDS)
    expected = f"Errors: Error while sending request to webhook: Problem opening URL: {receiver.url}, "
    for _, message, response in rows(bundled_desk, "EventWebhook", "message", "response"):
        assert message.startswith(expected) and response == ""
    assert states(bundled_desk) == ["waiting"] * len(replies)


def test_messages_for_one_object_wait_for_the_first_that_fails(bundled_desk: Desk, receiver: Receiver) -> None:
    clock = Moments()
    deliverer = deliverer_over(bundled_desk, clock)
    failing = iter([500])
    receiver.answering = lambda one: Reply(status=next(failing, 200) if one.body == b"1" else 200)
    for one in numbered(receiver.url, 1, 2, 3):
        post(bundled_desk, one)
    post(bundled_desk, request(receiver.url, body=b"other", object_id=2))
    assert deliverer.drain(SECONDS)
    assert sorted(bodies(receiver.arrived)) == [b"1", b"other"]
    clock.forward(10)
    assert deliverer.drain(SECONDS)
    assert [body for body in bodies(receiver.arrived) if body != b"other"] == [b"1", b"1", b"2", b"3"]
    assert states(bundled_desk) == ["delivered"] * 4


def test_a_message_that_was_read_and_refused_holds_up_none_behind_it(bundled_desk: Desk, receiver: Receiver) -> None:
    clock = Moments()
    deliverer = deliverer_over(bundled_desk, clock)
    refused = iter([b'{"code": 100, "message": "no such object"}'])
    receiver.answering = lambda one: Reply(body=next(refused, b'{"code": 0}') if one.body == b"1" else b'{"code": 0}')
    for one in numbered(receiver.url, 1, 2, action_class="ActioniTopWebhook"):
        post(bundled_desk, one)
    assert deliverer.drain(SECONDS)
    assert states(bundled_desk, "last_error") == [
        ("waiting", "the receiver answered code 100: no such object"),
        ("delivered", ""),
    ]
    clock.forward(10)
    assert deliverer.drain(SECONDS)
    assert bodies(receiver.arrived) == [b"1", b"2", b"1"] and states(bundled_desk) == ["delivered"] * 2


def test_a_message_whose_action_says_what_is_no_success_holds_up_those_behind_it(
    bundled_desk: Desk, receiver: Receiver
) -> None:
    clock = Moments()
    deliverer = deliverer_over(bundled_desk, clock)
    wrong = iter([b'{"code": 100}', b"<html>we are being mended</html>"])
    receiver.answering = lambda _: Reply(body=next(wrong, b'{"code": 0}'))
    for one in numbered(receiver.url, 1, 2, action_class="ActioniTopWebhook", process_response="fail unless code == 0"):
        post(bundled_desk, one)
    for pause in (10, 20):
        assert deliverer.drain(SECONDS)
        assert states(bundled_desk) == ["waiting"] * 2
        clock.forward(pause)
    assert deliverer.drain(SECONDS)
    assert bodies(receiver.arrived) == [b"1", b"1", b"1", b"2"] and states(bundled_desk) == ["delivered"] * 2


def test_what_is_given_up_lets_the_next_go(bundled_desk: Desk, receiver: Receiver) -> None:
    receiver.answering = lambda one: Reply(status=410 if one.body == b"1" else 200)
    for one in numbered(receiver.url, 1, 2):
        post(bundled_desk, one)
    assert deliverer_over(bundled_desk).drain(SECONDS)
    assert states(bundled_desk) == ["dead", "delivered"]


def test_actions_of_one_write_are_tried_in_order_and_do_not_wait_for_a_failed_one(
    bundled_desk: Desk, receiver: Receiver
) -> None:
    receiver.answering = lambda one: Reply(status=500 if one.body == b"2" else 200, delay=0.01)
    requests = [request(receiver.url, body=b"%d" % number, connection_id=number % 3) for number in range(9)]
    post(bundled_desk, *requests)
    assert deliverer_over(bundled_desk).drain(SECONDS)
    assert bodies(receiver.arrived) == [b"%d" % number for number in range(9)]
    assert states(bundled_desk).count("delivered") == 8


def test_many_writes_of_many_objects_arrive_once_each_and_in_order(bundled_desk: Desk, receiver: Receiver) -> None:
    for number in range(60):
        post(bundled_desk, request(receiver.url, body=b"%d" % number, object_id=number % 5, connection_id=number % 2))
    assert deliverer_over(bundled_desk).drain(60)
    assert states(bundled_desk) == ["delivered"] * 60
    assert sorted(bodies(receiver.arrived), key=int) == [b"%d" % number for number in range(60)]
    for key in range(5):
        for lane in range(2):
            numbers = [
                int(one.body) for one in receiver.arrived if int(one.body) % 5 == key and int(one.body) % 2 == lane
            ]
            assert numbers == sorted(numbers)


def test_a_connection_in_trouble_gets_a_rest_and_then_one_try(bundled_desk: Desk, receiver: Receiver) -> None:
    clock = Moments()
    retries = Retries(first=1, attempts=50, longest=1, draw=lambda: MIDDLE)
    breaker = Breaker(failures=3, first=30, longest=100)
    deliverer = deliverer_over(bundled_desk, clock, retries=retries, breaker=breaker)
    receiver.answering = lambda one: Reply(status=503 if one.path == "/bad" else 200)
    for number in range(5):
        post(bundled_desk, request(receiver.url + "/bad", object_id=number, connection_id=7))
    assert deliverer.drain(SECONDS)
    assert len(receiver.arrived) == 5
    for rest, arrived in ((30, 6), (60, 7), (100, 8), (100, 9)):
        clock.forward(rest - 1)
        post(bundled_desk, request(receiver.url + "/good", connection_id=8, body=b"good"))
        deliverer.drain(0.3)
        assert sum(one.path == "/bad" for one in receiver.arrived) == arrived - 1, "the breaker is open"
        assert receiver.arrived[-1].path == "/good", "another connection does not notice"
        clock.forward(1)
        deliverer.drain(0.3)
        assert sum(one.path == "/bad" for one in receiver.arrived) == arrived, "one try"
    receiver.answering = lambda _: Reply()
    clock.forward(100)
    assert deliverer.drain(SECONDS)
    assert set(states(bundled_desk)) == {"delivered"}
    assert [row[1:] for row in rows(bundled_desk, "DeliveryLane", "connection_id", "failures", "open_until")] == [
        (7, 0, 0)
    ]


def test_slow_receivers_hold_nobody_else_up(bundled_desk: Desk, receiver: Receiver) -> None:
    released = threading.Event()
    receiver.answering = lambda one: Reply() if one.path == "/good" or released.wait(20) else Reply(status=500)
    for number in range(40):
        post(bundled_desk, request(receiver.url + "/slow", object_id=number, connection_id=number % 4))
    post(bundled_desk, request(receiver.url + "/good", connection_id=9))
    with running(deliverer_over(bundled_desk, bounds=Bounds(connect_seconds=5, seconds=60))):
        until = time.monotonic() + SECONDS
        try:
            while not any(one.path == "/good" for one in receiver.arrived):
                assert time.monotonic() < until
                time.sleep(0.01)
        finally:
            released.set()
        receiver.wait_for(41)


def test_a_commit_wakes_the_deliverer(bundled_desk: Desk, receiver: Receiver) -> None:
    outbox = Outbox()
    deliverer = deliverer_over(bundled_desk, pace=Pace(poll=600))
    outbox.listen(deliverer.wake)
    with running(deliverer):
        for number in range(3):
            with bundled_desk.transaction(SYSTEM) as tx:
                outbox.enqueue(tx, request(receiver.url))
            receiver.wait_for(number + 1)


def test_who_dies_while_sending_is_followed_by_another_with_the_same_id(bundled_desk: Desk, receiver: Receiver) -> None:
    clock = Moments()
    (key,) = post(bundled_desk, request(receiver.url))
    dead, alive = deliverer_over(bundled_desk, clock), deliverer_over(bundled_desk, clock)
    dead._write(claiming=True)  # claimed, and then nothing more is heard of it
    assert states(bundled_desk, "attempts") == [("sending", 1)]
    assert alive.drain(SECONDS) and not receiver.arrived
    clock.forward(5.1)
    assert alive.drain(SECONDS)
    assert states(bundled_desk, "attempts") == [("delivered", 2)]
    assert receiver.arrived[0].headers["webhook-attempt"] == "2"
    assert key


def test_two_deliverers_share_the_work(bundled_desk: Desk, receiver: Receiver) -> None:
    first, second = (deliverer_over(bundled_desk, pace=Pace(poll=0.02)) for _ in range(2))
    with running(first), running(second):
        for number in range(40):
            post(bundled_desk, request(receiver.url, body=b"%d" % number, object_id=number % 7))
        receiver.wait_for(40)
    assert states(bundled_desk) == ["delivered"] * 40
    assert len({one.id for one in receiver.arrived}) == len(receiver.arrived) == 40


def test_who_claims_while_an_outcome_is_written_does_not_put_off_what_waited_for_it(
    bundled_desk: Desk, receiver: Receiver
) -> None:
    clock = Moments()
    first, second = (deliverer_over(bundled_desk, clock) for _ in range(2))
    for _ in range(2):
        post(bundled_desk, request(receiver.url))
    first.step()
    with first._at.changed:
        assert first._at.changed.wait_for(lambda: first._at.outcomes, SECONDS)
    claiming = threading.Thread(target=second._write, kwargs={"claiming": True})
    with bundled_desk.store.write() as session:
        first._ledger.record(session, first._at.outcomes, clock())
        claiming.start()
        claiming.join(0.5)  # it has to wait; if it did not, it would be through by now
    claiming.join(SECONDS)
    assert states(bundled_desk) == ["delivered", "sending"]


def test_an_outcome_after_the_lease_is_not_written(bundled_desk: Desk, receiver: Receiver) -> None:
    clock = Moments()
    receiver.answering = lambda _: Reply(delay=0.5 if len(receiver.arrived) == 1 else 0)
    post(bundled_desk, request(receiver.url))
    slow, quick = deliverer_over(bundled_desk, clock), deliverer_over(bundled_desk, clock)
    slow.step()
    receiver.wait_for(1)
    clock.forward(6)
    assert quick.drain(SECONDS)
    slow.drain(SECONDS)
    assert [row[1:] for row in rows(bundled_desk, "DeliveryAttempt", "number")] == [(2,)]


def test_a_deleted_event_cancels_what_was_to_be_sent(bundled_desk: Desk, receiver: Receiver) -> None:
    post(bundled_desk, request(receiver.url))
    ((event,),) = rows(bundled_desk, "EventWebhook")
    with bundled_desk.transaction(SYSTEM) as tx:
        tx.session.delete("EventWebhook", event)
    assert deliverer_over(bundled_desk).drain(SECONDS)
    assert states(bundled_desk, "last_error") == [("cancelled", "Its action or its connection was deleted")]
    assert not receiver.arrived


def test_stopping_gives_back_what_was_not_sent(bundled_desk: Desk, receiver: Receiver) -> None:
    receiver.answering = lambda _: Reply(delay=0.3)
    post(bundled_desk, *numbered(receiver.url, 1, 2, 3))
    deliverer = deliverer_over(bundled_desk)
    deliverer.step()
    receiver.wait_for(1)
    deliverer.stop()
    assert states(bundled_desk, "attempts") == [("delivered", 1), ("waiting", 0), ("waiting", 0)]


def test_pauses_are_jittered_within_bounds() -> None:
    for draw, expected in ((0.0, 48.0), (0.5, 60.0), (1.0, 72.0)):
        assert Retries(draw=lambda draw=draw: draw).pause(1) == pytest.approx(expected)
    assert Retries(attempts=3).pause(3) is None
    assert Retries(draw=lambda: 1.0).pause(11) == pytest.approx(6 * 3600 * 1.2)
    assert Retries(draw=lambda: 0.5).pause(1, asked=100.0) == 100.0
    assert Retries(longest=200, draw=lambda: 0.5).pause(1, asked=1e9) == 200.0
