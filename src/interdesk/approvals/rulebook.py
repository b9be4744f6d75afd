"""The rules by which objects of the desk ask for approvals, read once until somebody changes one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from interdesk.approvals.rows import select
from interdesk.desk import Transaction
from interdesk.desk.drafts import Draft
from interdesk.desk.methods import CHECK, method
from interdesk.model import Issue

CLASS, VERSION = "FlowRule", "flow rules"
NO_ATTRIBUTE = "Class {0} has no attribute {1!r}"
ONLY_EDITS = "A rule with a target_state asks when objects enter that state: leave it empty to guard edits"
RULES = "SELECT FlowRule WHERE status = 'active'"
FIELDS = (
    "name", "target_class", "target_state", "target_attcodes", "direct_edits", "flow_service_id", "creator_attribute",
    "fields", "stimulus_approved", "stimulus_refused",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One without a ``state`` is for edits: of ``codes``, or of everything when there are none."""

    name: str
    cls: str
    state: str
    codes: frozenset[str]
    guards: bool
    service: int
    creator_attribute: str
    fields: str
    approved: str
    refused: str


class Rulebook:
    """Safe to use from many threads."""

    def __init__(self) -> None:
        self._known: tuple[str, tuple[Rule, ...]] | None = None
        self._lock = Lock()

    def of(self, tx: Transaction, classes: Sequence[str]) -> list[Rule]:
        """The rules for objects of some classes, as the transaction sees them."""
        return [rule for rule in self._rules(tx) if rule.cls in classes]

    def outdate(self, tx: Transaction) -> None:
        """A rule was written."""
        if tx.notes.get(Rulebook) != CHANGED:
            tx.session.bump(VERSION)
        tx.notes[Rulebook] = CHANGED

    def _rules(self, tx: Transaction) -> tuple[Rule, ...]:
        seen = tx.notes.get(Rulebook)
        if seen == CHANGED:
            return _read(tx)
        if isinstance(seen, tuple):
            return seen
        version, known = tx.session.version(VERSION), self._known
        if known is None or known[0] != version:
            known = version, _read(tx)
            with self._lock:
                self._known = known
        tx.notes[Rulebook] = known[1]
        return known[1]


CHANGED = "changed"


def _read(tx: Transaction) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            name=row["name"],
            cls=row["target_class"],
            state=row["target_state"] or "",
            codes=frozenset((row["target_attcodes"] or "").replace(",", " ").split()),
            guards=row["direct_edits"] == "refused",
            service=row["flow_service_id"],
            creator_attribute=row["creator_attribute"] or "",
            fields=row["fields"] or "",
            approved=row["stimulus_approved"] or "",
            refused=row["stimulus_refused"] or "",
        )
        for row in select(tx.reader, RULES, FIELDS).rows
    )


@method(CLASS, CHECK)
def targets(draft: Draft, tx: Transaction) -> list[Issue]:
    """The attributes that a rule names are there, and direct edits are refused by rules for edits only."""
    cls = tx.desk.model.classes.get(draft.values.get("target_class") or "")
    codes = (draft.values.get("target_attcodes") or "").replace(",", " ").split()
    found = []
    if cls is not None and (unknown := [code for code in codes if code not in cls.attributes]):
        found.append(Issue("value", NO_ATTRIBUTE.format(cls.name, unknown[0]), "target_attcodes"))
    if draft.values.get("target_state") and draft.values.get("direct_edits") == "refused":
        found.append(Issue("value", ONLY_EDITS, "direct_edits"))
    return found
