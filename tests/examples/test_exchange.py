"""The five scenarios of seed 002 between two desks in processes of their own, and what may go wrong between them.

One desk keeps its tickets in SQLite, the other in PostgreSQL, and the other way round. Acme calls Beta over a line that
the tests break; the killed desks are the real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner

from examples.exchange.walk import Desk, Walk, entries, two_desks, wait_for, walk_through
from interdesk.cli import commands
from tests.support.databases import Databases
from tests.support.lines import Line, line
from tests.support.receivers import Reply

DELIVERIES = "SELECT Delivery WHERE state != 'delivered'"
SOON = {
    "INTERDESK_DELIVERY_RETRY_SECONDS": "0.2",
    "INTERDESK_DELIVERY_LONGEST_PAUSE": "0.5",
    "INTERDESK_DELIVERY_LEASE_SECONDS": "1",
    "INTERDESK_BREAKER_SECONDS": "0.2",
}
NO_JSON = b"<html>Be patient, we are being mended</html>"
NOTHING_MADE = Reply(200, b'{"code": 0, "message": "", "objects": {}}')
FAULTS = {
    "an error of its server": Reply(500, NO_JSON),
    "another error for a while": Reply(503, headers={"Retry-After": "1"}),
    "something else than JSON": Reply(200, NO_JSON),
    "half a document": Reply(200, b'{"code": 0, "objects": {"UserRequest::1"'),
    "a document of another kind": Reply(200, b'["code", 0]'),
    "that it will not": Reply(200, b'{"code": 100, "message": "Error: out of order", "objects": null}'),
    "noise": Reply(raw=b"\x00\xff\x16\x03 no HTTP at all\r\n\r\n"),
    "nothing": Reply(close=True),
}


class QuickDesk(Desk):
    """Obeys commands within this process, which spares the start of another."""

    def command(self, *words: str) -> str:
        done = CliRunner(env=self.environment).invoke(commands, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output


class Pair:
    """The two desks, the line from Acme to Beta, and their people."""

    def __init__(self, acme: Desk, beta: Desk, way: Line) -> None:
        self.line, self.walk = way, Walk(acme, beta)
        self.walk.open_another_at_beta()


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("sqlite", "postgresql"), marks=pytest.mark.xdist_group("exchange-to-postgresql")),
        pytest.param(("postgresql", "sqlite"), marks=pytest.mark.xdist_group("exchange-to-sqlite")),
    ],
    ids="-to-".join,
)
def staffed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("exchange")
    made = [
        QuickDesk(name, folder / name, databases.empty(dialect) if dialect == "postgresql" else "")
        for name, dialect in zip(("Acme", "Beta"), request.param, strict=True)
    ]
    acme, beta = made
    with line() as way:
        way.url = beta.url
        for desk in made:
            desk.environment |= SOON
        with two_desks(acme, beta, beta_address=way.address):
            yield Pair(acme, beta, way)


@pytest.fixture
def pair(staffed: Pair) -> Pair:
    """With a ticket of its own, assigned at Acme, and a sound line."""
    staffed.line.mend()
    staffed.walk.open()
    return staffed


@pytest.fixture
def walk(pair: Pair) -> Walk:
    return pair.walk


def settled(walk: Walk) -> None:
    """Waits until nothing is under way between the desks."""
    wait_for(
        lambda: not any(desk.get("Delivery", DELIVERIES, "state") for desk in (walk.acme, walk.beta)),
        "all messages to arrive",
    )


def sent(desk: Desk, key: str) -> int:
    """How many messages a desk has written about a ticket."""
    return len(desk.get("Delivery", f"SELECT Delivery WHERE object_id = {key}", "state"))


def called(way: Line, work: Callable[[], None]) -> None:
    """Does the work, and waits for a call after it."""
    before = way.calls
    work()
    wait_for(lambda: way.calls > before, "a call")


def handed_over_once(walk: Walk, *written: str) -> None:
    """Beta has one ticket, both know of each other's, and Beta's log has the first look and these entries."""
    settled(walk)
    (theirs,) = walk.theirs()
    assert str(walk.ours()["remote_ticketid"]) == str(theirs["id"]) != walk.key
    first, *later = entries(theirs, "public_log")
    assert "the fuser is broken" in first
    assert [text.removeprefix("<p>").removesuffix("</p>") for text in later] == list(written)


def test_a_ticket_goes_to_the_partner_and_comes_back(walk: Walk) -> None:
    walk.hand_over()
    key = walk.handed_over()
    (theirs,) = walk.theirs()
    assert (theirs["title"], theirs["status"], str(theirs["remote_ticketid"])) == ('The "big" printer', "new", walk.key)
    (taken_along,) = entries(theirs, "public_log")
    assert "the fuser is broken" in taken_along

    walk.write(walk.acme, walk.key, private_log="Number 4711")
    walk.write(walk.acme, walk.key, public_log='A "quoted"\nline')
    walk.take_on(key)
    walk.write(walk.beta, key, public_log="On the way")
    settled(walk)
    assert len(entries(walk.theirs()[0], "public_log")) == 4
    assert "On the way" in entries(walk.ours(), "private_log")[-1]

    walk.resolve(key, "<p>The fuser was replaced</p>")
    wait_for(lambda: walk.ours()["status"] == "assigned", "the ticket to come back")
    settled(walk)
    assert "The fuser was replaced" in entries(walk.ours(), "private_log")[-1]
    assert len(entries(walk.ours(), "private_log")) == 4
    assert (sent(walk.acme, walk.key), sent(walk.beta, key)) == (3, 2)  # nothing was sent back to where it came from


def test_a_partner_that_answers_errors_gets_it_when_it_is_well_again(pair: Pair) -> None:
    """Whatever it answers meanwhile: what waits longest is tried again and again, and nothing overtakes it."""
    walk, way = pair.walk, pair.line
    way.answer(NOTHING_MADE)
    called(way, walk.hand_over)
    for kind, reply in FAULTS.items():
        way.answer(reply)
        called(way, lambda kind=kind: walk.write(walk.acme, walk.key, private_log=kind))  # type: ignore[misc]
    assert walk.theirs() == []
    assert int(walk.ours()["remote_ticketid"]) == 0
    way.mend()
    handed_over_once(walk, *FAULTS)


def test_a_partner_whose_answers_are_lost_does_nothing_twice(pair: Pair) -> None:
    walk, way = pair.walk, pair.line
    way.lose_answers()
    before = way.calls
    walk.hand_over()
    wait_for(lambda: way.calls >= before + 2, "a second try")
    assert int(walk.ours()["remote_ticketid"]) == 0
    way.mend()
    walk.write(walk.acme, walk.key, private_log="entry")
    handed_over_once(walk, "entry")


def test_a_partner_that_does_not_know_us_any_more(pair: Pair) -> None:
    walk = pair.walk
    (user,) = walk.beta.get("UserLocal", "SELECT UserLocal WHERE login = 'acme-desk'", "id")
    switched = {"class": "UserLocal", "key": user["id"]}
    walk.beta.call("core/update", **switched, fields={"status": "disabled"})
    walk.hand_over()
    refused = f"SELECT Delivery WHERE object_id = {walk.key} AND last_error != ''"
    wait_for(lambda: bool(walk.acme.get("Delivery", refused, "last_error")), "a refusal")
    walk.write(walk.acme, walk.key, private_log="meanwhile")
    assert walk.theirs() == []
    walk.beta.call("core/update", **switched, fields={"status": "enabled"})
    handed_over_once(walk, "meanwhile")


def test_what_is_written_while_a_desk_is_killed_arrives_once_and_in_order(walk: Walk) -> None:
    """Beta, while it is being told; then Acme, while it tells."""
    walk.beta.kill()
    walk.hand_over()
    for number in range(3):
        walk.write(walk.acme, walk.key, private_log=f"entry {number}")
    walk.acme.kill()
    for desk in (walk.acme, walk.beta):
        desk.launch()
    for desk in (walk.acme, walk.beta):
        desk.await_answer()
    walk.write(walk.acme, walk.key, private_log="entry 3")
    handed_over_once(walk, *(f"entry {number}" for number in range(4)))


def test_the_example_tells_what_it_does(staffed: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    staffed.line.mend()
    walk_through(staffed.walk.acme, staffed.walk.beta)
    printed = capsys.readouterr().out
    assert all(f"== {number}  " in printed for number in range(1, 6))
    assert "solution     The fuser was replaced" in printed
