"""Parents and children among tickets: a parent's solution and its log entries are its children's too.

Source: scenario ``itop/15_user_request_life_cycle`` 45 to 48, facts ``itop_rest_quirks.md`` 28.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from interdesk.desk import queries, stimuli
from interdesk.desk.drafts import Draft
from interdesk.desk.methods import AFTER, method
from interdesk.desk.values import LogChange
from interdesk.model.attributes import CaseLog, Enum

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction

# class of the parent -> (class of the children, their key to the parent)
CHILDREN = {
    "UserRequest": (("UserRequest", "parent_request_id"),),
    "Incident": (("Incident", "parent_incident_id"), ("UserRequest", "parent_incident_id")),
}
SHARED_LOGS = ("public_log", "private_log")
DONE = frozenset({"resolved", "closed"})
RESOLVED = "ev_autoresolve"


@method("UserRequest", "ResolveChildTickets")
@method("Incident", "ResolveChildTickets")
def resolve_child_tickets(draft: Draft, tx: Transaction, stimulus: str = "") -> None:
    """Resolves the children when the parent is stored; those that cannot be resolved from their state stay."""

    def task() -> None:
        for name, key in children(draft.cls.name, draft.key, tx):
            _resolve(tx.load(name, key), draft, tx)

    tx.tasks.add(task)


def _resolve(child: Draft, parent: Draft, tx: Transaction) -> None:
    transition = stimuli.available(child, RESOLVED)
    if transition is None or stimuli.state_of(child) in DONE:
        return
    name = parent.values.get("ref") or tx.name_of(parent.cls.name, parent.key)
    child.values["solution"] = f"<p>Automatically resolved from [[{parent.cls.name}:{parent.key}|{name}]]</p>"
    code = parent.values.get("resolution_code")
    codes = child.cls.attributes.get("resolution_code")
    if isinstance(codes, Enum) and code in codes.values:
        child.values["resolution_code"] = code
    if stimuli.follow(child, transition, tx):
        tx.save(child)


@method("UserRequest", AFTER)
@method("Incident", AFTER)
def share_log_entries(draft: Draft, tx: Transaction) -> None:
    """What a caller adds to a parent's logs is added to those of all its descendants that are not closed."""
    added = {
        code: change
        for code, change in draft.logs.items()
        if code in SHARED_LOGS and code in draft.given and not change.replace and change.entries
    }
    if added and not draft.is_new:
        tx.tasks.add(lambda: _share(draft, added, tx))


def _share(parent: Draft, added: dict[str, LogChange], tx: Transaction) -> None:
    for name, key in descendants(parent.cls.name, parent.key, tx):
        child = tx.load(name, key)
        logs = {code: change for code, change in added.items() if isinstance(child.cls.attributes.get(code), CaseLog)}
        if logs and stimuli.state_of(child) != "closed":
            child.logs.update(logs)
            tx.save(child)


def descendants(name: str, key: int, tx: Transaction) -> Iterator[tuple[str, int]]:
    """(class, id) of children, their children and so on, each once, whatever circles the keys make."""
    seen, waiting = {(name, key)}, [(name, key)]
    while waiting:
        for child in children(*waiting.pop(0), tx):
            if child not in seen:
                seen.add(child)
                waiting.append(child)
                yield child


def children(name: str, key: int, tx: Transaction) -> list[tuple[str, int]]:
    """(class, id) of the tickets whose parent is this one."""
    model = tx.desk.model
    found: list[tuple[str, int]] = []
    for parent, kinds in CHILDREN.items():
        if parent not in model.classes or not model.is_a(name, parent):
            continue
        for child, back in kinds:
            if child in model.classes and back in model.cls(child).attributes:
                query = queries.pointing_to(model.cls(child), back)
                found += ((final, at) for at, final in tx.reader.keys(query, {"owners": [key]}))
    return found
