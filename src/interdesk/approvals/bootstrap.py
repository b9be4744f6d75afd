"""What approvals need from the first hour: project ``0`` with its root catalogue, and the bundled services."""

from __future__ import annotations

from typing import Any

from interdesk.approvals import telephones, written
from interdesk.approvals.library import QUICK_SERVICE
from interdesk.approvals.rows import only
from interdesk.approvals.services import create_catalog, import_service
from interdesk.desk import SYSTEM, Desk, Transaction

PROJECT, ROOT = "0", "根目录"


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
    if "TelephonyUser" in tx.desk.model.classes:
        import_service(tx, telephones.service(PROJECT, catalog["id"]))


def quick_service(catalog: int) -> dict[str, Any]:
    """Any one of the named approvers decides."""
    fields = [
        written.field(1, "title", "标题", "STRING", 2),
        written.field(2, "APPROVER", "审批人", "MEMBERS", 2),
        written.field(3, "APPROVAL_CONTENT", "审批内容", "TEXT", 2),
        written.decision(4, "审批意见", 3, "通过", "拒绝"),
        _remark(5, "remark", "false", validate_type="OPTION"),
        _remark(6, "refusal_remark", "true"),
    ]
    outputs = [
        written.output(3, key, name, code)
        for key, name, code in (
            ("quick_result", "审批结果", "NODE_APPROVE_RESULT"),
            ("quick_approver", "审批人", "NODE_APPROVER"),
        )
    ]
    states = [
        written.state(1, "开始", "START"),
        written.state(2, "提单", "NORMAL", fields=[1, 2, 3], is_builtin=True, is_first_state=True),
        written.state(
            3, "内置审批节点", "APPROVAL", outputs, fields=[4, 5, 6], processors_type="VARIABLE", processors="APPROVER"
        ),
        written.state(4, "结束", "END"),
    ]
    lines = [written.line(at, at + 1) for at in (1, 2, 3)]
    return written.service(QUICK_SERVICE, PROJECT, catalog, states, lines, fields, table="approval")


def _remark(number: int, key: str, unless: str, **more: Any) -> dict[str, Any]:
    """A field that is hidden when the decision is ``unless``."""
    condition = written.when("approve_result", unless, "RADIO")
    return written.field(number, key, "备注", "TEXT", 3, show_type=0, show_conditions=condition, **more)
