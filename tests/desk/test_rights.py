"""Rights: what profiles grant to an actor, and what the desk refuses."""

from __future__ import annotations

import dataclasses

import pytest

from interdesk.desk import SYSTEM, Actor, Desk
from interdesk.desk.rights import Rights
from interdesk.errors import Forbidden
from interdesk.model import ACTIONS, Profile
from tests.support.people import ADMINISTRATOR, CONFIGURATION, REST, SUPPORT, add, bundled_model

READING = ("read", "bulk read")


def actor(*profiles: int, read_only: bool = False) -> Actor:
    return Actor(1, "ann", "Ann", profiles=frozenset(profiles), read_only=read_only)


def granted(who: Actor, cls: str, rights: Rights | None = None) -> list[str]:
    rights = rights or Rights(bundled_model())
    return [action for action in ACTIONS if rights.allows(who, action, bundled_model().cls(cls))]


@pytest.mark.parametrize(
    ("profiles", "cls", "expected"),
    [
        ((), "Server", []),
        ((REST,), "Server", []),
        ((SUPPORT,), "Server", [*READING]),
        ((CONFIGURATION,), "Server", [*READING, "write", "bulk write", "delete"]),
        ((SUPPORT, CONFIGURATION), "Server", [*READING, "write", "bulk write", "delete"]),
        ((SUPPORT, REST), "UserRequest", [*READING, "write", "bulk write"]),
        ((CONFIGURATION,), "UserRequest", [*READING]),
        ((CONFIGURATION,), "UserLocal", []),
        ((CONFIGURATION,), "PersonalToken", []),
        ((ADMINISTRATOR,), "UserLocal", [*ACTIONS]),
        ((ADMINISTRATOR,), "PersonalToken", [*ACTIONS]),
        ((99_999,), "Server", []),  # a profile that the design does not know
    ],
)
def test_profiles_add_up(profiles: tuple[int, ...], cls: str, expected: list[str]) -> None:
    assert granted(actor(*profiles), cls) == expected


def test_a_denial_in_one_profile_wins_over_a_grant_in_another() -> None:
    model = bundled_model()
    denying = Profile(4711, "No writes", "", {"Configuration": {"write": False, "delete": False}})
    rights = Rights(dataclasses.replace(model, profiles={**model.profiles, 4711: denying}))
    assert granted(actor(CONFIGURATION, 4711), "Server", rights) == [*READING, "bulk write"]
    assert granted(actor(ADMINISTRATOR, 4711), "Server", rights) == [*ACTIONS]


@pytest.mark.parametrize("profiles", [(ADMINISTRATOR,), (CONFIGURATION,)])
def test_who_reads_only_changes_nothing(profiles: tuple[int, ...]) -> None:
    assert granted(actor(*profiles, read_only=True), "Server") == [*READING]


def test_the_desk_refuses_what_is_not_granted(bundled_desk: Desk) -> None:
    org = add(bundled_desk, "Organization", name="own")
    server = add(bundled_desk, "Server", name="srv", org_id=org)
    for who in (actor(SUPPORT), actor(ADMINISTRATOR, read_only=True)):
        with bundled_desk.transaction(who) as tx:
            with pytest.raises(Forbidden):
                tx.create("Server", {"name": "srv", "org_id": org})
            with pytest.raises(Forbidden):
                tx.update("Server", server, {"name": "changed"})
            with pytest.raises(Forbidden):
                tx.delete("Server", [server])
    with bundled_desk.transaction(SYSTEM) as tx:
        assert tx.name_of("Server", server) == "srv"


def test_what_a_profile_does_not_let_read_is_not_found(bundled_desk: Desk) -> None:
    org = add(bundled_desk, "Organization", name="own")
    with bundled_desk.transaction(actor(REST)) as tx:
        assert tx.seen("Organization", org) is None
    with bundled_desk.transaction(actor(SUPPORT)) as tx:
        assert tx.seen("Organization", org) == "Organization"
