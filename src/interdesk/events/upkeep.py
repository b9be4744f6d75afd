"""Upkeep: dates of obsolescence, and a ledger that does not grow for ever."""

from __future__ import annotations

import datetime as dt

from interdesk.desk import SYSTEM, Desk, Transaction, queries
from interdesk.desk.clock import as_text
from interdesk.model import ObjectClass
from interdesk.model.attributes import ObsolescenceDate
from interdesk.oql.resolved import Binary, Call, Expr, InList, Literal, Param

AT_ONCE = 1_000
FLAG, DATE = "obsolescence_flag", "obsolescence_date"
FINISHED = ("delivered", "dead", "cancelled")


def date_obsolescence(desk: Desk) -> int:
    """Gives objects that became obsolete the date of today, and takes it from those that no longer are."""
    today = as_text(desk.clock())[:10]
    count = 0
    for cls in desk.model.classes.values():
        topmost = cls.parent is None or DATE not in desk.model.cls(cls.parent).attributes
        if topmost and isinstance(cls.attributes.get(DATE), ObsolescenceDate):
            count += _dated(desk, cls, 1, today) + _dated(desk, cls, 0, None)
    return count


def _dated(desk: Desk, cls: ObjectClass, flag: int, date: str | None) -> int:
    """Writes the date into the objects whose flag is so and whose date is missing (flag 1) or left over (0)."""
    dated = Binary("=", Call("ISNULL", (queries.field(cls, DATE),)), Literal(flag))
    where: Expr = Binary("AND", Binary("=", queries.field(cls, FLAG), Literal(flag)), dated)
    query = queries.and_where(queries.every(cls), where)
    count = 0

    def write(tx: Transaction) -> int:
        found = tx.reader.keys(query, {}, AT_ONCE)
        for key, final in found:
            tx.session.update(final or cls.name, key, {DATE: date})
        return len(found)

    while done := desk.write(SYSTEM, write):
        count += done
    return count


def forget_deliveries(desk: Desk, days: int) -> int:
    """Removes deliveries that ended more than ``days`` ago, with their attempts. 0 days: none."""
    if not days:
        return 0
    cls, attempts = desk.model.cls("Delivery"), desk.model.cls("DeliveryAttempt")
    state = queries.field(cls, "state")
    where: Expr = InList(state, tuple(Literal(name) for name in FINISHED))
    where = Binary("AND", where, Binary("<", queries.field(cls, "finished"), Param("until")))
    query = queries.and_where(queries.every(cls), where)
    until = as_text(desk.clock() - dt.timedelta(days=days))
    count = 0

    def write(tx: Transaction) -> int:
        found = [key for key, _ in tx.reader.keys(query, {"until": until}, AT_ONCE)]
        for key, final in (
            tx.reader.keys(queries.pointing_to(attempts, "delivery_id"), {"owners": found}) if found else ()
        ):
            tx.session.delete(final or attempts.name, key)
        for key in found:
            tx.session.delete(cls.name, key)
        return len(found)

    while done := desk.write(SYSTEM, write):
        count += done
    return count


def forget_messages(desk: Desk, days: int) -> int:
    """Removes what is remembered of messages that came more than ``days`` ago. 0 days: nothing."""
    cls = desk.model.classes.get("ReceivedMessage")
    if not days or cls is None:
        return 0
    query = queries.and_where(queries.every(cls), Binary("<", queries.field(cls, "received"), Param("until")))
    until = as_text(desk.clock() - dt.timedelta(days=days))
    count = 0

    def write(tx: Transaction) -> int:
        found = tx.reader.keys(query, {"until": until}, AT_ONCE)
        for key, _ in found:
            tx.session.delete(cls.name, key)
        return len(found)

    while done := desk.write(SYSTEM, write):
        count += done
    return count
