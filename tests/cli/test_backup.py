"""A backup is made while others write, is checked, and brings back what it holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interdesk.cli import commands
from interdesk.desk import SYSTEM, queries
from interdesk.errors import StoreError
from interdesk.server import open_desk
from interdesk.settings import Settings, load

Command = Callable[..., Result]


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return load(environment={}, overrides={"data": str(tmp_path / "data"), "database": database_url})


@pytest.fixture
def run(tmp_path: Path, database_url: str) -> Command:
    """Runs a command on a desk that ``init`` has made."""

    def command(name: str, *options: str) -> Result:
        where = ["--data", str(tmp_path / "data"), "--database", database_url]
        return CliRunner().invoke(commands, [name, *where, *options])

    assert command("init", "--password", "secret").exit_code == 0
    return command


def organizations(settings: Settings) -> list[str]:
    desk = open_desk(settings)
    try:
        with desk.reading() as reader:
            (table,) = reader.page(queries.every(desk.model.cls("Organization")), ("name",), {}).tables
            return [row[table.positions["name"][0]] for row in table.rows]
    finally:
        desk.store.close()


def add_organization(settings: Settings, name: str) -> None:
    desk = open_desk(settings)
    try:
        with desk.transaction(SYSTEM) as tx:
            tx.create("Organization", {"name": name})
    finally:
        desk.store.close()


def made(result: Result) -> Path:
    assert result.exit_code == 0, result.output
    return Path(result.output.splitlines()[0].removeprefix("backup: "))


def test_a_backup_brings_back_what_it_holds(run: Command, settings: Settings, tmp_path: Path) -> None:
    add_organization(settings, "Kept")
    file = made(run("backup", "--to", str(tmp_path)))
    assert json.loads(file.with_name(file.name + ".json").read_text())["rows"]["Organization"] == 1
    assert run("restore", str(file), "--check").output.startswith("The backup is sound")
    add_organization(settings, "Lost")

    refused = run("restore", str(file))
    assert isinstance(refused.exception, StoreError)
    assert "not empty" in str(refused.exception)
    assert organizations(settings) == ["Kept", "Lost"]

    done = run("restore", str(file), "--replace", "--no-backup")
    assert done.exit_code == 0, done.exception
    assert "all as in the backup" in done.output
    assert organizations(settings) == ["Kept"]
    add_organization(settings, "Next")
    assert organizations(settings) == ["Kept", "Next"]


def test_what_is_replaced_is_kept(
    run: Command, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = made(run("backup", "--to", str(tmp_path)))
    add_organization(settings, "Only here")
    done = run("restore", str(file), "--replace")
    kept = Path(done.output.splitlines()[0].removeprefix("backup of what is replaced: "))
    assert organizations(settings) == []
    assert run("restore", str(kept), "--replace", "--no-backup").exit_code == 0
    assert organizations(settings) == ["Only here"]


def test_a_damaged_backup_is_refused(run: Command, settings: Settings, tmp_path: Path) -> None:
    add_organization(settings, "Kept")
    file = made(run("backup", "--to", str(tmp_path)))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)
    refused = run("restore", str(file), "--replace", "--no-backup")
    assert isinstance(refused.exception, StoreError)
    assert organizations(settings) == ["Kept"]


def test_a_file_of_another_kind_is_refused(run: Command, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("no database")
    refused = run("restore", str(other), "--replace")
    assert isinstance(refused.exception, StoreError)
    assert "no backup of Interdesk" in str(refused.exception)
