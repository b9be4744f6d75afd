"""Tickets: references, dates, priorities. Sources: facts ``itop_datamodel_xml.md`` 6, ``itop_rest_quirks.md`` 27."""

from __future__ import annotations

from interdesk.desk.drafts import Draft
from interdesk.desk.methods import COMPUTE, method

REFERENCES = {"UserRequest": "R", "Incident": "I", "Problem": "P", "Change": "C"}

# urgency -> priority for each impact: 1 a department, 2 a service, 3 a person
PRIORITIES = {
    "1": {"1": "1", "2": "1", "3": "2", "4": "4"},
    "2": {"1": "1", "2": "2", "3": "3", "4": "4"},
    "3": {"1": "2", "2": "3", "3": "3", "4": "4"},
}


@method("Ticket", COMPUTE)
def reference_and_dates(draft: Draft) -> None:
    """A new ticket gets its reference from its id and its start from the clock; every change stamps ``last_update``."""
    values = draft.values
    if draft.is_new:
        letter = next((REFERENCES[name] for name in (draft.cls.name, *draft.cls.ancestors) if name in REFERENCES), "T")
        values["ref"] = values.get("ref") or f"{letter}-{draft.key:06d}"
        values["start_date"] = values.get("start_date") or draft.now
    if draft.touched:
        values["last_update"] = draft.now


@method("UserRequest", COMPUTE)
@method("Incident", COMPUTE)
@method("Problem", COMPUTE)
def priority(draft: Draft) -> None:
    """Priority follows impact and urgency at every write; a given value is lost, as recorded."""
    values = draft.values
    found = PRIORITIES.get(values.get("impact") or "", {}).get(values.get("urgency") or "")
    if found is not None:
        values["priority"] = found
