"""The end-of-ticket callback: its token, its body, and its place in the delivery ledger. Source: facts 5."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from interdesk.approvals import scenes
from interdesk.desk import Transaction, Vault
from interdesk.events.answers import Answered, BusinessFailure, at, processes
from interdesk.events.outbox import lane_of
from interdesk.events.requests import WEBHOOK, Rendered

BLOCK = 128
IV_BYTES = 16
PURPOSE = "flow callback"
GOOD = frozenset({200, 201})
PROCESS = "FlowTicket::CallbackTaken"
RESERVED = frozenset({"content-type", "content-length", "host", "transfer-encoding", "connection"})


@dataclass(frozen=True, slots=True)
class Callback:
    """What is told of a ticket that is over."""

    ticket: int
    url: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    attempts: int


def token(vault: Vault) -> str:
    """A new token. Any number of them may be made; none is ever used up, as recorded."""
    key, text = _secrets(vault)
    iv = os.urandom(IV_BYTES)
    padder = padding.PKCS7(BLOCK).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    sealed = encryptor.update(padder.update(text) + padder.finalize()) + encryptor.finalize()
    return base64.b64encode(iv + sealed).decode()


def is_ours(vault: Vault, text: Any) -> bool:
    """Whether we made a token; what cannot be read is not ours."""
    key, expected = _secrets(vault)
    try:
        raw = base64.b64decode(str(text), validate=True)
        decryptor = Cipher(algorithms.AES(key), modes.CBC(raw[:IV_BYTES])).decryptor()
        padded = decryptor.update(raw[IV_BYTES:]) + decryptor.finalize()
        unpadder = padding.PKCS7(BLOCK).unpadder()
        found = unpadder.update(padded) + unpadder.finalize()
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(found, expected)


def _secrets(vault: Vault) -> tuple[bytes, bytes]:
    """The key and the text that all tokens seal: both only this desk knows."""
    return vault.fingerprint(PURPOSE, "key"), vault.fingerprint(PURPOSE, "text")


def rendered(callback: Callback) -> Rendered:
    """The request that tells of a ticket's end: a POST with JSON (recorded: scenarios ``bkitsm``, seed 003)."""
    body = msgspec.json.encode(callback.body)
    own = [(name, value) for name, value in callback.headers.items() if name.lower() not in RESERVED]
    return Rendered(
        kind=WEBHOOK,
        trigger_id=0,
        action_id=0,
        action_class="",
        object_class="FlowTicket",
        object_id=callback.ticket,
        method="POST",
        url=callback.url,
        headers=(("Content-Type", "application/json"), *own),
        body=body,
        process_response=PROCESS,
        logged_headers="Content-Type: application/json" + "".join(f"\n{name}: ***" for name, _ in own),
        logged_payload=_masked(callback.body),
        lane=lane_of(callback.url),
        most_attempts=callback.attempts,
    )


def _masked(body: Mapping[str, Any]) -> str:
    return msgspec.json.encode({**body, "token": "***"}).decode()


@processes("FlowTicket", "CallbackTaken")
def judge(answered: Answered) -> None:
    """Good is 200 or 201 with a JSON object whose ``code`` is the number 0; anything else failed, as recorded."""
    code = at(answered.document, ("code",))
    if answered.answer.status not in GOOD or code != 0 or isinstance(code, bool) or not isinstance(code, int):
        raise BusinessFailure(f"the receiver did not take the callback: HTTP {answered.answer.status}, code {code!r}")


def enqueue(tx: Transaction, callback: Callback) -> int:
    """Stores the callback for delivery after the commit; the id of the delivery."""
    return scenes.enqueue(tx, rendered(callback))
