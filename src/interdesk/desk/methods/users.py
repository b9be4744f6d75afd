"""Users: who may be stored as one, and by whom. Source: facts ``itop_rights_and_deletion.md`` 1, scenario 20."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from interdesk.desk import queries
from interdesk.desk.actors import ADMINISTRATOR
from interdesk.desk.drafts import Draft
from interdesk.desk.methods import CHECK, COMPUTE, method
from interdesk.model import Issue
from interdesk.model.attributes import HierarchicalKey, LinkedSetIndirect
from interdesk.oql.resolved import Binary, Literal

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction

WEAK = "Password must be at least 8 characters and include uppercase, lowercase, numeric and special characters."
STRONG = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[^A-Za-z0-9]).{8,}", re.DOTALL)
NO_PROFILE = "At least one profile must be assigned to this user."
OUTSIDE = "Allowed organizations must contain User organization"
ADMINISTRATORS_ONLY = "Only an administrator may save an administrator"
ONESELF = "You cannot disable your own account"


@method("User", CHECK)
def rules_of_users(draft: Draft, tx: Transaction) -> list[Issue]:
    """A user has a login and a profile, belongs to the organizations he sees, and does not raise himself or others."""
    return [*_unique_login(draft, tx), *_profiles(draft, tx), *_organizations(draft, tx)]


def _unique_login(draft: Draft, tx: Transaction) -> list[Issue]:
    """Logins are unique over all sorts of users, without regard to case."""
    if not draft.changed("login"):
        return []
    tx.session.serialise("logins", [draft.values["login"]])
    users = tx.desk.model.cls("User")
    others = Binary("!=", queries.field(users, "id"), Literal(draft.key))
    query = queries.and_where(queries.by_criteria(users, {"login": draft.values["login"]}), others)
    if not tx.reader.count(query, {}):
        return []
    return [Issue("unique", f'Login must be unique - "{draft.values["login"]}" is already being used.')]


def _profiles(draft: Draft, tx: Transaction) -> list[Issue]:
    issues = []
    before = _linked(draft, "profile_list", tx, stored=True)
    after = _linked(draft, "profile_list", tx)
    if not after:
        issues.append(Issue("profiles", NO_PROFILE))
    if ADMINISTRATOR in before | after and not tx.actor.is_administrator:
        issues.append(Issue("rights", ADMINISTRATORS_ONLY))
    if draft.key == tx.actor.user and draft.changed("status") and draft.values["status"] == "disabled":
        issues.append(Issue("status", ONESELF))
    return issues


def _organizations(draft: Draft, tx: Transaction) -> list[Issue]:
    allowed = _linked(draft, "allowed_org_list", tx)
    home = _organization(draft, tx)
    outside = allowed and home and not _contains(allowed, home, tx)
    return [Issue("organizations", OUTSIDE)] if outside else []


@method("UserLocal", CHECK)
def strong_password(draft: Draft, tx: Transaction) -> list[Issue]:
    """People choose strong passwords; the system itself (setting up, the command line) may take any."""
    chosen = draft.clear.get("password")
    if not chosen or not tx.actor.user or STRONG.fullmatch(chosen):
        return []
    return [Issue("password", WEAK)]


@method("UserLocal", COMPUTE)
def renewal(draft: Draft, tx: Transaction) -> None:
    """A new password is as old as its day; one that had to be renewed by its user has been."""
    if not draft.clear.get("password"):
        return
    draft.values["password_renewed_date"] = draft.now[:10]
    if draft.key == tx.actor.user and draft.values["expiration"] in ("force_expire", "otp_expire"):
        draft.values["expiration"] = "can_expire"


@method("URP_UserProfile", CHECK)
def administrators_links(draft: Draft, tx: Transaction) -> list[Issue]:
    """The profile of administrators is given, and what an administrator has is changed, by administrators."""
    if tx.actor.is_administrator:
        return []
    concerned = {draft.before.get("profileid"), draft.values.get("profileid")}
    if ADMINISTRATOR in concerned or ADMINISTRATOR in _stored(
        "URP_UserProfile", "profileid", draft.values["userid"], tx
    ):
        return [Issue("rights", ADMINISTRATORS_ONLY)]
    return []


def _linked(draft: Draft, code: str, tx: Transaction, *, stored: bool = False) -> set[int]:
    """The remote ids of one of the user's link sets: as it will be after the write, or as it is ``stored``."""
    link_set = draft.cls.attributes[code]
    assert isinstance(link_set, LinkedSetIndirect)
    remote = link_set.ext_key_to_remote
    if code in draft.links and not stored:
        return {values.get(remote) or 0 for _, values in draft.links[code].elements} - {0}
    if draft.is_new:
        return set()
    return _stored(link_set.linked_class, remote, draft.key, tx)


def _stored(link_class: str, remote: str, user: int, tx: Transaction) -> set[int]:
    query = queries.by_criteria(tx.desk.model.cls(link_class), {"userid": user})
    (table,) = tx.reader.page(query, (remote,), {}).tables
    return {row[table.positions[remote][0]] for row in table.rows}


def _organization(draft: Draft, tx: Transaction) -> int:
    """The organization of the user's contact, 0 without one."""
    contact = draft.values.get("contactid") or 0
    table = tx.reader.one(tx.desk.model.cls("Person"), contact, ("org_id",)) if contact else None
    return int(table.rows[0][table.positions["org_id"][0]]) if table and table.rows else 0


def _contains(allowed: set[int], home: int, tx: Transaction) -> bool:
    """True when an organization is among the allowed ones or below one of them."""
    organization = tx.desk.model.cls("Organization")
    key = organization.attribute("parent_id")
    assert isinstance(key, HierarchicalKey)
    return any(tx.is_below(organization, key, home, top) for top in allowed)
