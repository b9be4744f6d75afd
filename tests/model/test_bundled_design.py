"""The bundled design against what was read from the reference: class by class, attribute by attribute."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from interdesk.model import ACTIONS, Model, effective
from interdesk.model.attributes import RedundancySettings
from interdesk.model.design import bundled, load
from tests.model.described import (
    described_attribute,
    described_class,
    described_life_cycle,
    described_redundancy,
)
from tests.model.design_differences import ADDITIONS, DIFFERENCES

FACTS_FOLDER = Path(__file__).parents[1] / "facts"
FACTS: dict[str, Any] = json.loads((FACTS_FOLDER / "itop_datamodel.json").read_text(encoding="utf-8"))
PROFILES: dict[str, Any] = json.loads((FACTS_FOLDER / "itop_profiles.json").read_text(encoding="utf-8"))["profiles"]
CLASSES: dict[str, Any] = FACTS["classes"]
SIGNS = {True: "+", False: "-", None: "."}

# What the facts say of these types is how the reference keeps or shows a value, not what the value is.
WITHOUT_DEFAULT = {
    "AttributeExternalField", "AttributeFinalClass", "AttributeFriendlyName", "AttributeObsolescenceFlag",
    "AttributePropertySet", "AttributeTable", "AttributeTagSet",
}  # fmt: skip
WITH_VALUES = {"AttributeApplicationLanguage", "AttributeEnum", "AttributeMetaEnum"}
COMPUTED = {"AttributeFinalClass", "AttributeFriendlyName", "AttributeObsolescenceFlag"}


@functools.cache
def model() -> Model:
    return load(bundled())


def expected_class(name: str) -> dict[str, Any]:
    facts = dict(CLASSES[name])
    facts.pop("lifecycle", None)
    return facts | {
        "children": sorted(facts["children"]),
        "categories": sorted(category.strip() for category in facts["categories"]),
        "obsolete_when": condition(facts.get("obsolete_when")),
        "attributes": list(facts["attributes"]),
    }


def condition(facts: Any) -> str | None:
    """The facts' tree as OQL."""
    match facts:
        case None:
            return None
        case "never":
            return "0"
        case {"all_of": parts}:
            return " AND ".join(str(condition(part)) for part in parts)
        case {"attribute": attribute, "is": "set"}:
            return f"ISNULL({attribute}) = 0"
        case {"attribute": attribute, "before": "15 months ago (date, midnight)"}:
            return f"{attribute} < DATE_FORMAT(DATE_SUB(NOW(), INTERVAL 15 MONTH), '%Y-%m-%d 00:00:00')"
        case {"attribute": attribute, "equals": True}:
            return f"{attribute} = 1"
        case {"attribute": attribute, "equals": value}:
            return f"{attribute} = '{value}'"
    raise AssertionError(f"unknown condition {facts!r}")


def expected_attribute(name: str, code: str) -> dict[str, Any]:
    facts = dict(CLASSES[name]["attributes"][code])
    kind = facts["type"]
    if kind in WITHOUT_DEFAULT:
        facts.pop("default", None)
    if kind not in WITH_VALUES:
        facts.pop("values", None)
    elif kind == "AttributeApplicationLanguage":
        facts["values"] = sorted(facts["values"])
    if kind in COMPUTED:
        facts.pop("max_size", None)
    if "depends_on" in facts:
        facts["depends_on"] = sorted(facts["depends_on"])
    return facts


def differing(place: str, expected: Mapping[str, Any], actual: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Place -> (expected, actual) for each key of ``expected``, without the deliberate differences."""
    found = {f"{place}/{key}": (value, actual.get(key)) for key, value in expected.items() if actual.get(key) != value}
    return {key: pair for key, pair in found.items() if not any(fnmatchcase(key, known) for known in DIFFERENCES)}


def test_every_class_is_there() -> None:
    assert sorted(model().classes) == sorted([*CLASSES, *ADDITIONS])


@pytest.mark.parametrize("name", CLASSES)
def test_class(name: str) -> None:
    assert differing(name, expected_class(name), described_class(model(), model().cls(name))) == {}


@pytest.mark.parametrize("name", CLASSES)
def test_attributes(name: str) -> None:
    cls = model().cls(name)
    wrong = {}
    for code in CLASSES[name]["attributes"]:
        told = described_attribute(model(), cls, cls.attribute(code))
        wrong |= differing(f"{name}/{code}", expected_attribute(name, code), told)
    assert wrong == {}


@pytest.mark.parametrize("name", CLASSES)
def test_nothing_depends_on_more_than_in_the_facts(name: str) -> None:
    facts = CLASSES[name]["attributes"]
    more = {
        code: attribute.depends_on
        for code, attribute in model().cls(name).attributes.items()
        if attribute.depends_on and not facts[code].get("depends_on")
    }
    assert more == {}


@pytest.mark.parametrize("name", [name for name in CLASSES if "lifecycle" in CLASSES[name]])
def test_life_cycle(name: str) -> None:
    facts = CLASSES[name]["lifecycle"]
    expected = facts | {
        "states": {
            code: state | {"attribute_flags": sorted_flags(state["attribute_flags"])}
            for code, state in facts["states"].items()
        },
        "transitions": [
            step | {"attribute_flags": sorted_flags(step.get("attribute_flags") or {})} for step in facts["transitions"]
        ],
    }
    cycle = model().cls(name).lifecycle
    assert cycle is not None
    assert differing(f"{name}/lifecycle", expected, described_life_cycle(cycle)) == {}
    assert list(cycle.states) == list(facts["states"])


def sorted_flags(flags: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {code: sorted(names) for code, names in flags.items() if names}


def test_other_classes_have_no_transitions() -> None:
    cycles = {name: cls.lifecycle for name, cls in model().classes.items() if "lifecycle" not in CLASSES.get(name, {})}
    assert {name for name, cycle in cycles.items() if cycle is not None and cycle.transitions} == set()


def test_relations() -> None:
    found = [
        {
            "from_class": cls.name,
            "neighbour": neighbour.name,
            "attribute": neighbour.attribute,
            "direction": neighbour.direction,
        }
        for cls in model().classes.values()
        for neighbour in cls.neighbours
        if neighbour.relation == "impacts" and neighbour.defined_in == cls.name and cls.name not in ADDITIONS
    ]
    kept = ("from_class", "neighbour", "attribute", "direction")
    expected = [{key: facts[key] for key in kept} for facts in FACTS["relations"]["impacts"]]
    assert sorted(found, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    ("name", "through", "down", "up"),
    [
        pytest.param(
            facts["from_class"], facts["through"], facts["to_class"], facts["neighbour"], id=facts["neighbour"]
        )
        for facts in FACTS["relations"]["impacts"]
        if "through" in facts
    ],
)
def test_relations_by_query(name: str, through: Mapping[str, Any], down: str, up: str) -> None:
    neighbour = next(found for found in model().cls(name).neighbours if found.name == up)
    assert neighbour.query_down is not None and neighbour.query_up is not None
    assert neighbour.query_down.startswith(f"SELECT {down}")
    assert neighbour.query_up.startswith(f"SELECT {name}")
    for key in through.get("target_keys_to_source", ()):
        assert f"{key} = :this->id" in neighbour.query_down
        assert f"id = :this->{key}" in neighbour.query_up
    if "link_class" in through:
        for query, here, there in (
            (neighbour.query_down, through["source_key"], through["target_key"]),
            (neighbour.query_up, through["target_key"], through["source_key"]),
        ):
            assert f"JOIN {through['link_class']} AS l ON l.{there} = " in query
            assert f"l.{here} = :this->id" in query
            for code, value in through["only_when"].items():
                assert f"l.{code} = '{value}'" in query


def test_redundancy() -> None:
    found = {
        cls.name: {code: described_redundancy(attribute)}
        for cls in model().classes.values()
        for code, attribute in cls.attributes.items()
        if isinstance(attribute, RedundancySettings)
    }
    assert found == FACTS["redundancy"]


def test_profiles_have_the_known_identifiers() -> None:
    assert {profile.name: str(profile.id) for profile in model().profiles.values()} == {
        name: facts["id"] for name, facts in PROFILES.items()
    }


@pytest.mark.parametrize("name", PROFILES)
def test_grants(name: str) -> None:
    profile = model().profiles[int(PROFILES[name]["id"])]
    expected = {cls: signs for signs, classes in PROFILES[name]["grants"].items() for cls in classes}
    found = {cls: "".join(SIGNS[effective(model(), profile, cls, action)] for action in ACTIONS) for cls in CLASSES}
    assert {cls: signs for cls, signs in found.items() if signs != "......"} == expected


@pytest.mark.parametrize("name", PROFILES)
def test_grants_of_stimuli(name: str) -> None:
    profile = model().profiles[int(PROFILES[name]["id"])]
    found = {
        cls.name: {code for code in stimuli(cls.name) if effective(model(), profile, cls.name, f"stimulus:{code}")}
        for cls in model().classes.values()
    }
    assert {cls: codes for cls, codes in found.items() if codes} == {
        cls: set(codes) for cls, codes in PROFILES[name]["stimuli"].items()
    }


def stimuli(name: str) -> tuple[str, ...]:
    cycle = model().cls(name).lifecycle
    return tuple(cycle.stimuli) if cycle is not None else ()


def test_every_deliberate_difference_exists() -> None:
    places = {
        f"{name}/{key}"
        for name in CLASSES
        for key, value in expected_class(name).items()
        if described_class(model(), model().cls(name)).get(key) != value
    }
    for name, facts in CLASSES.items():
        cls = model().cls(name)
        for code in facts["attributes"]:
            told = described_attribute(model(), cls, cls.attribute(code))
            places |= {
                f"{name}/{code}/{key}"
                for key, value in expected_attribute(name, code).items()
                if told.get(key) != value
            }
    assert {known for known in DIFFERENCES if not any(fnmatchcase(place, known) for place in places)} == set()
