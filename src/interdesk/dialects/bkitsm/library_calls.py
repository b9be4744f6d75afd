"""Services, catalogues and flows: shown, imported, updated. Source: facts 3.14 and 7; scenarios 08 and 13."""

from __future__ import annotations

from typing import Any

from interdesk.approvals import services
from interdesk.approvals.directory import DeskDirectory
from interdesk.approvals.flow import Flow
from interdesk.approvals.library import SERVICE
from interdesk.approvals.people import OPEN, VARIABLE, resolve
from interdesk.approvals.rows import Row, one, select
from interdesk.desk import Transaction
from interdesk.dialects.bkitsm import shapes
from interdesk.dialects.bkitsm.call import Call, is_true
from interdesk.dialects.bkitsm.errors import NO_SERVICE, NOT_THERE, Unexpected, coded, required

IMPORTED = ("key", "name", "is_valid", "display_type", "display_role", "project_key", "source", "workflow")
ADMINISTRATOR = "admin"


def get_services(call: Call) -> list[dict[str, Any]]:
    """The enabled services, narrowed by catalogue, type and who they are shown to."""
    tests, args = ["enabled = 1"], {}
    for name, code in (("catalog_id", "catalog_id"), ("service_type", "type"), ("display_type", "display_type")):
        if value := call.text(name):
            tests.append(f"{code} = :{name}")
            args[name] = int(value) if value.isdecimal() else value
    if role := call.text("display_role"):
        tests.append("display_role LIKE :role")
        args["role"] = f"%{role}%"
    with call.reading() as reader:
        rows = select(reader, f"SELECT FlowService WHERE {' AND '.join(tests)}", SERVICE, args).rows
    return [_brief(row) for row in sorted(rows, key=lambda row: row["id"])]


def _brief(row: Row) -> dict[str, Any]:
    return {"id": row["id"], "name": row["name"], "service_type": row["type"], "desc": row["description"] or ""}


def get_service_detail(call: Call) -> dict[str, Any]:
    """A service with the fields of its first form. Raises ApiError when there is none."""
    with call.reading() as reader:
        row = call.library.service(reader, call.number("service_id"))
        if row is None:
            raise coded(NOT_THERE)
        flow = call.library.flow(reader, row["version_id"])
    return {
        "service_id": row["id"],
        "workflow_id": flow.id,
        "name": row["name"],
        "service_type": row["type"],
        "desc": row["description"] or "",
        "fields": [shapes.form_field(field) for field in flow.form(flow.submit)],
    }


def get_service_roles(call: Call) -> list[dict[str, Any]]:
    """Who would be asked at the nodes of a service. Raises ApiError when there is none."""
    with call.reading() as reader:
        row = call.library.service(reader, call.number("service_id"))
        if row is None:
            raise coded(NO_SERVICE)
        flow = call.library.flow(reader, row["version_id"])
        return _roles(call, flow, DeskDirectory(reader))


def _roles(call: Call, flow: Flow, directory: DeskDirectory) -> list[dict[str, Any]]:
    creator, everything = call.text("ticket_creator"), is_true(call.given.get("all"))
    found = []
    for node in flow.in_order:
        if node.type not in shapes.handled_types() or (node.is_submit and not everything):
            continue
        if node.processors_type == VARIABLE:
            people = node.processors
        elif node.processors_type == OPEN:
            people = ""
        else:
            _, names = resolve(node.processors_type, node.processors, creator, {}, {}, directory)
            people = ",".join(name for name in names if name)
        found.append(
            {
                "id": node.id,
                "name": node.name,
                "processors_type": node.processors_type,
                "processors": people,
                "sign_type": "and" if node.is_multi else "or",
            }
        )
    return found


def get_workflow_detail(call: Call) -> dict[str, Any]:
    """A version of a flow as it was imported. Raises ApiError when there is none."""
    key = call.number("workflow_id")
    with call.reading() as reader:
        if one(reader, "FlowVersion", key, ("name",)) is None:
            raise coded(NOT_THERE)
        raw = call.library.flow(reader, key).raw
    return {
        "name": raw.get("name") or "",
        "flow_type": raw.get("flow_type") or "other",
        "desc": raw.get("desc") or "",
        "version_number": raw.get("version_number") or "",
        "states": list(raw["states"].values()),
        "transitions": list(raw["transitions"].values()),
        "fields": list(raw["fields"].values()),
    }


def import_service(call: Call) -> dict[str, Any]:
    """Raises ApiError, FlowRefusal."""
    _check_document(call)

    def work(tx: Transaction) -> Row:
        return _made(tx, services.import_service(tx, call.given))

    return _brief(call.write(call.text("creator") or ADMINISTRATOR, work))


def update_service(call: Call) -> dict[str, Any]:
    """Gives a service a new version of its flow; tickets keep theirs. Raises ApiError, FlowRefusal."""
    required(call.given, "id")
    _check_document(call)
    key = call.number("id")

    def work(tx: Transaction) -> Row:
        services.update_service(tx, key, call.given)
        return _made(tx, key)

    return _brief(call.write(call.text("creator") or ADMINISTRATOR, work))


def _check_document(call: Call) -> None:
    required(call.given, *IMPORTED)
    if not isinstance(call.given["workflow"], dict):
        raise Unexpected("string indices must be integers")


def _made(tx: Transaction, key: int) -> Row:
    row = one(tx.reader, "FlowService", key, SERVICE)
    assert row is not None
    return row


def create_service_catalog(call: Call) -> dict[str, Any]:
    """A new catalogue below another one. Raises ApiError."""
    required(call.given, "project_key", "name")
    parent = call.number("parent__id") if call.given.get("parent__id") else 0
    project, name, description = call.text("project_key"), call.text("name"), call.text("desc")

    def work(tx: Transaction) -> tuple[Row, dict[int, Row]]:
        return services.create_catalog(tx, project, parent, name, description), services.catalogs(tx.reader)

    row, known = call.write(ADMINISTRATOR, work)
    above = _ancestors(row, known)
    return {
        "id": row["id"],
        "key": row["key"],
        "level": len(above),
        "parent": row["parent_id"] or None,
        "parent_name": ">".join(one["name"] for one in above),
        "parent_key": above[-1]["key"] if above else "",
        "parent__id": str(row["parent_id"] or ""),
        "parent__name": above[-1]["name"] if above else "",
        "name": row["name"],
        "desc": row["description"] or "",
        "project_key": row["project_key"],
    }


def get_service_catalogs(call: Call) -> list[dict[str, Any]]:
    """The tree of a project's catalogues; with ``has_service`` only those that have services, or lead to some."""
    project = call.text("project_key", "0")
    tests, args = ["enabled = 1"], {}
    if kind := call.text("service_key"):
        tests.append("type = :kind")
        args["kind"] = kind
    with call.reading() as reader:
        known = {key: row for key, row in services.catalogs(reader).items() if row["project_key"] == project}
        rows = select(reader, f"SELECT FlowService WHERE {' AND '.join(tests)}", ("catalog_id",), args).rows
    wanted = set(known)
    if is_true(call.given.get("has_service")):
        wanted = {row["catalog_id"] for row in rows if row["catalog_id"] in known}
    if part := call.text("name"):
        wanted = {key for key in wanted if part in known[key]["name"]}
    shown = wanted | {one["id"] for key in wanted for one in _ancestors(known[key], known)}
    return [_branch(row, known, shown, 0) for row in known.values() if row["id"] in shown and not row["parent_id"]]


def _ancestors(row: Row, known: dict[int, Row]) -> list[Row]:
    """Those above a catalogue, the root first."""
    found: list[Row] = []
    at = known.get(row["parent_id"])
    while at is not None and at not in found:
        found.insert(0, at)
        at = known.get(at["parent_id"])
    return found


def _branch(row: Row, known: dict[int, Row], shown: set[int], level: int) -> dict[str, Any]:
    below = [one for one in known.values() if one["parent_id"] == row["id"] and one["id"] in shown]
    return {
        "id": row["id"],
        "key": row["key"],
        "name": row["name"],
        "level": level,
        "desc": row["description"] or "",
        "children": [_branch(one, known, shown, level + 1) for one in below],
    }
