"""What an answer means: failures in good shape, functions by name, and lines without code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interdesk.desk import SYSTEM, Desk
from interdesk.events.answers import Answered, BadInstruction, BusinessFailure, at, failure_of, processes, processing
from interdesk.events.sender import Answer
from tests.support.deliveries import deliverer_over, post, request, rows, states
from tests.support.people import bundled_model
from tests.support.receivers import Receiver, Reply, receiving

SECONDS = 20.0
MADE = b'{"code":0,"message":null,"objects":{"UserRequest::7":{"code":0,"key":"7","fields":{"name":"Desk Seven"}}}}'
ORGANIZATION = bundled_model().cls("Organization")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def answer(body: bytes, status: int = 200, *, cut: bool = False) -> Answer:
    return Answer(status, (), body, "127.0.0.1", cut)


@pytest.mark.parametrize(
    ("status", "body", "action", "failure"),
    [
        (200, b'{"code":0}', "ActioniTopWebhook", ""),
        (200, b'{"code":"0"}', "ActioniTopWebhook", ""),
        (200, b"no json", "ActioniTopWebhook", ""),
        (200, b"[1]", "ActioniTopWebhook", ""),
        (204, b"", "ActioniTopWebhook", ""),
        (200, b'{"code":100,"message":"no"}', "ActioniTopWebhook", "the receiver answered code 100: no"),
        (200, b'{"code":100,"message":"no"}', "ActionWebhook", ""),
        (404, b"", "ActionWebhook", "the receiver answered 404"),
        (500, b'{"code":0}', "ActioniTopWebhook", "the receiver answered 500"),
        (200, b"[" * 100_000, "ActioniTopWebhook", ""),
    ],
)
def test_a_failure_may_come_in_good_shape(status: int, body: bytes, action: str, failure: str) -> None:
    assert failure_of(answer(body, status), action) == failure


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("code", 0),
        ("objects.*.key", "7"),
        ("objects.UserRequest::7.key", "7"),
        ("objects.*.fields.name", "Desk Seven"),
        ("nothing.*.there", None),
        ("code.further", None),
        ("list.1", "b"),
        ("list.*", "a"),
        ("list.9", None),
        ("list.x", None),
        ("empty.*", None),
    ],
)
def test_paths(path: str, found: object) -> None:
    document = {
        "code": 0,
        "objects": {"UserRequest::7": {"key": "7", "fields": {"name": "Desk Seven"}}},
        "list": ["a", "b"],
        "empty": {},
    }
    assert at(document, tuple(path.split("."))) == found


@pytest.mark.parametrize(
    "text",
    ["set", "set x", "set x = ", "set x == y", "fail unless", "fail when x", "set a b = c", "set x = a..b",
     "set x = a.b!", "fail unless code = 0", "set x = y\nnonsense", "\n".join(["set x = y"] * 51)],
)  # fmt: skip
def test_lines_that_cannot_be_understood(text: str) -> None:
    with pytest.raises(BadInstruction):
        processing(text, ORGANIZATION)


def test_names_that_nobody_bound() -> None:
    for name in ("$this->NoSuchMethod", "NoClass::NoMethod", "nonsense"):
        with pytest.raises(BadInstruction, match="Process response callback is not callable"):
            processing(name, ORGANIZATION)
    assert processing("  ", ORGANIZATION) is None


@given(st.text())
def test_no_text_does_worse_than_not_being_understood(text: str) -> None:
    try:
        processing(text, ORGANIZATION)
    except BadInstruction:
        return


def organization(desk: Desk) -> int:
    with desk.transaction(SYSTEM) as tx:
        return tx.create("Organization", {"name": "Before"})


def names(desk: Desk) -> list[str]:
    return [row[1] for row in rows(desk, "Organization", "name")]


def call_back(desk: Desk, receiver: Receiver, text: str, body: bytes, key: int | None = None) -> tuple[object, ...]:
    """Sends a request about an organization whose answer is dealt with as the text says."""
    receiver.answering = lambda _: Reply(body=body)
    about = organization(desk) if key is None else key
    post(desk, request(receiver.url, object_class="Organization", object_id=about, process_response=text))
    assert deliverer_over(desk).drain(SECONDS)
    return tuple(states(desk, "last_error")[-1])


def test_lines_set_attributes_of_the_object(bundled_desk: Desk, receiver: Receiver) -> None:
    text = "set name = objects.*.fields.name\nset code = objects.*.key\nfail unless code == 0"
    assert call_back(bundled_desk, receiver, text, MADE) == ("delivered", "")
    assert names(bundled_desk) == ["Desk Seven"]
    assert [row[1:] for row in rows(bundled_desk, "DeliveryAttempt", "number", "outcome", "status")] == [
        (1, "delivered", 200)
    ]


def test_lines_say_when_it_failed_and_then_set_nothing(bundled_desk: Desk, receiver: Receiver) -> None:
    text = "set name = message; fail unless code == 0"
    outcome = call_back(bundled_desk, receiver, text, b'{"code": 100, "message": "Not now"}')
    assert outcome == ("waiting", "code of the answer is 100")
    assert names(bundled_desk) == ["Before"]
    ((_, message),) = rows(bundled_desk, "EventWebhook", "message")
    assert message == "Errors: Error while sending request to webhook: code of the answer is 100"


def test_what_the_object_cannot_take_is_a_failure_with_its_cause(bundled_desk: Desk, receiver: Receiver) -> None:
    state, error = call_back(bundled_desk, receiver, "set nothing_like_it = code", MADE)
    assert state == "waiting" and "nothing_like_it" in str(error)
    state, error = call_back(bundled_desk, receiver, "set name = code", b"no json")
    assert state == "waiting" and "no JSON" in str(error)


def test_an_object_that_is_gone_is_not_sent_about_again(bundled_desk: Desk, receiver: Receiver) -> None:
    outcome = call_back(bundled_desk, receiver, "set name = code", MADE, key=999)
    assert outcome == ("dead", "Organization::999 is no longer there")


def test_functions_by_name(bundled_desk: Desk, receiver: Receiver) -> None:
    @processes("Organization", "TestTakeName")
    def take_name(answered: Answered) -> None:
        answered.set("name", answered.document["objects"]["UserRequest::7"]["fields"]["name"])

    @processes("Organization", "TestFailing")
    def failing(answered: Answered) -> None:
        answered.tx.create("Organization", {"name": "Undone"})
        raise BusinessFailure("not good enough")

    @processes("Organization", "TestBroken")
    def broken(answered: Answered) -> None:
        raise ZeroDivisionError("a fault")

    assert call_back(bundled_desk, receiver, "$this->TestTakeName", MADE) == ("delivered", "")
    assert names(bundled_desk) == ["Desk Seven"]
    assert call_back(bundled_desk, receiver, "Organization::TestFailing", MADE) == ("waiting", "not good enough")
    assert "Undone" not in names(bundled_desk)
    outcome = call_back(bundled_desk, receiver, "$this->TestBroken", MADE)
    assert outcome == ("dead", "$this->TestBroken: ZeroDivisionError: a fault")
    assert call_back(bundled_desk, receiver, "$this->NoSuchMethod", MADE)[0] == "dead"
