"""A flow as a drawing: nodes are drawn like the states of a life cycle, lines like transitions."""

from __future__ import annotations

from collections.abc import Mapping

from interdesk.approvals import conditions
from interdesk.approvals.flow import HANDLED, Flow, Line, Node
from interdesk.approvals.people import OPEN
from interdesk.model.lifecycle import LifeCycle, State, Transition

ALWAYS = "always"


def as_life_cycle(flow: Flow) -> LifeCycle:
    """The nodes by name, with who is asked; each line with its condition."""
    names, labels = _names(flow), _labels(flow)
    states = {names[node.id]: State(names[node.id], _people(node), {}) for node in flow.in_order}
    transitions = {}
    for line in flow.lines:
        if line.source in names and line.target in names:
            source, stimulus = names[line.source], condition_text(line, labels)
            transitions[source, f"{line.id} {stimulus}"] = Transition(
                source=source, stimulus=stimulus, target=names[line.target]
            )
    return LifeCycle("", names[flow.start.id], states, {}, transitions)


def condition_text(line: Line, labels: Mapping[str, str]) -> str:
    """The condition of a line in words; ``labels``: what people call variables, whose keys may be made up."""
    parts = [
        f"{labels.get(str(leaf['key'])) or leaf['key']} {leaf.get('condition')} {leaf.get('value')}"
        for leaf in conditions.leaves(line.condition)
        if leaf["key"] != conditions.ALWAYS
    ]
    return ", ".join(parts) or ALWAYS


def _labels(flow: Flow) -> dict[str, str]:
    """Key of a variable -> its name."""
    found = {field.key: field.name for field in (*flow.table, *flow.fields.values())}
    for node in flow.nodes.values():
        found |= {str(one.get("key")): str(one.get("name") or "") for one in node.outputs}
    return found


def _names(flow: Flow) -> dict[int, str]:
    """Node id -> a name that no other node has."""
    found: dict[int, str] = {}
    for node in flow.in_order:
        name = node.name or node.type
        found[node.id] = name if name not in found.values() else f"{name} ({node.id})"
    return found


def _people(node: Node) -> str:
    if node.is_automatic:
        return f"{node.type} {node.work.described}"
    if node.type not in HANDLED:
        return node.type
    who = "anybody" if node.processors_type == OPEN else node.processors or node.processors_type
    more = " (all)" if node.everybody else ""
    return f"{node.type} {who}{more}"
