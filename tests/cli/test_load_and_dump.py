"""What ``dump`` writes, ``load`` reads; rows find their objects again, and bad rows spoil no others unless asked to."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interdesk.cli.dump import dump
from interdesk.cli.load import load
from interdesk.desk import SYSTEM, Desk, queries
from interdesk.desk.values import LogChange, NewEntry
from interdesk.store import Store
from tests.support.databases import Databases
from tests.support.people import bundled_model, desk_over

Run = Callable[..., Result]


@pytest.fixture
def url(databases: Databases, dialect: str) -> Iterator[str]:
    found = databases.with_schema(dialect, bundled_model())
    yield found
    databases.drop(found)


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    """Two organizations, a person and a ticket with a log."""
    store = Store.open(url, bundled_model())
    desk = desk_over(store)
    with desk.transaction(SYSTEM) as tx:
        first = tx.create("Organization", {"name": "First", "code": "F"})
        tx.create("Organization", {"name": "Second", "code": "S", "parent_id": first})
        person = tx.create(
            "Person", {"org_id": first, "name": "Doe", "first_name": "Ann", "email": "ann@first.example"}
        )
        values = {"org_id": first, "caller_id": person, "title": "Printer", "description": "<p>é</p>"}
        tx.create("UserRequest", {**values, "public_log": LogChange((NewEntry("<p>said</p>"),))})
    yield desk
    store.close()


@pytest.fixture
def run(url: str, tmp_path: Path) -> Run:
    def command(command: object, *options: str) -> Result:
        return CliRunner().invoke(command, ["--data", str(tmp_path), "--database", url, *options])  # type: ignore[arg-type]

    return command


def written(tmp_path: Path, *rows: object) -> str:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return str(file)


def names(desk: Desk, cls: str) -> list[str]:
    with desk.reading() as reader:
        (table,) = reader.page(queries.every(desk.model.cls(cls)), ("name",), {}).tables
        return [row[table.positions["name"][0]] for row in table.rows]


def test_rows_are_created_updated_and_left_alone(run: Run, desk: Desk, tmp_path: Path) -> None:
    file = written(
        tmp_path,
        {"class": "Organization", "name": "Third", "parent_id": {"name": "Second"}},
        {"class": "Person", "name": "Doe", "first_name": "Ann", "org_id": {"name": "First"}, "phone": "12"},
        {"class": "Person", "name": "Doe", "first_name": "Ann", "org_id": "SELECT Organization WHERE code = 'F'"},
        {"class": "Person", "name": "New", "first_name": "Bo", "org_id": {"name": "Third"}},
    )
    done = run(load, file)
    assert done.output == "2 created, 1 updated, 1 unchanged, 0 failed\n"
    assert names(desk, "Organization") == ["First", "Second", "Third"]
    assert names(desk, "Person") == ["Doe", "New"]


BAD = {"class": "Person", "name": "Bad", "first_name": "B", "org_id": 4711}
GOOD = {"class": "Organization", "name": "Good"}


def test_bad_rows_are_told_and_the_others_stored(run: Run, desk: Desk, tmp_path: Path) -> None:
    done = run(load, written(tmp_path, "{", BAD, {"class": "Nothing", "name": "x"}, {"name": "x"}, GOOD))
    assert done.exit_code == 1
    assert done.stdout == "1 created, 0 updated, 0 unchanged, 4 failed\n"
    lines = done.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["line 1", "line 2", "line 3", "line 4"]
    assert "org_id" in lines[1]
    assert "Nothing" in lines[2]
    assert "Good" in names(desk, "Organization")


@pytest.mark.parametrize("option", ["--all-or-nothing", "--dry-run"])
def test_nothing_is_stored(run: Run, desk: Desk, tmp_path: Path, option: str) -> None:
    done = run(load, written(tmp_path, GOOD, BAD), option)
    assert done.exit_code == 1
    assert done.stdout == "1 created, 0 updated, 0 unchanged, 1 failed; nothing was stored\n"
    assert names(desk, "Organization") == ["First", "Second"]


def test_a_row_that_means_several_objects_is_refused(run: Run, desk: Desk, tmp_path: Path) -> None:
    people = [{"class": "Person", "name": "Same", "first_name": str(n), "org_id": 1} for n in (1, 2)]
    assert run(load, written(tmp_path, *people), "--create").exit_code == 0
    done = run(load, written(tmp_path, {"name": "Same", "phone": "1"}), "--class", "Person", "--by", "name")
    assert "several objects of Person have this name" in done.stderr


def test_a_dump_loads_again_with_its_log(run: Run, desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "tickets.jsonl"
    assert run(dump, "SELECT UserRequest", "--keys", "names", "--output", str(out)).exit_code == 0
    (row,) = [json.loads(line) for line in out.read_text().splitlines()]
    assert row["caller_id"] == {"name": "Doe", "first_name": "Ann", "email": "ann@first.example"}
    assert [entry["message"] for entry in row["public_log"]["items"]] == ["<p>said</p>"]
    again = {**row, "title": "Changed", "ref": row["ref"]}
    done = run(load, written(tmp_path, again))
    assert done.output == "0 created, 1 updated, 0 unchanged, 0 failed\n"
    with desk.reading() as reader:
        table = reader.one(desk.model.cls("UserRequest"), row["id"], ("title", "public_log", "description"))
        assert table.rows[0][table.positions["title"][0]] == "Changed"
        (entry,) = table.logs["public_log"][row["id"]]
        assert entry.message == "<p>said</p>"


def test_csv_goes_there_and_back(run: Run, desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "people.csv"
    done = run(dump, "SELECT Person", "--format", "csv", "--fields", "name,first_name,org_id", "--output", str(out))
    assert done.exit_code == 0, done.exception
    assert list(csv.reader(out.read_text().splitlines())) == [
        ["class", "id", "name", "first_name", "org_id"],
        ["Person", "1", "Doe", "Ann", "1"],
    ]
    assert run(load, str(out)).output == "0 created, 0 updated, 1 unchanged, 0 failed\n"
    out.write_text('class,name,first_name,org_id->name\nPerson,"Li, ""the"" second",Bo,Second\nPerson,short\n')
    done = run(load, str(out))
    assert done.stdout == "1 created, 0 updated, 0 unchanged, 1 failed\n"
    assert "line 3: there are 2 values for 4 columns" in done.stderr
    assert 'Li, "the" second' in names(desk, "Person")
