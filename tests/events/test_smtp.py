"""E-mail through a real mail server on the loopback address."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from interdesk.desk import Desk
from interdesk.events.requests import EMAIL, Email
from interdesk.events.sender import Bounds, default_tls
from interdesk.events.smtp import STARTTLS, TLS, MailFailed, Post
from tests.events.test_sender import certificate
from tests.support.deliveries import Moments, deliverer_over, post, request, rows, states

MESSAGE = Email(
    sender="Desk <desk@example.org>",
    reply_to="answers@example.org",
    to=("ann@example.org", "Bob Roe <bob@example.org>"),
    cc=("carol@example.org",),
    bcc=("dave@example.org",),
    subject="R-000001 é",
    body="<p>Hello <b>you</b></p>",
    importance="high",
    message_id="iTop_UserRequest_1_20261122@desk.example",
    references="iTop_UserRequest_1@desk.example",
)


class Mailbox:
    """Takes all messages; addresses in ``refused`` get the code given there."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.refused: dict[str, str] = {}
        self.answer = "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, _: Any) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.taken.append(envelope)
        return self.answer


@contextlib.contextmanager
def mail_server(**options: Any) -> Iterator[tuple[Mailbox, int]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


def to(port: int, **more: Any) -> Post:
    return Post(host="localhost", port=port, bounds=Bounds(connect_seconds=2, seconds=5), **more)


def test_a_message_arrives_whole() -> None:
    with mail_server() as (box, port):
        assert to(port).send(MESSAGE, "msg_1", 2) == ""
    (envelope,) = box.taken
    assert envelope.rcpt_tos == ["ann@example.org", "bob@example.org", "carol@example.org", "dave@example.org"]
    assert envelope.mail_from == "desk@example.org"
    assert isinstance(envelope.content, bytes) and b"dave@example.org" not in envelope.content
    read = message_from_bytes(envelope.content, policy=default)
    headers = ("From", "To", "Cc", "Subject", "Message-ID", "References", "Importance", "X-Interdesk-Delivery")
    assert [str(read[name]) for name in headers] == [
        "Desk <desk@example.org>", "ann@example.org, Bob Roe <bob@example.org>", "carol@example.org", "R-000001 é",
        "<iTop_UserRequest_1_20261122@desk.example>", "<iTop_UserRequest_1@desk.example>", "high", "msg_1",
    ]  # fmt: skip
    plain, html = read.iter_parts()
    assert plain.get_content().split() == ["Hello", "you"]
    assert html.get_content().strip() == "<p>Hello <b>you</b></p>"


@pytest.mark.parametrize("security", [STARTTLS, TLS])
def test_tls_is_verified(tmp_path: Path, security: str) -> None:
    file = certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with mail_server(**{"tls_context" if security == STARTTLS else "ssl_context": context}) as (box, port):
        to(port, security=security, context=default_tls(str(file))).send(MESSAGE, "msg_1", 1)
        with pytest.raises(MailFailed, match="certificate"):
            to(port, security=security).send(MESSAGE, "msg_1", 1)
    assert len(box.taken) == 1


def test_a_server_without_tls_gets_nothing_when_it_should_have_it() -> None:
    with mail_server() as (box, port), pytest.raises(MailFailed, match="STARTTLS"):
        to(port, security=STARTTLS).send(MESSAGE, "msg_1", 1)
    assert not box.taken


def test_logging_in(tmp_path: Path) -> None:
    file = certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def check(_: Any, __: Any, ___: Any, ____: Any, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"desk", b"right"))

    secure: dict[str, Any] = {"security": STARTTLS, "context": default_tls(str(file)), "user": "desk"}
    with mail_server(authenticator=check, auth_required=True, tls_context=context) as (box, port):
        to(port, password="right", **secure).send(MESSAGE, "msg_1", 1)
        with pytest.raises(MailFailed) as failed:
            to(port, password="wrong", **secure).send(MESSAGE, "msg_1", 1)
    assert not failed.value.hopeless and "wrong" not in failed.value.reason
    assert len(box.taken) == 1


def test_refused_recipients() -> None:
    with mail_server() as (box, port):
        box.refused = {"ann@example.org": "550 unknown"}
        assert to(port).send(MESSAGE, "msg_1", 1) == "Not taken: ann@example.org (550 unknown)"
        everybody = ("ann@example.org", "bob@example.org", "carol@example.org", "dave@example.org")
        for code, hopeless in (("550 unknown", True), ("450 later", False)):
            box.refused = dict.fromkeys(everybody, code)
            with pytest.raises(MailFailed, match="No recipient was taken") as failed:
                to(port).send(MESSAGE, "msg_1", 1)
            assert failed.value.hopeless is hopeless


@pytest.mark.parametrize(("answer", "hopeless"), [("554 spam", True), ("451 later", False)])
def test_refused_messages(answer: str, hopeless: bool) -> None:
    with mail_server() as (box, port):
        box.answer = answer
        with pytest.raises(MailFailed, match=answer) as failed:
            to(port).send(MESSAGE, "msg_1", 1)
    assert failed.value.hopeless is hopeless


def test_a_message_that_would_become_two_is_not_written() -> None:
    with pytest.raises(MailFailed, match="cannot be written") as failed:
        to(1).send(Email(sender="a@x", to=("b@x",), subject="one\r\nBcc: two@x"), "msg_1", 1)
    assert failed.value.hopeless


def test_servers_that_are_not_there_or_say_nothing() -> None:
    with pytest.raises(MailFailed):
        to(9).send(MESSAGE, "msg_1", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        bounds = Bounds(connect_seconds=0.3, seconds=0.4)
        with pytest.raises(MailFailed, match="timed out|in time"):
            Post(host="127.0.0.1", port=silent.getsockname()[1], bounds=bounds).send(MESSAGE, "msg_1", 1)


def test_e_mail_goes_through_the_ledger(bundled_desk: Desk) -> None:
    clock = Moments()
    waiting = {"kind": EMAIL, "email": MESSAGE, "connection_id": 0}
    with mail_server() as (box, port):
        box.answer = "451 later"
        deliverer = deliverer_over(bundled_desk, clock, post=to(port))
        post(bundled_desk, request("", **waiting))
        assert deliverer.drain(20)
        assert [row[1] for row in rows(bundled_desk, "EventNotificationEmail", "message")] == [
            "Errors: The mail server answered 451 later"
        ]
        box.answer = "250 OK"
        clock.forward(10)
        assert deliverer.drain(20)
    first, second = (message_from_bytes(one.content, policy=default) for one in box.taken)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["X-Interdesk-Delivery"] == second["X-Interdesk-Delivery"]
    assert states(bundled_desk) == ["delivered"]
    ((_, message, recipients, sender, subject),) = rows(
        bundled_desk, "EventNotificationEmail", "message", "to", "from", "subject"
    )
    assert (message, recipients) == ("Sent", "ann@example.org, Bob Roe <bob@example.org>")
    assert (sender, subject) == ("Desk <desk@example.org>", "R-000001 é")


def test_without_a_mail_server_the_ledger_says_so(bundled_desk: Desk) -> None:
    post(bundled_desk, request("", kind=EMAIL, email=MESSAGE, connection_id=0, test=True))
    assert deliverer_over(bundled_desk).drain(20)
    assert states(bundled_desk, "last_error") == [("dead", "No mail server is set: see the setting smtp_host")]
