"""Triggers that a flow brings along: on which signal, on which condition, which actions of the desk. Pure.

    {"name": "Tell the shop", "signal": "LEAVE_STATE", "sender": 3, "is_enabled": true,
     "rules": [{"condition": {"all": [{"key": "amount", "operator": "greater_than", "value": 100}]},
                "actions": ["Tell the shop"]}]}

``sender`` is the id of a node or line; signals of the whole ticket need none. Source of the names: facts 6.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from interdesk.approvals.commands import (
    Begin,
    Claim,
    Command,
    Deliver,
    Distribute,
    Effect,
    Ended,
    Entered,
    Left,
    NodeCommand,
    Resume,
    Suspend,
    Took,
)  # fmt: skip
from interdesk.approvals.conditions import names
from interdesk.approvals.refusals import BadFlow

Json = Mapping[str, Any]
OF_NODES = frozenset({"ENTER_STATE", "LEAVE_STATE", "DISTRIBUTE_STATE", "CLAIM_STATE", "DELIVER_STATE"})
OF_LINES = frozenset({"THROUGH_TRANSITION"})
OF_TICKETS = frozenset(
    {"CREATE_TICKET", "CLOSE_TICKET", "TERMINATE_TICKET", "SUSPEND_TICKET", "RECOVERY_TICKET", "DELETE_TICKET"}
    | {"GLOBAL_ENTER_STATE", "GLOBAL_LEAVE_STATE"}
)
SIGNALS = OF_NODES | OF_LINES | OF_TICKETS
ENDS = {"FINISHED": "CLOSE_TICKET", "TERMINATED": "TERMINATE_TICKET", "REVOKED": "DELETE_TICKET"}
MOST = 200
FOREIGN_ACTION = (
    "Trigger '{0}': its action {1} speaks of something registered where the flow comes from. Make an action of this "
    'desk and write its name into "actions" of the rule; or set "is_enabled" of the trigger to false'
)


@dataclass(frozen=True, slots=True)
class Rule:
    """``actions``: names of actions of the desk, done when the condition holds; an empty one always does."""

    actions: tuple[str, ...]
    condition: Json = field(default_factory=dict)

    def holds(self, values: Json) -> bool:
        tests = [_test(one, values) for one in self.condition.get("all") or ()]
        some = self.condition.get("any") or ()
        return all(tests) and (not some or any(_test(one, values) for one in some))


@dataclass(frozen=True, slots=True)
class FlowTrigger:
    """A trigger of a flow, or of a node or line in it: at a signal of ``sender``, the rules say what runs."""

    name: str
    signal: str
    sender: int
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Signal:
    """``sender``: the id of the node or line, 0 for the ticket. ``node``: at which node, 0 for none."""

    name: str
    sender: int = 0
    node: int = 0


def read(document: Any) -> tuple[FlowTrigger, ...]:
    """The triggers that are switched on. Raises BadFlow for those that nobody could fire."""
    if not isinstance(document or [], Sequence) or isinstance(document, str):
        raise BadFlow("workflow.triggers is a list")
    if len(document or []) > MOST:
        raise BadFlow(f"workflow.triggers has more than {MOST} entries")
    return tuple(_trigger(one) for one in document or () if not isinstance(one, Mapping) or one.get("is_enabled", True))


def of(command: Command, effects: Sequence[Effect]) -> Iterator[Signal]:
    """What a command and what came of it are called, in order."""
    match command:
        case Begin():
            yield Signal("CREATE_TICKET")
        case Suspend():
            yield Signal("SUSPEND_TICKET")
        case Resume():
            yield Signal("RECOVERY_TICKET")
    if isinstance(command, NodeCommand):
        own = {Claim: "CLAIM_STATE", Distribute: "DISTRIBUTE_STATE", Deliver: "DELIVER_STATE"}.get(type(command))
        if own:
            yield Signal(own, command.node, command.node)
    for effect in effects:
        match effect:
            case Entered(node=node):
                yield Signal("ENTER_STATE", node, node)
                yield Signal("GLOBAL_ENTER_STATE", 0, node)
            case Left(node=node):
                yield Signal("LEAVE_STATE", node, node)
                yield Signal("GLOBAL_LEAVE_STATE", 0, node)
            case Took(line=line):
                yield Signal("THROUGH_TRANSITION", line)
            case Ended(status=status):
                yield Signal(ENDS[status])


def renumbered(document: Any, nodes: Mapping[str, int], lines: Mapping[str, int]) -> list[Any]:
    """The triggers with the ids that nodes and lines have here. Raises BadFlow."""
    found = []
    for one in document or ():
        if not isinstance(one, Mapping):
            raise BadFlow("workflow.triggers has an entry that is no object")
        ids = nodes if one.get("signal") in OF_NODES else lines if one.get("signal") in OF_LINES else None
        sender = 0 if ids is None else ids.get(str(one.get("sender")), 0)
        if ids is not None and not sender and one.get("is_enabled", True):
            raise BadFlow(f"Trigger '{one.get('name')}': there is no sender {one.get('sender')!r} in the flow")
        found.append({**one, "sender": sender})
    return found


def _trigger(one: Any) -> FlowTrigger:
    if not isinstance(one, Mapping):
        raise BadFlow("workflow.triggers has an entry that is no object")
    name, signal, rules = str(one.get("name") or ""), one.get("signal"), one.get("rules") or []
    if signal not in SIGNALS:
        raise BadFlow(f"Trigger '{name}': {signal!r} is none of {', '.join(sorted(SIGNALS))}")
    if not isinstance(rules, list) or not all(isinstance(rule, Mapping) for rule in rules):
        raise BadFlow(f"Trigger '{name}': rules is a list of objects")
    return FlowTrigger(name, str(signal), int(one.get("sender") or 0), tuple(_rule(name, rule) for rule in rules))


def _rule(trigger: str, rule: Json) -> Rule:
    condition = (rule.get("condition") or {}) if rule.get("by_condition", True) else {}
    if not isinstance(condition, Mapping):
        raise BadFlow(f'Trigger \'{trigger}\': a condition is an object with "all" or "any"')
    for leaf in [*(condition.get("all") or ()), *(condition.get("any") or ())]:
        if not isinstance(leaf, Mapping) or not _key(leaf) or leaf.get("operator") not in OPERATORS:
            raise BadFlow(
                f"Trigger '{trigger}': a test is an object with key, value and one of the operators "
                f"{', '.join(sorted(OPERATORS))}"
            )
    actions = rule.get("actions") or []
    if not isinstance(actions, list):
        raise BadFlow(f"Trigger '{trigger}': actions is a list of names")
    for one in actions:
        if not isinstance(one, str):
            raise BadFlow(FOREIGN_ACTION.format(trigger, repr(one)[:200]))
    return Rule(tuple(actions), condition)


def _key(leaf: Json) -> str:
    params = leaf.get("params")
    return str(leaf.get("key") or (params.get("key") if isinstance(params, Mapping) else params) or "")


def _test(leaf: Json, values: Json) -> bool:
    """False for a variable without a value."""
    key = _key(leaf)
    return key in values and OPERATORS[leaf["operator"]](values[key], leaf.get("value"))


def _pair(one: Any, other: Any) -> tuple[Any, Any]:
    """Both as numbers where both are, else as texts."""
    try:
        return Decimal(_text(one)), Decimal(_text(other))
    except InvalidOperation:
        return _text(one), _text(other)


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _equal(one: Any, other: Any) -> bool:
    first, second = _pair(one, other)
    return bool(first == second)


def _greater(one: Any, other: Any) -> bool:
    first, second = _pair(one, other)
    return bool(first > second)


def _contains(one: Any, other: Any) -> bool:
    wanted = names(other)
    return bool(wanted) and (set(wanted) <= set(names(one)) or _text(other) in _text(one))


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equal_to": _equal,
    "non_equal": lambda one, other: not _equal(one, other),
    "not_equal_to": lambda one, other: not _equal(one, other),
    "contains": _contains,
    "in": lambda one, other: bool(names(one)) and set(names(one)) <= set(names(other)),
    "not_in": lambda one, other: not set(names(one)) & set(names(other)),
    "greater_than": _greater,
    "greater_than_or_equal_to": lambda one, other: _greater(one, other) or _equal(one, other),
    "less_than": lambda one, other: _greater(other, one),
    "less_than_or_equal_to": lambda one, other: _greater(other, one) or _equal(one, other),
    "after_than": _greater,
    "before_than": lambda one, other: _greater(other, one),
}
