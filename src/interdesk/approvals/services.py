"""Making services, versions and catalogues in a transaction of the desk. Source: facts 3.14 and 7."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from interdesk.approvals import telling, works
from interdesk.approvals.definitions import read, renumbered
from interdesk.approvals.flow import Flow
from interdesk.approvals.refusals import FlowRefusal
from interdesk.approvals.rows import Row, only, select
from interdesk.desk import Reader, Transaction
from interdesk.desk.queries import by_criteria

NAME_TAKEN = "导入失败，服务名称已经存在"
NO_PROJECT = "导入失败，project_key 对应的项目不存在"
NO_CATALOG = "导入失败，对应的服务目录不存在"
NO_SERVICE = "更新失败，服务不存在"
TYPES = frozenset({"request", "event", "change", "question"})
BAD_TYPE = "导入失败，服务类型 {0} 不存在"
ENCODE = msgspec.json.Encoder().encode


class NameTaken(FlowRefusal):
    """Another service has that name."""


class BadReference(FlowRefusal):
    """A project, catalogue or service that is not there."""


def import_service(tx: Transaction, document: Mapping[str, Any]) -> int:
    """A new service of an export; its id. Raises NameTaken, BadReference, BadFlow."""
    values = _service_values(tx, document, 0)
    key = tx.create("FlowService", values)
    _new_version(tx, key, document["workflow"])
    return key


def update_service(tx: Transaction, key: int, document: Mapping[str, Any]) -> None:
    """A new version of a service; tickets keep theirs. Raises NameTaken, BadReference, BadFlow."""
    if tx.final_class("FlowService", key) is None:
        raise BadReference(NO_SERVICE)
    values = _service_values(tx, document, key)
    if not values["catalog_id"]:
        del values["catalog_id"]
    tx.update("FlowService", key, values)
    _new_version(tx, key, document["workflow"])


def _new_version(tx: Transaction, service: int, workflow: Mapping[str, Any]) -> int:
    number = str(workflow.get("version_number") or "")
    name = f"{workflow.get('name') or ''}-{number}" if number else str(workflow.get("name") or "")
    values = {
        "name": name[:255] or "-",
        "number": number[:255],
        "message": str(workflow.get("version_message") or ""),
        "service_id": service,
        "created": tx.now,
        "definition": "{}",
    }
    version = tx.create("FlowVersion", values)
    found = renumbered({**workflow, "name": name}, version)
    flow = read(found)
    works.check(tx, flow)
    telling.check(tx, flow)
    tx.session.update("FlowVersion", version, {"definition": ENCODE(found).decode()})
    tx.update("FlowService", service, {"version_id": version})
    return version


def _service_values(tx: Transaction, document: Mapping[str, Any], key: int) -> dict[str, Any]:
    """Raises NameTaken, BadReference."""
    kind = str(document.get("key") or "request")
    if kind not in TYPES:
        raise BadReference(BAD_TYPE.format(kind))
    project = only(tx.reader, "FlowProject", {"key": str(document.get("project_key") or "")}, ("name",))
    if project is None:
        raise BadReference(NO_PROJECT)
    catalog = document.get("catalog_id")
    if catalog and (not str(catalog).isdecimal() or tx.final_class("FlowCatalog", int(catalog)) is None):
        raise BadReference(NO_CATALOG)
    name = str(document.get("name") or "")
    if [found for found, _ in tx.find(by_criteria(tx.desk.model.cls("FlowService"), {"name": name})) if found != key]:
        raise NameTaken(NAME_TAKEN)
    return {
        "name": name,
        "description": str(document.get("desc") or ""),
        "type": kind,
        "project_id": project["id"],
        "catalog_id": int(catalog or 0),
        "enabled": bool(document.get("is_valid", True)),
        "display_type": str(document.get("display_type") or ""),
        "display_role": str(document.get("display_role") or ""),
        "owners": str(document.get("owners") or ""),
        "source": str(document.get("source") or "custom"),
    }


def create_catalog(tx: Transaction, project_key: str, parent: int, name: str, description: str) -> Row:
    """A new catalogue; what there is to know of it. Raises BadReference."""
    project = only(tx.reader, "FlowProject", {"key": project_key}, ("name",))
    if project is None:
        raise BadReference(NO_PROJECT)
    if parent and tx.final_class("FlowCatalog", parent) is None:
        raise BadReference(NO_CATALOG)
    key = tx.create(
        "FlowCatalog",
        {
            "name": name,
            "key": uuid.uuid4().hex,
            "description": description,
            "project_id": project["id"],
            "parent_id": parent,
        },
    )
    return catalogs(tx.reader)[key]


def catalogs(reader: Reader) -> dict[int, Row]:
    """All catalogues by id."""
    fields = ("name", "key", "description", "project_id", "project_key", "parent_id")
    return {row["id"]: row for row in select(reader, "SELECT FlowCatalog", fields).rows}


def exported(service: Row, flow: Flow) -> dict[str, Any]:
    """A service in the export format, as ``import_service`` takes it."""
    return {
        "key": service["type"],
        "name": service["name"],
        "desc": service["description"] or "",
        "owners": service["owners"] or "",
        "is_valid": bool(service["enabled"]),
        "display_type": service["display_type"] or "OPEN",
        "display_role": service["display_role"] or "",
        "source": service["source"] or "custom",
        "project_key": service["project_key"],
        "catalog_id": service["catalog_id"],
        "workflow": {**flow.raw, "name": _plain_name(flow)},
    }


def _plain_name(flow: Flow) -> str:
    """The name without the number that the import appended."""
    number = str(flow.raw.get("version_number") or "")
    return flow.name.removesuffix(f"-{number}") if number else flow.name
