"""What telephony has from the first hour: the server's identity, CTI profiles, a time zone; and a demo's contexts."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from interdesk.desk import SYSTEM, Desk, queries
from interdesk.telephony.lookups import rows

if TYPE_CHECKING:
    from interdesk.desk import Transaction

SERVER = "TelephonyServer"
CTI_PROFILES = ("Supervisor", "Agent", "Client", "Switchboard")
TIMEZONES = ("eu-fr",)
CONTEXTS = (  # name, type, ranges: kind, first, last
    (
        "default",
        "internal",
        (
            ("user", "1000", "1999"),
            ("group", "2000", "2999"),
            ("queue", "3000", "3999"),
            ("room", "4000", "4999"),
        ),
    ),
    ("from-extern", "incall", (("incall", "1000", "4999"),)),
)


def prepare(desk: Desk) -> None:
    """Stores what every telephony has, once: what an administrator deletes stays deleted."""
    if SERVER not in desk.model.classes:
        return
    with desk.transaction(SYSTEM, comment="Telephony") as tx:
        if tx.reader.count(queries.every(desk.model.cls(SERVER)), {}):
            return
        tx.session.insert(SERVER, {"uuid": str(uuid.uuid4()), "live_reload": 1})
        for name in CTI_PROFILES:
            tx.session.insert("TelephonyCtiProfile", {"name": name})
        for name in TIMEZONES:
            tx.session.insert("TelephonyTimezone", {"name": name})


def add_context(tx: Transaction, name: str, kind: str, ranges: tuple[tuple[str, str, str], ...]) -> int:
    """A context with its ranges (kind, first, last). Raises Refused."""
    context = tx.create("TelephonyContext", {"name": name, "type": kind})
    for use, first, last in ranges:
        values = {"context_id": context, "kind": use, "first_number": first, "last_number": last}
        tx.create("TelephonyRange", values)
    return context


def usual_contexts(tx: Transaction) -> None:
    """The two contexts that the tutorials use, unless there are contexts of those names."""
    for name, kind, ranges in CONTEXTS:
        if not rows(tx, "TelephonyContext", {"name": name}):
            add_context(tx, name, kind, ranges)
