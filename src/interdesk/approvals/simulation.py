"""Walking a flow without side effects: who would be asked, in which order. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interdesk.approvals import forms
from interdesk.approvals.commands import Begin, Claim, Command, Distribute, Done, Failed, Submit
from interdesk.approvals.engine import advance
from interdesk.approvals.flow import Flow
from interdesk.approvals.people import OPEN, Directory
from interdesk.approvals.routing import SYSTEM
from interdesk.approvals.state import DISTRIBUTING, FAILED, RECEIVING, State, Step
from interdesk.approvals.tickets_rules import pending

ANYBODY, NOBODY = "anybody", "nobody"
MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A node at which people are asked. ``action``: approve, claim, distribute or handle.

    Of an automatic node: ``do``, with what it does; ``fail``, with those who look after it.
    """

    node: str
    action: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """``status`` is that of the ticket at the end; RUNNING when nobody could go on."""

    asked: tuple[Asked, ...]
    status: str


def simulate(
    flow: Flow,
    creator: str,
    values: Mapping[str, Any],
    directory: Directory | None = None,
    refused: frozenset[str] = frozenset(),
    outputs: Mapping[str, Any] | None = None,
) -> Course:
    """The course of a ticket where the first who may act always acts.

    Approvals pass, and automatic nodes succeed, but for nodes in ``refused``; ``outputs``: what comes of the latter.
    Raises FlowRefusal when the form or the flow does not allow it.
    """
    checked = forms.check(flow, flow.submit, values, {})
    facts = {"ticket_title": values.get("title", ""), "ticket_creator": creator, "ticket_bk_biz_id": -1}
    state, _ = advance(flow, State(creator, facts=facts), Begin(operator=creator, values=checked), directory)
    asked: list[Asked] = []
    for _ in range(MOST_STEPS):
        command = None
        for step in state.open_steps:
            one = _asked(flow, step)
            if one not in asked:
                asked.append(one)
            command = command or _next(flow, step, refused, outputs or {})
        if command is None:
            break
        state, _ = advance(flow, state, command, directory)
    return Course(tuple(asked), state.status)


def _asked(flow: Flow, step: Step) -> Asked:
    node = flow.nodes[step.node]
    if node.is_automatic and step.status != FAILED:
        return Asked(node.name, "do", (node.work.described,))
    actions = {FAILED: "fail", RECEIVING: "claim", DISTRIBUTING: "distribute"}
    action = actions.get(step.status, "approve" if node.type == "APPROVAL" else "handle")
    people = tuple(step.processors) or ((ANYBODY,) if step.processors_type == OPEN else (NOBODY,))
    return Asked(node.name, action, people)


def _next(flow: Flow, step: Step, refused: frozenset[str], outputs: Mapping[str, Any]) -> Command | None:
    """What the first person who may act does; None when there is nobody."""
    node = flow.nodes[step.node]
    if node.is_automatic:
        if step.status == FAILED:
            return None
        if node.name in refused:
            return Failed(operator=SYSTEM, node=node.id, reason="as was asked")
        own = {key: value for key, value in outputs.items() if key in node.codes or key in node.codes.values()}
        return Done(operator=SYSTEM, node=node.id, values=own)
    people = [ANYBODY] if step.processors_type == OPEN else pending(flow, step)
    if not people:
        return None
    if step.status == RECEIVING:
        return Claim(operator=people[0], node=node.id)
    if step.status == DISTRIBUTING:
        return Distribute(
            operator=people[0], node=node.id, processors_type=node.processors_type, processors=node.processors
        )
    result = "false" if node.name in refused else "true"
    values = {field.key: result for field in flow.form(node) if field.is_decision}
    return Submit(operator=people[0], node=node.id, values=values)
