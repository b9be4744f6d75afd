"""core/get_related beyond the recorded scenarios: rights, and parameters of odd types."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest

from interdesk.desk import SYSTEM, Actor
from interdesk.dialects.itop.endpoint import rendered
from interdesk.dialects.itop.service import Service
from interdesk.model import Group, Profile
from interdesk.store import Store
from tests.desk.impact import Impact, Place, impact_model
from tests.support.databases import Databases

READER, EXPORTER = 7, 8
PROFILES = {
    READER: Profile(READER, "Reader", "", {"All": {"read": True}, "Boxes": {"read": True}}),
    EXPORTER: Profile(EXPORTER, "Exporter", "", {"Halves": {"bulk read": True}}),
}
GROUPS = {
    "All": Group("All", ("Item", "Feed")),
    "Boxes": Group("Boxes", ("Box",)),
    "Halves": Group("Halves", ("Half",)),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def impact(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Impact]:
    model = dataclasses.replace(impact_model(), profiles=PROFILES, groups=GROUPS)
    url = databases.with_schema(request.param, model)
    store = Store.open(url, model)
    yield Impact(store)
    store.close()
    databases.drop(url)


def asked(impact: Impact, start: Place, actor: Actor = SYSTEM, **more: Any) -> dict[str, Any]:
    data = {"operation": "core/get_related", "class": start[0], "key": start[1], "relation": "feeds", **more}
    body = Service(impact.desk).run(actor, "1.3", json.dumps(data))
    assert body is not None
    answer: dict[str, Any] = json.loads(rendered(body, None)[0])
    return answer


def someone(*profiles: int) -> Actor:
    return Actor(user=9, login="someone", name="Someone", profiles=frozenset(profiles))


@pytest.fixture(scope="module")
def chain(impact: Impact) -> list[Place]:
    """A Half that feeds a Box that feeds a Half."""
    (first,), (second,) = impact.items("first", kind="Half"), impact.items("second", kind="Box", redundancy="1")
    (third,) = impact.items("third", kind="Half")
    impact.feed((first, second), (second, third))
    return [first, second, third]


def test_every_class_found_must_be_open_to_export(impact: Impact, chain: list[Place]) -> None:
    prefix = "The current user does not have enough permissions for exporting data of class(es): "
    body = asked(impact, chain[0], someone(READER))
    assert body == {"code": 1, "message": prefix + "Half, Box", "objects": None, "relations": []}
    assert asked(impact, chain[0], someone(READER, EXPORTER))["message"] == prefix + "Box"
    assert asked(impact, chain[2], someone(READER, EXPORTER))["message"] == "Scope: 1; Related objects: Half= 1"


def test_who_may_read_nothing_finds_nothing(impact: Impact, chain: list[Place]) -> None:
    body = asked(impact, chain[0], someone(EXPORTER))
    assert body == {"code": 0, "message": "Nothing found", "objects": None, "relations": []}


@pytest.mark.parametrize(
    ("depth", "count"),
    [(None, 3), (1, 2), ("1", 2), (1.9, 2), ("many", 1), (True, 2), ([], 1), (10**30, 3), (-(10**30), 1), (1e300, 1)],
)
def test_depth_is_read_loosely(impact: Impact, chain: list[Place], depth: Any, count: int) -> None:
    assert len(asked(impact, chain[0], depth=depth)["objects"]) == count


@pytest.mark.parametrize(
    ("value", "on"), [(True, True), ("1", True), ("false", True), (0, False), ("0", False), (None, False)]
)
def test_redundancy_is_read_loosely(impact: Impact, value: Any, on: bool) -> None:
    first, other = impact.items("first", "other")
    (box,) = impact.items("box", kind="Box", redundancy="1")
    impact.feed((first, box), (other, box))
    assert (f"Box::{box[1]}" in asked(impact, first, redundancy=value)["objects"]) is not on


@pytest.mark.parametrize("direction", ["left", "", "DOWN", 1, ["up"], {}])
def test_other_directions_are_refused(impact: Impact, chain: list[Place], direction: Any) -> None:
    body = asked(impact, chain[0], direction=direction)
    assert (body["code"], body["objects"], body["relations"]) == (100, None, [])
    assert body["message"].endswith(" for the parameter 'direction'. Valid values are 'up' and 'down'")


def test_names_are_quoted(impact: Impact) -> None:
    name = 'a "quoted" \\ name,\n\tünïcode \u2028 </script>'
    first, second = impact.items(name, name)
    impact.feed((first, second))
    body = asked(impact, first)
    shown = [f"{cls}::{key}" for cls, key in (first, second)]
    assert body["objects"] == {
        f"{cls}::{key}": {
            "code": 0,
            "message": "",
            "class": cls,
            "key": str(key),
            "fields": {"id": str(key), "friendlyname": name},
        }
        for cls, key in (first, second)
    }
    assert body["relations"] == {shown[0]: [{"key": shown[1]}]}
