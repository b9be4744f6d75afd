"""A populated desk is what the desk itself would have written, the same each time, and sound."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from benchmarks.moulds import Foundry, Stage
from benchmarks.populate import START, Size, World, _basis, _ticket, populate
from interdesk.desk import Desk
from interdesk.model import Model
from interdesk.store import Store
from interdesk.store.bulk import Bulk
from interdesk.store.inspection import Level, inspect
from tests.support.databases import Databases
from tests.support.people import bundled_model, desk_over

TABLES = ("Ticket", "CMDBChange", "CMDBChangeOp", "log_entry", "lnkFunctionalCIToTicket")
SMALL = Size(tickets=40, cis=10)


def tables(desk: Desk, above: dict[str, int] | None = None) -> dict[str, list[Any]]:
    """Whole rows, by table."""
    with desk.store.write() as session:
        return {name: Bulk.of(session).above(name, (above or {}).get(name, 0)) for name in TABLES}


def test_a_populated_desk_is_sound_and_the_same_each_time(databases: Databases, dialect: str) -> None:
    found = []
    for _ in range(2):
        url = databases.with_schema(dialect, bundled_model())
        store = Store.open(url, bundled_model())
        desk = desk_over(store, lambda: START)
        populate(desk, SMALL)
        found.append(tables(desk))
        store.close()
        assert [one for one in inspect(url, bundled_model()) if one.level is Level.BROKEN] == []
        databases.drop(url)
    assert found[0] == found[1]
    assert len(found[0]["Ticket"]) == SMALL.tickets
    assert found[0]["log_entry"]
    assert found[0]["lnkFunctionalCIToTicket"]


def test_a_cast_is_what_the_desk_would_write(open_store: Callable[[Model], Store]) -> None:
    """The same ticket, once cast three weeks later with other people, once written by the desk itself."""
    written: list[dict[str, list[Any]]] = []
    for by_desk in (True, False):
        desk = desk_over(open_store(bundled_model()), lambda: START)
        world = World()
        _basis(desk, world)
        fixed = world.fixed
        with desk.store.write() as session:
            foundry = Foundry(desk, session)
            before = {name: foundry.bulk.highest(name) for name in TABLES}
            known = {name: fixed[name] for name in ("org", "caller", "machine")}
            mould = None if by_desk else foundry.mould(_ticket(world, "UserRequest", "closed", 1), START, known)
            # What a cast is given; the desk's own scenario has it in the place of the basis.
            other = {"org": fixed["provider"][1], "caller": fixed["agent"][1], "machine": fixed["machine"][1]}
            if mould is None:
                world.fixed = {**fixed, **{name: (fixed[name][0], key) for name, key in other.items()}}
                stage = Stage(desk, session, START + dt.timedelta(weeks=3))
                _ticket(world, "UserRequest", "closed", 1)(stage)
            else:
                foundry.cast(mould, 3, {**other, "title": "@title@", "text": "@text@"})
                foundry.finish()
        written.append(tables(desk, before))
    desk_rows, cast_rows = written
    assert len(desk_rows["CMDBChangeOp"]) > 10
    for name in TABLES:
        assert desk_rows[name] == cast_rows[name], name
