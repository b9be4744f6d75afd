"""``interdesk migrate`` shows its plan, asks, and leaves a database that fits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interdesk.cli.migrate import migrate
from interdesk.errors import StoreError
from interdesk.model.design import bundled, load
from interdesk.store import Store, create_schema

DELTA = """<?xml version="1.0" encoding="UTF-8"?>
<itop_design xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="3.2">
  <classes>
    <class id="Organization" _delta="must_exist">
      <fields>
        <field id="motto" xsi:type="AttributeString" _delta="define">
          <sql>motto</sql><default_value></default_value><is_null_allowed>true</is_null_allowed>
        </field>
      </fields>
    </class>
  </classes>
</itop_design>
"""

Command = Callable[..., Result]


@pytest.fixture
def delta(tmp_path: Path) -> Path:
    path = tmp_path / "delta.xml"
    path.write_text(DELTA)
    return path


@pytest.fixture
def run(tmp_path: Path, database_url: str) -> Command:
    """Runs the command on a database of the bundled design."""
    create_schema(database_url, load(bundled()))

    def command(*options: str, answer: str = "") -> Result:
        common = ["--data", str(tmp_path), "--database", database_url, "--backup-folder", str(tmp_path)]
        return CliRunner().invoke(migrate, [*common, *options], input=answer)

    return command


def backups(tmp_path: Path) -> list[str]:
    return [path.name for path in tmp_path.iterdir() if path.suffix in (".backup", ".dump")]


def test_a_new_attribute_comes_and_goes(run: Command, delta: Path, tmp_path: Path, database_url: str) -> None:
    shown = run("--design", str(delta), "--plan")
    assert shown.exit_code == 0
    assert "safe: add column Organization.motto" in shown.output
    assert backups(tmp_path) == []

    declined = run("--design", str(delta), answer="n\n")
    assert declined.exit_code == 1

    done = run("--design", str(delta), answer="y\n")
    assert done.exit_code == 0
    assert "The database fits the design now." in done.output
    assert len(backups(tmp_path)) == 1
    Store.open(database_url, load([*bundled(), delta])).close()

    refused = run("--yes")
    assert isinstance(refused.exception, StoreError)
    assert "loses data: drop column Organization.motto" in refused.output

    assert run("--yes", "--destructive", "--no-backup").exit_code == 0
    assert len(backups(tmp_path)) == 1
    assert run().output == "The database fits the design.\n"
