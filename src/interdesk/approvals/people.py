"""Who handles a node: the processor types of a flow, resolved to names. Pure; what a desk knows is a ``Directory``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from interdesk.approvals.conditions import names

OPEN, PERSON, EMPTY, VARIABLE, VARIABLE_LEADER = "OPEN", "PERSON", "EMPTY", "VARIABLE", "VARIABLE_LEADER"
STARTER, STARTER_LEADER, ASSIGN_LEADER, BY_ASSIGNOR = "STARTER", "STARTER_LEADER", "ASSIGN_LEADER", "BY_ASSIGNOR"
GENERAL, ORGANIZATION, IAM, CMDB, API = "GENERAL", "ORGANIZATION", "IAM", "CMDB", "API"
TYPES = frozenset(
    {OPEN, PERSON, EMPTY, VARIABLE, VARIABLE_LEADER, STARTER, STARTER_LEADER, ASSIGN_LEADER, BY_ASSIGNOR}
    | {GENERAL, ORGANIZATION, IAM, CMDB, API}
)
TO_PERSON = frozenset({VARIABLE, VARIABLE_LEADER, STARTER_LEADER, ASSIGN_LEADER})


class Directory(Protocol):
    """What is known of people, by the names that flows use."""

    def leaders(self, name: str) -> Sequence[str]: ...

    def role(self, key: str) -> Sequence[str]:
        """The people of a role."""

    def organization(self, key: str) -> Sequence[str]:
        """The people of an organization and of those below it."""


class Nobody:
    """A directory without entries."""

    def leaders(self, name: str) -> Sequence[str]:
        return ()

    def role(self, key: str) -> Sequence[str]:
        return ()

    def organization(self, key: str) -> Sequence[str]:
        return ()


def resolve(
    kind: str, listed: str, creator: str, values: Mapping[str, Any], handlers: Mapping[int, str], directory: Directory
) -> tuple[str, list[str]]:
    """(type, names) of a node when it is entered. ``handlers``: who handled a node last, by node id.

    Leaders and variables become persons. OPEN has no names: anybody may act.
    """
    parts = names(listed)
    match kind:
        case "PERSON":
            found = parts
        case "STARTER":
            found = [creator]
        case "STARTER_LEADER":
            found = list(directory.leaders(creator))
        case "ASSIGN_LEADER":
            ids = [int(part) for part in parts if part.isdecimal()]
            found = [name for node in ids if node in handlers for name in directory.leaders(handlers[node])]
        case "VARIABLE":
            found = _variable(parts, values)
        case "VARIABLE_LEADER":
            found = [leader for name in _variable(parts, values) for leader in directory.leaders(name)]
        case "GENERAL" | "IAM":
            found = [name for part in parts for name in directory.role(part)]
        case "ORGANIZATION":
            found = [name for part in parts for name in directory.organization(part)]
        case _:
            found = []
    return (PERSON if kind in TO_PERSON else kind), list(dict.fromkeys(found))


def _variable(keys: Sequence[str], values: Mapping[str, Any]) -> list[str]:
    """The people in the first of some fields that names any."""
    return next((found for key in keys if (found := names(values.get(key)))), [])
