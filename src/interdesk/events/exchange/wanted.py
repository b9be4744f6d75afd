"""The objects that the five scenarios need on one side, as they are to be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interdesk.events.exchange.partners import PROVIDER, Partner
from interdesk.events.webhooks import FORM

CLASS = "UserRequest"
OUTPUT = "id, friendlyname"
REMOTE_KEY = "$this->remote_ticketid$"
KEPT = "fail unless code == 0\nset remote_ticketid = objects.*.key"
DONE = "fail unless code == 0"


@dataclass(frozen=True, slots=True)
class Rule:
    """A trigger with its one action, both under the same name."""

    name: str
    kind: str
    filter: str
    payload: Mapping[str, Any]
    more: Mapping[str, str]  # further attributes of the trigger
    response: str = DONE

    def trigger(self) -> dict[str, str]:
        return {"target_class": CLASS, "filter": self.filter, "context": "", **self.more}

    def action(self, connection: int) -> dict[str, Any]:
        return {
            "status": "enabled",
            "remoteapplicationconnection_id": connection,
            "headers": f"Content-type: {FORM}",  # without, the form would go out as JSON and not be understood
            "payload": json.dumps(self.payload, indent=1, ensure_ascii=False),
            "process_response_callback": self.response,
        }


def label(name: str) -> str:
    """By what people know the objects of an exchange."""
    return f"Exchange with {name}"


def rules(partner: Partner) -> list[Rule]:
    """What tells the partner. What the partner's own user wrote is never told to him again."""
    return _to_provider(partner) if partner.role == PROVIDER else _to_customer(partner)


def _to_provider(partner: Partner) -> list[Rule]:
    own = partner.known_as
    theirs = f"SELECT {CLASS} WHERE partner_id = {partner.organization}"
    under_way = f"{theirs} AND exchange_step = 'under_way' AND :current_user_id != {partner.user}"
    hand_over = {
        "operation": "core/create",
        "comment": f"Ticket transfer by {own}",
        "class": CLASS,
        "output_fields": OUTPUT,
        "fields": {
            "org_id": {"name": own},
            "caller_id": {"name": own, "first_name": "Support", "org_name": own},
            "title": "$this->title$",
            "description": "$this->description$",
            "public_log": _entry("$this->public_log$$this->private_log$"),
            "remote_ticketid": "$this->id$",
        },
    }
    made = [
        Rule(
            "hand over",
            "TriggerOnStateEnter",
            f"{theirs} AND remote_ticketid = 0",
            hand_over,
            {"state": "pending_partner"},
            KEPT,
        )
    ]
    for log in ("private_log", "public_log"):
        # The partner's ticket is found by our id, which it has from the start: its own comes only with the answer.
        payload = _update(own, {"remote_ticketid": "$this->id$"}, "public_log", f"$this->head({log})$")
        made.append(Rule(log, "TriggerOnObjectUpdate", under_way, payload, {"target_attcodes": log}))
    return made


def _to_customer(partner: Partner) -> list[Rule]:
    theirs = (
        f"SELECT {CLASS} WHERE remote_ticketid > 0 AND org_id = {partner.organization} "
        f"AND :current_user_id != {partner.user}"
    )
    own = partner.known_as
    feedback = _update(own, REMOTE_KEY, "private_log", "$this->head(public_log)$")
    resolution = _update(own, REMOTE_KEY, "private_log", "$this->text(solution)$")
    resolution |= {"operation": "apply_stimulus", "stimulus": "ev_partnerupdate"}
    return [
        Rule("feedback", "TriggerOnObjectUpdate", theirs, feedback, {"target_attcodes": "public_log"}),
        Rule("resolution", "TriggerOnStateEnter", theirs, resolution, {"state": "resolved"}),
    ]


def _update(own: str, key: Any, log: str, message: str) -> dict[str, Any]:
    return {
        "operation": "core/update",
        "comment": f"Ticket update by {own}",
        "class": CLASS,
        "key": key,
        "output_fields": OUTPUT,
        "fields": {log: _entry(message)},
    }


def _entry(message: str) -> dict[str, Any]:
    return {"add_item": {"message": message, "format": "text"}}
