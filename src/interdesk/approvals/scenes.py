"""What triggers and automatic nodes of a flow can speak of: its ticket, the step, the object it is for, variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interdesk.approvals import forms
from interdesk.approvals.flow import Flow, Node
from interdesk.approvals.rows import Row
from interdesk.approvals.state import State
from interdesk.desk import Transaction
from interdesk.events import triggers as kinds
from interdesk.events.actions import Event
from interdesk.events.observer import Observer
from interdesk.events.outbox import enqueue as store
from interdesk.events.placeholders import VARIABLES, Scene, expand, split
from interdesk.events.requests import Rendered
from interdesk.events.subjects import Subject
from interdesk.events.triggers import Action, Record, Trigger

DISPLAY = "__display"


def variables(
    flow: Flow, state: State, ticket: Row, displays: Mapping[str, str], node: Node | None, operator: str
) -> dict[str, Any]:
    """By name: the forms with ``<key>__display``, outputs of nodes, variables of the ticket. Source: facts 6.4, 6.5.

    The outputs of the node at hand go by their codes too.
    """
    found: dict[str, Any] = {**state.facts, **state.values, **state.outputs}
    for field in flow.fields.values():
        if field.key in state.values:
            value = state.values[field.key]
            found[field.key + DISPLAY] = displays.get(field.key) or forms.shown(field, value)
    if node is not None:
        found |= {code: found[key] for key, code in node.codes.items() if code and key in found}
    people = dict.fromkeys(name for step in state.open_steps for name in step.processors)
    found |= {
        "ticket_current_status": state.status,
        "ticket_current_processors": ",".join(people),
        "dst_ticket": ticket["id"],
        "dst_state": node.name if node is not None else "",
        "operator": operator,
    }
    return found


def event(tx: Transaction, ticket: Row, step: int, values: Mapping[str, Any]) -> Event:
    """``$this->...$`` is the ticket, ``$step->...$`` its step, ``$object->...$`` what the approval is for."""
    model = tx.desk.model
    others = {"step": Subject(tx, model.cls("FlowStep"), step)} if step else {}
    if ticket["object_class"] and ticket["object_key"]:
        final = tx.final_class(ticket["object_class"], ticket["object_key"])
        if final is not None:
            others["object"] = Subject(tx, model.cls(final), ticket["object_key"])
    return Event(tx, Subject(tx, model.cls("FlowTicket"), ticket["id"]), others, values)


def filled(value: Any, scene: Scene, values: Mapping[str, Any]) -> Any:
    """Texts with their placeholders replaced; a text that is one variable becomes that variable's very value."""
    if isinstance(value, Mapping):
        return {name: filled(one, scene, values) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, scene, values) for one in value]
    if not isinstance(value, str):
        return value
    pieces = split(value)
    if len(pieces) == 1 and (place := pieces[0].placeholder) is not None and place.name == VARIABLES:
        name = "->".join(place.path)
        return values.get(name, value)
    return expand(value, scene)


def written_trigger(kind: str, name: str, *actions: Action) -> Trigger:
    """A trigger that is not stored, but written down in a flow."""
    return Trigger(Record(kind, 0, {"description": name}), actions)


def observer_of(tx: Transaction) -> Observer | None:
    """What fires the triggers of this desk; None where nothing watches it."""
    return next((one for one in tx.desk.observers if isinstance(one, Observer)), None)


def actions_named(tx: Transaction, name: str) -> tuple[Action, ...]:
    """The actions of the desk with a name that are not disabled."""
    observer = observer_of(tx)
    if observer is not None:
        return observer.actions(tx, name)
    return tuple(action for action in kinds.read(tx).actions if action.record.text("name") == name)


def enqueue(tx: Transaction, rendered: Rendered) -> int:
    """Stores a request for delivery after the commit; the id of the delivery."""
    observer = observer_of(tx)
    return store(tx, rendered) if observer is None else observer.outbox.enqueue(tx, rendered)
