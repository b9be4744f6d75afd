"""Tickets: references, dates, priorities, and the verbs that only tickets have.

Sources: facts ``itop_datamodel_xml.md`` 6, ``itop_rest_quirks.md`` 27, scenarios ``itop`` 15 and 16.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk.desk.drafts import Draft
from interdesk.desk.methods import COMPUTE, method

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction

REFERENCES = {"UserRequest": "R", "Incident": "I", "Problem": "P", "Change": "C"}

# urgency -> priority for each impact: 1 a department, 2 a service, 3 a person
PRIORITIES = {
    "1": {"1": "1", "2": "1", "3": "2", "4": "4"},
    "2": {"1": "1", "2": "2", "3": "3", "4": "4"},
    "3": {"1": "2", "2": "3", "3": "3", "4": "4"},
}


@method("Ticket", COMPUTE)
def reference_and_dates(draft: Draft, tx: Transaction) -> None:
    """A new ticket gets its reference from its id and its start from the clock; every change stamps ``last_update``.

    A change starts when it is planned to: the clock gives its creation.
    """
    values = draft.values
    if draft.is_new:
        letter = next((REFERENCES[name] for name in (draft.cls.name, *draft.cls.ancestors) if name in REFERENCES), "T")
        values["ref"] = values.get("ref") or f"{letter}-{draft.key:06d}"
        begin = "creation_date" if "creation_date" in values else "start_date"
        values[begin] = values.get(begin) or draft.now
    if draft.touched:
        values["last_update"] = draft.now


@method("Incident", COMPUTE)
@method("Problem", COMPUTE)
def priority(draft: Draft, tx: Transaction) -> None:
    """Priority follows impact and urgency at every write; a given value is lost, as recorded."""
    values = draft.values
    found = PRIORITIES.get(values.get("impact") or "", {}).get(values.get("urgency") or "")
    if found is not None:
        values["priority"] = found


@method("UserRequest", COMPUTE)
def priority_and_type(draft: Draft, tx: Transaction) -> None:
    """The priority, and the type of the sub-category where the caller gives none."""
    priority(draft, tx)
    key = draft.values.get("servicesubcategory_id")
    given = "request_type" in draft.given and draft.values["request_type"]
    if not key or given or not draft.changed("servicesubcategory_id") or "request_type" not in draft.values:
        return
    table = tx.reader.one(tx.desk.model.cls("ServiceSubcategory"), key, ("request_type",))
    found = table.rows[0][table.positions["request_type"][0]] if table.rows else None
    if found:
        draft.values["request_type"] = found


# verb of older designs -> the date that it sets; the stimulus that they receive tells nothing more
DATES = {
    "SetAssignedDate": "assignment_date",
    "SetResolveDate": "resolution_date",
    "SetClosureDate": "close_date",
    "SetLastPendingDate": "last_pending_date",
}


def _stamps(verb: str, code: str) -> None:
    @method("Ticket", verb)
    def stamp(draft: Draft, tx: Transaction, stimulus: str = "") -> None:
        if code in draft.values:
            draft.values[code] = draft.now


for _verb, _code in DATES.items():
    _stamps(_verb, _code)
