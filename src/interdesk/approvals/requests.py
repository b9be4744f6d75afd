"""Approvals for the desk's own objects: when one enters a state, a ticket asks; its result applies a stimulus.

What asks for what stands in objects of the class ``FlowRule``. A rule's ``fields`` fill in the form, a line each:

    reason = $description$
    env = prod

``$attribute$`` is a value of the object. A rule without a state is for edits that somebody asks to be approved of:
``$changes$`` tells in words what is to be changed. Where the form does not take that, the write is refused: an
approval that cannot be asked for must not be skipped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from interdesk.approvals import edits
from interdesk.approvals.directory import DeskDirectory
from interdesk.approvals.refusals import FlowRefusal
from interdesk.approvals.rows import Row
from interdesk.approvals.rulebook import CLASS, Rule, Rulebook
from interdesk.approvals.tickets import LONGEST_TITLE, TITLE, Tickets, Wish
from interdesk.desk import SYSTEM, Desk, Transaction
from interdesk.desk.drafts import Draft
from interdesk.errors import NotFound
from interdesk.model import ObjectClass

PLACE = re.compile(r"\$(\w+)\$")
CHANGES = "changes"  # the placeholder of what an edit changes
UNASKED = "The approval of rule '{0}' cannot be asked for: {1}"
NO_RULE = "No rule says who approves edits of {0}: name a service, or create a FlowRule without a target_state"
GUARDED = (
    "{0} of {1} may only be changed with an approval (rule '{2}'): ask for it with the operation "
    "approvals/request_update"
)


class DirectEdit(FlowRefusal):
    """Somebody writes what a rule wants to be approved of."""


class Requester:
    """An observer of the desk: asks for the approvals that its rules want, and guards what waits for them."""

    def __init__(self, tickets: Tickets) -> None:
        self.tickets = tickets
        self._book = Rulebook()

    def written(self, tx: Transaction, draft: Draft, changes: list[str]) -> None:
        if draft.cls.name == CLASS:
            self._book.outdate(tx)
        if draft.cls.name.startswith("Flow"):
            return
        rules = self._book.of(tx, (draft.cls.name, *draft.cls.ancestors))
        if not rules:
            return
        if not draft.is_new:
            _guard(tx, draft, changes, rules)
        code = draft.cls.state_attribute
        if code and (draft.is_new or code in changes):
            for rule in rules:
                if rule.state and rule.state == draft.values.get(code):
                    self._ask(tx, rule, draft)

    def request_edit(
        self,
        tx: Transaction,
        target: tuple[str, int],
        values: Mapping[str, Any],
        service: int = 0,
        form: Mapping[str, Any] | None = None,
    ) -> Row:
        """Asks for the approval of an edit; the ticket's row. ``service`` 0: that of the rule for the class.

        Raises FlowRefusal, and what ``Transaction.update`` would raise.
        """
        tx.desk.rights.require(tx.actor, "write", tx.desk.model.cls(target[0]))
        name, key = tx.seen(*target), target[1]
        if name is None:
            raise NotFound(f"Invalid object {target[0]}::{key}")
        cls = tx.desk.model.cls(name)
        before, after = edits.tried(tx, name, key, values)
        rule = self._for_edit(tx, cls, after)
        if rule is None and not service:
            raise FlowRefusal(NO_RULE.format(name))
        draft = tx.load(name, key)
        more = {CHANGES: edits.described(cls, before, after)}
        shown = f"{tx.name_of(name, key)}: {', '.join(cls.attributes[code].label for code in after)}"
        filled = _filled(rule.fields, draft, more) if rule is not None and not service else {}
        who = tx.actor.login or tx.actor.name
        wish = Wish(
            service=self.tickets.library.open_service(tx.reader, service or (rule.service if rule else 0)),
            creator=who,
            values={TITLE: shown[:LONGEST_TITLE], **filled, **(form or {})},
            from_ticket=key if tx.desk.model.is_a(name, "Ticket") else 0,
            subject=(name, key),
            description=more[CHANGES],
        )
        row = self.tickets.create(
            tx, wish, edit=lambda ticket: edits.keep(tx, ticket, (name, key), who, (before, after))
        )
        return row

    def _for_edit(self, tx: Transaction, cls: ObjectClass, changes: Mapping[str, Any]) -> Rule | None:
        """The rule for edits whose attributes fit; one that names attributes goes before one for all."""
        rules = [rule for rule in self._book.of(tx, (cls.name, *cls.ancestors)) if not rule.state]
        fitting = [rule for rule in rules if not rule.codes or rule.codes & changes.keys()]
        return min(fitting, key=lambda rule: not rule.codes, default=None)

    def deleting(self, tx: Transaction, doomed: Sequence[tuple[str, int]]) -> None:
        """Nothing: the ticket goes on, and its result finds no object."""

    def deleted(self, tx: Transaction, draft: Draft) -> None:
        """The ticket of the object goes on: see ``deleting``."""
        if draft.cls.name == CLASS:
            self._book.outdate(tx)

    def concerned(self, tx: Transaction, name: str) -> bool:
        return False

    def _ask(self, tx: Transaction, rule: Rule, draft: Draft) -> None:
        service = self.tickets.library.open_service(tx.reader, rule.service)
        name = tx.name_of(draft.cls.name, draft.key)
        title = f"{name} {draft.values.get('title') or ''}".strip()
        wish = Wish(
            service=service,
            creator=self._creator(tx, rule, draft),
            values={TITLE: title[:LONGEST_TITLE], **_filled(rule.fields, draft)},
            from_ticket=draft.key if tx.desk.model.is_a(draft.cls.name, "Ticket") else 0,
            subject=(draft.cls.name, draft.key),
            stimuli={"approved": rule.approved, "refused": rule.refused},
        )
        try:
            self.tickets.create(tx, wish)
        except FlowRefusal as problem:
            raise FlowRefusal(UNASKED.format(rule.name, problem.text)) from problem

    def _creator(self, tx: Transaction, rule: Rule, draft: Draft) -> str:
        """The person that the rule's attribute names, else who writes."""
        person = draft.values.get(rule.creator_attribute)
        name = DeskDirectory(tx.reader).name(person) if isinstance(person, int) and person else ""
        return name or tx.actor.login or tx.actor.name


def requester_of(desk: Desk) -> Requester:
    """The one that watches a desk. Raises FlowRefusal when there is none."""
    for observer in desk.observers:
        if isinstance(observer, Requester):
            return observer
    raise FlowRefusal("This desk has no flows")


def _guard(tx: Transaction, draft: Draft, changes: Sequence[str], rules: Sequence[Rule]) -> None:
    """Raises DirectEdit. The desk itself may write, and so may the result of an approval."""
    if tx.actor == SYSTEM or edits.allowed(tx):
        return
    for rule in rules:
        if rule.guards and not rule.state:
            wanted = [code for code in changes if code in draft.given and (not rule.codes or code in rule.codes)]
            if wanted:
                raise DirectEdit(GUARDED.format(draft.cls.attributes[wanted[0]].label, draft.cls.name, rule.name))


def _filled(lines: str, draft: Draft, more: Mapping[str, str] | None = None) -> dict[str, str]:
    found = {}
    for line in lines.splitlines():
        key, sign, text = line.partition("=")
        if sign and key.strip():
            found[key.strip()] = PLACE.sub(lambda place: _value(draft, place[1], more or {}), text.strip())
    return found


def _value(draft: Draft, code: str, more: Mapping[str, str]) -> str:
    value = more[code] if code in more else draft.key if code == "id" else draft.values.get(code)
    return "" if value is None else str(value)
