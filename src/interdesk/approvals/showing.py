"""What a ticket's object shows of its state, and what is kept with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from interdesk.approvals import objects
from interdesk.approvals.flow import Flow
from interdesk.approvals.rows import Row, one
from interdesk.approvals.state import State
from interdesk.desk import Transaction
from interdesk.desk.values import NewEntry


def owner(tx: Transaction, name: str, key: int) -> Row | None:
    """The ``org_id`` of what a ticket is for, where that belongs to an organization."""
    final = tx.final_class(name, key) if name else None
    if final is None or "org_id" not in tx.desk.model.cls(final).attributes:
        return None
    return one(tx.reader, final, key, ("org_id",))


def first_facts(number: str, title: str, creator: str, service: Row, now: str) -> dict[str, Any]:
    """The ticket variables, for conditions."""
    return {
        "ticket_sn": number,
        "ticket_title": title,
        "ticket_creator": creator,
        "ticket_create_at": now,
        "ticket_service_type": service["type"],
        "ticket_bk_biz_id": -1,
        "ticket_current_status": "RUNNING",
    }


def visible(state: State, flow: Flow) -> dict[str, Any]:
    """What the object shows of the state."""
    waiting = [name for step in state.open_steps for name in objects.waiting(flow, step)]
    return {
        "status": state.status,
        "updated_by": listed(state.updated_by),
        "current_processors": listed(dict.fromkeys(waiting)),
        "current_nodes": ", ".join(flow.nodes[step.node].name for step in state.open_steps),
    }


def log_entries(state: State, known: int) -> tuple[NewEntry, ...]:
    """Entries for the ticket's log from the flow's own, without the first ``known``."""
    return tuple(
        NewEntry(line.message, "text", author=line.operator or None) for line in state.logs[known:] if line.message
    )


def listed(names: Any) -> str:
    """Names as the original keeps them: ``,a,b,``."""
    found = [name for name in names if name]
    return f",{','.join(found)}," if found else ""


def texts(value: Any) -> dict[str, str]:
    """A mapping of whatever a caller sent, as texts; empty when it is none."""
    return {str(key): str(one) for key, one in value.items()} if isinstance(value, Mapping) else {}


def sealed(meta: Mapping[str, Any], tx: Transaction) -> str:
    """What came with a ticket, sealed: headers of its callback may be secrets."""
    return tx.desk.vault.seal(msgspec.json.encode(dict(meta)).decode()) if meta else ""
