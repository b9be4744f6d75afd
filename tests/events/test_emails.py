"""E-mail actions: who gets which message."""

from __future__ import annotations

import pytest

from interdesk.events.requests import EMAIL, Rendered
from tests.support.eventful import EventfulDesk

CREATE = "TriggerOnObjectCreate"
CALLER = "SELECT Person WHERE id = :this->caller_id"


def mail(desk: EventfulDesk, **values: str) -> Rendered:
    """What an e-mail action makes of a new ticket."""
    org = desk.organization()
    boss = desk.person(org, name="Boss", email="boss@example.org", notify="no")
    caller = desk.person(org, name="Doe", email="ann@example.org", manager_id=boss)
    given = {"from": "desk@example.org", "subject": "S", "body": "<p>b</p>", "to": CALLER}
    desk.trigger(CREATE, "t", "UserRequest", desk.action("ActionEmail", **given | values))
    desk.ticket(org, caller, title="Fire\r\nBcc: evil@example.org")
    (request,) = desk.outbox.take()
    return request


def test_message_with_its_recipients(desk: EventfulDesk) -> None:
    request = mail(
        desk,
        from_label="The Desk",
        subject="[$this->ref$] $this->title$",
        body="<p>$this->caller_id->first_name$: $this->label(status)$</p>",
        cc="SELECT Person AS b JOIN Person AS p ON p.manager_id = b.id WHERE p.id = :this->caller_id",
        importance="high",
    )
    assert (request.kind, request.fault) == (EMAIL, "")
    email = request.email
    assert email is not None
    assert email.sender == "The Desk <desk@example.org>"
    assert (email.to, email.cc, email.bcc) == (("ann@example.org",), ("boss@example.org",), ())
    assert email.subject.startswith("[R-0") and email.subject.endswith("] Fire Bcc: evil@example.org")
    assert email.body == "<p>Ann: New</p>"
    assert email.importance == "high"
    assert email.message_id.startswith(f"iTop_UserRequest_{request.object_id}_")
    assert email.message_id.endswith("@desk.example")
    assert email.references == f"iTop_UserRequest_{request.object_id}@desk.example"


def test_those_who_want_no_mail_get_none_where_the_action_heeds_it(desk: EventfulDesk) -> None:
    request = mail(desk, to="SELECT Person WHERE name = 'Boss'", ignore_notify="no")
    assert request.fault == "No recipient"


def test_in_test_mode_only_the_tester_gets_it_and_reads_who_would_have(desk: EventfulDesk) -> None:
    request = mail(desk, status="test", test_recipient="tester@example.org", subject="Hi")
    assert request.test and request.email is not None
    assert (request.email.to, request.email.cc) == (("tester@example.org",), ())
    assert request.email.subject == "TEST[Hi]"
    assert "ann@example.org" in request.email.body


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("SELECT Organization", "Error: to: objects of class Organization have no e-mail address"),
        ("SELECT Person WHERE id = :this->nope", "Error: to: The query needs a value for :this->nope"),
    ],
)
def test_recipients_that_cannot_be_found_are_told(desk: EventfulDesk, query: str, fault: str) -> None:
    assert mail(desk, to=query).fault.startswith(fault)
