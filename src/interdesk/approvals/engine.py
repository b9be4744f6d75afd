"""The engine: ``advance(flow, state, command) -> (state', effects)``. Pure: no clock, no database, no chance.

A refused command raises a ``FlowRefusal`` and leaves the given state as it was. Sources: facts 3.4, 3.5, 4 and 6.
"""

from __future__ import annotations

import copy

from interdesk.approvals import routing, tickets_rules
from interdesk.approvals.commands import (
    Begin,
    Claim,
    Command,
    Deliver,
    Distribute,
    Done,
    Due,
    Effect,
    Failed,
    NodeCommand,
    Resume,
    Retry,
    Skip,
    Submit,
    Suspend,
    Terminate,
    TerminateNode,
    Withdraw,
)
from interdesk.approvals.flow import CLAIM_THEN, DISTRIBUTE_CLAIM, Flow, Node
from interdesk.approvals.people import OPEN, Directory, Nobody, resolve
from interdesk.approvals.refusals import BadParameter, NotPossible
from interdesk.approvals.routing import NO_OUTPUT, SYSTEM, WORK_DONE, Walk
from interdesk.approvals.state import (
    DISTRIBUTING,
    FAILED,
    RECEIVING,
    RUNNING,
    SUSPENDED,
    TERMINATED,
    Decision,
    State,
    Step,
)
from interdesk.approvals.tickets_rules import CLOSED, may_act, pending

NO_NODE = "抱歉，没有找到该节点：{0}"
NODE_ENDED = "抱歉，当前节点：{0} 已经结束"
NO_RIGHT = "抱歉，{0}不能操作该节点（没有权限或操作类型不支持）"
NO_TICKET_RIGHT = "抱歉，{0}无权操作该单据"
NOT_SUSPENDED = "抱歉，该单据不在挂起中，无法操作"
NO_MESSAGE = "转单描述信息不能为空，请重新确认."
NOBODY_GIVEN = "处理人不能为空"
NOT_A_TARGET = "{0}不在可分派的人员范围内"
ADMINISTRATOR = "admin"  # the system account


def advance(
    flow: Flow,
    state: State,
    command: Command,
    directory: Directory | None = None,
    administrators: frozenset[str] = frozenset({ADMINISTRATOR}),
) -> tuple[State, tuple[Effect, ...]]:
    """The state after a command, and what is to be told of it. Raises FlowRefusal.

    ``administrators`` may withdraw, suspend and terminate tickets of others.
    """
    if isinstance(command, (Done, Failed)):
        return _automatic(flow, state, command, directory or Nobody())
    after = copy.deepcopy(state)
    walk = Walk(flow, after, command, directory or Nobody())
    match command:
        case Begin(values=values):
            walk.begin(values)
        case Suspend() | Resume() | Terminate():
            _operate(walk, command, administrators)
        case Withdraw():
            tickets_rules.require_withdrawable(flow, after, command.operator, administrators)
            walk.log(f"{command.operator} 撤销单据.")
            walk.end("REVOKED")
        case NodeCommand():
            _handle(walk, command)
    return after, tuple(walk.effects)


def _operate(walk: Walk, command: Suspend | Resume | Terminate, administrators: frozenset[str]) -> None:
    state, who = walk.state, command.operator
    if state.is_over:
        raise NotPossible(CLOSED)
    if isinstance(command, Resume) and state.status != SUSPENDED:
        raise NotPossible(NOT_SUSPENDED)
    if who not in administrators and not any(may_act(walk.flow, step, who, asked=True) for step in state.open_steps):
        raise NotPossible(NO_TICKET_RIGHT.format(who))
    walk.touch()
    match command:
        case Suspend():
            if state.status != SUSPENDED:
                state.before, state.status = state.status, SUSPENDED
            walk.log(f"{who} 挂起了单据：{command.message}.", source="SYS")
        case Resume():
            state.status, state.before = state.before or RUNNING, ""
            walk.log(f"{who} 恢复了单据.", source="SYS")
        case Terminate():
            walk.log(f"{who} 终止了单据：{command.message}.")
            walk.end(TERMINATED)


def _handle(walk: Walk, command: NodeCommand) -> None:
    """Checks in the recorded order: the ticket, the node, its status, the right; then the action."""
    if walk.state.is_over:
        raise NotPossible(CLOSED)
    step = walk.state.steps.get(command.node)
    if step is None:
        raise NotPossible(NO_NODE.format(command.node))
    if not step.is_open:
        raise NotPossible(NODE_ENDED.format(command.node))
    node = walk.flow.nodes[command.node]
    if not _right(walk, step, command):
        raise NotPossible(NO_RIGHT.format(command.operator))
    walk.touch(step)
    match command:
        case Submit(values=values):
            routing.handle(walk, node, step, values)
        case Claim():
            step.processors_type, step.processors, step.status = "PERSON", [command.operator], RUNNING
            walk.changed(step)
            walk.log(f"{command.operator} 认领【{node.name}】.", node.id)
        case Distribute():
            _distribute(walk, node, step, command)
        case Deliver():
            _deliver(walk, node, step, command)
        case Retry():
            _retry(walk, node, step)
        case Skip():
            _skip(walk, node, step, command)
        case TerminateNode():
            step.status = TERMINATED
            walk.changed(step)
            walk.log(f"{command.operator} 终止【{node.name}】({command.message}).", node.id)
            walk.end(TERMINATED)


def _automatic(
    flow: Flow, state: State, command: Done | Failed, directory: Directory
) -> tuple[State, tuple[Effect, ...]]:
    """What came of an automatic node. Where there is no way on from it, it waits for people: nothing gets lost.

    Raises NotPossible when the node does not wait for an answer any more.
    """
    walk, node, step = _at_automatic(flow, state, command, directory)
    reason = command.reason if isinstance(command, Failed) else ""
    try:
        if isinstance(command, Done):
            walk.log(WORK_DONE.format(node.name), node.id, operator="", source="SYS")
            walk.worked(node, step, command.values)
        else:
            walk.failed(node, step, reason)
            if node.work.goes_on:
                walk.go_on(node, step)
        return walk.state, tuple(walk.effects)
    except NotPossible as problem:
        reason = f"{reason}; {problem.text}" if reason else problem.text
    walk, node, step = _at_automatic(flow, state, command, directory)
    walk.failed(node, step, reason)
    return walk.state, tuple(walk.effects)


def _at_automatic(flow: Flow, state: State, command: Done | Failed, directory: Directory) -> tuple[Walk, Node, Step]:
    """A walk on a copy of the state. Raises NotPossible."""
    walk = Walk(flow, copy.deepcopy(state), command, directory)
    step = walk.state.steps.get(command.node)
    if step is None:
        raise NotPossible(NO_NODE.format(command.node))
    node = flow.nodes[command.node]
    if walk.state.is_over or not step.is_open or not node.is_automatic:
        raise NotPossible(NODE_ENDED.format(command.node))
    walk.touch(step, SYSTEM)
    return walk, node, step


def _retry(walk: Walk, node: Node, step: Step) -> None:
    step.status, step.result, step.error, step.delivery = RUNNING, "", "", 0
    walk.changed(step)
    walk.effects.append(Due(node.id))
    walk.log(f"{walk.command.operator} 重试【{node.name}】.", node.id)


def _skip(walk: Walk, node: Node, step: Step, command: Skip) -> None:
    """Raises BadParameter for values that the node does not give, NotPossible where there is no way on."""
    _, unknown = node.named_outputs(command.values)
    if unknown:
        raise BadParameter(NO_OUTPUT.format(node.name, unknown[0]))
    step.decisions.append(Decision(command.operator, "", command.message, command.now))
    walk.log(f"{command.operator} 忽略【{node.name}】({command.message}).", node.id)
    walk.worked(node, step, command.values)


def _right(walk: Walk, step: Step, command: NodeCommand) -> bool:
    """Whether the operator may do that at the node in its status."""
    node = walk.flow.nodes[step.node]
    if node.is_automatic:
        wanted = (FAILED,) if isinstance(command, (Retry, Skip)) else (RUNNING, FAILED)
        if isinstance(command, (Submit, Claim, Distribute)) or step.status not in wanted:
            return False
    elif isinstance(command, (Retry, Skip)) or step.status != {Claim: RECEIVING, Distribute: DISTRIBUTING}.get(
        type(command), RUNNING
    ):
        return False
    if isinstance(command, Deliver) and not node.can_deliver:
        return False
    if isinstance(command, TerminateNode) and not node.is_terminable:
        return False
    return may_act(walk.flow, step, command.operator)


def _given(walk: Walk, command: Distribute | Deliver) -> tuple[str, list[str]]:
    """The people whom a command names. Raises BadParameter when there is none."""
    state = walk.state
    kind, people = resolve(
        command.processors_type or "PERSON",
        command.processors,
        state.creator,
        state.values,
        walk.handlers(),
        walk.directory,
    )
    if not people:
        raise BadParameter(NOBODY_GIVEN)
    return kind, people


def _distribute(walk: Walk, node: Node, step: Step, command: Distribute) -> None:
    kind, people = _given(walk, command)
    allowed_kind, allowed = walk.resolved(node.processors_type, node.processors)
    if allowed and allowed_kind != OPEN and not set(people) <= set(allowed):
        raise NotPossible(NOT_A_TARGET.format(",".join(sorted(set(people) - set(allowed)))))
    claimed = node.distribute_type in (DISTRIBUTE_CLAIM, CLAIM_THEN) and len(people) > 1
    step.processors_type, step.processors = kind, people
    step.status = RECEIVING if claimed else RUNNING
    walk.changed(step)
    walk.log(f"{command.operator} 分派【{node.name}】给 {','.join(people)}.", node.id)


def _deliver(walk: Walk, node: Node, step: Step, command: Deliver) -> None:
    """The operator's part goes to others; at a node of several people the rest keep theirs."""
    if not command.message:
        raise BadParameter(NO_MESSAGE)
    kind, people = _given(walk, command)
    if done := [name for name in people if name in step.deciders]:
        raise tickets_rules.AlreadyHandled(",".join(done))
    if node.everybody:
        at = step.processors.index(command.operator) if command.operator in step.processors else len(step.processors)
        merged = step.processors[:at] + people + step.processors[at + 1 :]
        step.processors = list(dict.fromkeys(merged))
    else:
        step.processors_type, step.processors = kind, people
    walk.changed(step)
    walk.log(f"{command.operator} 转单【{node.name}】给 {','.join(people)}({command.message}).", node.id)


__all__ = ["advance", "pending"]
