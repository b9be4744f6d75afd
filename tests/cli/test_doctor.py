"""The doctor finds what was broken on purpose, and nothing in a sound desk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from interdesk.cli.doctor import doctor
from interdesk.desk import SYSTEM
from interdesk.desk.values import Document, LogChange, NewEntry
from interdesk.store import Store
from interdesk.store.database import open_database
from interdesk.store.inspection import Finding, Level, inspect
from tests.support.databases import Databases
from tests.support.people import bundled_model, desk_over


@pytest.fixture
def url(databases: Databases, dialect: str) -> Iterator[str]:
    """A desk with a tree, a log and a document."""
    found = databases.with_schema(dialect, bundled_model())
    store = Store.open(found, bundled_model())
    with desk_over(store).transaction(SYSTEM) as tx:
        top = tx.create("Organization", {"name": "Top"})
        below = tx.create("Organization", {"name": "Below", "parent_id": top})
        values = {"org_id": below, "title": "A", "description": "b"}
        ticket = tx.create("UserRequest", {**values, "public_log": LogChange((NewEntry("<p>said</p>"),))})
        contents = Document(b"x", "text/plain", "a.txt")
        tx.create("Attachment", {"item_class": "UserRequest", "item_id": ticket, "contents": contents})
    store.close()
    yield found
    databases.drop(found)


def troubles(url: str) -> list[Finding]:
    return [found for found in inspect(url, bundled_model()) if found.level is not Level.FINE]


def test_a_sound_desk_has_no_troubles(url: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(doctor, ["--data", str(tmp_path), "--database", url, "--format", "json"])
    lines = [json.loads(line) for line in done.output.splitlines()]
    assert done.exit_code == 0, done.output
    checks = {line["check"] for line in lines}
    assert checks >= {"design", "schema", "integrity", "keys", "trees", "logs", "documents", "work", "clock", "disk"}
    assert [line for line in lines if line["level"] == "broken"] == []
    assert troubles(url) == []


BREAKING = [
    ("keys", 'UPDATE "Ticket" SET team_id = 4711', "Ticket.team_id: 1 keys point to no object of Contact"),
    ("trees", 'DELETE FROM "tree_Organization_parent_id" WHERE depth = 1', "lacks 1 pairs"),
    ("trees", 'INSERT INTO "tree_Organization_parent_id" VALUES (1, 2, 1)', "has too many 1 pairs"),
    ("logs", "UPDATE log_entry SET object = 4711", "1 log entries belong to no object of Ticket"),
    ("documents", "DELETE FROM blob", "Attachment.contents: 1 documents are not there"),
    ("classes", "UPDATE \"Ticket\" SET finalclass = 'Riddle'", "of the class 'Riddle'"),
    ("clock", 'UPDATE "CMDBChange" SET "date" = \'2999-01-01 00:00:00\'', "clock is behind"),
]


@pytest.mark.parametrize(("check", "statement", "text"), BREAKING)
def test_what_is_broken_is_found(url: str, check: str, statement: str, text: str) -> None:
    database = open_database(url, 60)
    with database.write() as connection:
        connection.change(statement)
    database.close()
    found = troubles(url)
    assert [(one.check, text in one.text) for one in found] == [(check, True)]


@pytest.mark.parametrize(
    ("job", "text"),
    [
        ({"next_run_date": "2020-01-01 00:00:00"}, "Test should have run at 2020-01-01 00:00:00: neither"),
        ({"next_run_date": "2999-01-01 00:00:00", "status": "paused"}, "Test is paused: it does not run"),
        ({"latest_run_date": "2020-01-01 00:00:00", "running": 1}, "Test is marked as running, but not since 2020"),
        ({"latest_run_date": "2020-01-01 00:00:00", "next_run_date": "2999-01-01 00:00:00"}, ""),
    ],
)
def test_jobs_that_nobody_does_are_found(url: str, job: dict[str, object], text: str) -> None:
    store = Store.open(url, bundled_model())
    with store.write() as session:
        session.insert("BackgroundTask", {"class_name": "Test", "status": "active", "running": 0, **job})
    store.close()
    found = troubles(url)
    assert [(one.check, one.text.startswith(text)) for one in found] == ([("jobs", True)] if text else [])
    told = [one for one in inspect(url, bundled_model(), quick=True) if one.check == "jobs"]
    assert len(told) == 1


def test_a_desk_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(doctor, ["--data", str(tmp_path), "--quick"])
    assert done.exit_code == 1
    assert "broken   database: There is no database" in done.output
