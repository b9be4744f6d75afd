"""The five scenarios of seed 002 between two desks in processes of their own, and what may go wrong between them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from examples.exchange.walk import Desk, Walk, entries, two_desks, wait_for

DELIVERIES = "SELECT Delivery WHERE state != 'delivered'"


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Desk]]:
    with two_desks(tmp_path_factory.mktemp("exchange")) as pair:
        yield pair


@pytest.fixture(scope="module")
def staffed(desks: tuple[Desk, Desk]) -> Walk:
    return Walk(*desks)


@pytest.fixture
def walk(staffed: Walk) -> Walk:
    """With a ticket of its own, assigned at Acme."""
    staffed.open()
    return staffed


def settled(walk: Walk) -> None:
    """Waits until nothing is under way between the desks."""
    wait_for(
        lambda: not any(desk.get("Delivery", DELIVERIES, "state") for desk in (walk.acme, walk.beta)),
        "all messages to arrive",
    )


def sent(desk: Desk, key: str) -> int:
    """How many messages a desk has written about a ticket."""
    return len(desk.get("Delivery", f"SELECT Delivery WHERE object_id = {key}", "state"))


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


def test_what_is_written_while_the_partner_is_down_arrives_in_order(walk: Walk) -> None:
    walk.beta.stop()
    walk.hand_over()
    for number in range(3):
        walk.write(walk.acme, walk.key, private_log=f"entry {number}")
    walk.beta.start()
    settled(walk)
    (theirs,) = walk.theirs()
    assert [text[-7:] for text in entries(theirs, "public_log")[1:]] == ["entry 0", "entry 1", "entry 2"]
    assert int(walk.ours()["remote_ticketid"]) > 0


def test_a_desk_killed_in_the_middle_loses_nothing_and_does_nothing_twice(walk: Walk) -> None:
    walk.hand_over()
    for number, victim in enumerate((walk.beta, walk.acme)):
        walk.write(walk.acme, walk.key, private_log=f"before {number}")
        victim.kill()
        victim.start()
    settled(walk)
    (theirs,) = walk.theirs()
    assert [text[-8:] for text in entries(theirs, "public_log")[1:]] == ["before 0", "before 1"]


def test_a_partner_that_answers_errors_gets_it_when_it_is_well_again(walk: Walk) -> None:
    (user,) = walk.beta.get("UserLocal", "SELECT UserLocal WHERE login = 'acme-desk'", "id")
    switched = {"class": "UserLocal", "key": user["id"]}
    walk.beta.call("core/update", **switched, fields={"status": "disabled"})
    walk.hand_over()
    refused = f"SELECT Delivery WHERE object_id = {walk.key} AND last_error != ''"
    wait_for(lambda: bool(walk.acme.get("Delivery", refused, "last_error")), "a refusal")
    walk.write(walk.acme, walk.key, private_log="meanwhile")
    assert walk.theirs() == []
    walk.beta.call("core/update", **switched, fields={"status": "enabled"})
    settled(walk)
    (theirs,) = walk.theirs()
    assert [text[-9:] for text in entries(theirs, "public_log")[1:]] == ["meanwhile"]
