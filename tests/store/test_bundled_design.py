"""The bundled design fits into both databases: every class can be read with all it has."""

from __future__ import annotations

import functools
from collections.abc import Callable

from interdesk import oql
from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import CaseLog, Dashboard, LinkedSet, OneWayPassword
from interdesk.model.design import bundled, load
from interdesk.store import Store


@functools.cache
def model() -> Model:
    return load(bundled())


def readable(cls: ObjectClass) -> tuple[str, ...]:
    apart = (CaseLog, Dashboard, LinkedSet, OneWayPassword)  # not kept in the row, or never read
    return ("id", *(code for code, attribute in cls.attributes.items() if not isinstance(attribute, apart)))


def test_every_class_is_read_with_all_its_attributes(open_store: Callable[[Model], Store]) -> None:
    store = open_store(model())
    with store.read() as session:
        for cls in model().classes.values():
            query = oql.query(f"SELECT {cls.name}", model())
            assert session.fetch(store.compiler.select(query, readable(cls))) == []


def test_obsolescence_rules_run(open_store: Callable[[Model], Store]) -> None:
    obsolete = [name for name, cls in model().classes.items() if cls.obsolescence]
    assert {"Server", "Person", "TelephonyDevice"} <= set(obsolete)
    store = open_store(model())
    with store.read() as session:
        for name in obsolete:
            query = oql.query(f"SELECT {name} WHERE obsolescence_flag = 1", model())
            assert session.fetch(store.compiler.select(query, ("id", "obsolescence_flag"))) == []
