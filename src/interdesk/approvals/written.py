"""Services written in Python, in the export format: the parts that all of them have. Source: facts 7."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Json = dict[str, Any]
ALWAYS = {"type": "and", "expressions": [{"key": "G_INT_1", "condition": "==", "value": 1}]}


def service(
    name: str,
    project: str,
    catalog: int,
    states: Sequence[Json],
    lines: Sequence[Json],
    fields: Sequence[Json],
    *,
    table: str,
    description: str = "",
) -> Json:
    """A service that is open to all, as ``services.import_service`` takes it; the first field stands in its table."""
    return {
        "key": "request",
        "name": name,
        "desc": description,
        "is_valid": True,
        "display_type": "OPEN",
        "source": "service",
        "project_key": project,
        "catalog_id": catalog,
        "workflow": {
            "name": name,
            "flow_type": "other",
            "desc": "",
            "version_number": "1",
            "states": {str(one["id"]): one for one in states},
            "transitions": {str(number): one for number, one in enumerate(lines, 1)},
            "fields": {str(one["id"]): one for one in fields},
            "is_revocable": True,
            "revoke_config": {"type": 1, "state": 0},
            "table": {"name": table, "fields": [dict(fields[0], source="BASE-MODEL")]},
        },
    }


def field(number: int, key: str, name: str, kind: str, state: int, **more: Any) -> Json:
    return {
        "id": number, "key": key, "name": name, "type": kind, "state_id": state, "validate_type": "REQUIRE",
        "source_type": "CUSTOM", "source": "CUSTOM", "choice": [], "meta": {}, "show_type": 1, "show_conditions": {},
        "layout": "COL_12", "regex": "EMPTY", "desc": "", "default": "", **more,
    }  # fmt: skip


def decision(number: int, name: str, state: int, approve: str, refuse: str) -> Json:
    """The field by which an approver decides."""
    choice = [{"key": "true", "name": approve}, {"key": "false", "name": refuse}]
    meta = {"code": "APPROVE_RESULT"}
    return field(number, "approve_result", name, "RADIO", state, meta=meta, default="true", choice=choice)


def state(number: int, name: str, kind: str, outputs: Iterable[Json] = (), **more: Any) -> Json:
    return {
        "id": number, "name": name, "type": kind, "processors_type": "OPEN", "processors": "", "assignors": "",
        "assignors_type": "EMPTY", "distribute_type": "PROCESS", "tag": "DEFAULT", "fields": [], "is_multi": False,
        "variables": {"inputs": [], "outputs": list(outputs)}, "finish_condition": {}, "extras": {}, **more,
    }  # fmt: skip


def output(state: int, key: str, name: str, code: str = "") -> Json:
    """An output variable of a state; ``code`` for what the engine sets."""
    meta = {"code": code} if code else {}
    return {"source": "global", "state": state, "type": "STRING", "key": key, "name": name, "meta": meta}


def line(source: int, target: int, condition: Mapping[str, Any] = ALWAYS) -> Json:
    kind = "default" if condition is ALWAYS else "by_field"
    return {"from_state": source, "to_state": target, "name": "", "condition": condition, "condition_type": kind}


def when(key: str, value: str, kind: str = "STRING") -> Json:
    """A condition: the variable has the value."""
    leaf = {"key": key, "condition": "==", "value": value, "type": kind}
    return {"type": "and", "expressions": [leaf]}
