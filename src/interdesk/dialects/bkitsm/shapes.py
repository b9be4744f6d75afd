"""Tickets, steps and fields as the dialect shows them. Source: facts 3.2, 3.8, 3.9; scenarios 01, 08."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from interdesk.approvals import forms
from interdesk.approvals.flow import APPROVAL, SIGN, Field, Flow, Node
from interdesk.approvals.rows import Row, only
from interdesk.approvals.state import DISTRIBUTING, FAILED, RECEIVING, SUSPENDED, State, Step
from interdesk.approvals.tickets import Ticket
from interdesk.approvals.tickets_rules import withdrawable
from interdesk.desk import Reader

NAMES = {
    "TRANSITION": "提交", "CLAIM": "认领", "DISTRIBUTE": "分派", "SUSPEND": "挂起", "UNSUSPEND": "恢复",
    "DELIVER": "转单", "TERMINATE": "终止", "WITHDRAW": "撤单", "RETRY": "重试", "SKIP": "忽略",
}  # fmt: skip
STATUS_NAMES = {
    "RUNNING": "处理中", "SUSPENDED": "挂起", "FINISHED": "已完成", "TERMINATED": "已终止", "REVOKED": "已撤销",
}  # fmt: skip
STEP_FIELD = (
    "id", "is_readonly", "source_type", "source_uri", "api_instance_id", "type", "key", "name", "validate_type",
    "regex", "regex_config", "custom_regex", "desc", "choice", "meta", "workflow_id", "state_id", "source",
)  # fmt: skip
FORM_FIELD = (
    "id", "key", "type", "default", "name", "desc", "choice", "layout", "source_type", "source_uri",
    "api_instance_id", "kv_relation", "validate_type", "regex", "regex_config", "custom_regex", "meta", "show_type",
    "show_conditions",
)  # fmt: skip
EMPTY: dict[str, Any] = {
    "is_readonly": False, "source_type": "CUSTOM", "source_uri": "", "api_instance_id": 0, "regex": "EMPTY",
    "regex_config": {}, "custom_regex": "", "desc": "", "choice": [], "meta": {}, "default": "", "layout": "COL_12",
    "kv_relation": {}, "show_type": 1, "show_conditions": {}, "source": "CUSTOM", "state_id": "", "workflow_id": 0,
}  # fmt: skip
NO_BUSINESS = -1
SYSTEM_HANDLES = "系统自动处理"


def operations(keys: Iterable[str]) -> list[dict[str, Any]]:
    return [{"key": key, "name": NAMES[key], "can_operate": True} for key in keys]


def ticket_operations(ticket: Ticket) -> list[dict[str, Any]]:
    state = ticket.state
    if state.is_over:
        return []
    keys = ["WITHDRAW"] if withdrawable(ticket.flow, state) else []
    return operations([*keys, "UNSUSPEND" if state.status == SUSPENDED else "SUSPEND"])


def step(flow: Flow, one: Step) -> dict[str, Any]:
    """A step as get_ticket_info has it."""
    node = flow.nodes[one.node]
    return {
        "name": node.name,
        "state_id": node.id,
        "status": one.status,
        "action_type": _action(node, one),
        "tag": node.raw.get("tag") or "DEFAULT",
        "processors_type": one.processors_type,
        "processors": SYSTEM_HANDLES if node.is_automatic and one.status != FAILED else ",".join(one.processors),
    }


def full_step(flow: Flow, one: Step) -> dict[str, Any]:
    """A step as get_ticket_status has it."""
    node = flow.nodes[one.node]
    fields = [_picked(field, STEP_FIELD) for field in flow.form(node)]
    found = {**step(flow, one), "fields": fields, "operations": operations(_step_keys(node, one))}
    return {**found, "error": one.error} if one.error else found


def form_field(field: Field) -> dict[str, Any]:
    shown = _picked(field, FORM_FIELD)
    if field.raw.get("source_type") in ("API", "CUSTOM_API"):
        shown["api_info"] = field.raw.get("api_info") or {}
    return shown


def _picked(field: Field, names: tuple[str, ...]) -> dict[str, Any]:
    found = {name: field.raw.get(name, EMPTY.get(name)) for name in names}
    found["id"] = field.id
    return found


def _action(node: Node, one: Step) -> str:
    if node.is_automatic:
        return "AUTOMATIC"
    return {RECEIVING: "CLAIM", DISTRIBUTING: "DISTRIBUTE"}.get(one.status, "TRANSITION")


def _step_keys(node: Node, one: Step) -> list[str]:
    action = _action(node, one)
    if node.is_automatic:
        keys = ["RETRY", "SKIP"] if one.status == FAILED else []
        return [*keys, *(["TERMINATE"] if node.is_terminable else [])]
    if action != "TRANSITION":
        return [action]
    more = [key for key, wanted in (("DELIVER", node.can_deliver), ("TERMINATE", node.is_terminable)) if wanted]
    return [action, "SUSPEND", *more]


def ticket_fields(ticket: Ticket) -> list[dict[str, Any]]:
    """All fields of a ticket, those of later nodes too; the base model's come first, so that the title comes twice."""
    flow, state = ticket.flow, ticket.state
    listed = [*flow.table, *(field for node in flow.in_order for field in flow.form(node))]
    found = [ticket_field(field, state, ticket.given) for field in listed]
    for place, one in enumerate(ticket.given.get("dynamic_fields") or (), 1):
        value = str(one.get("value") or "")
        found.append(
            {
                "id": flow.id * 10_000 + 5_000 + place,
                "key": one.get("key") or f"dynamic_{place}",
                "type": one.get("type"),
                "name": one.get("name"),
                "desc": "",
                "value": value,
                "display_value": value,
            }
        )
    return found


def ticket_field(field: Field, state: State, given: dict[str, Any]) -> dict[str, Any]:
    """A field of a form with its value, as tickets show it."""
    value = state.values.get(field.key)
    own = (given.get("displays") or {}).get(field.key)
    if own is None:
        decided = field.is_decision
        own = forms.shown(field, value) if decided else "" if forms.is_empty(value) else value
    return {
        "id": field.id,
        "key": field.key,
        "type": field.type,
        "name": field.name,
        "desc": str(field.raw.get("desc") or ""),
        "value": value,
        "display_value": own,
    }


def comment_of(reader: Reader, ticket: int) -> dict[str, Any]:
    row = only(reader, "FlowComment", {"ticket_id": ticket}, ("stars",))
    return comment_keys(row)


def comment_keys(row: Row | None) -> dict[str, Any]:
    return {"comment_id": str(row["id"]) if row else "", "is_commented": bool(row and row["stars"])}


def names_text(listed: str | None) -> str:
    """Names without the outer commas."""
    return (listed or "").strip(",")


def result_row(row: Row, urls: dict[str, str]) -> dict[str, Any]:
    """A ticket in the answer of ``ticket_approval_result``."""
    return {
        "sn": row["ref"],
        "title": row["title"],
        "ticket_url": urls["ticket_url"],
        "current_status": row["status"],
        "updated_by": names_text(row["updated_by"]),
        "update_at": row["last_update"] or row["start_date"],
        "approve_result": row["approve_result"] == "true",
    }


def handled_types() -> frozenset[str]:
    """Types of nodes whose people get_service_roles names."""
    return frozenset({"NORMAL", APPROVAL, SIGN, "TASK", "TASK-SOPS"})
