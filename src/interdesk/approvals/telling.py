"""Fires the triggers of nodes: those of the desk, and those that the flow itself brings along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from interdesk.approvals import scenes, signals
from interdesk.approvals.commands import Command, Effect
from interdesk.approvals.flow import Flow
from interdesk.approvals.refusals import BadFlow
from interdesk.desk import Transaction
from interdesk.events.actions import Event
from interdesk.events.observer import Observer
from interdesk.events.triggers import NODE_ENTER, NODE_LEAVE

if TYPE_CHECKING:
    from interdesk.approvals.tickets import Ticket

KINDS = {"GLOBAL_ENTER_STATE": NODE_ENTER, "GLOBAL_LEAVE_STATE": NODE_LEAVE}
NO_ACTION = "Trigger '{0}' of the flow wants the action '{1}': the desk has {2} of that name, and needs one"


def check(tx: Transaction, flow: Flow) -> None:
    """Every action that the flow's triggers want is there, once. Raises BadFlow."""
    for trigger in flow.triggers:
        for name in dict.fromkeys(name for rule in trigger.rules for name in rule.actions):
            count = len(scenes.actions_named(tx, name))
            if count != 1:
                raise BadFlow(NO_ACTION.format(trigger.name, name, count))


def tell(tx: Transaction, ticket: Ticket, command: Command, effects: Sequence[Effect]) -> None:
    """What the ticket did, told to all triggers that listen, in order. In the transaction of the ticket's change."""
    observer = scenes.observer_of(tx)
    if observer is None:
        return
    own = {trigger.signal for trigger in ticket.flow.triggers}
    for signal in signals.of(command, effects):
        kind = KINDS.get(signal.name, "")
        if signal.name not in own and not (kind and observer.listens(tx, kind, "FlowTicket")):
            continue
        event = _event(tx, ticket, command, signal)
        if kind:
            node = ticket.flow.nodes[signal.node]
            observer.at_node(event, kind, ticket.row["flow_service_id"], node.name)
        _fire(observer, event, ticket.flow, signal)


def _event(tx: Transaction, ticket: Ticket, command: Command, signal: signals.Signal) -> Event:
    state, node = ticket.state, ticket.flow.nodes.get(signal.node)
    displays = ticket.given.get("displays") or {}
    values = scenes.variables(ticket.flow, state, ticket.row, displays, node, command.operator)
    step = state.steps.get(signal.node)
    return scenes.event(tx, ticket.row, step.row if step else 0, values)


def _fire(observer: Observer, event: Event, flow: Flow, signal: signals.Signal) -> None:
    for trigger in flow.triggers:
        if trigger.signal != signal.name or trigger.sender != signal.sender:
            continue
        for rule in trigger.rules:
            if rule.holds(event.variables):
                for name in rule.actions:
                    _act(observer, event, trigger.name, name)


def _act(observer: Observer, event: Event, trigger: str, name: str) -> None:
    found = observer.actions(event.tx, name)
    if len(found) != 1:
        # Deleted or disabled since the import: the flow goes on, and who reads the answer is told.
        event.tx.complaints.append(NO_ACTION.format(trigger, name, len(found)))
        return
    observer.act(event, scenes.written_trigger(NODE_ENTER, trigger, *found))
