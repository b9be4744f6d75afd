"""Flows written in a few words, in the export format, for the tests of the engine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from interdesk.approvals.definitions import read, renumbered
from interdesk.approvals.flow import Flow

SERVICES = Path(__file__).parents[1] / "conformance" / "bkitsm" / "services"
DEFAULT = {"type": "and", "expressions": [{"type": "and", "expressions": [{"key": "G_INT_1", "condition": "==", "value": 1}]}]}  # fmt: skip  # noqa: E501
CODES = ("NODE_APPROVE_RESULT", "NODE_APPROVER", "PROCESS_COUNT", "PASS_COUNT", "REJECT_COUNT", "PASS_RATE")


def sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SERVICES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def sample_flow(name: str, version: int = 7) -> Flow:
    return read(renumbered(sample(name)["workflow"], version))


def when(key: str, sign: str, value: Any, kind: str = "STRING") -> dict[str, Any]:
    return {"type": "and", "expressions": [{"type": "and", "expressions": [leaf(key, sign, value, kind)]}]}


def leaf(key: str, sign: str, value: Any, kind: str = "STRING") -> dict[str, Any]:
    return {"key": key, "condition": sign, "value": value, "type": kind}


def field(number: int, key: str, state: str, kind: str = "STRING", **more: Any) -> dict[str, Any]:
    common = {"validate_type": "REQUIRE", "show_type": 1, "source_type": "CUSTOM", "choice": [], "meta": {}}
    return {"id": number, "key": key, "name": key.title(), "type": kind, "state_id": state, **common, **more}


def node(kind: str, people: str = "", **more: Any) -> dict[str, Any]:
    return {"type": kind, "processors_type": "PERSON" if people else "OPEN", "processors": people, **more}


def approval(people: str, **more: Any) -> dict[str, Any]:
    return node("APPROVAL", people, **more)


def document(
    nodes: dict[str, dict[str, Any]], lines: Iterable[Sequence[Any]], form: Iterable[dict[str, Any]] = (), **more: Any
) -> dict[str, Any]:
    """A workflow: nodes by name (``start``, ``submit`` and ``end`` are added), lines as (from, to[, condition])."""
    whole = {"start": node("START"), "submit": node("NORMAL", is_builtin=True), "end": node("END"), **nodes}
    fields = {str(one["id"]): one for one in (*form, field(1, "title", "submit"))}
    states = {}
    for name, one in whole.items():
        own = [int(key) for key, value in fields.items() if value["state_id"] == name]
        outputs = list(one.get("outputs", ()))
        if one["type"] in ("APPROVAL", "SIGN"):
            outputs += [{"key": f"{name}_{code}", "meta": {"code": code}, "state": name} for code in CODES]
        if one["type"] == "APPROVAL":
            number = 1000 + len(fields)
            choice = [{"key": "true", "name": "Pass"}, {"key": "false", "name": "Reject"}]
            meta = {"code": "APPROVE_RESULT"}
            fields[str(number)] = field(number, f"{name}_result", name, "RADIO", choice=choice, meta=meta)
            own.append(number)
        states[name] = {
            "id": len(states) + 1, "name": name, "fields": own, "variables": {"inputs": [], "outputs": outputs}, **one
        }  # fmt: skip
    return {
        "name": "written",
        "states": states,
        "transitions": {
            str(place): {"from_state": line[0], "to_state": line[1], "condition": line[2] if len(line) > 2 else DEFAULT}
            for place, line in enumerate([("start", "submit"), *lines], 1)
        },
        "fields": fields,
        **more,
    }


def flow(*args: Any, **more: Any) -> Flow:
    return read(renumbered(document(*args, **more), 1))
