"""Makes what an exchange needs on one side, or tells what of it is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from interdesk.desk import Transaction, queries
from interdesk.desk.actors import REST_USER
from interdesk.desk.bootstrap import add_user, find_user
from interdesk.desk.values import LinkChange
from interdesk.events.exchange.partners import (
    CLASS,
    CUSTOMER,
    PROFILES,
    PROVIDER,
    ExchangeError,
    Invitation,
    Partner,
    partners,
)
from interdesk.events.exchange.wanted import Rule, label, rules

CATEGORIES = {PROVIDER: "partner", CUSTOMER: "customer"}
CONNECTION = "RemoteiTopConnection"


def establish(tx: Transaction, invitation: Invitation) -> Partner:
    """Stores all that is not there yet and mends the rest: it may be done again and again.

    Raises ExchangeError, Refused.
    """
    known = next((one for one in partners(tx) if (one.name, one.role) == (invitation.name, invitation.role)), None)
    name = invitation.name
    organization = _kept(tx, "Organization", {"name": name}, {"category": CATEGORIES[invitation.role]})
    if invitation.role == CUSTOMER:
        _kept(tx, "Person", {"name": name, "first_name": "Support", "org_id": organization}, {})
    user = _user(tx, invitation, organization, known)
    values = {
        "known_as": invitation.known_as,
        "organization_id": organization,
        "connection_id": _connection(tx, invitation),
        "user_id": user,
    }
    key = _kept(tx, CLASS, {"name": name, "role": invitation.role}, values)
    partner = next(one for one in partners(tx) if one.id == key)
    for rule in rules(partner):
        _rule(tx, partner, rule)
    return partner


def missing(tx: Transaction, partner: Partner) -> list[str]:
    """What the exchange with a partner lacks on this side, in words."""
    return [*_links(tx, partner), *(fault for rule in rules(partner) for fault in _faults(tx, partner, rule))]


# -- making


def _kept(tx: Transaction, name: str, criteria: Mapping[str, Any], values: Mapping[str, Any]) -> int:
    """The object of a class with these values, made unless there is one. Raises ExchangeError: there are several."""
    found = _find(tx, name, criteria)
    if not found:
        return tx.create(name, {**criteria, **values})
    if len(found) > 1:
        raise ExchangeError(f"There are {len(found)} objects of class {name} with {dict(criteria)}")
    if values:
        tx.update(name, found[0], values)
    return found[0]


def _find(tx: Transaction, name: str, criteria: Mapping[str, Any]) -> list[int]:
    return [key for key, _ in tx.reader.keys(queries.by_criteria(tx.desk.model.cls(name), criteria), {})]


def _connection(tx: Transaction, invitation: Invitation) -> int:
    kind = _kept(tx, "RemoteApplicationType", {"name": "iTop"}, {})
    values = {
        "remoteapplicationtype_id": kind,
        "environment": "3-production",
        "url": invitation.endpoint,
        "auth_user": invitation.login,
        "auth_pwd": invitation.password,
    }
    return _kept(tx, CONNECTION, {"name": f"{label(invitation.name)} ({invitation.role})"}, values)


def _user(tx: Transaction, invitation: Invitation, organization: int, known: Partner | None) -> int:
    """The partner's user here. A customer sees nothing but its own organization."""
    found = find_user(tx, invitation.user)
    if found is None:
        key = add_user(tx, invitation.user, invitation.user_password, (PROFILES[invitation.role], REST_USER))
    elif known is None or found[0] != known.user:
        raise ExchangeError(f"The login {invitation.user!r} is somebody else's here: name another one with --user")
    else:
        key = found[0]
        tx.update("UserLocal", key, {"password": invitation.user_password, "status": "enabled"})
    if invitation.role == CUSTOMER:
        silo = LinkChange([("URP_UserOrg", {"allowed_org_id": organization})])
        tx.update("UserLocal", key, {"allowed_org_list": silo})
    return key


def _rule(tx: Transaction, partner: Partner, rule: Rule) -> None:
    name = _name(partner, rule)
    action = _kept(tx, "ActioniTopWebhook", {"name": name}, rule.action(partner.connection))
    links = LinkChange([("lnkTriggerAction", {"action_id": action})])
    _kept(tx, rule.kind, {"description": name}, {**rule.trigger(), "action_list": links})


def _name(partner: Partner, rule: Rule) -> str:
    return f"{label(partner.name)}: {rule.name}"


# -- checking


def _links(tx: Transaction, partner: Partner) -> Iterator[str]:
    model = tx.desk.model
    for name, key, word in (
        ("Organization", partner.organization, "organization"),
        (CONNECTION, partner.connection, "connection"),
        ("User", partner.user, "user"),
    ):
        if not key or tx.final_class(name, key) is None:
            yield f"the {word} of the partner is not there"
    if partner.organization and tx.final_class("Organization", partner.organization):
        category = tx.reader.whole(model.cls("Organization"), partner.organization)["category"]
        if category != CATEGORIES[partner.role]:
            yield f"Organization::{partner.organization}: its category is not {CATEGORIES[partner.role]}"
    if partner.user and (final := tx.final_class("User", partner.user)):
        if tx.reader.whole(model.cls(final), partner.user)["status"] != "enabled":
            yield f"{final}::{partner.user}: the user of the partner is not enabled"
        for profile in (PROFILES[partner.role], REST_USER):
            if not _find(tx, "URP_UserProfile", {"userid": partner.user, "profileid": profile}):
                yield f"{final}::{partner.user}: lacks the profile {model.profiles[profile].name!r}"


def _faults(tx: Transaction, partner: Partner, rule: Rule) -> Iterator[str]:
    name = _name(partner, rule)
    triggers, actions = _find(tx, rule.kind, {"description": name}), _find(tx, "ActioniTopWebhook", {"name": name})
    for kind, found, values in (
        (rule.kind, triggers, rule.trigger()),
        ("ActioniTopWebhook", actions, rule.action(partner.connection)),
    ):
        if not found:
            yield f"there is no {kind} {name!r}"
        else:
            yield from _differences(tx, kind, found[0], values)
    if triggers and actions:
        link = {"trigger_id": triggers[0], "action_id": actions[0]}
        if not _find(tx, "lnkTriggerAction", link):
            yield f"{rule.kind}::{triggers[0]}: its action ActioniTopWebhook::{actions[0]} is not linked"


def _differences(tx: Transaction, name: str, key: int, values: Mapping[str, Any]) -> Iterator[str]:
    stored = tx.reader.whole(tx.desk.model.cls(name), key)
    for code, value in values.items():
        if str(stored[code] or "").split() != str(value).split():
            yield f"{name}::{key}: {code} is not as it is to be: {str(value)[:60]!r}"
