"""Edits that wait for an approval: proposed values of an object, applied by the result of a ticket, or not at all.

An edit is tried when it is asked for, and undone at once: what the desk would refuse is refused to who asks, not to
who approves. When it is applied, the attributes must still have the values that they had then: nobody approved of
undoing what others wrote meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from interdesk.approvals.commands import Ended
from interdesk.approvals.refusals import FlowRefusal
from interdesk.approvals.rows import Row, one
from interdesk.desk import Transaction
from interdesk.desk.history import History
from interdesk.errors import DeskError
from interdesk.model import ObjectClass
from interdesk.model.attributes import Blob, CaseLog, LinkedSet, OneWayPassword, Secret, StopWatch

CLASS = "FlowEdit"
EDIT = ("status", "target_class", "target_key", "requested_by", "changes", "before")
CANNOT_WAIT = "{0}: link sets, logs, documents and passwords cannot wait for an approval. Write them directly"
NO_CHANGE = "{0}::{1} has these values already: there is nothing to approve"
MEANWHILE = "{0} was changed since the edit was asked for: it was {1!r} and is {2!r}"
GONE = "{0}::{1} is no longer there"


class NotEditable(FlowRefusal):
    """An edit that cannot wait for an approval."""


class _Tried(Exception):
    """Undoes a try."""


def tried(tx: Transaction, name: str, key: int, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(values before, values afterwards) of the attributes that the edit changes. Nothing is written.

    Raises NotEditable, and what ``Transaction.update`` raises.
    """
    cls = tx.desk.model.cls(tx.final_class(name, key) or name)
    for code in values:
        attribute = cls.attributes.get(code)
        if isinstance(attribute, (Blob, CaseLog, LinkedSet, OneWayPassword, Secret, StopWatch)):
            raise NotEditable(CANNOT_WAIT.format(code))
    before = _values(tx, cls, key, tuple(values))
    mark, told = tx.tasks.mark(), len(tx.complaints)
    with _apart(tx, ""):
        try:
            with tx.session.part():
                tx.update(name, key, values)
                after = _values(tx, cls, key, tuple(values))
                raise _Tried
        except _Tried:
            tx.tasks.forget(mark)
            del tx.complaints[told:]
    changed = [code for code in values if not cls.attributes[code].same(before[code], after[code])]
    if not changed:
        raise NotEditable(NO_CHANGE.format(cls.name, key))
    return {code: before[code] for code in changed}, {code: after[code] for code in changed}


def keep(tx: Transaction, ticket: int, target: tuple[str, int], who: str, pair: tuple[Any, Any]) -> int:
    """Stores an edit that waits for a ticket; ``pair``: values before and afterwards."""
    before, after = (msgspec.json.encode(values).decode() for values in pair)
    values = {
        "ticket_id": ticket, "target_class": target[0], "target_key": target[1], "requested_by": who,
        "changes": after, "before": before,
    }  # fmt: skip
    return tx.create(CLASS, values)


def described(cls: ObjectClass, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """A line for each attribute, for those who approve."""
    return "\n".join(
        f"{cls.attributes[code].label}: {_shown(before[code])} -> {_shown(value)}" for code, value in after.items()
    )


def settle(tx: Transaction, key: int, ref: str, ended: Ended) -> None:
    """What the end of its ticket means for an edit: it is applied, or never will be."""
    row = one(tx.reader, CLASS, key, EDIT)
    if row is None or row["status"] != "waiting":
        return
    if not ended.approved:
        tx.update(CLASS, key, {"status": "withdrawn" if ended.status == "REVOKED" else "refused"})
        return
    mark = tx.tasks.mark()
    try:
        with named(tx, ref, row["requested_by"]), tx.session.part():
            _apply(tx, row)
    except DeskError as problem:
        tx.tasks.forget(mark)
        tx.complaints.append(f"{row['target_class']}::{row['target_key']}: {problem.message}")
        tx.update(CLASS, key, {"status": "failed", "error": problem.message})
        return
    tx.update(CLASS, key, {"status": "applied"})


@contextmanager
def named(tx: Transaction, ref: str, asked_by: str = "") -> Iterator[None]:
    """What is written within is a change of its own in the history, which names the approval."""
    asked = f", asked for by {asked_by}" if asked_by else ""
    with _apart(tx, f"{tx.actor.name} (approval {ref}{asked})"):
        yield


def allowed(tx: Transaction) -> bool:
    """True while an edit is tried or applied: rules against direct edits do not stop it."""
    return bool(tx.notes.get(CLASS))


@contextmanager
def _apart(tx: Transaction, comment: str) -> Iterator[None]:
    history, told, free = tx.history, tx.comment, tx.notes.get(CLASS)
    tx.history, tx.comment, tx.notes[CLASS] = History(tx), comment or told, True
    try:
        yield
    finally:
        tx.history, tx.comment, tx.notes[CLASS] = history, told, free


def _apply(tx: Transaction, row: Row) -> None:
    name, key = row["target_class"], row["target_key"]
    before, changes = msgspec.json.decode(row["before"]), msgspec.json.decode(row["changes"])
    final = tx.final_class(name, key)
    if final is None:
        raise NotEditable(GONE.format(name, key))
    cls = tx.desk.model.cls(final)
    draft = tx.load(final, key)
    for code, value in before.items():
        attribute = cls.attributes[code]
        now = draft.values.get(code)
        if not attribute.same(now, attribute.normalise(value)):
            raise NotEditable(MEANWHILE.format(attribute.label, _shown(value), _shown(now)))
    tx.update(final, key, changes)


def _values(tx: Transaction, cls: ObjectClass, key: int, codes: tuple[str, ...]) -> dict[str, Any]:
    found = tx.load(cls.name, key).values
    return {code: found.get(code) for code in codes}


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
