"""operate_ticket, operate_node, approve, proceed_approval, edit_field, add_follower, comment. Source: facts 3.4-3.7."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from interdesk.approvals import commands, forms
from interdesk.approvals.commands import Command
from interdesk.approvals.conditions import names
from interdesk.approvals.engine import NO_NODE, NO_RIGHT, NODE_ENDED
from interdesk.approvals.flow import APPROVAL, Node
from interdesk.approvals.refusals import BadParameter, FlowRefusal, NotAnApprover, NotPossible
from interdesk.approvals.rows import only
from interdesk.approvals.state import FINISHED, RUNNING
from interdesk.approvals.tickets import NoTicket, Ticket
from interdesk.approvals.tickets_rules import CLOSED, may_act
from interdesk.desk import Transaction
from interdesk.dialects.bkitsm.call import NOTHING, Call, is_true
from interdesk.dialects.bkitsm.errors import (
    FORM_ERROR,
    OPERATE,
    ApiError,
    Unexpected,
    coded,
    invalid,
    required,
)

UNSUPPORTED = "单据操作失败，不支持的操作类型: {0}"
NOT_AN_APPROVER = "单据审批失败，{0}不是当前节点的审批人，无法审批"
NOT_RUNNING = "单据审批失败，当前节点不是处理中的状态，无法审批"
NO_APPROVAL = "单据审批失败，当前节点不是审批节点，无法审批"
NOT_OVER = "单据未结束，不允许评价!"
RATED = "该单据已经被评论，请勿重复评论"
NOT_A_CHOICE = "“{0}” 不是合法选项。"
ONLY_SUBMITTED = "参数验证失败: 只允许修改提单节点的字段和内置字段, key={0}"
BUILT_IN = frozenset({"title", "impact", "urgency", "priority"})
MOST_STARS, LONGEST_OPERATOR = 6, 16


def operate_ticket(call: Call) -> list[Any]:
    """Suspends, resumes, withdraws or terminates a ticket. Raises ApiError, FlowRefusal."""
    with call.reading() as reader:
        call.tickets.find(reader, call.given.get("sn"))
    kinds: Mapping[str, Callable[..., Command]] = {
        "SUSPEND": commands.Suspend,
        "UNSUSPEND": commands.Resume,
        "WITHDRAW": commands.Withdraw,
        "TERMINATE": commands.Terminate,
    }
    action = call.text("action_type")
    if action not in kinds:
        raise ApiError(OPERATE, UNSUPPORTED.format(action))
    for name in ("operator", "action_message"):
        if call.given.get(name) is None:
            raise Unexpected(repr(name))
    who = call.text("username") or call.text("operator")
    message = call.text("action_message")

    def work(tx: Transaction) -> None:
        call.tickets.apply(tx, call.given["sn"], lambda _: kinds[action](operator=who, now=tx.now, message=message))

    call.write(who, work)
    return NOTHING


def operate_node(call: Call) -> list[Any]:
    """Handles, claims, hands on, retries, skips or ends at a node. Raises ApiError, FlowRefusal."""
    with call.reading() as reader:
        call.tickets.find(reader, call.given.get("sn"))
    required(call.given, "operator", "state_id", "action_type")
    action, who, node = call.text("action_type"), call.text("operator"), call.number("state_id")
    make = _NODE_ACTIONS.get(action)
    if make is None:
        raise ApiError(OPERATE, UNSUPPORTED.format(action))

    def work(tx: Transaction) -> None:
        call.tickets.apply(tx, call.given["sn"], lambda ticket: make(call, ticket, node, who, tx.now))

    call.write(who, work)
    return NOTHING


def _submit(call: Call, ticket: Ticket, node: int, who: str, now: str) -> Command:
    """Checks the right before the form, in the recorded order. Raises FlowRefusal, ApiError."""
    _require_handling(ticket, node, who)
    found = call.given.get("fields")
    if found is None:
        required(call.given, "fields")
    if not isinstance(found, list) or not all(isinstance(one, dict) and "key" in one for one in found):
        raise Unexpected("string indices must be integers")
    values = forms.check(ticket.flow, ticket.flow.nodes[node], forms.values_of(found), ticket.state.values)
    return commands.Submit(operator=who, now=now, node=node, values=values)


def _require_handling(ticket: Ticket, node: int, who: str) -> None:
    """Raises NotPossible."""
    state = ticket.state
    if state.is_over:
        raise NotPossible(CLOSED)
    step = state.steps.get(node)
    if step is None:
        raise NotPossible(NO_NODE.format(node))
    if not step.is_open:
        raise NotPossible(NODE_ENDED.format(node))
    if step.status != RUNNING or not may_act(ticket.flow, step, who):
        raise NotPossible(NO_RIGHT.format(who))


def _claim(call: Call, ticket: Ticket, node: int, who: str, now: str) -> Command:
    required(call.given, "processors_type", "processors")
    return commands.Claim(operator=who, now=now, node=node)


def _distribute(call: Call, ticket: Ticket, node: int, who: str, now: str) -> Command:
    required(call.given, "processors_type", "processors")
    kind, people = call.text("processors_type"), call.text("processors")
    return commands.Distribute(operator=who, now=now, node=node, processors_type=kind, processors=people)


def _deliver(call: Call, ticket: Ticket, node: int, who: str, now: str) -> Command:
    required(call.given, "processors_type", "processors")
    kind, people, message = (call.text(name) for name in ("processors_type", "processors", "action_message"))
    return commands.Deliver(operator=who, now=now, node=node, processors_type=kind, processors=people, message=message)


def _retry(call: Call, ticket: Ticket, node: int, who: str, now: str) -> Command:
    return commands.Retry(operator=who, now=now, node=node)


def _skip(call: Call, ticket: Ticket, node: int, who: str, now: str) -> Command:
    """``fields`` may say what should have come of the node, by keys or codes of its output variables."""
    found = call.given.get("fields") or []
    if not isinstance(found, list) or not all(isinstance(one, dict) and "key" in one for one in found):
        raise Unexpected("string indices must be integers")
    message = call.text("action_message")
    return commands.Skip(operator=who, now=now, node=node, values=forms.values_of(found), message=message)


def _terminate(call: Call, ticket: Ticket, node: int, who: str, now: str) -> Command:
    return commands.TerminateNode(operator=who, now=now, node=node, message=call.text("action_message"))


_NODE_ACTIONS: Mapping[str, Callable[[Call, Ticket, int, str, str], Command]] = {
    "TRANSITION": _submit,
    "CLAIM": _claim,
    "DISTRIBUTE": _distribute,
    "DELIVER": _deliver,
    "TERMINATE": _terminate,
    "RETRY": _retry,
    "SKIP": _skip,
}


def approve(call: Call) -> list[Any]:
    """A decision, by the number of the ticket and its node. Raises ApiError, FlowRefusal."""
    with call.reading() as reader:
        call.tickets.find(reader, call.given.get("sn"))
    required(call.given, "state_id", "approver", "action")
    return _decide(call, call.text("sn"), call.number("state_id"), "approver", "action", "remark")


def proceed_approval(call: Call) -> list[Any]:
    """A decision as chat programs send it. Raises ApiError, FlowRefusal."""
    required(call.given, "process_inst_id", "activity", "submit_action", "handler")
    if call.given.get("submit_opinion") is None:
        raise Unexpected("'submit_opinion'")
    number, node = call.text("process_inst_id"), call.number("activity")
    return _decide(call, number, node, "handler", "submit_action", "submit_opinion")


def _decide(call: Call, number: str, node: int, who_name: str, action_name: str, remark_name: str) -> list[Any]:
    who, remark = call.text(who_name), call.text(remark_name)
    action = call.text(action_name).lower() if isinstance(call.given[action_name], bool) else call.text(action_name)
    if action not in ("true", "false"):
        raise invalid({action_name: [(NOT_A_CHOICE.format(action), "invalid_choice")]})

    def command_of(ticket: Ticket, now: str) -> Command:
        step = ticket.state.steps.get(node)
        if step is None or step.status != RUNNING or ticket.state.is_over:
            raise NotAnApprover(NOT_RUNNING)
        if ticket.flow.nodes[node].type != APPROVAL:
            raise NotAnApprover(NO_APPROVAL)
        if not may_act(ticket.flow, step, who):
            raise NotAnApprover(NOT_AN_APPROVER.format(who))
        values = forms.check(
            ticket.flow, ticket.flow.nodes[node], approval_form(ticket, ticket.flow.nodes[node], action, remark),
            ticket.state.values,
        )  # fmt: skip
        return commands.Submit(operator=who, now=now, node=node, values=values)

    def work(tx: Transaction) -> None:
        call.tickets.apply(tx, number, lambda ticket: command_of(ticket, tx.now))

    call.write(who, work)
    return NOTHING


def approval_form(ticket: Ticket, node: Node, action: str, remark: str) -> dict[str, Any]:
    """The form of an approval, filled in: the decision, and the remark in the field that is shown for it."""
    form = ticket.flow.form(node)
    values: dict[str, Any] = {field.key: action for field in form if field.is_decision}
    for field in form:
        if not field.is_decision:
            values[field.key] = "" if forms.is_hidden(field, values) else remark
    return values


def edit_field(call: Call) -> list[Any]:
    """Changes values of the form of a running ticket. Raises ApiError, FlowRefusal."""
    required(call.given, "sn", "operator", "fields")
    found = call.given["fields"]
    if not isinstance(found, list) or not all(isinstance(one, dict) and "key" in one for one in found):
        raise Unexpected("string indices must be integers")
    who = call.text("operator")

    def work(tx: Transaction) -> None:
        ticket = call.tickets.locked(tx, call.given["sn"])
        if ticket.state.is_over:
            raise ApiError(FORM_ERROR, f"参数验证失败: {CLOSED}")
        given = forms.values_of(found)
        form = {field.key: field for field in ticket.flow.form(ticket.flow.submit)}
        for key in given:
            if key not in form and key not in BUILT_IN:
                raise ApiError(FORM_ERROR, ONLY_SUBMITTED.format(key))
        known = {key: ticket.state.values.get(key) for key in form}
        try:
            checked = forms.check(
                ticket.flow, ticket.flow.submit, {**known, **{k: v for k, v in given.items() if k in form}}, {}
            )
        except FlowRefusal as problem:
            raise ApiError(FORM_ERROR, f"参数验证失败: {problem.text}") from problem
        ticket.state.values.update({key: checked[key] for key in given if key in checked})
        ticket.state.values.update({key: value for key, value in given.items() if key not in form})
        title = str(given["title"])[:120] if given.get("title") else None
        ticket.state.clock += 1
        call.tickets.keep(tx, ticket, {"title": title} if title else None)

    call.write(who, work)
    return NOTHING


def add_follower(call: Call) -> list[Any]:
    """Lets people follow a ticket, or no longer. Raises ApiError."""
    required(call.given, "sn", "users")
    wanted = names(call.given["users"])
    keep = call.given.get("attention") is None or is_true(call.given["attention"])

    def work(tx: Transaction) -> None:
        ticket = call.tickets.locked(tx, call.given["sn"])
        known = [name for name in names(ticket.row["followers"]) if name not in wanted]
        listed = known + (wanted if keep else [])
        tx.update("FlowTicket", ticket.id, {"followers": f",{','.join(listed)}," if listed else ""})

    call.write(call.text("operator") or (wanted or [""])[0], work)
    return NOTHING


def comment_ticket(call: Call) -> list[Any]:
    """Rates an ended ticket, once. Raises ApiError."""
    required(call.given, "operator", "sn", "stars")
    stars = call.number("stars")
    if stars > MOST_STARS:
        raise invalid({"stars": [(f"请确保该值小于或者等于 {MOST_STARS}。", "max_value")]})
    if stars < 1:
        raise invalid({"stars": [("请确保该值大于或者等于 1。", "min_value")]})
    who = call.text("operator")
    if len(who) > LONGEST_OPERATOR:
        raise invalid({"operator": [(f"请确保这个字段不能超过 {LONGEST_OPERATOR} 个字符。", "max_length")]})

    def work(tx: Transaction) -> None:
        ticket = call.tickets.locked(tx, call.given["sn"])
        if ticket.state.status != FINISHED:
            raise BadParameter(NOT_OVER)
        row = only(tx.reader, "FlowComment", {"ticket_id": ticket.id}, ("stars",))
        if row is None:
            raise NoTicket
        if row["stars"]:
            raise BadParameter(RATED)
        values = {"stars": stars, "comments": call.text("comments"), "operator": who, "date": tx.now}
        tx.update("FlowComment", row["id"], values)

    call.write(who, work)
    return NOTHING


def get_approver(call: Call) -> dict[str, Any]:
    """Who is asked at a node, joined by commas. Raises ApiError."""
    with call.reading() as reader:
        ticket = call.ticket(reader)
    step = ticket.state.steps.get(call.number("state_id"))
    if step is None:
        raise NotPossible(NO_NODE.format(call.given.get("state_id")))
    return {"approver": ",".join(step.deciders)}


def get_approve_node_result(call: Call) -> dict[str, Any]:
    """What was decided at an ended approval node. Raises ApiError."""
    with call.reading() as reader:
        ticket = call.ticket(reader)
    node = call.number("state_id")
    step = ticket.state.steps.get(node)
    if step is None or step.status != FINISHED:
        raise coded(3900005, f"sn[{ticket.row['ref']}], state[{node}] 当前节点状态为非结束状态")
    return {
        "name": ticket.flow.nodes[node].name,
        "processed_user": ",".join(step.deciders),
        "approve_result": step.result == "true",
        "approve_remark": next((one.remark for one in reversed(step.decisions) if one.remark), ""),
    }
