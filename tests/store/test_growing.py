"""A process that was started with an older design works on, and starts again, while the schema has only grown."""

from __future__ import annotations

import pytest

from interdesk.errors import SchemaMismatch
from interdesk.model.attributes import String
from interdesk.store import Store, create_schema
from interdesk.store.migrations import Kind, apply, make_plan
from tests.support.models import attribute, declarations, desk_model, model


def grown() -> object:
    """The small desk with an attribute more on its first class."""
    found = declarations()
    found[0].attributes.append(attribute(String, "phone"))
    return model(found)


def test_an_old_process_writes_on_in_a_schema_that_grew(database_url: str) -> None:
    create_schema(database_url, desk_model())
    old = Store.open(database_url, desk_model())
    try:
        name = declarations()[0].name
        with old.write() as session:
            session.insert(name, {})
        plan = make_plan(database_url, grown())
        assert plan.grows
        apply(database_url, grown(), plan, with_backup=False)
        old.check()
        with old.write() as session:
            key = session.insert(name, {})
        with old.read() as session:
            assert session.connection.rows(f'SELECT count(*) FROM "{session.schema.table(name).name}"') == [(key,)]
        Store.open(database_url, desk_model()).close()
        new = Store.open(database_url, grown())
        with new.read() as session:
            assert session.connection.rows(f'SELECT phone FROM "{session.schema.table(name).name}"') == [("",)] * 2
        new.close()
    finally:
        old.close()


def test_an_old_process_stops_at_a_schema_that_lost_something(database_url: str) -> None:
    create_schema(database_url, grown())
    old = Store.open(database_url, grown())
    try:
        plan = make_plan(database_url, desk_model())
        assert not plan.grows
        apply(database_url, desk_model(), plan, destructive=True, with_backup=False)
        with pytest.raises(SchemaMismatch, match="another design"):
            old.check()
    finally:
        old.close()


def test_a_plan_tells_what_needs_a_value(database_url: str) -> None:
    create_schema(database_url, desk_model())
    store = Store.open(database_url, desk_model())
    found = declarations()
    with store.write() as session:
        session.insert(found[0].name, {})
    store.close()
    found[0].attributes.append(attribute(String, "phone", null_allowed=False))
    notices = [step for step in make_plan(database_url, model(found)).steps if step.kind is Kind.NOTICE]
    assert [(step.text.split(",")[0], step.rows) for step in notices] == [(f"{found[0].name}::phone needs a value", 1)]
