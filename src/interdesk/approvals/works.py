"""Automatic nodes at work: functions are called in the transaction, requests go through the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from interdesk.approvals import scenes, tasks
from interdesk.approvals.automatic import FunctionCall, Request, Work
from interdesk.approvals.flow import Flow, Node
from interdesk.approvals.refusals import BadFlow
from interdesk.approvals.rows import Row
from interdesk.desk import Transaction
from interdesk.events.actions import Event, Renderer
from interdesk.events.outbox import lane_of
from interdesk.events.placeholders import Scene, expand
from interdesk.events.triggers import NODE_ENTER, Action, Record
from interdesk.events.values import Value

WEBHOOK_ACTION = "ActionWebhook"
ANSWERED, GIVEN_UP = "FlowStep::Answered", "FlowStep::GivenUp"
NO_FUNCTION = "Node '{0}' calls '{1}', which is no function of this desk: load its extension. There are: {2}"
NO_ACTION = "Node '{0}' sends by the action '{1}': the desk has {2} web hook actions of that name, and needs one"


def check(tx: Transaction, flow: Flow) -> None:
    """Every function and action that a flow speaks of is there. Raises BadFlow."""
    for node in flow.nodes.values():
        if not node.is_automatic:
            continue
        does = node.work.does
        if isinstance(does, FunctionCall) and does.function not in tasks.known():
            raise BadFlow(NO_FUNCTION.format(node.name, does.function, ", ".join(tasks.known()) or "none"))
        if isinstance(does, Request) and does.action:
            _action(tx, node.name, does.action)


def call(
    tx: Transaction, work: FunctionCall, ticket: Row, step: int, event: Event, renderer: Renderer
) -> Mapping[str, Any]:
    """What a function gives. Raises TaskFailed."""
    trigger = scenes.written_trigger(NODE_ENTER, "")
    action = Action(Record(WEBHOOK_ACTION, 0, {}), None, None)
    inputs = scenes.filled(work.inputs, renderer.scene(event, trigger, action), event.variables)
    return tasks.call(work.function, tasks.Task(tx, ticket, inputs, event.variables, step))


def send(tx: Transaction, node: Node, work: Request, step: int, event: Event, renderer: Renderer) -> tuple[int, str]:
    """(the delivery of the node's request, why there is none)."""
    trigger = scenes.written_trigger(NODE_ENTER, node.name)
    try:
        action = _action(tx, node.name, work.action) if work.action else _written(node, work)
    except BadFlow as problem:
        return 0, problem.text
    if not work.action:
        action = _addressed(action, renderer.scene(event, trigger, action))
    rendered = renderer.render(event, trigger, action)
    if rendered is None or rendered.fault:
        return 0, (rendered.note or rendered.fault) if rendered else NO_ACTION.format(node.name, work.action, 0)
    rendered = replace(
        rendered,
        object_class="FlowStep",
        object_id=step,
        process_response=ANSWERED,
        given_up=GIVEN_UP,
        lane=0 if rendered.connection_id else lane_of(rendered.url),
        most_attempts=work.attempts,
    )
    return scenes.enqueue(tx, rendered), ""


def instructions(tx: Transaction, node: Node, work: Work) -> str:
    """What is to be done with the answer to a node's request: as the node says, else as its action says."""
    does = work.does
    if not isinstance(does, Request):
        return ""
    if does.answer or not does.action:
        return does.answer
    return _action(tx, node.name, does.action).record.text("process_response_callback")


def _action(tx: Transaction, node: str, name: str) -> Action:
    """Raises BadFlow."""
    model = tx.desk.model
    found = [one for one in scenes.actions_named(tx, name) if model.is_a(one.record.cls, WEBHOOK_ACTION)]
    if len(found) != 1:
        raise BadFlow(NO_ACTION.format(node, name, len(found)))
    return found[0]


def _written(node: Node, work: Request) -> Action:
    """An action as the node describes it."""
    headers = {"Accept": "application/json", **work.headers}
    body = work.body
    if body is not None and not isinstance(body, str):
        body = json.dumps(body, ensure_ascii=False)
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-type"] = "application/json"
    values = {
        "name": node.name,
        "method": work.method,
        "path": "",
        "headers": "\n".join(f"{name}: {value}" for name, value in headers.items()),
        "payload": body or "",
    }
    connection = Record("RemoteApplicationConnection", 0, {"url": work.url})
    return Action(Record(WEBHOOK_ACTION, 0, values), connection, None)


def _addressed(action: Action, scene: Scene) -> Action:
    """With the values of the address in it, quoted: what somebody wrote into a form stays where it belongs."""
    assert action.connection is not None

    def quoted(value: Value) -> str:
        return quote(value.text, safe="")

    url = expand(action.connection.text("url"), scene, quoted)
    return replace(action, connection=replace(action.connection, values={"url": url}))
