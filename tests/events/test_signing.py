"""Signatures: Standard Webhooks and the plain form, secrets that change, and the command that checks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from interdesk.cli import commands
from interdesk.desk import SYSTEM, Desk
from interdesk.events import signing
from interdesk.events.signing import PLAIN, STANDARD, BadSignature, Signer, sign, sign_plain, verify
from tests.support.deliveries import deliverer_over, post, request
from tests.support.receivers import receiving

# The example of the specification (Standard Webhooks 1.0).
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE, STAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
HEADERS = {"webhook-id": MESSAGE, "webhook-timestamp": STAMP, "webhook-signature": SIGNATURE}
NOW = float(STAMP)


def connection(desk: Desk) -> int:
    with desk.transaction(SYSTEM) as tx:
        kind = tx.create("RemoteApplicationType", {"name": "Other"})
        return tx.create(
            "RemoteApplicationConnection",
            {"name": "c", "url": "http://x/", "remoteapplicationtype_id": kind, "environment": "2-test"},
        )


def test_the_example_of_the_specification() -> None:
    assert sign(SECRET, MESSAGE, STAMP, BODY) == SIGNATURE
    assert verify([SECRET], HEADERS, BODY, NOW) == STANDARD


@pytest.mark.parametrize(
    ("change", "body", "now", "reason"),
    [
        ({}, b"{}", NOW, "not that of this message"),
        ({"webhook-id": "msg_other"}, BODY, NOW, "not that of this message"),
        ({"webhook-timestamp": "1614265331"}, BODY, NOW, "not that of this message"),
        (
            {"webhook-signature": "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
            BODY,
            NOW,
            "not that of this message",
        ),
        ({"webhook-signature": ""}, BODY, NOW, "not that of this message"),
        ({"webhook-timestamp": "soon"}, BODY, NOW, "no number"),
        ({"webhook-timestamp": ""}, BODY, NOW, "webhook-timestamp is missing"),
        ({"webhook-id": ""}, BODY, NOW, "webhook-id is missing"),
        ({}, BODY, NOW + 301, "301 s away"),
        ({}, BODY, NOW - 301, "301 s away"),
    ],
)
def test_what_is_not_right_is_refused(change: dict[str, str], body: bytes, now: float, reason: str) -> None:
    with pytest.raises(BadSignature, match=reason):
        verify([SECRET], HEADERS | change, body, now)


def test_unsigned_messages_and_wrong_secrets_are_refused() -> None:
    with pytest.raises(BadSignature, match="not signed"):
        verify([SECRET], {}, BODY, NOW)
    with pytest.raises(BadSignature, match="the secret is none"):
        verify(["whsec_no base64!"], HEADERS, BODY, NOW)


@given(body=st.binary(max_size=200), other=st.binary(max_size=200))
def test_a_signature_is_of_one_body(body: bytes, other: bytes) -> None:
    headers = HEADERS | {"webhook-signature": sign(SECRET, MESSAGE, STAMP, body)}
    assert verify([SECRET], headers, body, NOW) == STANDARD
    if body != other:
        with pytest.raises(BadSignature):
            verify([SECRET], headers, other, NOW)


def test_messages_of_a_connection_with_secrets_are_signed(bundled_desk: Desk) -> None:
    key = connection(bundled_desk)
    old = signing.add(bundled_desk, key, STANDARD, 3_600)
    new = signing.add(bundled_desk, key, STANDARD, 3_600)
    plain = signing.add(bundled_desk, key, PLAIN, 0)
    with receiving() as receiver:
        post(bundled_desk, request(receiver.url, body=BODY, connection_id=key))
        post(bundled_desk, request(receiver.url, body=BODY, connection_id=key + 1))
        assert deliverer_over(bundled_desk).drain(20)
        signed, bare = sorted(receiver.arrived, key=lambda one: "webhook-signature" not in one.headers)
    assert "webhook-signature" not in bare.headers and "x-interdesk-signature-256" not in bare.headers
    for secret in (old, new):
        assert verify([secret], signed.headers, BODY, time.time()) == STANDARD
    expected = hmac.new(plain.encode(), BODY, hashlib.sha256).hexdigest()
    assert signed.headers["x-interdesk-signature-256"] == f"sha256={expected}" == sign_plain(plain, BODY)
    assert verify([plain], {"X-Interdesk-Signature-256": f"sha256={expected}"}, BODY, 0) == PLAIN


def test_an_old_secret_ends(bundled_desk: Desk) -> None:
    key = connection(bundled_desk)
    signing.add(bundled_desk, key, STANDARD, 3_600)
    new = signing.add(bundled_desk, key, STANDARD, 60)
    (delivery,) = _claimed(bundled_desk, key)
    later = dict(Signer(bundled_desk).headers(delivery, BODY, now=time.time() + 120))
    assert len(later["webhook-signature"].split()) == 1
    assert verify([new], later | {"webhook-id": delivery.message_id}, BODY, time.time() + 120) == STANDARD


def _claimed(desk: Desk, key: int) -> list[signing.Claimed]:
    from interdesk.store import outbox

    post(desk, request("http://x/", connection_id=key))
    with desk.store.write() as session:
        return outbox.claim(session, "test", 2**53, 2**53, set(), {}, 5)


def test_secrets_are_sealed_and_not_shown(bundled_desk: Desk) -> None:
    made = signing.add(bundled_desk, connection(bundled_desk), STANDARD, 0)
    with bundled_desk.store.read() as session:
        kept = session.password("WebhookSecret", 1, "secret")
    assert kept.startswith("sealed:") and made not in kept
    assert len(base64.b64decode(made.removeprefix("whsec_"))) == 32


def test_the_command_checks_a_message(tmp_path: Path) -> None:
    file = tmp_path / "body"
    file.write_bytes(BODY)
    options = [part for name, value in HEADERS.items() for part in ("--header", f"{name}: {value}")]
    command = ["webhook", "verify", "--secret", SECRET, *options, "--at", STAMP, str(file)]
    good = CliRunner().invoke(commands, command)
    assert (good.exit_code, good.output) == (0, "Right (standard)\n")
    file.write_bytes(b"changed")
    bad = CliRunner().invoke(commands, command)
    assert bad.exit_code == 1 and "Not to be trusted" in bad.output
