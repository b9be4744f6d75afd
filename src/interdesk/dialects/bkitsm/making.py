"""create_ticket. Source: facts 3.1, scenarios 05 and 06."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from interdesk.approvals import forms
from interdesk.approvals.conditions import names
from interdesk.approvals.library import NO_SERVICE, NoService
from interdesk.approvals.refusals import FlowRefusal
from interdesk.approvals.rows import Row
from interdesk.approvals.tickets import Wish
from interdesk.desk import Reader, Transaction
from interdesk.dialects.bkitsm.call import Call, is_true
from interdesk.dialects.bkitsm.errors import BLANK, Unexpected, detail, invalid, refused_creation, wrapped

NO_NODE = "服务:{0}, 节点({1})不存在"
NOBODY = "服务:{0}, 节点({1})对应的审批人不允许为空"
DYNAMIC_TYPES = ("STRING", "INT", "LINK")
NOT_A_CHOICE = "“{0}” 不是合法选项。"
TOO_LONG = "请确保这个字段不能超过 {0} 个字符。"
LONGEST_NAME, LONGEST_VALUE = 32, 255


def create_ticket(call: Call) -> dict[str, Any]:
    """A new ticket of a service, gone as far as the first person who must act.

    Raises ApiError, FlowRefusal; nothing is written then.
    """
    given = call.given
    fields = _fields(given.get("fields"))
    values = forms.values_of(fields)
    if "title" not in values:
        raise Unexpected("'title'")
    dynamic = _dynamic(given.get("dynamic_fields"))
    with call.reading() as reader:
        service = _service(call, reader)
        creator = call.text("creator").strip()
        if not creator:
            raise invalid({"creator": [(BLANK, "blank")]})
        meta = given.get("meta") or {}
        if not isinstance(meta, Mapping):
            raise invalid({"meta": [("不是有效的字典", "not_a_dict")]})
        _check_processors(call, reader, service, meta.get("state_processors"))
    wish = Wish(
        service=service,
        creator=creator,
        values=values,
        meta=meta,
        dynamic_fields=dynamic,
        displays=_displays(fields),
        tag=call.text("tag")[:255],
        followers=[creator] if is_true(given.get("attention")) else [],
        from_ticket=_from_ticket(call),
    )

    def work(tx: Transaction) -> Row:
        return call.tickets.create(tx, wish)

    try:
        row = call.write(creator, work)
    except FlowRefusal as problem:
        raise refused_creation(problem) from problem
    return {"sn": row["ref"], "id": row["id"], "ticket_url": call.tickets.urls(row["id"])["ticket_url"]}


def _service(call: Call, reader: Reader) -> Row:
    if is_true(call.given.get("fast_approval")):
        return call.library.quick_service(reader)
    if call.given.get("service_id") in (None, ""):
        raise NoService(NO_SERVICE)
    return call.library.open_service(reader, call.number("service_id"))


def _from_ticket(call: Call) -> int:
    return call.number("from_ticket_id") if call.given.get("from_ticket_id") else 0


def _fields(found: Any) -> list[dict[str, Any]]:
    """Raises Unexpected for what is no list of objects with a key."""
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unexpected("string indices must be integers")
    for one in found:
        if not isinstance(one.get("key"), str):
            raise Unexpected("'key'")
    return found


def _displays(fields: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The names of chosen values, where the caller sent the choices along."""
    shown = {}
    for one in fields:
        choice = one.get("choice")
        if isinstance(choice, list) and choice:
            known = {str(c.get("key")): str(c.get("name")) for c in choice if isinstance(c, dict)}
            shown[str(one["key"])] = ",".join(known.get(part, part) for part in names(one.get("value")))
    return shown


def _check_processors(call: Call, reader: Reader, service: Row, found: Any) -> None:
    if not found:
        return
    if not isinstance(found, Mapping):
        raise invalid({"state_processors": [("不是有效的字典", "not_a_dict")]})
    nodes = call.library.flow(reader, service["version_id"]).nodes
    for key, people in found.items():
        node = nodes.get(int(key)) if str(key).isdecimal() else None
        if node is None:
            text = NO_NODE.format(service["name"], key)
        elif not names(people):
            text = NOBODY.format(service["name"], node.name)
        else:
            continue
        raise wrapped(f"{{'state_processors': {detail(text)}}}")


def _dynamic(found: Any) -> list[dict[str, Any]]:
    """Raises ApiError in the printed form of the original."""
    if not found:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unexpected("string indices must be integers")
    for one in found:
        problem = _dynamic_fault(one)
        if problem:
            raise wrapped(f"[{problem}]")
    return [{**one, "key": f"dynamic_{place}"} for place, one in enumerate(found, 1)]


def _dynamic_fault(one: Mapping[str, Any]) -> str:
    for name, longest in (("name", LONGEST_NAME), ("value", LONGEST_VALUE)):
        if one.get(name) is None:
            return f"{{{name!r}: [{detail('该字段是必填项。', 'required')}]}}"
        if len(str(one[name])) > longest:
            return f"{{{name!r}: [{detail(TOO_LONG.format(longest), 'max_length')}]}}"
    if one.get("type") not in DYNAMIC_TYPES:
        return f"{{'type': [{detail(NOT_A_CHOICE.format(one.get('type')), 'invalid_choice')}]}}"
    return ""
