"""What every desk has from its first hour: the design's profiles as objects, and a first administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk.desk import queries
from interdesk.desk.actors import ADMINISTRATOR, REST_USER, SYSTEM
from interdesk.desk.values import LinkChange

if TYPE_CHECKING:
    from interdesk.desk.desk import Desk
    from interdesk.desk.transaction import Transaction


def prepare(desk: Desk) -> None:
    """Stores the profiles that the design has and the store lacks, under the design's own identifiers."""
    with desk.transaction(SYSTEM, comment="Profiles of the design") as tx:
        profiles = desk.model.cls("URP_Profiles")
        (table,) = tx.reader.page(queries.every(profiles), ("name",), {}).tables
        known = {row[0] for row in table.rows}
        for profile in desk.model.profiles.values():
            if profile.id not in known:
                values = {"name": profile.name, "description": profile.description}
                tx.session.insert(profiles.name, values, key=profile.id)


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
