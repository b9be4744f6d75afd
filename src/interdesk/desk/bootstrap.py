"""What every desk has from its first hour: the design's profiles as objects, and a first administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk.desk import queries
from interdesk.desk.actors import ADMINISTRATOR, REST_USER, SYSTEM
from interdesk.desk.values import LinkChange

if TYPE_CHECKING:
    from interdesk.desk.desk import Desk
    from interdesk.desk.transaction import Transaction


APPLICATION_TYPES = ("iTop", "Slack", "Rocket.Chat", "Google Chat", "Microsoft Teams", "Other / Generic")


def prepare(desk: Desk) -> None:
    """Stores what the design expects and the store lacks.

    These are its profiles, under the design's own identifiers, and at first the kinds of applications to connect to.
    """
    with desk.transaction(SYSTEM, comment="Profiles of the design") as tx:
        _application_types(tx)
        profiles = desk.model.cls("URP_Profiles")
        (table,) = tx.reader.page(queries.every(profiles), ("name",), {}).tables
        known = {row[0] for row in table.rows}
        for profile in desk.model.profiles.values():
            if profile.id not in known:
                values = {"name": profile.name, "description": profile.description}
                tx.session.insert(profiles.name, values, key=profile.id)


def _application_types(tx: Transaction) -> None:
    """All of them or, once anybody has made any of his own, none: what an administrator deleted stays deleted."""
    cls = tx.desk.model.classes.get("RemoteApplicationType")
    if cls is not None and not tx.reader.count(queries.every(cls), {}):
        for name in APPLICATION_TYPES:
            tx.session.insert(cls.name, {"name": name})


def add_user(
    tx: Transaction, login: str, password: str, profiles: tuple[int, ...] = (ADMINISTRATOR, REST_USER), contact: int = 0
) -> int:
    """A local user with profiles; returns its id. Raises Refused, for example when the login is taken."""
    links = LinkChange([("URP_UserProfile", {"profileid": profile}) for profile in profiles])
    values = {"login": login, "password": password, "language": "EN US", "contactid": contact, "profile_list": links}
    return tx.create("UserLocal", values)


def find_user(tx: Transaction, login: str) -> tuple[int, str] | None:
    """(id, class) of the user with that login, compared without regard to case."""
    found = tx.find(queries.by_criteria(tx.desk.model.cls("User"), {"login": login}), {})
    return found[0] if found else None
