"""Messages that come twice: a sender that saw no answer sends again, with the same ``webhook-id``.

The answer is kept in the very transaction of the write, so that a repeat gets it again and nothing is done twice.
Only desks whose design has the class ``ReceivedMessage`` remember messages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from interdesk.desk import Transaction, queries
from interdesk.telemetry.exchange import current

CLASS = "ReceivedMessage"
HEADER = b"webhook-id"
LONGEST = 100  # characters of an id; longer ones are nobody's


def message_id(headers: dict[bytes, bytes]) -> str:
    """The id of a message, '' when it has none that could be one."""
    given = headers.get(HEADER, b"").decode("latin-1")
    return given if len(given) <= LONGEST and given.isascii() and given.isprintable() else ""


def once(tx: Transaction, work: Callable[[Transaction], dict[str, Any]]) -> dict[str, Any]:
    """What ``work`` answers, or answered when the same user sent the same message before."""
    exchange = current()
    message = exchange.message if exchange is not None else ""
    cls = tx.desk.model.classes.get(CLASS)
    if not message or cls is None:
        return work(tx)
    tx.session.serialise(f"interdesk message {message}")
    query = queries.by_criteria(cls, {"message_id": message, "user_id": tx.actor.user})
    for (kept,) in tx.session.fetch(tx.desk.store.compiler.select(query, ("answer",), ordered=False), {}):
        document: dict[str, Any] = msgspec.json.decode(kept)
        return document
    body = work(tx)
    answer = msgspec.json.encode(body).decode()
    values = {"message_id": message, "user_id": tx.actor.user, "received": tx.now, "answer": answer}
    tx.session.insert(CLASS, values)
    return body
