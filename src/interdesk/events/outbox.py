"""The outbox: a request becomes a pending delivery in the very transaction of the write that caused it.

If the write is undone, nothing was ever to be sent; if it is durable, so is the delivery.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from interdesk.desk import Transaction
from interdesk.events import newsroom
from interdesk.events.requests import EMAIL, NEWS, WEBHOOK, Rendered
from interdesk.events.sealing import seal

PENDING = "Notification pending"
TEST = "TEST - "
EVENT_CLASSES = {EMAIL: "EventNotificationEmail", NEWS: newsroom.EVENT}
WEBHOOK_EVENT = "EventWebhook"

FIRST_OF_ADDRESSES = 1 << 62  # lanes below are connections
BATCH = "deliveries written together"  # the note of a transaction with their number


class Outbox:
    """``enqueue``, and a word to those who deliver in this process as soon as the write is durable."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def listen(self, wake: Callable[[], None]) -> None:
        self._listeners.append(wake)

    def enqueue(self, tx: Transaction, rendered: Rendered) -> int:
        """See ``enqueue``."""
        if self.wake not in tx.committed:
            tx.committed.append(self.wake)
        return enqueue(tx, rendered)

    def wake(self) -> None:
        for listener in self._listeners:
            listener()


def enqueue(tx: Transaction, rendered: Rendered) -> int:
    """Stores a request to be sent after the commit, with its event; the id of the delivery.

    One with a ``fault`` is stored as given up: the ledger shows what it was to be and why it is not sent. News are
    delivered with the commit: 0.
    """
    desk = tx.desk
    if rendered.news is not None:
        newsroom.publish(tx, rendered.news, _common(tx, rendered))
        return 0
    event = tx.session.insert(event_class(rendered), _event(tx, rendered))
    broken = bool(rendered.fault)
    return tx.session.insert(
        "Delivery",
        {
            "message_id": f"msg_{secrets.token_hex(12)}",
            "event_id": event,
            "connection_id": rendered.connection_id,
            "lane": rendered.lane or rendered.connection_id,
            "kind": rendered.kind,
            "state": "dead" if broken else "waiting",
            "object_class": rendered.object_class,
            "object_id": rendered.object_id,
            "created": tx.now,
            "next_attempt": None if broken else tx.now,
            "finished": tx.now if broken else None,
            "attempts": 0,
            "attempts_before": 0,
            "last_error": (rendered.note or rendered.fault) if broken else "",
            "ordering": ordering_number(rendered.ordering),
            "batch": _batch(tx),
            "due": milliseconds(),
            "request": "" if broken else seal(rendered, desk.vault),
        },
    )


def event_class(rendered: Rendered) -> str:
    return EVENT_CLASSES.get(rendered.kind, WEBHOOK_EVENT)


def test_prefix(rendered: Rendered) -> str:
    """How the message of an event begins when the action is being tested."""
    if not rendered.test:
        return ""
    if rendered.email is not None:
        return f"TEST ({', '.join(rendered.email.to)}) - "
    return TEST


def ordering_number(key: str) -> int:
    """A number for an ordering key. Two keys with the same number would only wait for each other."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big") >> 1


def lane_of(url: str) -> int:
    """The lane of the server that an address leads to: what is sent without a connection fares as that server does."""
    scheme, _, rest = url.partition("://")
    return ordering_number(f"{scheme}://{re.split('[/?#]', rest)[0]}".lower()) | FIRST_OF_ADDRESSES


def milliseconds() -> int:
    """Now, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def _batch(tx: Transaction) -> int:
    number = tx.notes.get(BATCH)
    if not isinstance(number, int):
        number = tx.notes[BATCH] = secrets.randbits(62)
    return number


def _event(tx: Transaction, rendered: Rendered) -> dict[str, Any]:
    common = _common(tx, rendered) | {"message": test_prefix(rendered) + (rendered.fault or PENDING)}
    if (email := rendered.email) is not None:
        return common | {
            "to": ", ".join(email.to),
            "cc": ", ".join(email.cc),
            "bcc": ", ".join(email.bcc),
            "from": email.sender,
            "subject": email.subject,
            "body": email.body,
        }
    if rendered.kind != WEBHOOK:
        return common
    return common | {
        "action_finalclass": rendered.action_class,
        "webhook_url": rendered.url,
        "headers": rendered.logged_headers,
        "payload": rendered.logged_payload,
    }


def _common(tx: Transaction, rendered: Rendered) -> dict[str, Any]:
    return {
        "date": tx.now,
        "userinfo": tx.actor.login,
        "trigger_id": rendered.trigger_id,
        "action_id": rendered.action_id,
        "object_id": rendered.object_id,
    }
