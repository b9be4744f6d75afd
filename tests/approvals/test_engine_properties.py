"""What holds for every flow: there is always a way on, no decision counts twice, branches may go in any order."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interdesk.approvals.commands import (
    Begin,
    Claim,
    Command,
    Distribute,
    Done,
    Failed,
    Retry,
    Skip,
    Submit,
    Withdraw,
)
from interdesk.approvals.engine import advance
from interdesk.approvals.flow import DISTRIBUTE_CLAIM, Flow
from interdesk.approvals.people import OPEN
from interdesk.approvals.refusals import NotPossible
from interdesk.approvals.state import DISTRIBUTING, FAILED, RECEIVING, State, Step, encoded
from interdesk.approvals.tickets_rules import approved, pending
from tests.approvals.written_flows import approval, field, flow, node, sample_flow, when

PEOPLE = st.lists(st.sampled_from("abcde"), min_size=1, max_size=4, unique=True).map(",".join)
CREATOR = "requester"


@st.composite
def blocks(draw: st.DrawFn, depth: int = 2) -> list[Any]:
    """A part of a flow: nodes one after the other, forks with branches, choices; each branch is such a part again."""
    kinds = ["approval", "all", "work", "claim", "give", "sign", "task", "hook"] + (["fork", "choice"] if depth else [])
    found: list[Any] = []
    for kind in draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=3)):
        if kind in ("fork", "choice"):
            found.append((kind, [draw(blocks(depth - 1)) for _ in range(2)]))
        else:
            found.append((kind, draw(PEOPLE)))
    return found


class Writer:
    """Turns parts into nodes and lines."""

    def __init__(self) -> None:
        self.nodes: dict[str, dict[str, Any]] = {}
        self.lines: list[tuple[Any, ...]] = []

    def put(self, one: dict[str, Any]) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes[name] = one
        return name

    def part(self, found: list[Any], entry: str, condition: dict[str, Any] | None = None) -> str:
        """Appends a part behind ``entry``; the node that it ends with."""
        for kind, content in found:
            if kind in ("fork", "choice"):
                entry, condition = self.branches(kind, content, entry, condition), None
                continue
            name = self.put(_node(kind, content))
            self.lines.append((entry, name, condition) if condition else (entry, name))
            entry, condition = name, None
        return entry

    def branches(self, kind: str, parts: list[Any], entry: str, condition: dict[str, Any] | None) -> str:
        first = self.put(node("ROUTER-P" if kind == "fork" else "NORMAL", "" if kind == "fork" else "a"))
        join = self.put(node("COVERAGE"))
        self.lines.append((entry, first, condition) if condition else (entry, first))
        for place, part in enumerate(parts):
            chosen = when("pick", "==" if place else "!=", 1, "INT") if kind == "choice" else None
            self.lines.append((self.part(part, first, chosen), join))
        return join


def _node(kind: str, people: str) -> dict[str, Any]:
    match kind:
        case "approval":
            return approval(people)
        case "all":
            return approval(people, is_multi=True, finish_condition={"type": "or", "expressions": []})
        case "sign":
            return node("SIGN", people, is_sequential=True)
        case "task" | "hook":
            outputs = [{"key": "made", "meta": {"code": "TASK_RESULT"}}]
            does = {"task": {"function": "f"}} if kind == "task" else {"webhook": {"url": "http://a"}}
            next(iter(does.values()))["on_failure"] = "wait" if "a" in people else "continue"
            return node("TASK" if kind == "task" else "WEBHOOK", people, extras=does, outputs=outputs)
        case "claim":
            return node("NORMAL", people, distribute_type="CLAIM_THEN_PROCESS")
        case "give":
            more = {"assignors_type": "PERSON", "assignors": "boss", "distribute_type": DISTRIBUTE_CLAIM}
            return node("NORMAL", people, **more)
    return node("NORMAL", people)


def written(parts: list[Any]) -> Flow:
    writer = Writer()
    last = writer.part(parts, "submit")
    writer.lines.append((last, "end"))
    pick = field(2, "pick", "submit", "INT")
    more = {"table": {"fields": [{"id": 1, "key": "pick", "name": "Pick", "type": "INT"}]}}
    return flow(writer.nodes, writer.lines, [pick], **more)


FLOWS = blocks().map(written)


def moves(walked: Flow, state: State) -> list[Command]:
    """Everything that people may do now to go on."""
    return [move for step in state.open_steps for move in _moves(walked, step)]


def _moves(walked: Flow, step: Step) -> list[Command]:
    if walked.nodes[step.node].is_automatic:
        return _automatic_moves(walked, step)
    if step.status == RECEIVING:
        return [Claim(operator=name, node=step.node) for name in step.processors]
    if step.status == DISTRIBUTING:
        targets = walked.nodes[step.node].processors
        return [Distribute(operator=name, node=step.node, processors=targets) for name in step.processors]
    people = ["anybody"] if step.processors_type == OPEN else pending(walked, step)
    form = [one for one in walked.form(walked.nodes[step.node]) if one.is_decision]
    results = ("true", "false") if form else ("",)
    return [
        Submit(operator=who, node=step.node, values={one.key: result for one in form})
        for who in people
        for result in results
    ]


def _automatic_moves(walked: Flow, step: Step) -> list[Command]:
    """The work succeeds or fails; then people try again or go on."""
    if step.status != FAILED:
        return [Done(operator="system", node=step.node), Failed(operator="system", node=step.node, reason="r")]
    people = ["anybody"] if step.processors_type == OPEN else pending(walked, step)
    return [make(operator=who, node=step.node) for who in people for make in (Retry, Skip)]


def begun(walked: Flow, pick: int) -> State:
    return advance(walked, State(CREATOR), Begin(operator=CREATOR, values={"title": "t", "pick": pick}))[0]


@settings(max_examples=60, deadline=None)
@given(FLOWS, st.integers(0, 1), st.randoms(use_true_random=False))
def test_every_way_leads_to_an_end(walked: Flow, pick: int, chance: random.Random) -> None:
    state = begun(walked, pick)
    for _ in range(400):
        if state.is_over:
            break
        possible = moves(walked, state)
        assert possible, "nobody can go on, and the ticket is not over"
        command = chance.choice(possible)
        before = encoded(state)
        after, _ = advance(walked, state, command)
        assert encoded(state) == before
        state = after
    assert state.is_over
    assert not state.open_steps and not state.waiting
    assert state.status == "FINISHED"


@settings(max_examples=60, deadline=None)
@given(FLOWS, st.integers(0, 1), st.randoms(use_true_random=False))
def test_no_decision_counts_twice(walked: Flow, pick: int, chance: random.Random) -> None:
    state = begun(walked, pick)
    while not state.is_over:
        command = chance.choice(moves(walked, state))
        state, _ = advance(walked, state, command)
        if isinstance(command, (Submit, Done, Skip)):
            with pytest.raises(NotPossible):
                advance(walked, state, command)
        for step in state.steps.values():
            assert len(step.deciders) == len(set(step.deciders))
    assert moves(walked, state) == []
    with pytest.raises(NotPossible):
        advance(walked, state, Withdraw(operator=CREATOR))


@settings(max_examples=60, deadline=None)
@given(FLOWS, st.integers(0, 1), st.sets(st.integers(0, 30)), st.randoms(use_true_random=False))
def test_the_order_of_parallel_branches_does_not_matter(
    walked: Flow, pick: int, refused: set[int], chance: random.Random
) -> None:
    """Whoever is first, with the same decisions the same nodes are handled, with the same results."""

    def end(first: bool) -> State:
        state = begun(walked, pick)
        while not state.is_over:
            possible = [move for move in moves(walked, state) if _as_agreed(walked, move, refused)]
            by_node = sorted({getattr(move, "node", 0) for move in possible})
            at = by_node[0] if first else chance.choice(by_node)
            state, _ = advance(walked, state, next(m for m in possible if getattr(m, "node", 0) == at))
        return state

    one, other = end(True), end(False)
    assert one.status == other.status
    assert {key: step.result for key, step in one.steps.items()} == {k: s.result for k, s in other.steps.items()}
    approvals = frozenset(key for key, found in walked.nodes.items() if found.type == "APPROVAL")
    assert approved(one, approvals) == approved(other, approvals)


def _as_agreed(walked: Flow, move: Command, refused: set[int]) -> bool:
    """Of the two decisions of each person at a node, the one that was agreed; likewise of how work ends."""
    if isinstance(move, (Done, Failed)):
        return isinstance(move, Failed) == (move.node % 31 in refused)
    if isinstance(move, Retry):
        return False
    if not isinstance(move, Submit) or not move.values:
        return True
    return (next(iter(move.values.values())) == "false") == (move.node % 31 in refused)


@pytest.mark.parametrize("name", ["linear_approval", "branch_parallel", "multi_sign", "dispatch"])
def test_the_recorded_services_end_whatever_is_decided(name: str) -> None:
    walked = sample_flow(name)
    values = {"title": "t", "reason": "r", "env": "prod", "amount": 2000, "kind": "hw", "APPROVER": "zhangsan"}
    todo = [advance(walked, State(CREATOR), Begin(operator=CREATOR, values=values))[0]]
    seen: set[str] = set()
    while todo:
        state = todo.pop()
        key = str(sorted((node, step.status, step.result, sorted(step.deciders)) for node, step in state.steps.items()))
        if key in seen:
            continue
        seen.add(key)
        possible = moves(walked, state)
        assert state.is_over == (not possible)
        todo += [advance(walked, state, move)[0] for move in possible]
    assert len(seen) > 3
