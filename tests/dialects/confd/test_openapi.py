"""The description of the API against the table, the classes of the design, and what the server answers."""

from __future__ import annotations

from typing import Any

import pytest

from interdesk.dialects.confd.routes import ROUTES
from interdesk.model.attributes import Boolean, Integer, Secret
from interdesk.telephony.table import RESOURCES, Field, Kind, Resource
from tests.support.confd import Confd
from tests.support.people import bundled_model

EVERY_FIELD = [(resource, field) for resource in RESOURCES for field in resource.fields]
FORMS = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list, "null": type(None)}


@pytest.fixture(scope="module")
def description(shared_confd: Confd) -> Any:
    answer = shared_confd.client.get("/1.1/api/api.json", auth=None)
    assert answer.status_code == 200
    return answer.json()


def test_has_every_operation(description: Any) -> None:
    told = {(path, method.upper()) for path, methods in description["paths"].items() for method in methods}
    assert told == {(route.path, method) for route in ROUTES for method in route.methods}


def test_names_every_place_of_a_path(description: Any) -> None:
    for path, methods in description["paths"].items():
        for operation in methods.values():
            places = [found["name"] for found in operation.get("parameters", ()) if found["in"] == "path"]
            assert places == [part[1:-1] for part in path.split("/") if part.startswith("{")]


@pytest.mark.parametrize(("resource", "field"), EVERY_FIELD, ids=lambda part: getattr(part, "rel", None) or part.name)
def test_every_field_has_its_attribute(resource: Resource, field: Field) -> None:
    attribute = bundled_model().cls(resource.cls).attribute(field.code)
    assert isinstance(attribute, Secret) == (field.kind is Kind.SECRET)
    assert isinstance(attribute, Boolean) == (field.kind is Kind.BOOLEAN)
    assert isinstance(attribute, Integer) == (field.kind is Kind.INTEGER)
    size = getattr(attribute, "max_size", field.size)
    assert field.read_only or size is None or field.size <= size or field.kind is Kind.CONTEXT


def test_what_is_read_has_the_form_that_is_told(description: Any, shared_confd: Confd) -> None:
    shared_confd.walk()
    shared_confd.create("/devices", mac="02:00:00:00:00:01", options={"switchboard": True})
    shared_confd.create("/funckeys/templates", name="T", keys={"1": {"destination": {"type": "parking"}}})
    shared_confd.create("/voicemails", name="Box", number="1300", context="default")
    for resource in RESOURCES:
        schema = description["components"]["schemas"][resource.rel]
        items = shared_confd.get(f"/{resource.url}")["items"]
        assert items
        for item in items:
            assert sorted(item) == sorted(schema["required"])
            for name, value in item.items():
                kinds = schema["properties"][name]["type"]
                assert type(value) in [FORMS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)]
