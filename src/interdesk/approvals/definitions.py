"""Reading the export format of a service (facts 7): checked, with ids of our own, and as a ``Flow``.

Node and field ids are global in the original, and clients keep them. Ours are the id of the flow version times
``SPAN``, plus the place in the definition: unique without a counter, the same whenever the version is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from interdesk.approvals import conditions, signals
from interdesk.approvals.automatic import Request
from interdesk.approvals.flow import (
    APPROVAL,
    END,
    KNOWN,
    NORMAL,
    PROCESS,
    START,
    Field,
    Flow,
    Json,
    Line,
    Node,
)
from interdesk.approvals.people import CMDB, EMPTY, GENERAL, IAM, OPEN, TYPES
from interdesk.approvals.refusals import BadFlow
from interdesk.events.answers import BadInstruction, declared_names

SPAN = 10_000
MOST = 2_000  # nodes, lines or fields of one flow
TICKET_VARIABLES = (
    "ticket_sn", "ticket_title", "ticket_ticket_url", "ticket_creator", "ticket_create_at", "ticket_service_type",
    "ticket_current_status", "ticket_current_status_display", "ticket_bk_biz_id", "ticket_current_processors",
    "ticket_sops_task_summary", "ticket_all_task_processors",
)  # fmt: skip
FOREIGN_ROLES = frozenset({GENERAL, IAM, CMDB})  # their numbers mean something else elsewhere
NODE_TYPES = "节点【{0}】的类型 {1} 不支持，支持的类型: {2}"


def renumbered(workflow: Json, version: int) -> dict[str, Any]:
    """The definition with our ids, as it is kept. Raises BadFlow for one that cannot be walked.

    Roles of the desk it came from are emptied; keys of fields and variables stay, as recorded.
    """
    states, lines, fields = (_by_id(workflow, part) for part in ("states", "transitions", "fields"))
    node_ids = {old: version * SPAN + place for place, old in enumerate(states, 1)}
    field_ids = {old: version * SPAN + place for place, old in enumerate(fields, 1)}
    found = {key: value for key, value in workflow.items() if key not in ("states", "transitions", "fields")}
    found["id"] = version
    found["states"] = {
        str(node_ids[old]): _renumbered_state(state, node_ids[old], node_ids, field_ids)
        for old, state in states.items()
    }
    found["transitions"] = {
        str(version * SPAN + place): {
            **line,
            "id": version * SPAN + place,
            "workflow": version,
            "from_state": _known(node_ids, line.get("from_state"), "from_state"),
            "to_state": _known(node_ids, line.get("to_state"), "to_state"),
        }
        for place, line in enumerate(lines.values(), 1)
    }
    found["fields"] = {
        str(field_ids[old]): {
            **one,
            "id": field_ids[old],
            "workflow_id": version,
            "state_id": node_ids.get(str(one.get("state_id")), ""),
        }
        for old, one in fields.items()
    }
    line_ids = {old: version * SPAN + place for place, old in enumerate(lines, 1)}
    found["triggers"] = signals.renumbered(workflow.get("triggers"), node_ids, line_ids)
    revoke = dict(workflow.get("revoke_config") or {"type": 1, "state": 0})
    revoke["state"] = node_ids.get(str(revoke.get("state")), 0)
    found["revoke_config"] = revoke
    check(read(found))
    return found


def read(document: Json) -> Flow:
    """The flow of a kept definition. Raises BadFlow for values of the wrong kind."""
    try:
        return _read(document)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise BadFlow(f"{type(problem).__name__}: {problem}") from problem


def check(flow: Flow) -> None:
    """Every node leads to the end, every condition can be decided. Raises BadFlow."""
    starts = [node for node in flow.nodes.values() if node.type == START]
    submits = [node for node in flow.nodes.values() if node.is_submit]
    ends = {node.id for node in flow.nodes.values() if node.type == END}
    if len(starts) != 1 or len(submits) != 1 or not ends:
        raise BadFlow("流程必须有且只有一个开始节点和一个提单节点，并且有结束节点")
    for node in flow.nodes.values():
        if node.type not in KNOWN:
            raise BadFlow(NODE_TYPES.format(node.name, node.type, ", ".join(sorted(KNOWN))))
        if node.processors_type not in TYPES or node.assignors_type not in TYPES:
            raise BadFlow(f"节点【{node.name}】的处理人类型不支持: {node.processors_type} {node.assignors_type}")
        if node.type == END:
            continue
        if node.is_automatic:
            _check_work(node)
        if not ends & flow.below[node.id]:
            raise BadFlow(f"节点【{node.name}】没有通往结束节点的连线")
        if node.type == APPROVAL and not any(field.is_decision for field in flow.form(node)):
            raise BadFlow(f"审批节点【{node.name}】没有审批意见字段")
    if [line.target for line in flow.lines_from(flow.start.id)] != [flow.submit.id]:
        raise BadFlow("开始节点之后必须是提单节点")
    _check_conditions(flow)
    _check_fields(flow)
    assert flow.triggers is not None  # they can be read


def _check_work(node: Node) -> None:
    """What the node does can be done, and all that it learns from an answer has its output variable."""
    work = node.work
    if not isinstance(work.does, Request) or not work.does.answer:
        return
    try:
        names = declared_names(work.does.answer)
    except BadInstruction as problem:
        raise BadFlow(f"Node '{node.name}': answer: {problem}") from problem
    _, unknown = node.named_outputs(dict.fromkeys(names))
    if unknown:
        raise BadFlow(f"Node '{node.name}': answer sets {unknown[0]!r}: give it an entry in variables.outputs")


def _check_conditions(flow: Flow) -> None:
    """A line may speak of variables of the ticket, of the base model and of outputs of nodes: of nothing else."""
    known = {conditions.ALWAYS, *TICKET_VARIABLES, *(field.key for field in flow.table)}
    for node in flow.nodes.values():
        known |= node.codes.keys()
    for line in flow.lines:
        conditions.check(line.condition)
        for leaf in conditions.leaves(line.condition):
            if leaf["key"] not in known:
                name = flow.nodes[line.source].name
                raise BadFlow(f"节点【{name}】的连线条件引用了变量 {leaf['key']}，它不是任何节点的输出变量")


def _check_fields(flow: Flow) -> None:
    for field in flow.fields.values():
        conditions.check(field.hidden_when)
        own = field.raw.get("custom_regex")
        if own:
            try:
                re.compile(str(own))
            except re.error as problem:
                raise BadFlow(f"字段【{field.name}】的正则表达式不正确: {problem}") from problem


def _read(document: Json) -> Flow:
    states = {int(key): state for key, state in document["states"].items()}
    revoke = document.get("revoke_config") or {}
    submit = _submit_of(states.values())
    fields = {int(key): _field(one, int(key)) for key, one in document["fields"].items()}
    nodes = {key: _node(state, key, submit) for key, state in states.items()}
    for node in nodes.values():
        if lost := [key for key in node.fields if key not in fields]:
            raise BadFlow(f"节点【{node.name}】的字段不存在: {lost[0]}")
    lines = [
        Line(
            int(key), int(one["from_state"]), int(one["to_state"]), str(one.get("name") or ""),
            one.get("condition") or {},
        )
        for key, one in document["transitions"].items()
    ]  # fmt: skip
    return Flow(
        id=int(document.get("id") or 0),
        name=str(document.get("name") or ""),
        nodes=nodes,
        lines=tuple(sorted(lines, key=lambda line: line.id)),
        fields=fields,
        table=tuple(_field(one, int(one.get("id") or 0)) for one in (document.get("table") or {}).get("fields") or ()),
        is_revocable=bool(document.get("is_revocable", True)),
        revoke_type=int(revoke.get("type") or 1),
        revoke_node=int(revoke.get("state") or 0),
        is_auto_approve=bool(document.get("is_auto_approve")),
        raw=document,
    )


def _submit_of(states: Iterable[Json]) -> int:
    """The id of the submit node: the first one, which is built in."""
    normal = [one for one in states if one.get("type") == NORMAL]
    marked = [one for one in normal if one.get("is_first_state")] or [one for one in normal if one.get("is_builtin")]
    return int(marked[0]["id"]) if marked else 0


def _node(state: Json, key: int, submit: int) -> Node:
    return Node(
        id=key,
        name=str(state.get("name") or ""),
        type=str(state.get("type")),
        processors_type=str(state.get("processors_type") or OPEN),
        processors=str(state.get("processors") or ""),
        assignors_type=str(state.get("assignors_type") or EMPTY),
        assignors=str(state.get("assignors") or ""),
        distribute_type=str(state.get("distribute_type") or PROCESS),
        can_deliver=bool(state.get("can_deliver")),
        is_terminable=bool(state.get("is_terminable")),
        is_sequential=bool(state.get("is_sequential")),
        is_multi=bool(state.get("is_multi")),
        is_allow_skip=bool(state.get("is_allow_skip")),
        is_submit=int(state["id"]) == submit,
        finish_condition=state.get("finish_condition") or {},
        outputs=tuple((state.get("variables") or {}).get("outputs") or ()),
        fields=tuple(int(one) for one in state.get("fields") or ()),
        raw=state,
    )


def _field(one: Json, key: int) -> Field:
    return Field(
        key, str(one["key"]), str(one.get("type")), str(one.get("name")), one.get("validate_type") == "REQUIRE", one
    )


def _by_id(workflow: Json, part: str) -> dict[str, Json]:
    found = workflow.get(part)
    if not isinstance(found, Mapping) or not all(isinstance(one, Mapping) for one in found.values()):
        raise BadFlow(f"workflow.{part} 格式不正确")
    if len(found) > MOST:
        raise BadFlow(f"workflow.{part} 超过 {MOST} 个")
    return {str(key): one for key, one in found.items()}


def _renumbered_state(state: Json, key: int, nodes: Mapping[str, int], fields: Mapping[str, int]) -> dict[str, Any]:
    found: dict[str, Any] = {**state, "id": key, "key": key, "workflow": key // SPAN}
    listed = state.get("fields") or []
    found["fields"] = [fields[str(one)] for one in listed if str(one) in fields]  # lost ones are skipped, as recorded
    for kind, people in (("processors_type", "processors"), ("assignors_type", "assignors")):
        if state.get(kind) in FOREIGN_ROLES:
            found[people] = ""
        elif state.get(kind) == "ASSIGN_LEADER":
            found[people] = ",".join(str(nodes.get(one, "")) for one in conditions.names(state.get(people)))
    outputs = (state.get("variables") or {}).get("outputs") or []
    found["variables"] = {
        **(state.get("variables") or {}),
        "outputs": [{**one, "state": nodes.get(str(one.get("state")), key)} for one in outputs],
    }
    return found


def _known(ids: Mapping[str, int], old: Any, what: str) -> int:
    if str(old) not in ids:
        raise BadFlow(f"{what}: 节点 {old} 不存在")
    return ids[str(old)]
