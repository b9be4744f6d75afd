"""Groups of classes and profiles."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from interdesk.model.design.faults import Findings
from interdesk.model.design.node import Node
from interdesk.model.design.rules import cure_for
from interdesk.model.rights import ACTIONS, EVERYTHING, Group, Profile

ADMINISTRATOR = 1
GRANTS = {"allow": True, "deny": False}


def groups(document: Node, classes: Mapping[str, object], findings: Findings) -> dict[str, Group]:
    """Groups by name. A class that is not in the design is noted: its module may just not be installed."""
    found = {}
    for node in document.all("user_rights/groups/group"):
        names = []
        for entry in node.all("classes/class"):
            if entry.id in classes:
                names.append(entry.id)
            else:
                findings.note(entry, f"group {node.id!r} names class {entry.id!r}, which the design has not")
        found[node.id] = Group(node.id, tuple(names))
    return found


def profiles(document: Node, known: Mapping[str, Group], findings: Findings) -> dict[int, Profile]:
    """Profiles by number; the Administrator is always there."""
    found = {
        ADMINISTRATOR: Profile(ADMINISTRATOR, "Administrator", "Has the rights on everything (bypassing any control)")
    }
    for node in document.all("user_rights/profiles/profile"):
        if not node.id.isdecimal():
            findings.fault(
                node, f"a profile needs a number as id, not {node.id!r}", 'write <profile id="...number...">'
            )
            continue
        grants = {}
        for group in node.all("groups/group"):
            if group.id != EVERYTHING and group.id not in known:
                findings.fault(group, f"unknown group {group.id!r}", cure_for(group.id, known))
            grants[group.id] = MappingProxyType(_actions(group, findings))
        name = node.content("name")
        if not name:
            findings.fault(node, "a profile has no name", "write <name> in it")
        number = int(node.id)
        found[number] = Profile(number, name, node.content("description"), MappingProxyType(grants))
    return found


def _actions(group: Node, findings: Findings) -> dict[str, bool]:
    """Action or ``stimulus:code`` -> allowed."""
    granted: dict[str, bool] = {}
    for node in group.all("actions/action"):
        kind, _, rest = node.id.partition(":")
        if kind == "stimulus" and rest:
            action = node.id
        elif kind == "action" and rest in ACTIONS:
            action = rest
        else:
            known = ", ".join(f"action:{name}" for name in ACTIONS)
            findings.fault(node, f"unknown action {node.id!r}", f"write one of {known}, or stimulus:<code>")
            continue
        if node.value not in GRANTS:
            findings.fault(node, f"a grant says {node.value!r}", "write allow or deny")
            continue
        granted[action] = GRANTS[node.value]
    return granted
