"""A database follows its design: nothing is lost unawares, and what fails changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interdesk.errors import SchemaMismatch, StoreError
from interdesk.model import Model
from interdesk.model.attributes import (
    Boolean,
    CaseLog,
    Decimal,
    Enum,
    ExternalKey,
    HierarchicalKey,
    Integer,
    LogEntry,
    String,
)
from interdesk.store import Store, create_schema
from interdesk.store.database import open_database
from interdesk.store.migrations import Kind, MigrationPlan, apply, make_plan
from tests.support.models import Declared, attribute, declarations, model

Change = Callable[[dict[str, Declared]], object]

MARK = "SELECT value FROM meta WHERE key = 'version:design'"


def changed(*changes: Change) -> Model:
    """The small service desk after ``changes`` to its declarations, which are given by class name."""
    classes = {one.name: one for one in declarations()}
    for change in changes:
        change(classes)
    return model(classes.values())


def add(cls: str, *attributes: Any) -> Change:
    return lambda classes: classes[cls].attributes.extend(attributes)


def drop(cls: str, code: str) -> Change:
    def change(classes: dict[str, Declared]) -> None:
        classes[cls].attributes = [one for one in classes[cls].attributes if one.code != code]

    return change


def replace(cls: str, new: Any) -> Change:
    def change(classes: dict[str, Declared]) -> None:
        drop(cls, new.code)(classes)
        classes[cls].attributes.append(new)

    return change


def declare(one: Declared) -> Change:
    return lambda classes: classes.update({one.name: one})


def without(cls: str) -> Change:
    return lambda classes: classes.pop(cls)


@pytest.fixture
def filled_url(database_url: str) -> str:
    """A database of the unchanged model with some objects."""
    start = changed()
    create_schema(database_url, start)
    store = Store.open(database_url, start)
    with store.write() as session:
        top = session.insert("Organization", {"name": "Top", "code": "12"})
        low = session.insert("Organization", {"name": "Low", "code": "x", "parent_id": top, "status": "inactive"})
        session.insert("Person", {"name": "Doe", "first_name": "Jo", "org_id": low})
        session.insert("Team", {"name": "Help", "size": 3})
        ticket = session.insert("Incident", {"ref": "I-1", "title": "Fire"})
        session.append_log("Ticket", ticket, "public_log", [LogEntry("2026-01-01 00:00:00", "Jo", 0, "Help", "text")])
        session.bump("design")
    store.close()
    return database_url


def migrated(url: str, to: Model, tmp_path: Path, **options: Any) -> MigrationPlan:
    """Plans and applies; the database then fits, and nothing is left to do."""
    plan = make_plan(url, to)
    apply(url, to, plan, backup_folder=tmp_path, **options)
    Store.open(url, to).close()
    again = make_plan(url, to)
    assert not again.needed, again.steps
    return plan


def query(url: str, sql: str) -> list[tuple[Any, ...]]:
    database = open_database(url, 10)
    try:
        with database.read() as connection:
            return connection.rows(sql)
    finally:
        database.close()


def texts(plan: MigrationPlan, kind: Kind) -> list[tuple[str, int]]:
    return [(step.text, step.rows) for step in plan.steps if step.kind is kind]


def test_an_empty_database_gets_everything(database_url: str, tmp_path: Path) -> None:
    migrated(database_url, changed(), tmp_path)


def test_a_database_that_fits_needs_nothing(filled_url: str) -> None:
    plan = make_plan(filled_url, changed())
    assert not plan.needed
    assert plan.steps == ()


def test_new_classes_attributes_and_indexes_are_safe(filled_url: str, tmp_path: Path) -> None:
    room = Declared("Room", attributes=[attribute(String, "name")], naming=("name",))
    robot = Declared("Robot", "Contact", attributes=[attribute(String, "serial")], naming=("serial",))
    more = add("Organization", attribute(ExternalKey, "room_id", target_class="Room"), attribute(CaseLog, "log"))
    before = query(filled_url, MARK)
    plan = migrated(filled_url, changed(declare(room), declare(robot), more), tmp_path)
    assert plan.destructive == ()
    safe = [text for text, _ in texts(plan, Kind.SAFE)]
    assert {"make table Room", "add column Contact.serial", "make index ix_Organization_room_id"} <= set(safe)
    assert query(filled_url, 'SELECT name, room_id FROM "Organization" ORDER BY id') == [("Top", 0), ("Low", 0)]
    assert query(filled_url, MARK) != before, "what processes remember may have been migrated"


def test_rows_get_the_default_of_new_columns(filled_url: str, tmp_path: Path) -> None:
    to = changed(add("Person", attribute(String, "nickname")), add("Ticket", attribute(String, "origin")))
    plan = migrated(filled_url, to, tmp_path)
    assert texts(plan, Kind.VALUE) == [("set Contact.nickname to ''", 1), ("set Ticket.origin to ''", 1)]
    assert query(filled_url, 'SELECT finalclass, nickname FROM "Contact" ORDER BY 1') == [
        ("Person", ""),
        ("Team", None),
    ]
    assert query(filled_url, 'SELECT origin FROM "Ticket"') == [("",)]


def test_new_and_lost_codes_of_an_enumeration(filled_url: str, tmp_path: Path) -> None:
    codes = {"active": "Active", "planned": "Planned"}
    plan = make_plan(filled_url, changed(replace("Organization", attribute(Enum, "status", values=codes))))
    lost = "Organization::status holds the code 'inactive', which the design no longer has"
    assert texts(plan, Kind.NOTICE) == [(lost, 1)]
    assert not plan.needed


def test_dropping_a_column_must_be_allowed(filled_url: str, tmp_path: Path) -> None:
    to = changed(drop("Organization", "code"), drop("Person", "first_name"))
    plan = make_plan(filled_url, to)
    assert texts(plan, Kind.DESTRUCTIVE) == [
        ("drop column Contact.first_name", 1),
        ("drop column Organization.code", 2),
    ]
    with pytest.raises(StoreError, match="--destructive"):
        apply(filled_url, to, plan, backup_folder=tmp_path)
    assert query(filled_url, 'SELECT code FROM "Organization" ORDER BY id') == [("12",), ("x",)]
    migrated(filled_url, to, tmp_path, destructive=True)
    assert query(filled_url, 'SELECT name FROM "Organization" ORDER BY id') == [("Top",), ("Low",)]


def test_dropping_classes_takes_their_objects_and_logs(filled_url: str, tmp_path: Path) -> None:
    to = changed(without("Incident"), without("Team"), without("Change"))
    plan = migrated(filled_url, to, tmp_path, destructive=True)
    assert [text for text, _ in texts(plan, Kind.DESTRUCTIVE)] == [
        "delete the objects of class Incident, which the design no longer has",
        "delete the objects of class Team, which the design no longer has",
        "drop column Contact.size",
        "drop table Change",
    ]
    assert query(filled_url, 'SELECT finalclass FROM "Contact"') == [("Person",)]
    assert query(filled_url, "SELECT count(*) FROM log_entry") == [(0,)]


def test_dropping_a_whole_family_takes_its_logs_and_trees(filled_url: str, tmp_path: Path) -> None:
    to = changed(without("Incident"), without("UserRequest"), without("Ticket"))
    plan = migrated(filled_url, to, tmp_path, destructive=True)
    assert texts(plan, Kind.DESTRUCTIVE) == [("drop table Ticket", 1)]
    assert query(filled_url, "SELECT count(*) FROM log_entry") == [(0,)]


@pytest.mark.parametrize(
    ("new", "kind", "expected"),
    [
        (attribute(Integer, "code"), Kind.DESTRUCTIVE, [12, None]),
        (attribute(Decimal, "code"), Kind.DESTRUCTIVE, [12.0, None]),
        (attribute(ExternalKey, "code", target_class="Organization"), Kind.DESTRUCTIVE, [12, 0]),
        (attribute(Enum, "code", values={"12": "12", "x": "X"}), Kind.SAFE, ["12", "x"]),
    ],
)
def test_a_column_of_another_kind(
    filled_url: str, tmp_path: Path, new: Any, kind: Kind, expected: list[object]
) -> None:
    plan = migrated(filled_url, changed(replace("Organization", new)), tmp_path, destructive=True)
    assert any("Organization.code" in text for text, _ in texts(plan, kind))
    assert [code for (code,) in query(filled_url, 'SELECT code FROM "Organization" ORDER BY id')] == expected


def test_a_number_becomes_a_text_and_empty_stays_empty(filled_url: str, tmp_path: Path) -> None:
    migrated(filled_url, changed(replace("Team", attribute(String, "size"))), tmp_path)
    assert query(filled_url, 'SELECT finalclass, size FROM "Contact" ORDER BY 1') == [("Person", None), ("Team", "3")]


def test_null_and_empty_text_follow_the_attribute(filled_url: str, tmp_path: Path) -> None:
    to_enum = changed(replace("Contact", attribute(Enum, "email", values={"a": "A"})))
    migrated(filled_url, to_enum, tmp_path)
    assert query(filled_url, 'SELECT DISTINCT email FROM "Contact"') == [(None,)]
    migrated(filled_url, changed(), tmp_path)
    assert query(filled_url, 'SELECT DISTINCT email FROM "Contact"') == [("",)]


def test_a_new_hierarchy_is_filled_from_its_keys(filled_url: str, tmp_path: Path) -> None:
    plain = replace("Organization", attribute(ExternalKey, "parent_id", target_class="Organization"))
    assert not migrated(filled_url, changed(plain), tmp_path).destructive
    plan = migrated(filled_url, changed(), tmp_path)
    assert ("fill the tree of Organization::parent_id", 2) in texts(plan, Kind.SAFE)
    found = query(filled_url, 'SELECT ancestor, descendant, depth FROM "tree_Organization_parent_id" ORDER BY 1, 2')
    assert found == [(1, 1, 0), (1, 2, 1), (2, 2, 0)]
    key = attribute(HierarchicalKey, "manager_id", target_class="Person")
    migrated(filled_url, changed(replace("Person", key)), tmp_path)
    assert query(filled_url, 'SELECT depth FROM "tree_Contact_manager_id"') == [(0,)]


def test_a_migrated_database_works(filled_url: str, tmp_path: Path) -> None:
    to = changed(add("Organization", attribute(Boolean, "vip"), attribute(Integer, "size")))
    migrated(filled_url, to, tmp_path)
    store = Store.open(filled_url, to)
    with store.write() as session:
        key = session.insert("Organization", {"vip": 1, "size": 5, "parent_id": 2})
        session.update("Organization", key, {"parent_id": 1})
        session.delete("Organization", 2)
        assert key == 3
    store.close()


def test_the_backup_has_the_state_before(filled_url: str, tmp_path: Path) -> None:
    to = changed(drop("Organization", "code"))
    told: list[str] = []
    copy = apply(filled_url, to, make_plan(filled_url, to), destructive=True, backup_folder=tmp_path, tell=told.append)
    assert copy is not None
    assert told[0] == f"backup: {copy}"
    assert copy.parent == tmp_path
    if filled_url.startswith("sqlite"):
        connection = sqlite3.connect(copy)
        assert connection.execute('SELECT code FROM "Organization" ORDER BY id').fetchall() == [("12",), ("x",)]
        connection.close()
    else:
        assert copy.read_bytes().startswith(b"PGDMP")


def test_no_backup_when_not_wanted(filled_url: str, tmp_path: Path) -> None:
    to = changed(add("Organization", attribute(String, "phone")))
    assert apply(filled_url, to, make_plan(filled_url, to), with_backup=False, backup_folder=tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_failing_step_changes_nothing(filled_url: str, tmp_path: Path) -> None:
    # A table of that name, made after the plan, stands in the way of the new class.
    to = changed(
        add("Organization", attribute(String, "phone")),
        declare(Declared("Room", attributes=[attribute(String, "name")])),
    )
    plan = make_plan(filled_url, to)
    database = open_database(filled_url, 10)
    with database.write() as connection:
        connection.change('CREATE TABLE "Room" (other text)')
    database.close()
    with pytest.raises(StoreError, match="Nothing was changed: the step 'make table Room' failed"):
        apply(filled_url, to, plan, backup_folder=tmp_path)
    Store.open(filled_url, changed()).close()
    with pytest.raises(StoreError):
        query(filled_url, 'SELECT phone FROM "Organization" WHERE phone <> name')


def test_a_plan_for_another_state_is_refused(filled_url: str, tmp_path: Path) -> None:
    to = changed(add("Organization", attribute(String, "phone")))
    plan = make_plan(filled_url, to)
    migrated(filled_url, changed(add("Team", attribute(String, "motto"))), tmp_path)
    with pytest.raises(SchemaMismatch, match="plan again"):
        apply(filled_url, to, plan, backup_folder=tmp_path)


def test_tables_of_others_are_left_alone(filled_url: str, tmp_path: Path) -> None:
    database = open_database(filled_url, 10)
    with database.write() as connection:
        connection.change("CREATE TABLE report (x integer)")
        connection.change("CREATE INDEX report_x ON report (x)")
    database.close()
    migrated(filled_url, changed(add("Organization", attribute(String, "phone"))), tmp_path)
    assert query(filled_url, "SELECT count(*) FROM report") == [(0,)]


def test_a_database_of_somebody_else_is_not_planned_for(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).touch()
    database = open_database(database_url, 10)
    with database.write() as connection:
        connection.change("CREATE TABLE theirs (x integer)")
    database.close()
    with pytest.raises(SchemaMismatch, match="not Interdesk's"):
        make_plan(database_url, changed())


def test_functions_of_an_older_version_are_renewed(filled_url: str, tmp_path: Path, dialect: str) -> None:
    database = open_database(filled_url, 10)
    with database.write() as connection:
        connection.change("UPDATE meta SET value = 'older' WHERE key = 'functions'")
    database.close()
    with pytest.raises(SchemaMismatch, match="interdesk migrate"):
        Store.open(filled_url, changed())
    plan = migrated(filled_url, changed(), tmp_path)
    assert (("renew the SQL functions", 0) in texts(plan, Kind.SAFE)) == (dialect == "postgresql")
