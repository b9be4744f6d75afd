"""Approvals for the desk's own objects: when one enters a state, a ticket asks; its result applies a stimulus.

What asks for what stands in objects of the class ``FlowRule``. A rule's ``fields`` fill in the form, a line each:

    reason = $description$
    env = prod

``$attribute$`` is a value of the object. Where the form does not take that, the write is refused: an approval that
cannot be asked for must not be skipped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from interdesk.approvals.directory import DeskDirectory
from interdesk.approvals.refusals import FlowRefusal
from interdesk.approvals.rows import Row, select
from interdesk.approvals.tickets import LONGEST_TITLE, TITLE, Tickets, Wish
from interdesk.desk import Transaction
from interdesk.desk.drafts import Draft

RULES = "SELECT FlowRule WHERE status = 'active' AND target_class IN (:classes) AND target_state = :state"
FIELDS = (
    "name", "target_class", "flow_service_id", "creator_attribute", "fields", "stimulus_approved", "stimulus_refused",
)  # fmt: skip
PLACE = re.compile(r"\$(\w+)\$")
UNASKED = "The approval of rule '{0}' cannot be asked for: {1}"


class Requester:
    """An observer of the desk: asks for the approvals that its rules want."""

    def __init__(self, tickets: Tickets) -> None:
        self.tickets = tickets

    def written(self, tx: Transaction, draft: Draft, changes: list[str]) -> None:
        code = draft.cls.state_attribute
        if not code or draft.cls.name.startswith("Flow") or not (draft.is_new or code in changes):
            return
        args = {"classes": [draft.cls.name, *draft.cls.ancestors], "state": draft.values.get(code) or ""}
        for rule in select(tx.reader, RULES, FIELDS, args).rows:
            self._ask(tx, rule, draft)

    def deleting(self, tx: Transaction, doomed: Sequence[tuple[str, int]]) -> None:
        """Nothing: the ticket goes on, and its result finds no object."""

    def deleted(self, tx: Transaction, draft: Draft) -> None:
        """Nothing: see ``deleting``."""

    def concerned(self, tx: Transaction, name: str) -> bool:
        return False

    def _ask(self, tx: Transaction, rule: Row, draft: Draft) -> None:
        service = self.tickets.library.open_service(tx.reader, rule["flow_service_id"])
        name = tx.name_of(draft.cls.name, draft.key)
        title = f"{name} {draft.values.get('title') or ''}".strip()
        values: dict[str, Any] = {TITLE: title[:LONGEST_TITLE], **_filled(rule["fields"] or "", draft)}
        stimuli = {"approved": rule["stimulus_approved"] or "", "refused": rule["stimulus_refused"] or ""}
        wish = Wish(
            service=service,
            creator=self._creator(tx, rule, draft),
            values=values,
            from_ticket=draft.key if tx.desk.model.is_a(draft.cls.name, "Ticket") else 0,
            subject=(draft.cls.name, draft.key),
            stimuli=stimuli,
        )
        try:
            self.tickets.create(tx, wish)
        except FlowRefusal as problem:
            raise FlowRefusal(UNASKED.format(rule["name"], problem.text)) from problem

    def _creator(self, tx: Transaction, rule: Row, draft: Draft) -> str:
        """The person that the rule's attribute names, else who writes."""
        person = draft.values.get(rule["creator_attribute"] or "")
        name = DeskDirectory(tx.reader).name(person) if isinstance(person, int) and person else ""
        return name or tx.actor.login or tx.actor.name


def _filled(lines: str, draft: Draft) -> dict[str, str]:
    found = {}
    for line in lines.splitlines():
        key, sign, text = line.partition("=")
        if sign and key.strip():
            found[key.strip()] = PLACE.sub(lambda place: _value(draft, place[1]), text.strip())
    return found


def _value(draft: Draft, code: str) -> str:
    value = draft.key if code == "id" else draft.values.get(code)
    return "" if value is None else str(value)
