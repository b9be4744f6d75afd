"""A flow definition: nodes, the lines between them, the fields of their forms. Immutable.

It is read from the workflow part of the export format (facts 7): see ``interdesk.approvals.definitions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from interdesk.approvals import signals
from interdesk.approvals.automatic import AUTOMATIC, Work, work_of
from interdesk.approvals.signals import FlowTrigger

Json = Mapping[str, Any]
NOTHING: Json = MappingProxyType({})

START, NORMAL, APPROVAL, SIGN, END = "START", "NORMAL", "APPROVAL", "SIGN", "END"
FORK, JOIN, ROUTER = "ROUTER-P", "COVERAGE", "ROUTER"
HANDLED = frozenset({NORMAL, APPROVAL, SIGN})  # nodes at which people do something
KNOWN = HANDLED | AUTOMATIC | {START, END, FORK, JOIN, ROUTER}

PROCESS, CLAIM_THEN, DISTRIBUTE_THEN, DISTRIBUTE_CLAIM = (
    "PROCESS",
    "CLAIM_THEN_PROCESS",
    "DISTRIBUTE_THEN_PROCESS",
    "DISTRIBUTE_THEN_CLAIM",
)
APPROVE_RESULT = "APPROVE_RESULT"  # ``meta.code`` of the field that takes the decision
NODE_RESULT, NODE_APPROVER = "NODE_APPROVE_RESULT", "NODE_APPROVER"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form. ``raw`` has all that the definition says of it."""

    id: int
    key: str
    type: str
    name: str
    required: bool
    raw: Json = field(default_factory=dict, repr=False)

    @property
    def choices(self) -> list[Json]:
        found = self.raw.get("choice")
        return list(found) if isinstance(found, list) else []

    @property
    def hidden_when(self) -> Json:
        """The condition that hides the field; empty: it is always shown."""
        return (self.raw.get("show_conditions") or NOTHING) if self.raw.get("show_type") == 0 else NOTHING

    @property
    def is_decision(self) -> bool:
        return bool((self.raw.get("meta") or NOTHING).get("code") == APPROVE_RESULT)


@dataclass(frozen=True)
class Node:
    """A step of a flow: who handles it, by which form, and when it is done."""

    id: int
    name: str
    type: str
    processors_type: str = "OPEN"
    processors: str = ""
    assignors_type: str = "EMPTY"
    assignors: str = ""
    distribute_type: str = PROCESS
    can_deliver: bool = False
    is_terminable: bool = False
    is_sequential: bool = False
    is_multi: bool = False
    is_allow_skip: bool = False
    is_submit: bool = False
    finish_condition: Json = field(default_factory=dict)
    outputs: tuple[Json, ...] = ()
    fields: tuple[int, ...] = ()
    raw: Json = field(default_factory=dict, repr=False)

    @property
    def everybody(self) -> bool:
        """True when one person's handling need not end the node."""
        return self.type == SIGN or (self.type == APPROVAL and self.is_multi)

    @property
    def ends_when_refused(self) -> bool:
        return bool((self.raw.get("extras") or NOTHING).get("enable_terminate_ticket_when_rejected"))

    def output_keys(self, code: str) -> list[str]:
        """The keys of the output variables with a code, such as PASS_COUNT."""
        return [str(one.get("key")) for one in self.outputs if (one.get("meta") or NOTHING).get("code") == code]

    @property
    def is_automatic(self) -> bool:
        return self.type in AUTOMATIC

    @cached_property
    def work(self) -> Work:
        """What an automatic node does. Raises BadFlow."""
        return work_of(self.name, self.type, self.raw.get("extras"))

    def named_outputs(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """(values of output variables by key, the names that are none): a name is a variable's key or code."""
        found: dict[str, Any] = {}
        unknown = []
        for name, value in given.items():
            keys = [name] if name in self.codes else self.output_keys(name)
            found |= dict.fromkeys(keys, value)
            if not keys:
                unknown.append(name)
        return found, sorted(unknown)

    @cached_property
    def codes(self) -> dict[str, str]:
        """Output key -> code."""
        return {str(one.get("key")): str((one.get("meta") or NOTHING).get("code") or "") for one in self.outputs}


@dataclass(frozen=True, slots=True)
class Line:
    """A way from one node to another, taken when its condition holds; an empty condition always does."""

    id: int
    source: int
    target: int
    name: str = ""
    condition: Json = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Flow:
    """One version of a flow. ``revoke_type``: 1 always, 2 until somebody acted, 3 until ``revoke_node`` is entered."""

    id: int
    name: str
    nodes: Mapping[int, Node]
    lines: tuple[Line, ...]
    fields: Mapping[int, Field] = field(default_factory=dict)
    table: tuple[Field, ...] = ()  # of the base model
    is_revocable: bool = True
    revoke_type: int = 1
    revoke_node: int = 0
    is_auto_approve: bool = False
    raw: Json = field(default_factory=dict, repr=False)

    @cached_property
    def triggers(self) -> tuple[FlowTrigger, ...]:
        """Those of the flow itself. Raises BadFlow."""
        return signals.read(self.raw.get("triggers"))

    @cached_property
    def start(self) -> Node:
        return next(node for node in self.nodes.values() if node.type == START)

    @cached_property
    def submit(self) -> Node:
        return next(node for node in self.nodes.values() if node.is_submit)

    @cached_property
    def _from(self) -> dict[int, tuple[Line, ...]]:
        return {key: tuple(line for line in self.lines if line.source == key) for key in self.nodes}

    def lines_from(self, node: int) -> tuple[Line, ...]:
        return self._from[node]

    @cached_property
    def below(self) -> dict[int, frozenset[int]]:
        """Node -> all nodes that can be reached from it by one line or more."""
        found: dict[int, frozenset[int]] = {}
        for key in self.nodes:
            seen: set[int] = set()
            todo = [line.target for line in self._from[key]]
            while todo:
                at = todo.pop()
                if at not in seen:
                    seen.add(at)
                    todo += [line.target for line in self._from[at]]
            found[key] = frozenset(seen)
        return found

    def form(self, node: Node) -> list[Field]:
        return [self.fields[key] for key in node.fields]

    @cached_property
    def in_order(self) -> list[Node]:
        """The nodes from the start on, one branch after the other; those that no line reaches are left out."""
        order: dict[int, None] = {}
        todo = [self.start.id]
        while todo:
            at = todo.pop()
            if at not in order:
                order[at] = None
                todo += [line.target for line in reversed(self._from[at])]
        return [self.nodes[key] for key in order]
