"""What approvals need from the first hour: project ``0`` with its root catalogue, and the built-in quick approval."""

from __future__ import annotations

from typing import Any

from interdesk.approvals.library import QUICK_SERVICE
from interdesk.approvals.rows import only
from interdesk.approvals.services import create_catalog, import_service
from interdesk.desk import SYSTEM, Desk, Transaction

PROJECT, ROOT = "0", "根目录"
ALWAYS = {"type": "and", "expressions": [{"key": "G_INT_1", "condition": "==", "value": 1}]}


def prepare(desk: Desk) -> None:
    """Stores what is missing."""
    with desk.reading() as reader:
        if only(reader, "FlowProject", {"key": PROJECT}, ("name",)) is not None:
            return
    desk.write(SYSTEM, _fill, comment="Approvals of the design")


def _fill(tx: Transaction) -> None:
    tx.session.serialise("flow bootstrap")
    if only(tx.reader, "FlowProject", {"key": PROJECT}, ("name",)) is not None:
        return
    tx.create("FlowProject", {"key": PROJECT, "name": "默认项目"})
    catalog = create_catalog(tx, PROJECT, 0, ROOT, "")
    service = import_service(tx, quick_service(catalog["id"]))
    tx.update("FlowService", service, {"built_in": True})


def quick_service(catalog: int) -> dict[str, Any]:
    """Any one of the named approvers decides."""
    fields = [
        _field(1, "title", "标题", "STRING", 2),
        _field(2, "APPROVER", "审批人", "MEMBERS", 2),
        _field(3, "APPROVAL_CONTENT", "审批内容", "TEXT", 2),
        _field(4, "approve_result", "审批意见", "RADIO", 3, meta={"code": "APPROVE_RESULT"}, default="true", choice=[
            {"key": "true", "name": "通过"}, {"key": "false", "name": "拒绝"},
        ]),
        _field(5, "remark", "备注", "TEXT", 3, validate_type="OPTION", show_type=0, show_conditions=_is("false")),
        _field(6, "refusal_remark", "备注", "TEXT", 3, show_type=0, show_conditions=_is("true")),
    ]  # fmt: skip
    outputs = [
        {"source": "global", "state": 3, "type": "STRING", "key": key, "name": name, "meta": {"code": code}}
        for key, name, code in (
            ("quick_result", "审批结果", "NODE_APPROVE_RESULT"),
            ("quick_approver", "审批人", "NODE_APPROVER"),
        )
    ]
    states = [
        _state(1, "开始", "START"),
        _state(2, "提单", "NORMAL", fields=[1, 2, 3], is_builtin=True, is_first_state=True),
        _state(
            3, "内置审批节点", "APPROVAL", fields=[4, 5, 6], processors_type="VARIABLE", processors="APPROVER",
            variables={"inputs": [], "outputs": outputs},
        ),
        _state(4, "结束", "END"),
    ]  # fmt: skip
    lines = [
        {"from_state": at, "to_state": at + 1, "name": "", "condition": ALWAYS, "condition_type": "default"}
        for at in (1, 2, 3)
    ]
    return {
        "key": "request",
        "name": QUICK_SERVICE,
        "desc": "",
        "is_valid": True,
        "display_type": "OPEN",
        "source": "service",
        "project_key": PROJECT,
        "catalog_id": catalog,
        "workflow": {
            "name": QUICK_SERVICE,
            "flow_type": "other",
            "desc": "",
            "version_number": "1",
            "states": {str(one["id"]): one for one in states},
            "transitions": {str(number): line for number, line in enumerate(lines, 1)},
            "fields": {str(one["id"]): one for one in fields},
            "is_revocable": True,
            "revoke_config": {"type": 1, "state": 0},
            "table": {"name": "approval", "fields": [dict(fields[0], source="BASE-MODEL")]},
        },
    }


def _is(value: str) -> dict[str, Any]:
    leaf = {"key": "approve_result", "condition": "==", "value": value, "type": "RADIO"}
    return {"type": "and", "expressions": [leaf]}


def _field(number: int, key: str, name: str, kind: str, state: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "key": key, "name": name, "type": kind, "state_id": state, "validate_type": "REQUIRE",
        "source_type": "CUSTOM", "source": "CUSTOM", "choice": [], "meta": {}, "show_type": 1, "show_conditions": {},
        "layout": "COL_12", "regex": "EMPTY", "desc": "", "default": "", **more,
    }  # fmt: skip


def _state(number: int, name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "name": name, "type": kind, "processors_type": "OPEN", "processors": "", "assignors": "",
        "assignors_type": "EMPTY", "distribute_type": "PROCESS", "tag": "DEFAULT", "fields": [], "is_multi": False,
        "variables": {"inputs": [], "outputs": []}, "finish_condition": {}, "extras": {}, **more,
    }  # fmt: skip
