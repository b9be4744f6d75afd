"""Guessing passwords is slow, and slow for the guesser alone."""

from __future__ import annotations

import pytest

from interdesk.desk import SYSTEM, Desk
from interdesk.desk.credentials import Claim
from interdesk.desk.guesses import FIRST_PAUSE, FORGIVEN_AFTER, FREE, LONGEST_WAIT, REMEMBERED, SLOWEST, Guesses
from interdesk.errors import TooManyGuesses
from tests.support.people import GOOD, add_user

MANY = FREE + 20


class Time:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def guessed(times: int, login: str = "ann", address: str = "1.1.1.1") -> tuple[Guesses, Time]:
    clock = Time()
    guesses = Guesses(clock)
    for _ in range(times):
        guesses.failed(login, address)
    return guesses, clock


def test_the_first_guesses_are_free_and_each_further_one_waits_longer() -> None:
    assert guessed(FREE - 1)[0].wait("ann", "1.1.1.1") == 0
    waits = [guessed(times)[0].wait("ann", "1.1.1.1") for times in range(FREE, FREE + 4)]
    assert waits == [FIRST_PAUSE * 2**step for step in range(4)]
    assert guessed(MANY)[0].wait("ann", "1.1.1.1") == SLOWEST


@pytest.mark.parametrize("login", ["ANN", "ann   ", "änn"])
def test_logins_that_compare_as_the_same_are_one_account(login: str) -> None:
    assert guessed(MANY)[0].wait(login, "2.2.2.2") == SLOWEST


def test_an_address_is_slowed_whatever_account_it_tries() -> None:
    guesses, _ = guessed(MANY)
    assert guesses.wait("bob", "1.1.1.1") == SLOWEST
    assert guesses.wait("bob", "2.2.2.2") == 0


def test_guesses_that_come_together_come_one_after_the_other_and_not_too_many_of_them() -> None:
    guesses, clock = guessed(MANY)
    waits = [guesses.wait("ann", "1.1.1.1") for _ in range(int(LONGEST_WAIT / SLOWEST))]
    assert waits == [SLOWEST * place for place in range(1, len(waits) + 1)]
    with pytest.raises(TooManyGuesses):
        guesses.wait("ann", "1.1.1.1")
    clock.now += SLOWEST
    assert guesses.wait("ann", "1.1.1.1") == waits[-1]


def test_nobody_is_slowed_by_guesses_from_elsewhere_where_he_proved_himself_before() -> None:
    guesses, _ = guessed(0)
    guesses.succeeded("ann", "9.9.9.9")
    for _ in range(MANY):
        guesses.failed("ann", "1.1.1.1")
    assert guesses.wait("ann", "9.9.9.9") == 0
    assert guesses.wait("ann", "2.2.2.2") == SLOWEST
    guesses.succeeded("ann", "9.9.9.9")
    assert guesses.wait("ann", "1.1.1.1") == 2 * SLOWEST, "his success does not help the guesser"


def test_a_known_place_is_slowed_by_its_own_guesses_until_one_is_right() -> None:
    guesses, _ = guessed(0)
    guesses.succeeded("ann", "9.9.9.9")
    for _ in range(MANY):
        guesses.failed("ann", "9.9.9.9")
    assert guesses.wait("ann", "9.9.9.9") == SLOWEST
    guesses.succeeded("ann", "9.9.9.9")
    assert guesses.wait("ann", "9.9.9.9") == 0


def test_guesses_are_forgiven_in_time() -> None:
    guesses, clock = guessed(MANY)
    clock.now += FORGIVEN_AFTER + 1
    assert guesses.wait("ann", "1.1.1.1") == 0
    guesses.failed("ann", "1.1.1.1")
    assert guesses.wait("ann", "1.1.1.1") == 0


def test_guesses_that_cannot_wait_are_refused_until_the_pause_is_over() -> None:
    guesses, clock = guessed(FREE)
    with pytest.raises(TooManyGuesses):
        guesses.demand_free("ann", "1.1.1.1")
    clock.now += FIRST_PAUSE
    guesses.demand_free("ann", "1.1.1.1")


def test_memory_is_bounded() -> None:
    guesses, _ = guessed(0)
    for number in range(REMEMBERED + 10):
        guesses.failed(f"user {number} " + "x" * 1_000, "1.1.1.1")
        guesses.succeeded(f"user {number}", f"address {number}")
    assert len(guesses._counts) == len(guesses._proven) == REMEMBERED
    assert max(len(part) for source in guesses._counts for part in source) < 1_000


def test_who_was_proven_a_moment_ago_does_not_wait(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        add_user(tx, "ann", password=GOOD)
    credentials, right = bundled_desk.credentials, Claim("ann", GOOD)
    credentials.prove(right)
    for _ in range(MANY):
        credentials.guesses.failed("ann", "1.1.1.1")
    assert credentials.wait(right, "1.1.1.1") == 0
    assert credentials.wait(Claim("ann", "wrong"), "1.1.1.1") == SLOWEST


def test_a_user_who_asks_for_the_passwords_of_others_is_slowed_too(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        add_user(tx, "ann", password=GOOD)
    for number in range(FREE):
        assert not bundled_desk.credentials.check("ann", f"guess {number}", "bob")
    with pytest.raises(TooManyGuesses):
        bundled_desk.credentials.check("ann", GOOD, "bob")
