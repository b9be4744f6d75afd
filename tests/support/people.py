"""A desk over the bundled design with its profiles, and people who use it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

import pytest
from argon2 import PasswordHasher

import interdesk.server  # noqa: F401 - binds the methods of the standard model
from interdesk.desk import SYSTEM, Actor, Desk, Transaction, Vault
from interdesk.desk.bootstrap import prepare
from interdesk.desk.clock import Clock, system_clock
from interdesk.desk.values import LinkChange
from interdesk.model import Model
from interdesk.model.design import bundled, load
from interdesk.store import Store

KEY = "a key for tests only"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # tests hash many passwords
GOOD = "Pa55-word!x"  # a password that the rules take
ADMINISTRATOR, PORTAL, CONFIGURATION, SUPPORT, REST = 1, 2, 3, 5, 1024


@functools.cache
def bundled_model() -> Model:
    return load(bundled())


def desk_over(store: Store, clock: Clock = system_clock) -> Desk:
    """A desk with the profiles of the design and nothing else."""
    desk = Desk(store, Vault(KEY, CHEAP), clock=clock)
    prepare(desk)
    return desk


@pytest.fixture
def bundled_desk(open_store: Callable[[Model], Store]) -> Desk:
    """A desk over the bundled design that holds its profiles and nothing else."""
    return desk_over(open_store(bundled_model()))


def user_values(profiles: Iterable[int], organizations: Iterable[int] = ()) -> dict[str, LinkChange]:
    """The link sets of a user."""
    return {
        "profile_list": LinkChange([("URP_UserProfile", {"profileid": key}) for key in profiles]),
        "allowed_org_list": LinkChange([("URP_UserOrg", {"allowed_org_id": key}) for key in organizations]),
    }


def add_user(
    tx: Transaction,
    login: str,
    profiles: Iterable[int] = (SUPPORT, REST),
    organizations: Iterable[int] = (),
    contact: int = 0,
    password: str = "",
) -> int:
    """A user with profiles and allowed organizations; one without a password here when none is given."""
    values = {"login": login, "contactid": contact, **user_values(profiles, organizations)}
    if password:
        return tx.create("UserLocal", {**values, "password": password})
    return tx.create("UserExternal", values)


def actor_of(desk: Desk, user: int) -> Actor:
    with desk.store.read() as session:
        return desk.credentials.actor(session, user)


def add(desk: Desk, cls: str, **values: object) -> int:
    """An object made by the system."""
    with desk.transaction(SYSTEM) as tx:
        return tx.create(cls, values)
