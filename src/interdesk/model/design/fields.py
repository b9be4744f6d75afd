"""Fields: from ``xsi:type`` to an attribute class, and which elements of a field fill which of its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from interdesk.model.attributes import (
    BY_TYPE,
    Attribute,
    FixedRedundancy,
    LinkedSet,
    MetaEnum,
    RedundancySettings,
    SubItem,
)
from interdesk.model.design.elements import (
    Reader,
    codes,
    mappings,
    needed,
    number,
    on_target_delete,
    optional,
    own_class,
    pattern,
    set_size,
    states,
    switch,
    text,
    thresholds,
    words,
)
from interdesk.model.design.faults import Findings
from interdesk.model.design.node import TRUE, Node

NULL_BY_DEFAULT = frozenset(
    {"AttributeLinkedSet", "AttributeLinkedSetIndirect", "AttributeStopWatch", "AttributeDashboard"}
)
TRACKING = frozenset({"all", "none", "list", "details"})


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
