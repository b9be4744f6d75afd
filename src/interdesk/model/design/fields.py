"""Fields: from ``xsi:type`` to an attribute class, and which elements of a field fill which of its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from interdesk.model.attributes import (
    BY_TYPE,
    Attribute,
    FixedRedundancy,
    LinkedSet,
    MetaEnum,
    MetaMapping,
    OnTargetDelete,
    RedundancySettings,
    SubItem,
    Threshold,
    ThresholdAction,
)
from interdesk.model.design.faults import Findings
from interdesk.model.design.node import TRUE, Node

Reader = Callable[[Node, Findings], Any]
NULL_BY_DEFAULT = frozenset(
    {"AttributeLinkedSet", "AttributeLinkedSetIndirect", "AttributeStopWatch", "AttributeDashboard"}
)
TRACKING = frozenset({"all", "none", "list", "details"})


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
PATTERN: dict[str, Reader] = {"pattern": pattern}
TEXT: dict[str, Reader] = {**PATTERN, "format": text("format", "text")}
KEY: dict[str, Reader] = {"on_target_delete": on_target_delete, "filter": optional("filter")}
SET: dict[str, Reader] = {
    "linked_class": needed("linked_class"),
    "ext_key_to_me": needed("ext_key_to_me"),
    "count_min": number("count_min", 0),
    "count_max": number("count_max", 0),
    "tracking": text("tracking_level", "list"),
    "edit_mode": text("edit_mode", "actions"),
}

# What a type reads from its elements, beyond what all types share.
ELEMENTS: dict[str, dict[str, Reader]] = {
    "AttributeString": PATTERN,
    "AttributeTemplateString": PATTERN,
    "AttributeUserControlledTemplate": PATTERN,
    "AttributeText": TEXT,
    "AttributeLongText": TEXT,
    "AttributeTemplateText": TEXT,
    "AttributeOQL": PATTERN,
    "AttributeHTML": {},
    "AttributeTemplateHTML": {},
    "AttributeEmailAddress": PATTERN,
    "AttributePhoneNumber": PATTERN,
    "AttributeURL": {**PATTERN, "target": text("target", "_blank")},
    "AttributeIPAddress": PATTERN,
    "AttributePassword": {"max_size": lambda field, findings: 64},
    "AttributeEncryptedString": {},
    "AttributeOneWayPassword": {},
    "AttributeInteger": {},
    "AttributePercentage": {},
    "AttributeDecimal": {"digits": number("digits", 12), "decimals": number("decimals", 2)},
    "AttributeBoolean": {},
    "AttributeDate": {},
    "AttributeDateTime": {},
    "AttributeDeadline": {},
    "AttributeDuration": {},
    "AttributeEnum": {"values": codes},
    "AttributeMetaEnum": {"values": codes, "mappings": mappings},
    "AttributeEnumSet": {"values": codes, "max_items": number("max_items", 12), "max_size": set_size},
    "AttributeTagSet": {"max_items": number("max_items", 12), "code_size": number("tag_code_max_len", 20)},
    "AttributeClassAttCodeSet": {
        "class_field": needed("class_field"),
        "max_items": number("max_items", 12),
        "max_size": set_size,
        "allowed_types": words("attribute_definition_list"),
        "excluded_types": words("attribute_definition_exclusion_list"),
    },
    "AttributeQueryAttCodeSet": {"class_field": needed("query_field"), "max_items": number("max_items", 12)},
    "AttributeClass": {"class_category": text("class_category"), "more_values": words("more_values")},
    "AttributeClassState": {"class_field": needed("class_field")},
    "AttributeApplicationLanguage": {},
    "AttributeExternalKey": {"target_class": needed("target_class"), **KEY},
    "AttributeHierarchicalKey": {"target_class": own_class, **KEY},
    "AttributeObjectKey": {"class_attribute": needed("class_attcode")},
    "AttributeExternalField": {
        "ext_key": needed("extkey_attcode"),
        "target_attribute": needed("target_attcode"),
    },
    "AttributeLinkedSet": SET,
    "AttributeLinkedSetIndirect": {
        **SET,
        "ext_key_to_remote": needed("ext_key_to_remote"),
        "duplicates": switch("duplicates"),
    },
    "AttributeCaseLog": {},
    "AttributeBlob": {},
    "AttributeImage": {},
    "AttributeStopWatch": {
        "states": states,
        "goal": text("goal"),
        "working_time": text("working_time"),
        "thresholds": thresholds,
    },
    "AttributeSubItem": {"watch": needed("target_attcode"), "item": needed("item_code")},
    "AttributeRedundancySettings": {
        "relation": text("relation_code"),
        "from_class": text("from_class"),
        "neighbour": text("neighbour_id"),
        "enabled": switch("enabled"),
        "enabled_mode": text("enabled_mode", "fixed"),
        "min_up": number("min_up", 0),
        "min_up_type": text("min_up_type", "count"),
        "min_up_mode": text("min_up_mode", "fixed"),
    },
    "AttributeDashboard": {},
    "AttributeCustomFields": {},
    "AttributeTable": {},
    "AttributePropertySet": {},
}


def read_field(field: Node, owner: str, findings: Findings) -> Attribute | None:
    """The attribute a ``<field>`` declares, labels still to come; None when it cannot be understood."""
    kind = field.type
    if not kind or kind not in ELEMENTS:
        known = ", ".join(sorted(ELEMENTS))
        said = f"unknown attribute type {kind!r}" if kind else "the field has no xsi:type"
        findings.fault(field, said, f"write one of {known}")
        return None
    made = BY_TYPE[kind]
    if made is RedundancySettings and _is_fixed(field):
        made = FixedRedundancy
    depends_on = tuple(node.id or node.value for node in field.all("dependencies/attribute"))
    special = {name: reader(field, findings) for name, reader in ELEMENTS[kind].items()}
    if special.get("pattern", "") is None:  # none written: the type's own pattern holds
        del special["pattern"]
    if made is MetaEnum:
        depends_on = tuple(dict.fromkeys(mapping.attribute for mapping in special["mappings"].values()))
    tracking = field.content("tracking_level", "all") or "all"
    if tracking not in TRACKING:
        place = field.at("tracking_level") or field
        findings.fault(place, f"unknown tracking level {tracking!r}", f"write one of {', '.join(sorted(TRACKING))}")
    shared: dict[str, Any] = {
        "code": field.id,
        "type_name": kind,
        "defined_in": owner,
        "label": field.id,
        "null_allowed": field.flag("is_null_allowed", kind in NULL_BY_DEFAULT),
        "depends_on": depends_on,
        "tracked": tracking != "none",
    }
    if issubclass(made, LinkedSet):
        shared["null_allowed"] = True
    elif made is SubItem:
        shared["null_allowed"] = not special["item"].endswith(("_passed", "_triggered"))
    return made(**shared, **special, **_default(field, kind, special, findings))


def _is_fixed(field: Node) -> bool:
    return "user" not in (field.content("enabled_mode"), field.content("min_up_mode"))


def _default(field: Node, kind: str, special: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    """The default value in its stored form; {} to leave the type's own."""
    place = field.at("default_value")
    written = place.text if place is not None else ""
    if kind == "AttributeRedundancySettings":
        if not special["enabled"]:
            return {"default": "disabled"}
        return {"default": f"{special['min_up']}%" if special["min_up_type"] == "percent" else str(special["min_up"])}
    convert = DEFAULTS.get(kind)
    if convert is None or place is None or not written.strip():
        return {}
    try:
        return {"default": convert(written.strip())}
    except ValueError:
        findings.fault(
            place, f"the default value {written.strip()!r} does not suit {kind}", "write a value of that type"
        )
        return {}


def _truth(written: str) -> bool:
    return written.lower() in TRUE


DEFAULTS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(
        (
            "AttributeString", "AttributeTemplateString", "AttributeUserControlledTemplate", "AttributeText",
            "AttributeLongText", "AttributeTemplateText", "AttributeOQL", "AttributeHTML", "AttributeTemplateHTML",
            "AttributeEmailAddress", "AttributePhoneNumber", "AttributeURL", "AttributeIPAddress", "AttributeEnum",
            "AttributeMetaEnum", "AttributeEnumSet", "AttributeTagSet", "AttributeClass", "AttributeClassState",
            "AttributeApplicationLanguage", "AttributePassword", "AttributeEncryptedString",
        ),
        str,
    ),
    **dict.fromkeys(("AttributeInteger", "AttributePercentage", "AttributeDuration"), int),
    **dict.fromkeys(("AttributeExternalKey", "AttributeHierarchicalKey", "AttributeObjectKey"), int),
    "AttributeDecimal": float,
    "AttributeBoolean": _truth,
}  # fmt: skip
