"""An example of an extension: how often a team hands a request back, and what it has in hand.

It adds an operation (``acme/open_tickets``), a verb (``AcmeCountReturn``), a rule that is kept at every write, and with
``acme.xml`` an attribute and a transition.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from interdesk.extensions import CHECK, Call, Draft, Extension, Issue, Transaction, answer, objects, rows

MOST_RETURNS = 3

OPEN = "SELECT Ticket WHERE operational_status != 'closed' AND org_id = :org"

extension = Extension("Acme", designs=[Path(__file__).with_name("acme.xml")])


@extension.operation("acme/open_tickets", "Open tickets of an organization, counted by team")
def open_tickets(call: Call) -> dict[str, Any]:
    """Parameters: ``org_id``, and ``output_fields`` for the tickets (default: id, friendlyname)."""
    org = call.needed("org_id")
    shown = call.data.get("output_fields", "id, friendlyname")
    teams = Counter(ticket["team_name"] or "" for ticket in rows(call, OPEN, "team_name", org=org))
    body = answer(f"Open: {teams.total()}", objects(call, OPEN, shown, org=org))
    return {**body, "teams": [{"team": team, "open": count} for team, count in sorted(teams.items())]}


@extension.method("UserRequest", "AcmeCountReturn")
def count_return(draft: Draft, tx: Transaction, step: int) -> bool | None:
    """The verb of the transition in ``acme.xml``. A request that went back too often is refused."""
    returns = (draft.values["acme_returns"] or 0) + step
    if returns > MOST_RETURNS:
        return False
    draft.values["acme_returns"] = returns
    draft.values["team_id"] = draft.values["agent_id"] = 0
    return None


@extension.method("UserRequest", CHECK)
def returns_are_counted_from_zero(draft: Draft, tx: Transaction) -> list[Issue]:
    """A rule of every write, however it is made."""
    if (draft.values["acme_returns"] or 0) < 0:
        return [Issue("acme_returns", "Acme: a request cannot have been handed back less than 0 times")]
    return []
