"""Who may do what, and when a ticket may be withdrawn. Pure; asked by the engine and by those who show a ticket."""

from __future__ import annotations

from interdesk.approvals.flow import Flow
from interdesk.approvals.people import OPEN
from interdesk.approvals.refusals import FlowRefusal, NotPossible
from interdesk.approvals.state import FINISHED, State, Step

CLOSED = "抱歉，单据已关闭，无法操作"
ENDED = "抱歉，单据已经结束，无法撤销"
NOT_CREATOR = "抱歉，你无权撤销单据，撤销单据的非当前单据的提单人, {0}!={1}"
UNDER_WAY = "抱歉，单据执行中，无法撤销"
NOT_REVOCABLE = "抱歉，该流程不支持撤单"
ALWAYS, UNTOUCHED, UNTIL_NODE = 1, 2, 3


class AlreadyHandled(FlowRefusal):
    """A node is handed to somebody who handled it before."""


def pending(flow: Flow, step: Step) -> list[str]:
    """Who may act at an open node now; one after another where the node says so."""
    node = flow.nodes[step.node]
    done = set(step.deciders)
    left = [name for name in step.processors if name not in done]
    return left[:1] if node.everybody and node.is_sequential else left


def may_act(flow: Flow, step: Step, who: str, *, asked: bool = False) -> bool:
    """``asked``: an open invitation to everybody is not enough."""
    if step.processors_type == OPEN:
        return not asked and bool(who)
    return who in pending(flow, step)


def withdrawable(flow: Flow, state: State) -> bool:
    """Whether the revoke rule of the flow still allows to withdraw."""
    if state.is_over or not flow.is_revocable:
        return False
    match flow.revoke_type:
        case 2:
            return _untouched(flow, state)
        case 3:
            return flow.revoke_node not in state.steps
    return True


def require_withdrawable(flow: Flow, state: State, who: str, administrators: frozenset[str]) -> None:
    """Raises NotPossible, with the text of the first rule that is broken."""
    if not flow.is_revocable:
        raise NotPossible(NOT_REVOCABLE)
    if who != state.creator and who not in administrators:
        raise NotPossible(NOT_CREATOR.format(who, state.creator))
    if state.is_over:
        raise NotPossible(ENDED)
    if not withdrawable(flow, state):
        raise NotPossible(UNDER_WAY)


def _untouched(flow: Flow, state: State) -> bool:
    """Nobody but the creator did anything, or the ticket came back to the submit node."""
    submit = flow.submit.id
    if submit in state.steps and state.steps[submit].is_open:
        return True
    others = [step for key, step in state.steps.items() if key != submit]
    return not any(step.status == FINISHED or step.decisions for step in others)


def approved(state: State, approvals: frozenset[int]) -> bool:
    """The result of the ticket: finished, and every approval that ran passed. ``approvals``: its approval nodes."""
    if state.status != FINISHED:
        return False
    return all(step.result == "true" for key, step in state.steps.items() if key in approvals)


def last_approvers(state: State, approvals: frozenset[int]) -> list[str]:
    """Who decided at the approval that was touched last, the latest decision first."""
    decided = [step for key, step in state.steps.items() if key in approvals and step.decisions]
    if not decided:
        return []
    latest = max(decided, key=lambda step: step.touched)
    return list(reversed(latest.deciders))
