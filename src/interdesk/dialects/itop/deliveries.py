"""Operations of our own on deliveries: ``deliveries/redeliver`` and ``deliveries/cancel``.

Their parameters are those of ``core/delete``: comment, class (``Delivery``) and key. ``list_operations`` leaves them
out, so that existing clients see what they always saw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from interdesk.desk import Transaction
from interdesk.dialects.itop import keys
from interdesk.dialects.itop.errors import failed
from interdesk.dialects.itop.fields_in import Incoming
from interdesk.dialects.itop.operations import ORIGIN, Call, Operation
from interdesk.dialects.itop.replies import answer, entry
from interdesk.events import redelivery

Acting = Callable[[Transaction, Sequence[int]], list[int]]


def redeliver(call: Call) -> dict[str, Any]:
    """Sends deliveries again, under the same id."""
    return _acted(call, redelivery.redeliver, "Redelivered", "waiting")


def cancel(call: Call) -> dict[str, Any]:
    """Cancels deliveries that wait."""
    return _acted(call, redelivery.cancel, "Cancelled", "cancelled")


def _acted(call: Call, act: Acting, word: str, state: str) -> dict[str, Any]:
    comment, cls, key = call.comment(), call.cls(), call.needed("key")
    if cls.name != redelivery.CLASS:
        raise failed(f"class: '{cls.name}' has no deliveries: name {redelivery.CLASS}")
    call.require(cls, ("write", "modifying"))

    def work(tx: Transaction) -> dict[str, Any]:
        incoming = Incoming(call.desk, call.actor, tx.reader, tx)
        search = keys.several(incoming, cls, key)
        done = act(tx, [number for number, _ in incoming.find(search.query, search.args)])
        objects = {
            f"{cls.name}::{number}": entry(cls.name, number, {"id": str(number), "state": state}) for number in done
        }
        return answer(f"{word}: {len(done)}", objects or None)

    return call.desk.write(call.actor, work, comment=comment, origin=ORIGIN)


DELIVERY_OPERATIONS: dict[str, tuple[str, Operation]] = {
    "deliveries/redeliver": ("Send deliveries again", redeliver),
    "deliveries/cancel": ("Cancel deliveries", cancel),
}
