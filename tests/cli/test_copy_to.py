"""A desk that is copied to another database has the same rows there, and goes on where it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from interdesk.cli.copy_to import copy_to
from interdesk.desk import SYSTEM
from interdesk.desk.values import Document, LogChange, NewEntry
from interdesk.errors import StoreError
from interdesk.store import Store
from interdesk.store.copying import batches
from interdesk.store.database import open_database
from tests.support.databases import Databases
from tests.support.people import bundled_model, desk_over

OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}


@pytest.fixture
def target(databases: Databases, dialect: str) -> str:
    """An empty database of the other kind."""
    return databases.empty(OTHER[dialect])


def fill(url: str) -> int:
    """A little of everything: a tree, a log, a document, an id that was given and is gone. The ticket's id."""
    store = Store.open(url, bundled_model())
    desk = desk_over(store)
    with desk.transaction(SYSTEM) as tx:
        top = tx.create("Organization", {"name": "Tōp"})
        below = tx.create("Organization", {"name": "Below", "parent_id": top})
        person = tx.create("Person", {"org_id": below, "name": "Doe", "first_name": "Ann"})
        values = {"org_id": below, "caller_id": person, "title": "A", "description": "<p>é</p>"}
        ticket = tx.create("UserRequest", {**values, "public_log": LogChange((NewEntry("<p>said</p>"),))})
        gone = tx.create("UserRequest", values)
        document = Document(b"\x00\xff", "application/octet-stream", "a.bin")
        tx.create("Attachment", {"item_class": "UserRequest", "item_id": ticket, "contents": document})
    with desk.transaction(SYSTEM) as tx:
        tx.delete("UserRequest", [gone])
    store.close()
    return gone


def test_a_copy_has_every_row_and_goes_on(databases: Databases, dialect: str, target: str, tmp_path: Path) -> None:
    source = databases.with_schema(dialect, bundled_model())
    gone = fill(source)
    arguments = ["--data", str(tmp_path), "--database", source, target]
    done = CliRunner().invoke(copy_to, arguments)
    assert done.exit_code == 0, done.exception
    assert "Organization: 2 rows, checksum " in done.output
    assert "the same in both databases" in done.output

    store = Store.open(target, bundled_model())
    origin, copied = open_database(source, 60), open_database(target, 60)
    try:
        with origin.read() as left, copied.read() as right:
            for name in ("Organization", "Ticket", "log_entry", "blob", "tree_Organization_parent_id", "CMDBChangeOp"):
                table = store.schema.metadata.tables[name]
                rows = list(batches(left, table))
                assert rows
                assert rows == list(batches(right, table)), name
        with desk_over(store).transaction(SYSTEM) as tx:
            assert tx.create("UserRequest", {"org_id": 1, "title": "Next", "description": "x"}) == gone + 1
    finally:
        origin.close()
        copied.close()
        store.close()

    again = CliRunner().invoke(copy_to, arguments)
    assert isinstance(again.exception, StoreError)
    assert "not empty" in str(again.exception)
