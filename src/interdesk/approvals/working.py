"""Automatic nodes of a ticket: they work one after the other until one waits, or the flow is with people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interdesk.approvals import objects, scenes, tasks, works
from interdesk.approvals.automatic import FunctionCall
from interdesk.approvals.commands import Command, Done, Due, Effect, Failed
from interdesk.approvals.routing import SYSTEM
from interdesk.approvals.state import TERMINATED, State
from interdesk.desk import Transaction
from interdesk.events import redelivery
from interdesk.events.actions import Renderer

if TYPE_CHECKING:
    from interdesk.approvals.tickets import Ticket

MOST_WORK = 200  # automatic nodes in one go
ENDLESS = "The flow runs in a circle of automatic nodes"
Advance = Callable[[Command], tuple[State, tuple[Effect, ...]]]


@dataclass(frozen=True, slots=True)
class Shift:
    """One command's automatic work on a ticket. ``advance`` is the engine's, from the state that the ticket has."""

    tx: Transaction
    ticket: Ticket
    command: Command
    renderer: Renderer
    advance: Advance

    def worked_off(self, effects: Sequence[Effect]) -> list[Effect]:
        """All effects, also those that come of the work."""
        found, at, worked = list(effects), 0, 0
        while at < len(found):
            effect = found[at]
            at += 1
            if isinstance(effect, Due):
                worked += 1
                following = self._work(effect.node, worked)
                if following is not None:
                    found += self._followed(effect.node, following)
        return found

    def _followed(self, node: int, command: Done | Failed) -> tuple[Effect, ...]:
        state = self.ticket.state
        left = state.steps[node].row
        self.ticket.state, effects = self.advance(command)
        now = self.ticket.state.steps.get(node)
        if now is None or now.row != left:  # the flow came back to it, or to a node before it
            objects.close_step(self.tx, left, "true" if isinstance(command, Done) else "false")
        return effects

    def _work(self, at: int, worked: int) -> Done | Failed | None:
        """What became of the work of a node; None when that shows later, or when the node is left already."""
        tx, ticket = self.tx, self.ticket
        step, node = ticket.state.steps.get(at), ticket.flow.nodes[at]
        if step is None or not step.is_open or ticket.state.is_over:
            return None
        if worked > MOST_WORK:
            return self._failed(at, ENDLESS)
        objects.show_step(tx, ticket.id, ticket.flow, step)
        displays = ticket.given.get("displays") or {}
        variables = scenes.variables(ticket.flow, ticket.state, ticket.row, displays, node, self.command.operator)
        event = scenes.event(tx, ticket.row, step.row, variables)
        does = node.work.does
        if isinstance(does, FunctionCall):
            try:
                values = works.call(tx, does, ticket.row, step.row, event, self.renderer)
            except tasks.TaskFailed as problem:
                return self._failed(at, problem.message)
            return None if values is tasks.LATER else Done(operator=SYSTEM, now=tx.now, node=at, values=values)
        step.delivery, fault = works.send(tx, node, does, step.row, event, self.renderer)
        if fault:
            return self._failed(at, fault)
        tx.session.update("FlowStep", step.row, {"delivery_id": step.delivery})
        return None

    def _failed(self, at: int, reason: str) -> Failed:
        return Failed(operator=SYSTEM, now=self.tx.now, node=at, reason=reason)


def call_off(tx: Transaction, ticket: Ticket) -> None:
    """The ticket is over: requests of its nodes that were not sent yet, or are to be sent again, are cancelled."""
    waiting = [step.delivery for step in ticket.state.steps.values() if step.delivery and step.status == TERMINATED]
    if waiting:
        redelivery.cancel(tx, waiting)
