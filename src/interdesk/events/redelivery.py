"""What people do with deliveries: send them anew, under the same id, or cancel them."""

from __future__ import annotations

from collections.abc import Sequence

from interdesk.desk import Desk, Transaction, queries
from interdesk.events.observer import Observer
from interdesk.events.outbox import Outbox, milliseconds
from interdesk.store import outbox

CLASS = "Delivery"
FIELDS = ("id", "state", "attempts", "ordering")
CANCELLED_BY = "Cancelled by {0}"


def redeliver(tx: Transaction, keys: Sequence[int]) -> list[int]:
    """Sends deliveries again as they were, with as many attempts as a new one has; the ids of those it did.

    Left out: those that are under way, and those that could never be sent. Raises Forbidden.
    """
    done = []
    now = milliseconds()
    for key, state, attempts, _ in _rows(tx, keys):
        if state == "sending" or not tx.session.password(CLASS, key, "request"):
            continue
        values = {"state": "waiting", "due": now, "next_attempt": tx.now, "finished": None, "owner": ""}
        tx.session.update(CLASS, key, values | {"attempts_before": attempts})
        done.append(key)
    if done:
        tx.committed.append(lambda: wake(tx.desk))
    return done


def cancel(tx: Transaction, keys: Sequence[int]) -> list[int]:
    """Cancels deliveries that wait; the ids of those it did. Others of the same object then go on. Raises Forbidden."""
    done, orderings = [], set()
    for key, state, _, ordering in _rows(tx, keys):
        if state != "waiting":
            continue
        reason = CANCELLED_BY.format(tx.actor.name)
        values = {"state": "cancelled", "finished": tx.now, "next_attempt": None, "last_error": reason}
        tx.session.update(CLASS, key, values)
        done.append(key)
        orderings.add(ordering)
    if done:
        outbox.let_follow(tx.session, orderings, milliseconds())
        tx.committed.append(lambda: wake(tx.desk))
    return done


def wake(desk: Desk) -> None:
    """Tells the deliverers of this process."""
    for observer in desk.observers:
        if isinstance(observer, Observer) and isinstance(observer.outbox, Outbox):
            observer.outbox.wake()


def _rows(tx: Transaction, keys: Sequence[int]) -> list[tuple[int, str, int, int]]:
    """The deliveries as they are while nobody claims any."""
    cls = tx.desk.model.cls(CLASS)
    tx.desk.rights.require(tx.actor, "write", cls)
    tx.session.serialise(outbox.LOCK)
    plan = tx.desk.store.compiler.select(queries.by_ids(cls), FIELDS, ordered=False)
    return sorted(
        (int(key), str(state), int(attempts or 0), int(ordering or 0))
        for key, state, attempts, ordering in tx.session.fetch(plan, {"ids": list(keys)})
    )
