"""Lists of tickets, page by page. Source: facts 2 (paging), 3.10, 3.11; scenario 08."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

from interdesk.approvals.rows import Row, select
from interdesk.approvals.state import ENDS
from interdesk.approvals.tickets import TICKET
from interdesk.approvals.tickets_rules import withdrawable
from interdesk.desk import Reader
from interdesk.dialects.bkitsm import shapes
from interdesk.dialects.bkitsm.call import Call
from interdesk.dialects.bkitsm.errors import PARAMETER, Unexpected, coded, invalid, required

NO_PAGE = "无效页。"
BAD_DATE = "“{0}”的值有一个错误的日期格式。它的格式应该是YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] "
PAGE_SIZE, LARGEST_PAGE = 10, 10_000
ORDERED = "SELECT FlowTicket AS t"
WAITING = (
    "t.id IN (SELECT FlowTicket AS w JOIN FlowTask AS k ON k.ticket_id = w.id "
    "WHERE k.person = :username AND k.status = '{0}')"
)
AT_APPROVALS = (
    "t.id IN (SELECT FlowTicket AS w JOIN FlowTask AS k ON k.ticket_id = w.id JOIN FlowStep AS s ON k.step_id = s.id "
    "WHERE k.person = :username AND k.status = 'waiting' AND s.node_type = 'APPROVAL')"
)
VIEWS = {
    "my_todo": WAITING.format("waiting"),
    "my_created": "t.creator = :username",
    "my_history": f"(t.creator = :username OR {WAITING.format('done')})",
    "my_dealt": WAITING.format("done"),
    "my_attention": "t.followers LIKE :listed",
    "my_approval": AT_APPROVALS,
}
NOT_A_CHOICE = "“{0}” 不是合法选项。"


class Filter:
    """Conditions joined by AND, and their arguments."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.tests: list[str] = []
        self.args: dict[str, Any] = {}

    def test(self, condition: str, **args: Any) -> None:
        self.tests.append(condition)
        self.args |= args

    def equal(self, name: str, code: str) -> None:
        if value := self._call.text(name):
            self.test(f"t.{code} = :{name}", **{name: value})

    def moment(self, name: str, code: str) -> None:
        """``name`` ends in __lte or __gte. Raises Unexpected for what is no moment."""
        value = self._call.given.get(name)
        if value in (None, ""):
            return
        try:
            found = dt.datetime.fromisoformat(str(value))
        except ValueError:
            raise Unexpected(BAD_DATE.format("%(value)s")) from None
        sign = "<=" if name.endswith("lte") else ">="
        self.test(f"t.{code} {sign} :{name}", **{name: found.strftime("%Y-%m-%d %H:%M:%S")})

    def among(self, name: str, code: str, *, numbers: bool = False) -> None:
        """A list, or a comma list; what is no number finds nothing where numbers are wanted."""
        found = self._call.given.get(name)
        if found in (None, ""):
            return
        listed = found if isinstance(found, list) else str(found).split(",")
        values: list[Any] = [str(one).strip() for one in listed]
        if numbers:
            values = [int(one) for one in values if one.lstrip("-").isdecimal()]
        self.test(f"t.{code} IN (:{name})" if values else "t.id = 0", **{name: values})

    @property
    def text(self) -> str:
        return ORDERED + (f" WHERE {' AND '.join(self.tests)}" if self.tests else "")


def get_tickets(call: Call) -> dict[str, Any]:
    """A page of all tickets that pass the filters. Raises ApiError."""
    found = Filter(call)
    found.among("sns", "ref")
    found.equal("creator", "creator")
    _moments(found, "create_at", "start_date")
    _moments(found, "end_at", "end_date")
    found.among("service_id__in", "flow_service_id", numbers=True)
    found.among("current_status__in", "status")
    if (wanted := call.given.get("bk_biz_id__in")) and str(shapes.NO_BUSINESS) not in str(wanted):
        found.test("t.id = 0")
    found.equal("tag", "tag")
    if project := call.text("project_key"):
        found.test(
            "t.flow_service_id IN (SELECT FlowService AS s JOIN FlowProject AS p ON s.project_id = p.id "
            "WHERE p.key = :project)",
            project=project,
        )
    if who := call.text("username"):
        found.test(WAITING.format("waiting"), username=who)
        found.test("t.status = 'RUNNING'")
    return _page(call, found, _item)


def get_tickets_by_user(call: Call) -> dict[str, Any]:
    """A page of the tickets that somebody has made, follows, is to handle or has handled. Raises ApiError."""
    required(call.given, "view_type")
    view = call.text("view_type")
    if view not in VIEWS:
        raise invalid({"view_type": [(NOT_A_CHOICE.format(view), "invalid_choice")]})
    who = call.text("user") or call.text("username")
    if not who:
        raise coded(PARAMETER, "user 为必填项")
    found = Filter(call)
    found.test(VIEWS[view], username=who, listed=f"%,{who},%")
    found.among("service_id", "flow_service_id", numbers=True)
    if catalog := call.text("catalog_id"):
        found.test(
            "t.flow_service_id IN (SELECT FlowService WHERE catalog_id = :catalog)",
            catalog=int(catalog) if catalog.isdecimal() else 0,
        )
    _moments(found, "create_at", "start_date")
    if excluded := call.text("exclude_ticket_id__in"):
        listed = [int(one) for one in excluded.strip("[]").split(",") if one.strip().isdecimal()]
        if listed:
            found.test("t.id NOT IN (:excluded)", excluded=listed)
    if current := call.text("current_processor"):
        found.test("t.current_processors LIKE :current", current=f"%,{current},%")
    return _page(call, found, _user_item)


def _moments(found: Filter, name: str, code: str) -> None:
    found.moment(f"{name}__lte", code)
    found.moment(f"{name}__gte", code)


def _page(call: Call, found: Filter, shape: Any) -> dict[str, Any]:
    """Raises Unexpected for a page that is not there."""
    size = min(_positive(call, "page_size", PAGE_SIZE), LARGEST_PAGE)
    with call.reading() as reader:
        last = call.text("page") == "last"
        page = 1 if last else _positive(call, "page", 1, strict=True)
        total, rows = _rows(reader, found, size, page)
        pages = max(1, math.ceil(total / size))
        if last and pages > 1:
            page = pages
            total, rows = _rows(reader, found, size, page)
        if page > pages:
            raise Unexpected(NO_PAGE)
        items = shape(call, reader, rows)
    return {
        "page": page,
        "total_page": pages,
        "count": total,
        "next": f"{call.address}?page={page + 1}" if page < pages else None,
        "previous": (f"{call.address}?page={page - 1}" if page > 2 else call.address) if page > 1 else None,
        "items": items,
    }


def _rows(reader: Reader, found: Filter, size: int, page: int) -> tuple[int, list[Row]]:
    result = select(reader, found.text, TICKET, found.args, size, size * (page - 1))
    return result.total, result.rows


def _positive(call: Call, name: str, default: int, *, strict: bool = False) -> int:
    value = call.given.get(name)
    if value in (None, ""):
        return default
    text = str(value)
    if not text.isdecimal() or int(text) < 1 or len(text) > 9:
        if strict:
            raise Unexpected(NO_PAGE)
        return default
    return int(text)


def _services(reader: Reader, rows: Sequence[Row]) -> dict[int, Row]:
    ids = sorted({row["flow_service_id"] for row in rows})
    fields = ("name", "type", "catalog_id", "project_key")
    text = "SELECT FlowService WHERE id IN (:ids)"
    return {one["id"]: one for one in select(reader, text, fields, {"ids": ids}).rows} if ids else {}


def _item(call: Call, reader: Reader, rows: Sequence[Row]) -> list[dict[str, Any]]:
    services = _services(reader, rows)
    ids = [row["id"] for row in rows]
    text = "SELECT FlowComment WHERE ticket_id IN (:ids)"
    found = select(reader, text, ("ticket_id", "stars"), {"ids": ids}).rows if ids else []
    comments = {one["ticket_id"]: one for one in found}
    return [
        {
            "id": row["id"],
            "sn": row["ref"],
            "title": row["title"],
            "catalog_id": services[row["flow_service_id"]]["catalog_id"],
            "service_id": row["flow_service_id"],
            "service_type": services[row["flow_service_id"]]["type"],
            "flow_id": row["flow_version_id"],
            "current_status": row["status"],
            **shapes.comment_keys(comments.get(row["id"])),
            "updated_by": shapes.names_text(row["updated_by"]),
            "update_at": row["last_update"] or row["start_date"],
            "end_at": row["end_date"],
            "creator": row["creator"],
            "create_at": row["start_date"],
            "bk_biz_id": shapes.NO_BUSINESS,
            **call.tickets.urls(row["id"]),
        }
        for row in rows
    ]


def _user_item(call: Call, reader: Reader, rows: Sequence[Row]) -> list[dict[str, Any]]:
    services = _services(reader, rows)
    who = call.text("user") or call.text("username")
    return [_one_of_user(call, reader, row, services[row["flow_service_id"]], who) for row in rows]


def _one_of_user(call: Call, reader: Reader, row: Row, service: Row, who: str) -> dict[str, Any]:
    ticket = call.tickets.load(reader, row)
    over = row["status"] in ENDS
    asked = f",{who}," in (row["current_processors"] or "")
    comment = shapes.comment_of(reader, row["id"]) if over else {"comment_id": "", "is_commented": False}
    steps = [
        {
            "id": step.row,
            "tag": ticket.flow.nodes[step.node].raw.get("tag") or "DEFAULT",
            "name": ticket.flow.nodes[step.node].name,
            "state_id": step.node,
            "type": ticket.flow.nodes[step.node].type,
        }
        for step in ticket.state.open_steps
    ]
    return {
        "sn": row["ref"],
        "id": row["id"],
        "title": row["title"],
        "service_id": row["flow_service_id"],
        "service_type": service["type"],
        "meta": {},
        "bk_biz_id": shapes.NO_BUSINESS,
        "current_status": row["status"],
        "create_at": row["start_date"],
        "creator": row["creator"],
        "is_supervise_needed": bool(ticket.flow.raw.get("is_supervise_needed")),
        "flow_id": row["flow_version_id"],
        "supervise_type": ticket.flow.raw.get("supervise_type") or "EMPTY",
        "supervisor": ticket.flow.raw.get("supervisor") or "",
        "project_key": service["project_key"],
        "current_processors": row["current_processors"] or "",
        "service_name": service["name"],
        "current_status_display": shapes.STATUS_NAMES.get(row["status"], row["status"]),
        "current_steps": steps,
        "priority_name": "--",
        "can_comment": row["status"] == "FINISHED" and row["creator"] == who and not comment["is_commented"],
        "can_operate": asked,
        "waiting_approve": asked and any(step["type"] == "APPROVAL" for step in steps),
        "followers": [name for name in (row["followers"] or "").split(",") if name],
        "comment_id": comment["comment_id"],
        "can_supervise": False,
        "can_withdraw": row["creator"] == who and withdrawable(ticket.flow, ticket.state),
        "sla": [],
        "sla_color": "",
    }
