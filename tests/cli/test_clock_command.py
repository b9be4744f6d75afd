"""``interdesk clock explain`` prints how a stop watch came to its value, and tells when the stored one differs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interdesk.cli import commands
from interdesk.cli.init import create
from interdesk.desk import SYSTEM, Desk
from interdesk.server import open_desk
from interdesk.settings import Settings

START = dt.datetime(2026, 3, 2, 9)


def ticket(desk: Desk) -> int:
    """A request that was taken on after an hour and a half, and then put aside."""
    with desk.transaction(SYSTEM) as tx:
        org = tx.create("Organization", {"name": "Acme"})
        values = {"org_id": org, "title": "t", "description": "d", "request_type": "incident"}
        key = tx.create("UserRequest", values)
    for minutes, stimulus in ((90, "ev_assign"), (120, "ev_pending")):
        desk.clock = lambda minutes=minutes: START + dt.timedelta(minutes=minutes)
        with desk.transaction(SYSTEM) as tx:
            tx.apply_stimulus("UserRequest", key, stimulus, {"pending_reason": "x"})
    return key


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    settings = Settings(data=str(folder))
    create(settings, "root", "secret")
    desk = open_desk(settings)
    desk.clock = lambda: START
    assert ticket(desk) == 1
    assert_second_is_spoilt(desk)
    desk.store.close()
    return folder


def assert_second_is_spoilt(desk: Desk) -> None:
    """Ticket 2 has a time spent that no history explains."""
    desk.clock = lambda: START
    assert ticket(desk) == 2
    with desk.store.write() as session, desk.reading() as reader:
        table = reader.one(desk.model.cls("UserRequest"), 2, ("ttr",))
        start, width = table.positions["ttr"]
        session.update("UserRequest", 2, {"ttr": (42, *table.rows[0][start + 1 : start + width])})


def run(data: Path, *words: str) -> Result:
    return CliRunner().invoke(
        commands, ["clock", "explain", *words, "--data", str(data)], env={"INTERDESK_CONFIG": None}
    )


def test_intervals_pauses_and_outcome(data: Path) -> None:
    done = run(data, "UserRequest::1", "ttr")
    assert done.exit_code == 0, done.output
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in done.output.splitlines()]
    assert ["2026-03-02 09:00:00", "2026-03-02 10:30:00", "new", "1:30:00", "1:30:00"] in lines
    assert ["2026-03-02 10:30:00", "2026-03-02 11:00:00", "assigned", "0:30:00", "2:00:00"] in lines
    assert ["2026-03-02 11:00:00", "now", "pending", "pause", "2:00:00"] in lines
    assert ["timespent", "2:00:00", "2:00:00", ""] in lines
    assert "goal: none" in done.output
    assert done.output.endswith("The stored value agrees.\n")


def test_a_stored_value_that_differs_is_told(data: Path) -> None:
    done = run(data, "UserRequest::2", "ttr")
    assert done.exit_code == 1
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in done.output.splitlines()]
    assert ["timespent", "0:00:42", "2:00:00", "differs"] in lines
    assert done.output.endswith("The stored value differs.\n")


@pytest.mark.parametrize("name", ["UserRequest", "UserRequest:1", "1"])
def test_an_object_is_named_by_class_and_number(data: Path, name: str) -> None:
    done = run(data, name, "ttr")
    assert done.exit_code == 2
    assert "is not like UserRequest::12" in done.output
