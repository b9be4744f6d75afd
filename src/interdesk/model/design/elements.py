"""Readers: each takes one value of an attribute out of the elements of its ``<field>``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from interdesk.model.attributes import MetaMapping, OnTargetDelete, Threshold, ThresholdAction
from interdesk.model.design.faults import Findings
from interdesk.model.design.node import Node

Reader = Callable[[Node, Findings], Any]


def text(path: str, default: str = "") -> Reader:
    return lambda field, findings: field.content(path, default)


def optional(path: str) -> Reader:
    return lambda field, findings: field.content(path) or None


def needed(path: str) -> Reader:
    def reader(field: Node, findings: Findings) -> str:
        if not (found := field.content(path)):
            findings.fault(field, f"<{path}> is missing", f"add <{path}> to this {field.type}")
        return found

    return reader


def number(path: str, default: int) -> Reader:
    def reader(field: Node, findings: Findings) -> int:
        found = field.content(path)
        if not found:
            return default
        try:
            return int(found)
        except ValueError:
            place = field.at(path) or field
            findings.fault(place, f"<{path}> is not a whole number: {found!r}", "write digits only")
            return default

    return reader


def switch(path: str) -> Reader:
    return lambda field, findings: field.flag(path)


def words(path: str) -> Reader:
    def reader(field: Node, findings: Findings) -> tuple[str, ...]:
        return tuple(word.strip() for word in field.content(path).split(",") if word.strip())

    return reader


def codes(field: Node, findings: Findings) -> Mapping[str, str]:
    """The codes of an enumeration, each with itself as label; by rank where the field says so."""
    values = field.all("values/value")
    if field.content("sort_type") == "rank":
        values = sorted(values, key=lambda value: _rank(value.content("rank")))
    found: dict[str, str] = {}
    for value in values:
        code = value.content("code") or value.value or value.id
        if code in found:
            findings.fault(value, f"the value {code!r} exists twice", "remove one of the two")
        found[code] = code
    return found


def _rank(rank: str) -> float:
    try:
        return float(rank)
    except ValueError:
        return float("inf")


def set_size(field: Node, findings: Findings) -> int:
    """The characters that a set of codes may take: 15 an item, as recorded, and never less than 255."""
    items: int = number("max_items", 12)(field, Findings())
    return max(255, 15 * items)


def on_target_delete(field: Node, findings: Findings) -> OnTargetDelete:
    place = field.at("on_target_delete")
    if place is None or not place.value:
        return OnTargetDelete.MANUAL
    try:
        return OnTargetDelete(place.value)
    except ValueError:
        known = ", ".join(member.value for member in OnTargetDelete)
        findings.fault(place, f"unknown rule for deletions: {place.value!r}", f"write one of {known}")
        return OnTargetDelete.MANUAL


def own_class(field: Node, findings: Findings) -> str:
    """The class that holds the field."""
    holder = field.parent.parent if field.parent is not None else None
    return holder.id if holder is not None else ""


def mappings(field: Node, findings: Findings) -> Mapping[str, MetaMapping]:
    return MappingProxyType(
        {
            mapping.id: MetaMapping(
                attribute=mapping.content("attcode"),
                values=MappingProxyType(
                    {
                        value.id or value.value: meta.id
                        for meta in mapping.all("metavalues/metavalue")
                        for value in meta.all("values/value")
                    }
                ),
            )
            for mapping in field.all("mappings/mapping")
        }
    )


def states(field: Node, findings: Findings) -> tuple[str, ...]:
    return tuple(state.id or state.value for state in field.all("states/state"))


def thresholds(field: Node, findings: Findings) -> Mapping[int, Threshold]:
    found: dict[int, Threshold] = {}
    for node in field.all("thresholds/threshold"):
        if not node.id.isdecimal():
            findings.fault(node, f"a threshold needs a percentage as id, not {node.id!r}", 'write <threshold id="75">')
            continue
        actions = tuple(
            ThresholdAction(action.content("verb"), tuple(param.value for param in action.all("params/param")))
            for action in node.all("actions/action")
        )
        found[int(node.id)] = Threshold(int(node.id), actions)
    return MappingProxyType(found)


def pattern(field: Node, findings: Findings) -> str | None:
    """The validation pattern in Python's dialect. One that cannot be used is noted and left out."""
    place = field.at("validation_pattern")
    if place is None or not place.value:
        return None
    written = place.value
    for original, ours in PATTERN_DIALECT.items():
        written = written.replace(original, ours)
    try:
        re.compile(written)
    except re.error as problem:
        findings.note(place, f"the pattern {place.value!r} cannot be used ({problem}): values are not checked by it")
        return None
    return written


# What PHP's expressions write otherwise. The classes of letters stand inside brackets.
PATTERN_DIALECT = {
    "[:alpha:]": "a-zA-Z", "[:digit:]": "0-9", "[:alnum:]": "a-zA-Z0-9", "[:upper:]": "A-Z", "[:lower:]": "a-z",
    "[:space:]": r"\s", "[:xdigit:]": "0-9a-fA-F", "[:word:]": r"\w", r"\z": r"\Z",
}  # fmt: skip
