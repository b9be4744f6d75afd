"""What a ticket is and where it stands; results, failed callbacks, tokens. Source: facts 3.2, 3.3, 3.8, 3.9, 3.12."""

from __future__ import annotations

from typing import Any

from interdesk.approvals import callbacks
from interdesk.approvals.rows import one as one_row
from interdesk.approvals.rows import select
from interdesk.approvals.tickets import TICKET
from interdesk.desk import Transaction
from interdesk.dialects.bkitsm import shapes
from interdesk.dialects.bkitsm.call import Call
from interdesk.dialects.bkitsm.errors import Unexpected

BY_NUMBERS = "SELECT FlowTicket WHERE ref IN (:numbers)"
FAILED = "SELECT FlowTicket AS t JOIN Delivery AS d ON t.callback_id = d.id WHERE d.state = 'dead'"
FAILED_OF = FAILED + " AND t.ref IN (:numbers)"


def get_ticket_status(call: Call) -> dict[str, Any]:
    """Where a ticket stands, and which steps are open."""
    with call.reading() as reader:
        ticket = call.ticket(reader, ("flow_version_id",))
        over = ticket.state.is_over
        rated = shapes.comment_of(reader, ticket.id)["is_commented"] if over else False
    return {
        **call.tickets.urls(ticket.id),
        "operations": shapes.ticket_operations(ticket),
        "current_status": ticket.state.status,
        "current_steps": [shapes.full_step(ticket.flow, step) for step in ticket.state.open_steps],
        "is_commented": rated,
    }


def get_ticket_info(call: Call) -> dict[str, Any]:
    """A ticket with its form, its steps and its comment."""
    with call.reading() as reader:
        ticket = call.ticket(reader)
        row = ticket.row
        service = one_row(reader, "FlowService", row["flow_service_id"], ("catalog_id",)) or {}
        comment = shapes.comment_of(reader, ticket.id)
    return {
        "id": ticket.id,
        "catalog_id": service.get("catalog_id") or 0,
        "service_id": row["flow_service_id"],
        "flow_id": row["flow_version_id"],
        "sn": row["ref"],
        "title": row["title"],
        "current_status": ticket.state.status,
        "current_steps": [shapes.step(ticket.flow, step) for step in ticket.state.open_steps],
        **comment,
        "updated_by": shapes.names_text(row["updated_by"]),
        "update_at": row["last_update"] or row["start_date"],
        "end_at": row["end_date"],
        "creator": row["creator"],
        "create_at": row["start_date"],
        "bk_biz_id": shapes.NO_BUSINESS,
        "fields": shapes.ticket_fields(ticket),
        **call.tickets.urls(ticket.id),
    }


def get_ticket_logs(call: Call) -> dict[str, Any]:
    """What has happened to a ticket, oldest first; with ``show_type=complex`` the forms too."""
    with call.reading() as reader:
        ticket = call.ticket(reader)
    complete = call.text("show_type") == "complex"
    logs: list[dict[str, Any]] = []
    for line in ticket.state.logs:
        entry: dict[str, Any] = {
            "operator": line.operator,
            "operate_at": line.at,
            "message": line.message,
            "source": line.source,
        }
        if complete:
            node = ticket.flow.nodes.get(line.node)
            form = ticket.flow.form(node) if node else []
            entry["form_data"] = (
                [shapes.ticket_field(field, ticket.state, ticket.given) for field in form] if node else {}
            )
            entry["from_state_type"] = node.type if node else ""
        logs.append(entry)
    row = ticket.row
    return {
        "sn": row["ref"],
        "title": row["title"],
        "create_at": row["start_date"],
        "creator": row["creator"],
        "logs": logs,
    }


def ticket_approval_result(call: Call) -> list[dict[str, Any]]:
    """Newest first; unknown numbers are left out. Who asks knows of the result: its failed callback is forgotten."""
    numbers = call.given.get("sn")
    if numbers is None:
        raise Unexpected("'NoneType' object is not iterable")
    if not isinstance(numbers, list):
        return []
    if not numbers:
        raise Unexpected("wrong number of arguments for 'hdel' command")
    wanted = [str(number) for number in numbers]
    with call.reading() as reader:
        found = select(reader, BY_NUMBERS, TICKET, {"numbers": wanted}).rows
        failed = select(reader, FAILED_OF, ("ref",), {"numbers": wanted}).rows
    if failed:
        ids = [row["id"] for row in failed]

        def forget(tx: Transaction) -> None:
            for key in ids:
                if tx.session.lock("FlowTicket", key):
                    tx.session.update("FlowTicket", key, {"callback_id": 0})

        call.write(call.app, forget)
    return [shapes.result_row(row, call.tickets.urls(row["id"])) for row in sorted(found, key=lambda r: -r["id"])]


def callback_failed_ticket(call: Call) -> list[str]:
    """The numbers of tickets whose callback was not taken."""
    with call.reading() as reader:
        return [row["ref"] for row in select(reader, FAILED, ("ref",)).rows]


def token_verify(call: Call) -> dict[str, bool]:
    """Whether a token is one of those that callbacks carry."""
    return {"is_passed": callbacks.is_ours(call.desk.vault, call.given.get("token"))}
