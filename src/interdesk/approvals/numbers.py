"""Numbers of tickets: a prefix for the kind, the day, a counter of at least six digits. Source: facts 4."""

from __future__ import annotations

from interdesk.approvals.rows import only
from interdesk.desk import Transaction

PREFIXES = {"request": "REQ", "event": "INC", "change": "CRQ", "question": "PBI"}


def next_number(tx: Transaction, kind: str) -> str:
    """The next number of the day. Others who ask wait until this transaction ends: no number is left out or twice."""
    name = PREFIXES.get(kind, "REQ") + tx.now[:10].replace("-", "")
    tx.session.serialise(f"flow numbers {name}")
    known = only(tx.reader, "FlowCounter", {"name": name}, ("value",))
    if known is None:
        tx.session.insert("FlowCounter", {"name": name, "value": 1})
        return f"{name}{1:06d}"
    value = int(known["value"]) + 1
    tx.session.update("FlowCounter", known["id"], {"value": value})
    return f"{name}{value:06d}"
