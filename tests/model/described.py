"""A loaded model told in the words of ``tests/facts``, so that the two can be compared value by value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interdesk.model import Flag, LifeCycle, Model, ObjectClass
from interdesk.model.attributes import (
    Attribute,
    DateTime,
    Decimal,
    Enum,
    ExternalField,
    ExternalKey,
    Language,
    LinkedSet,
    LinkedSetIndirect,
    MetaEnum,
    RedundancySettings,
    StopWatch,
    SubItem,
    TextValue,
)

FLAGS = {
    Flag.HIDDEN: "hidden",
    Flag.READ_ONLY: "readonly",
    Flag.MANDATORY: "mandatory",
    Flag.MUST_PROMPT: "mustprompt",
    Flag.MUST_CHANGE: "mustchange",
}


def described_class(model: Model, cls: ObjectClass) -> dict[str, Any]:
    """The class without its attributes and its life cycle."""
    return {
        "label": cls.label,
        "parent": cls.parent,
        "root": cls.root,
        "abstract": cls.abstract,
        "children": sorted(cls.descendants),
        "categories": sorted(cls.categories),
        "is_link": cls.is_link,
        "state_attribute": cls.state_attribute,
        "friendlyname": {"format": cls.naming.format or cls.name, "attributes": list(cls.naming.attributes)},
        "reconciliation_keys": list(cls.reconciliation),
        "default_order_by": {code: "asc" if up else "desc" for code, up in cls.order} or {"friendlyname": "asc"},
        "uniqueness_rules": {
            name: {
                "attributes": list(rule.attributes),
                "only_when": rule.filter,
                "active": not rule.disabled,
                "blocking": rule.blocking,
                "defined_on": rule.defined_on,
            }
            for name, rule in cls.uniqueness.items()
        },
        "obsolete_when": cls.obsolescence,
        "attributes": list(cls.attributes),
    }


def described_attribute(model: Model, cls: ObjectClass, attribute: Attribute) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": attribute.type_name,
        "label": attribute.label,
        "defined_in": attribute.defined_in,
        "writable": attribute.writable,
        "null_allowed": attribute.null_allowed,
        "default": attribute.default,
        "depends_on": sorted(attribute.depends_on),
    }
    if isinstance(attribute, TextValue):
        told["max_size"] = attribute.max_size
    if isinstance(attribute, DateTime):
        told["default"] = "(now)" if attribute.initial("2026-01-31 12:00:00") else None
    if isinstance(attribute, Decimal) and attribute.default is not None:
        told["default"] = f"{attribute.default:.{attribute.decimals}f}"
    if isinstance(attribute, Language):
        told["values"] = sorted(attribute.values)
    told |= _choices(attribute) | _references(model, cls, attribute) | _clocks(attribute)
    return told


def _choices(attribute: Attribute) -> dict[str, Any]:
    if not isinstance(attribute, Enum):
        return {}
    told: dict[str, Any] = {"values": list(attribute.values), "value_labels": dict(attribute.values)}
    if isinstance(attribute, MetaEnum):
        told["mapping"] = {
            name: {"attcode": mapping.attribute, "values": dict(mapping.values)}
            for name, mapping in attribute.mappings.items()
        }
    return told


def _references(model: Model, cls: ObjectClass, attribute: Attribute) -> dict[str, Any]:
    if isinstance(attribute, ExternalField):
        key = cls.attributes[attribute.ext_key]
        assert isinstance(key, ExternalKey)
        return {
            "target_class": key.target_class,
            "ext_key": attribute.ext_key,
            "target_attribute": attribute.target_attribute,
            "final_type": _final_type(model, cls, attribute),
        }
    if isinstance(attribute, ExternalKey):
        if not attribute.target_class:
            return {}
        return {"target_class": attribute.target_class, "on_target_delete": attribute.on_target_delete.value}
    if isinstance(attribute, LinkedSet):
        told: dict[str, Any] = {"linked_class": attribute.linked_class, "ext_key_to_me": attribute.ext_key_to_me}
        if isinstance(attribute, LinkedSetIndirect):
            told |= {"ext_key_to_remote": attribute.ext_key_to_remote, "duplicates": attribute.duplicates}
        return told
    return {}


def _final_type(model: Model, cls: ObjectClass, attribute: Attribute) -> str:
    while isinstance(attribute, ExternalField):
        key = cls.attributes[attribute.ext_key]
        assert isinstance(key, ExternalKey)
        cls = model.cls(key.target_class)
        attribute = cls.attributes[attribute.target_attribute]
    return attribute.type_name


def _clocks(attribute: Attribute) -> dict[str, Any]:
    if isinstance(attribute, StopWatch):
        return {
            "running_in_states": list(attribute.states),
            "thresholds": {str(percent): {"percent": percent} for percent in attribute.thresholds},
            "goal": attribute.goal,
        }
    if isinstance(attribute, SubItem):
        return {"sub_item_of": attribute.watch, "sub_item": attribute.item}
    return {}


def described_redundancy(attribute: RedundancySettings) -> dict[str, Any]:
    return {
        "enabled_mode": attribute.enabled_mode,
        "enabled": attribute.enabled,
        "min_up": attribute.min_up,
        "min_up_mode": attribute.min_up_mode,
        "min_up_type": attribute.min_up_type,
        "relation": attribute.relation,
        "from_class": attribute.from_class,
        "neighbour": attribute.neighbour,
    }


def described_life_cycle(cycle: LifeCycle) -> dict[str, Any]:
    return {
        "initial_state": cycle.initial_state,
        "states": {
            code: {"label": state.label, "attribute_flags": described_flags(state.flags)}
            for code, state in cycle.states.items()
        },
        "stimuli": {code: {"type": found.kind, "label": found.label} for code, found in cycle.stimuli.items()},
        "transitions": [
            {
                "from": source,
                "stimulus": stimulus,
                "to": found.target,
                "actions": [
                    {
                        "name": action.verb,
                        "params": ["sStimulusCode"] if action.params is None else [p.value for p in action.params],
                    }
                    for action in found.actions
                ],
                "attribute_flags": described_flags(found.flags),
            }
            for (source, stimulus), found in cycle.transitions.items()
        ],
    }


def described_flags(flags: Mapping[str, Flag]) -> dict[str, list[str]]:
    """Attribute -> names of its flags; attributes without any are left out."""
    told = {code: sorted(name for flag, name in FLAGS.items() if flag in flags) for code, flags in flags.items()}
    return {code: names for code, names in told.items() if names}
