"""Conditions of lines, finish rules and fields: groups of comparisons joined by ``and`` or ``or``. Source: facts 6."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from interdesk.approvals.refusals import BadFlow

Json = Mapping[str, Any]
ALWAYS = "G_INT_1"  # the key that is always 1
NUMBERS = frozenset({"INT", "BOOLEAN"})
SETS = frozenset({"MULTISELECT", "CHECKBOX", "MEMBERS", "MEMBER"})
SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda one, other: bool(one == other),
    "!=": lambda one, other: bool(one != other),
    ">": lambda one, other: bool(one > other),
    "<": lambda one, other: bool(one < other),
    ">=": lambda one, other: bool(one >= other),
    "<=": lambda one, other: bool(one <= other),
}
SET_SIGNS = frozenset({"issuperset", "notissuperset", "in", "notin"})


class NoValue(Exception):
    """The condition speaks of a key that has no value now."""


def holds(condition: Json, values: Mapping[str, Any]) -> bool:
    """Whether a condition is true; one without comparisons is. Raises NoValue for a key without a value."""
    parts = condition.get("expressions")
    if isinstance(parts, list):
        found = (holds(part, values) for part in parts)
        return any(found) if condition.get("type") == "or" and parts else all(found)
    return _leaf(condition, values) if condition.get("key") else True


def leaves(condition: Json) -> Iterator[Json]:
    """The comparisons of a condition."""
    parts = condition.get("expressions")
    if isinstance(parts, list):
        for part in parts:
            yield from leaves(part)
    elif condition.get("key"):
        yield condition


def check(condition: Json) -> None:
    """Raises BadFlow for a comparison that nobody can make."""
    for leaf in leaves(condition):
        sign = leaf.get("condition")
        if sign not in SIGNS and sign not in SET_SIGNS:
            raise BadFlow(f"{leaf.get('key')}: {sign!r} is none of {', '.join([*SIGNS, *sorted(SET_SIGNS)])}")


def names(value: Any) -> list[str]:
    """A comma list, or a list, as its parts; empty parts are left out."""
    parts = value if isinstance(value, list) else str("" if value is None else value).split(",")
    return [text for part in parts if (text := str(part).strip())]


def _leaf(leaf: Json, values: Mapping[str, Any]) -> bool:
    key, sign, wanted = str(leaf["key"]), str(leaf.get("condition")), leaf.get("value")
    if key == ALWAYS:
        actual: Any = 1
        kind = "INT"
    elif key in values:
        actual, kind = values[key], str(leaf.get("type") or "STRING")
    else:
        raise NoValue(key)
    if sign in SET_SIGNS:
        return _sets(sign, set(names(actual)), set(names(wanted)))
    compare = SIGNS.get(sign)
    if compare is None:
        return False
    if kind in SETS:
        one, other = set(names(actual)), set(names(wanted))
        return compare(one, other)
    if kind in NUMBERS:
        number, bound = _number(actual), _number(wanted)
        return number is not None and bound is not None and compare(number, bound)
    return compare(_text(actual), _text(wanted))


def _sets(sign: str, actual: set[str], wanted: set[str]) -> bool:
    match sign:
        case "issuperset":
            return actual >= wanted
        case "notissuperset":
            return not actual >= wanted
        case "in":
            return bool(actual) and actual <= wanted
    return not (actual and actual <= wanted)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return Decimal(value)
    text = str(value).strip().lower()
    text = {"true": "1", "false": "0"}.get(text, text)
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
