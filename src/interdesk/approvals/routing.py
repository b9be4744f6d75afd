"""Walking: entering nodes, handling them, choosing lines, forks and joins. Part of the engine; pure.

A join passes, and an END ends the ticket, when nothing that is still under way can reach it any more. So the order
in which parallel branches are handled makes no difference, and no branch is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interdesk.approvals import conditions
from interdesk.approvals.automatic import TASK_MESSAGE, TASK_RESULT
from interdesk.approvals.commands import Changed, Command, Due, Effect, Ended, Entered, Left, Took
from interdesk.approvals.flow import (
    APPROVAL,
    CLAIM_THEN,
    DISTRIBUTE_CLAIM,
    DISTRIBUTE_THEN,
    END,
    FORK,
    HANDLED,
    JOIN,
    NODE_APPROVER,
    NODE_RESULT,
    SIGN,
    Flow,
    Line,
    Node,
)
from interdesk.approvals.people import OPEN, Directory, resolve
from interdesk.approvals.refusals import NotPossible
from interdesk.approvals.state import (
    DISTRIBUTING,
    FAILED,
    FINISHED,
    RECEIVING,
    RUNNING,
    TERMINATED,
    Decision,
    LogLine,
    State,
    Step,
)
from interdesk.approvals.tickets_rules import approved

SYSTEM = "system"
SKIPPED = "无处理人，系统自动通过"
AUTOMATIC = "审批人与提单人一致，系统自动通过"
NO_WAY = "【{0}】没有满足条件的连线，无法流转"
NO_KEY = "【{0}】连线条件中的变量【{1}】没有值，无法流转"
NO_OUTPUT = "【{0}】的结果 {1} 不是该节点的输出变量"
WORK_DONE = "系统自动处理【{0}】."
WORK_FAILED = "【{0}】执行失败：{1}."
PLAIN_ENDS = "流程结束."
MOST_PASSES = 1_000  # automatic nodes in one go: more is a loop that nobody can leave


class Walk:
    """One command at work on a copy of the state."""

    def __init__(self, flow: Flow, state: State, command: Command, directory: Directory) -> None:
        self.flow, self.state, self.command, self.directory = flow, state, command, directory
        self.effects: list[Effect] = []
        self._passes = 0

    # -- what is written down

    def log(self, message: str, node: int = 0, *, operator: str | None = None, source: str = "") -> None:
        who = self.command.operator if operator is None else operator
        self.state.logs.append(LogLine(who, self.command.now, message, source or self.command.source, node))

    def touch(self, step: Step | None = None, who: str = "") -> None:
        """Somebody did something, to a node when one is given."""
        self.state.clock += 1
        who = who or self.command.operator
        if who and who != SYSTEM:
            self.state.updated_by = [who, *(name for name in self.state.updated_by if name != who)]
        if step is not None:
            step.touched = self.state.clock

    def changed(self, step: Step) -> None:
        self.effects.append(Changed(step.node))

    def handlers(self) -> dict[int, str]:
        """Who handled each node last."""
        return {key: step.decisions[-1].person for key, step in self.state.steps.items() if step.decisions}

    def resolved(self, kind: str, listed: str) -> tuple[str, list[str]]:
        state = self.state
        return resolve(kind, listed, state.creator, state.values, self.handlers(), self.directory)

    # -- from start to end

    def begin(self, values: Mapping[str, Any]) -> None:
        """Starts the ticket: the form of the first node is filled in, and the way goes on from it.

        Raises NotPossible when it was started before.
        """
        state, submit = self.state, self.flow.submit
        if state.steps:
            raise NotPossible(NO_WAY.format(submit.name))
        state.status = RUNNING
        self.log("流程开始.")
        step = Step(submit.id, FINISHED, submit.processors_type, [state.creator])
        state.steps[submit.id] = step
        self.touch(step, state.creator)
        self._keep(submit, step, values, state.creator, "")
        self.log(f"{state.creator} 处理【{submit.name}】", submit.id)
        self.effects.append(Entered(submit.id))
        self.effects.append(Left(submit.id))
        self._leave(submit)
        self.settle()

    def end(self, status: str) -> None:
        """The ticket is over; what was under way is not handled any more."""
        state = self.state
        for step in state.open_steps:
            step.status = TERMINATED
            self.changed(step)
        state.waiting = []
        state.status, state.before = status, ""
        self.touch()
        approvals = frozenset(key for key, node in self.flow.nodes.items() if node.type == APPROVAL)
        self.effects.append(Ended(status, approved(state, approvals)))

    # -- entering

    def enter(self, node: Node) -> None:
        """Goes into a node, and on from it where nobody has to handle it.

        Raises NotPossible when the way leads around in circles.
        """
        self._passes += 1
        if self._passes > MOST_PASSES:
            raise NotPossible(NO_WAY.format(node.name))
        if node.type == JOIN:
            if node.id not in self.state.waiting:
                self.state.waiting.append(node.id)
        elif node.type == END:
            self.state.ended = True
        elif node.type in HANDLED:
            self._enter_handled(node)
        elif node.is_automatic:
            self._enter_automatic(node)
        else:
            self._leave(node)

    def _enter_handled(self, node: Node) -> None:
        known = self.state.steps.get(node.id)
        if known is not None and known.is_open:
            return  # two branches met here
        if known is not None:
            self._forget_below(node)
        step = self._new_step(node, known)
        self._entered(step)
        self._pass_by_itself(node, step)

    def _enter_automatic(self, node: Node) -> None:
        known = self.state.steps.get(node.id)
        if known is not None and known.is_open:
            return
        if known is not None:
            self._forget_below(node)
        wanted = self.state.state_processors.get(str(node.id))
        kind, people = (
            ("PERSON", conditions.names(wanted)) if wanted else self.resolved(node.processors_type, node.processors)
        )
        self._entered(Step(node.id, RUNNING, kind, people))
        self.effects.append(Due(node.id))

    def _entered(self, step: Step) -> None:
        self.state.steps[step.node] = step
        self.touch(step, SYSTEM)
        self.effects.append(Entered(step.node))

    def _forget_below(self, node: Node) -> None:
        """The flow came back: what was handled after this node is to be handled again."""
        below = self.flow.below[node.id]
        gone = [key for key, step in self.state.steps.items() if key in below and not step.is_open]
        for key in gone:
            if key != self.flow.submit.id:
                del self.state.steps[key]

    def _new_step(self, node: Node, known: Step | None) -> Step:
        if known is not None:  # its people are kept
            return Step(node.id, RUNNING, known.processors_type, list(known.processors))
        wanted = self.state.state_processors.get(str(node.id))
        if wanted and node.distribute_type == "PROCESS":
            return Step(node.id, RUNNING, "PERSON", conditions.names(wanted))
        if node.distribute_type in (DISTRIBUTE_THEN, DISTRIBUTE_CLAIM):
            kind, people = self.resolved(node.assignors_type, node.assignors)
            return Step(node.id, DISTRIBUTING, kind, people)
        kind, people = self.resolved(node.processors_type, node.processors)
        claimed = node.distribute_type == CLAIM_THEN and len(people) != 1
        return Step(node.id, RECEIVING if claimed else RUNNING, kind, people)

    def _pass_by_itself(self, node: Node, step: Step) -> None:
        """Nobody to ask, or the creator would ask himself: the node is passed where the flow allows it."""
        if step.status == RUNNING and not step.processors and step.processors_type != OPEN and node.is_allow_skip:
            self._decide(node, step, SYSTEM, "true" if node.type == APPROVAL else "", SKIPPED)
            self.log(f"{SYSTEM} 处理【{node.name}】({SKIPPED}).", node.id, operator=SYSTEM, source="SYS")
            self._finish(node, step)
            return
        creator = self.state.creator
        if self.flow.is_auto_approve and node.type == APPROVAL and creator in step.processors:
            if node.everybody and node.is_sequential and step.processors[0] != creator:
                return
            self._decide(node, step, creator, "true", AUTOMATIC)
            self.log(f"{creator} 已处理【{node.name}】({AUTOMATIC}).", node.id, operator=creator, source="SYS")
            if _is_done(node, step):
                self._finish(node, step)

    # -- handling

    def _keep(self, node: Node, step: Step, values: Mapping[str, Any], who: str, remark: str) -> None:
        """Takes over the values of a form, and who gave them."""
        self.state.values.update(values)
        result = ""
        for field in self.flow.form(node):
            if field.is_decision and field.key in values:
                result = "true" if str(values[field.key]).lower() == "true" else "false"
        self._decide(node, step, who, result, remark)

    def _decide(self, node: Node, step: Step, who: str, result: str, remark: str) -> None:
        step.decisions.append(Decision(who, result if node.type == APPROVAL else "", remark, self.command.now))

    def _finish(self, node: Node, step: Step) -> None:
        step.status = FINISHED
        if node.type == APPROVAL:
            step.result = "false" if any(one.result == "false" for one in step.decisions) else "true"
        self.state.outputs.update(_outputs(node, step))
        self.effects.append(Left(node.id))
        if step.result == "false" and node.ends_when_refused:
            self.end(TERMINATED)
            return
        self._leave(node)

    def handled(self, node: Node, step: Step, values: Mapping[str, Any]) -> None:
        """One of the people of a node has filled in its form; the node is done when enough of them have."""
        who = self.command.operator
        self._keep(node, step, values, who, remark_of(self.flow, node, values))
        self.log(self._handled_text(node, values), node.id)
        if _is_done(node, step):
            self._finish(node, step)
        else:
            self.changed(step)
        self.settle()

    def worked(self, node: Node, step: Step, values: Mapping[str, Any]) -> None:
        """An automatic node did its work, or somebody says what came of it. Raises NotPossible: there is no way on."""
        found, unknown = node.named_outputs(values)
        if unknown:
            raise NotPossible(NO_OUTPUT.format(node.name, unknown[0]))
        step.result, step.error = "true", ""
        self.state.outputs.update(found)
        self._finish(node, step)
        self.settle()

    def failed(self, node: Node, step: Step, reason: str) -> None:
        """An automatic node failed: it waits for people. The flow goes on where it says so."""
        step.status, step.result, step.error = FAILED, "false", reason
        self.changed(step)
        self.log(WORK_FAILED.format(node.name, reason), node.id, operator="", source="SYS")

    def go_on(self, node: Node, step: Step) -> None:
        """From a failed automatic node. Raises NotPossible: there is no way on."""
        self._finish(node, step)
        self.settle()

    def _handled_text(self, node: Node, values: Mapping[str, Any]) -> str:
        who = self.command.operator
        for field in self.flow.form(node) if node.type == APPROVAL else ():
            if field.is_decision:
                chosen = str(values.get(field.key))
                name = next((str(one.get("name")) for one in field.choices if str(one.get("key")) == chosen), chosen)
                return f"{who} 已处理【{node.name}】({name})"
        return f"{who} 处理【{node.name}】"

    # -- leaving

    def _leave(self, node: Node) -> None:
        for line in self._chosen(node):
            if self.state.is_over:
                return
            self.effects.append(Took(line.id))
            self.enter(self.flow.nodes[line.target])

    def _chosen(self, node: Node) -> list[Line]:
        """The lines to follow: out of a fork all that are true, else the first. Raises NotPossible: there is none."""
        state = self.state
        values = {**state.facts, **state.values, **state.outputs}
        found: list[Line] = []
        for line in self.flow.lines_from(node.id):
            try:
                true = conditions.holds(line.condition, values)
            except conditions.NoValue as problem:
                raise NotPossible(NO_KEY.format(node.name, problem)) from problem
            if true:
                found.append(line)
                if node.type != FORK:
                    break
        if not found:
            raise NotPossible(NO_WAY.format(node.name))
        return found

    def settle(self) -> None:
        """Passes joins that nothing under way can reach, and ends the ticket when nothing is under way."""
        state = self.state
        while state.waiting and not state.is_over:
            ready = next((key for key in sorted(state.waiting) if not self._still_comes(key)), None)
            if ready is None:
                if state.open_steps:
                    return
                ready = min(state.waiting)  # joins that wait for each other
            state.waiting.remove(ready)
            self._leave(self.flow.nodes[ready])
        if state.ended and not state.is_over and not state.open_steps and not state.waiting:
            self.end(FINISHED)
            self.log(PLAIN_ENDS, operator="", source="SYS")

    def _still_comes(self, join: int) -> bool:
        under_way = [step.node for step in self.state.open_steps] + [key for key in self.state.waiting if key != join]
        return any(join in self.flow.below[key] for key in under_way)


def handle(walk: Walk, node: Node, step: Step, values: Mapping[str, Any]) -> None:
    """A person's form at a node, checked before."""
    walk.handled(node, step, values)


def remark_of(flow: Flow, node: Node, values: Mapping[str, Any]) -> str:
    """The remark in an approval's form: that for a refusal, or that for a pass."""
    if node.type not in (APPROVAL, SIGN):
        return ""
    texts = [field for field in flow.form(node) if field.type in ("TEXT", "STRING") and not field.is_decision]
    return next((str(values[field.key]) for field in texts if values.get(field.key)), "")


def _is_done(node: Node, step: Step) -> bool:
    """Whether a node needs nobody more."""
    if not node.everybody or step.processors_type == OPEN:
        return bool(step.decisions)
    if set(step.processors) <= set(step.deciders):
        return True
    if not list(conditions.leaves(node.finish_condition)):
        return False
    counts = _counts(step)
    values: dict[str, Any] = {key: counts[code] for key, code in node.codes.items() if code in counts}
    for leaf in conditions.leaves(node.finish_condition):
        code = str((leaf.get("meta") or {}).get("code") or "")
        if code in counts:
            values.setdefault(str(leaf["key"]), counts[code])
    try:
        return conditions.holds(node.finish_condition, values)
    except conditions.NoValue:
        return False


def _counts(step: Step) -> dict[str, int]:
    handled = len(step.decisions)
    refused = sum(one.result == "false" for one in step.decisions)
    passed = handled - refused
    asked = max(len(step.processors), 1)
    return {
        "PROCESS_COUNT": handled,
        "PASS_COUNT": passed,
        "REJECT_COUNT": refused,
        "PASS_RATE": passed * 100 // asked,
        "REJECT_RATE": refused * 100 // asked,
    }


def _outputs(node: Node, step: Step) -> dict[str, Any]:
    """The values of the node's output variables that do not come from its form."""
    known: dict[str, Any] = {**_counts(step), NODE_APPROVER: ",".join(step.deciders)}
    if node.type == APPROVAL:
        known[NODE_RESULT] = step.result
    if node.is_automatic:
        known |= {TASK_RESULT: step.result, TASK_MESSAGE: step.error}
    return {key: known[code] for key, code in node.codes.items() if code in known}
