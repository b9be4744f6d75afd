"""Users: the rules for saving one, who is let in, and what their history tells."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from interdesk import oql
from interdesk.desk import SYSTEM, Actor, Desk, tokens
from interdesk.desk.credentials import Claim
from interdesk.errors import Forbidden, Refused, Unauthenticated
from interdesk.model import ACTIONS, Group, Model, Profile
from interdesk.store import Store
from tests.support.people import (
    ADMINISTRATOR,
    CONFIGURATION,
    GOOD,
    REST,
    SUPPORT,
    actor_of,
    add,
    add_user,
    bundled_model,
    desk_over,
    user_values,
)

WEAK = "Password must be at least 8 characters and include uppercase, lowercase, numeric and special characters."
NO_PROFILE = "At least one profile must be assigned to this user."
OUTSIDE = "Allowed organizations must contain User organization"
MANAGER = 4711


def refusals(desk: Desk, actor: Actor, cls: str, key: int, values: dict[str, Any]) -> list[str]:
    """What a write is refused for; creates with key 0."""
    try:
        with desk.transaction(actor) as tx:
            if key:
                tx.update(cls, key, values)
            else:
                tx.create(cls, values)
    except Refused as problem:
        return [issue.text for issue in problem.issues]
    return []


@pytest.fixture
def root(bundled_desk: Desk) -> Actor:
    """An administrator who is a person, not the system."""
    with bundled_desk.transaction(SYSTEM) as tx:
        key = add_user(tx, "root", (ADMINISTRATOR, REST))
    return actor_of(bundled_desk, key)


PASSWORDS = {
    GOOD: [],
    "Aa1_aaaa": [],
    "Ää1-aAaa": [],
    "Aa1-aaa": [WEAK],
    "aa1-aaaa": [WEAK],
    "AA1-AAAA": [WEAK],
    "Aaa-aaaa": [WEAK],
    "Aa1aaaaa": [WEAK],
}


def test_people_choose_strong_passwords(bundled_desk: Desk, root: Actor) -> None:
    for number, (password, expected) in enumerate(PASSWORDS.items()):
        values = {"login": f"ann{number}", "password": password, **user_values([SUPPORT])}
        assert refusals(bundled_desk, root, "UserLocal", 0, values) == expected, password


def test_the_system_takes_any_password(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        add_user(tx, "admin", (ADMINISTRATOR, REST), password="admin")
    assert bundled_desk.credentials.check("ADMIN", "admin")


def test_a_user_has_a_profile(bundled_desk: Desk, root: Actor) -> None:
    assert refusals(bundled_desk, root, "UserLocal", 0, {"login": "ann", "password": GOOD}) == [NO_PROFILE]
    with bundled_desk.transaction(SYSTEM) as tx:
        key = add_user(tx, "bob")
    assert refusals(bundled_desk, root, "User", key, {"profile_list": user_values([])["profile_list"]}) == [NO_PROFILE]
    assert refusals(bundled_desk, root, "User", key, {"language": "FR FR"}) == []


def test_a_user_belongs_to_what_he_sees(bundled_desk: Desk, root: Actor) -> None:
    top, other = (add(bundled_desk, "Organization", name=name) for name in ("top", "other"))
    below = add(bundled_desk, "Organization", name="below", parent_id=top)
    person = add(bundled_desk, "Person", name="Doe", first_name="Ann", org_id=below)
    with bundled_desk.transaction(SYSTEM) as tx:
        key = add_user(tx, "ann", contact=person)

    def allowing(*organizations: int) -> dict[str, Any]:
        return {"allowed_org_list": user_values([], organizations)["allowed_org_list"]}

    assert refusals(bundled_desk, root, "User", key, allowing(other)) == [OUTSIDE]
    assert refusals(bundled_desk, root, "User", key, allowing(other, top)) == []
    assert refusals(bundled_desk, root, "User", key, allowing(below)) == []
    assert refusals(bundled_desk, root, "User", key, allowing()) == []


def test_logins_are_unique_over_all_sorts_of_users(bundled_desk: Desk, root: Actor) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        add_user(tx, "ann")
    values = {"login": "ANN", "password": GOOD, **user_values([SUPPORT])}
    text = 'Login must be unique - "ANN" is already being used.'
    assert refusals(bundled_desk, root, "UserLocal", 0, values) == [text]


def test_nobody_disables_himself(bundled_desk: Desk, root: Actor) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        other = add_user(tx, "ann")
    disabled = {"status": "disabled"}
    assert refusals(bundled_desk, root, "User", root.user, disabled) == ["You cannot disable your own account"]
    assert refusals(bundled_desk, root, "User", other, disabled) == []


# -- users who manage users


@pytest.fixture
def managed(open_store: Callable[[Model], Store]) -> tuple[Desk, Actor]:
    """A desk with a profile that grants the classes of users, and somebody who has it."""
    model = bundled_model()
    everything = {action: True for action in ACTIONS}
    groups = {**model.groups, "Tokens": Group("Tokens", ("PersonalToken",))}
    grants = {"User": everything, "Tokens": everything, "*": {"read": True}}
    profiles = {**model.profiles, MANAGER: Profile(MANAGER, "User manager", "Manages users", grants)}
    desk = desk_over(open_store(dataclasses.replace(model, groups=groups, profiles=profiles)))
    with desk.transaction(SYSTEM) as tx:
        key = add_user(tx, "manager", (MANAGER,))
    return desk, actor_of(desk, key)


def test_a_manager_saves_users_but_no_administrators(managed: tuple[Desk, Actor]) -> None:
    desk, manager = managed
    text = "Only an administrator may save an administrator"
    with desk.transaction(SYSTEM) as tx:
        root, ann = add_user(tx, "root", (ADMINISTRATOR,)), add_user(tx, "ann")
    raised = {"profile_list": user_values([ADMINISTRATOR])["profile_list"]}
    assert refusals(desk, manager, "User", ann, {"language": "FR FR"}) == []
    assert refusals(desk, manager, "User", root, {"language": "FR FR"}) == [text]
    assert refusals(desk, manager, "User", ann, raised) == [text]
    assert refusals(desk, manager, "User", manager.user, raised) == [text]
    values = {"login": "eve", "password": GOOD, **raised}
    assert refusals(desk, manager, "UserLocal", 0, values) == [text]
    for user, profile in ((manager.user, ADMINISTRATOR), (root, SUPPORT)):
        link = {"userid": user, "profileid": profile}
        assert refusals(desk, manager, "URP_UserProfile", 0, link) == [text]
    assert refusals(desk, manager, "URP_UserProfile", 0, {"userid": ann, "profileid": CONFIGURATION}) == []


def test_a_manager_makes_no_tokens_of_administrators(managed: tuple[Desk, Actor]) -> None:
    desk, manager = managed
    with desk.transaction(SYSTEM) as tx:
        root, ann = add_user(tx, "root", (ADMINISTRATOR,)), add_user(tx, "ann")
    with desk.transaction(manager) as tx:
        token = tokens.issue(tx, ann, "script", ["rest"], 1)
    text = "Only an administrator may save a token of an administrator"
    values = {"user_id": root, "application": "script", "scope": "rest", "auth_token": "x" * 40}
    assert refusals(desk, manager, "PersonalToken", 0, values) == [text]
    assert refusals(desk, manager, "PersonalToken", tokens.key_of(token), {"user_id": root}) == [text]


def test_who_may_not_write_tokens_makes_none(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        ann = add_user(tx, "ann")
    with pytest.raises(Forbidden), bundled_desk.transaction(actor_of(bundled_desk, ann)) as tx:
        tokens.issue(tx, ann, "script", ["rest"], 1)


# -- who is let in


def test_a_disabled_user_is_out_at_once(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        key = add_user(tx, "ann", password=GOOD)
    assert bundled_desk.credentials.verify("ann", GOOD).user == key
    with bundled_desk.transaction(SYSTEM) as tx:
        tx.update("User", key, {"status": "disabled"})
    with pytest.raises(Unauthenticated):
        bundled_desk.credentials.verify("ann", GOOD)


def test_new_profiles_and_organizations_count_at_once(bundled_desk: Desk) -> None:
    org = add(bundled_desk, "Organization", name="own")
    with bundled_desk.transaction(SYSTEM) as tx:
        key = add_user(tx, "ann", password=GOOD)
    actor = bundled_desk.credentials.verify("ann", GOOD)
    assert (actor.profiles, actor.restricted) == (frozenset({SUPPORT, REST}), False)
    with bundled_desk.transaction(SYSTEM) as tx:
        tx.update("User", key, user_values([CONFIGURATION], [org]))
    actor = bundled_desk.credentials.verify("ann", GOOD)
    assert (actor.profiles, actor.restricted) == (frozenset({CONFIGURATION}), True)


def test_an_expired_password_is_still_right(bundled_desk: Desk) -> None:
    """It asks for a new one where people log in; scripts go on, as recorded."""
    with bundled_desk.transaction(SYSTEM) as tx:
        key = add_user(tx, "ann", password=GOOD)
        tx.update("UserLocal", key, {"expiration": "force_expire"})
    assert bundled_desk.credentials.check("ann", GOOD)


def test_a_password_that_its_user_renews_is_no_longer_expired(bundled_desk: Desk, root: Actor) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        key = add_user(tx, "ann", (ADMINISTRATOR,), password=GOOD)

    def expiration(actor: Actor, password: str) -> tuple[str, str]:
        with bundled_desk.transaction(actor) as tx:
            tx.update("UserLocal", key, {"expiration": "otp_expire"})
            tx.update("UserLocal", key, {"password": password})
            table = tx.reader.one(bundled_desk.model.cls("UserLocal"), key, ("expiration", "password_renewed_date"))
        row = table.rows[0]
        return tuple(row[table.positions[code][0]] for code in table.fields)  # type: ignore[return-value]

    today = bundled_desk.clock().date().isoformat()
    assert expiration(root, "0ther-Word") == ("otp_expire", today)
    assert expiration(actor_of(bundled_desk, key), "An0ther-Word") == ("can_expire", today)


def test_a_trusted_front_lets_external_users_in_and_no_others(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        key = add_user(tx, "ann")
        add_user(tx, "bob", password=GOOD)
    credentials = bundled_desk.credentials
    assert credentials.prove(Claim("ann", trusted=True)).user == key
    for claim in (Claim("bob", trusted=True), Claim("nobody", trusted=True), Claim("", trusted=True)):
        with pytest.raises(Unauthenticated):
            credentials.prove(claim)
    for password in ("", "x"):
        with pytest.raises(Unauthenticated):
            credentials.verify("ann", password)


# -- history


def test_users_have_a_history_without_secrets(bundled_desk: Desk, root: Actor) -> None:
    org = add(bundled_desk, "Organization", name="own")
    with bundled_desk.transaction(root) as tx:
        key = add_user(tx, "ann", password=GOOD)
        tx.update("UserLocal", key, {"password": "0ther-Word", "status": "disabled", **user_values([REST], [org])})
    query = oql.query(f"SELECT CMDBChangeOp WHERE objclass = 'UserLocal' AND objkey = {key}", bundled_desk.model)
    with bundled_desk.reading() as reader:
        kinds = sorted(name for _, name in reader.keys(query, {}))
    assert kinds == [
        "CMDBChangeOpCreate",
        *["CMDBChangeOpSetAttributeLinksAddRemove"] * 4,  # two profiles given, one taken, an organization given
        "CMDBChangeOpSetAttributeOneWayPassword",
        *["CMDBChangeOpSetAttributeScalar"] * 1,
    ]
