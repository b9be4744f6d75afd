"""The desk's persons, teams and organizations, as flows speak of them: by login, or by the name of a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interdesk.approvals.rows import one, select
from interdesk.desk import Reader

PERSON = "SELECT Person AS p JOIN User AS u ON u.contactid = p.id WHERE u.login = :name"
BY_MAIL = "SELECT Person WHERE email = :name"
LOGINS = "SELECT User WHERE contactid = :person"
MEMBERS = "SELECT Person AS p JOIN lnkPersonToTeam AS l ON l.person_id = p.id WHERE l.team_id = :key"
STAFF = (
    "SELECT Person AS p JOIN Organization AS o ON p.org_id = o.id JOIN Organization AS a ON o.parent_id BELOW a.id "
    "WHERE a.id = :key"
)


class DeskDirectory:
    """Reads as it is asked; a role is a team, by its number."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def leaders(self, name: str) -> Sequence[str]:
        """The manager of a person."""
        person = self.person(name)
        found = one(self._reader, "Person", person, ("manager_id",)) if person else None
        return self._names([found["manager_id"]]) if found and found["manager_id"] else []

    def role(self, key: str) -> Sequence[str]:
        return self._names(self._ids(MEMBERS, {"key": int(key)})) if key.isdecimal() else []

    def organization(self, key: str) -> Sequence[str]:
        return self._names(self._ids(STAFF, {"key": int(key)})) if key.isdecimal() else []

    def person(self, name: str) -> int:
        """The id of the person with that login or address, 0 for nobody."""
        return next(iter([*self._ids(PERSON, {"name": name}), *self._ids(BY_MAIL, {"name": name})]), 0)

    def name(self, person: int) -> str:
        """What flows call a person, '' for one that is not there."""
        return next(iter(self._names([person])), "")

    def _ids(self, text: str, args: dict[str, Any]) -> list[int]:
        return [row["id"] for row in select(self._reader, text, ("friendlyname",), args).rows]

    def _names(self, persons: Sequence[int]) -> list[str]:
        """What flows call people: the login, else the address, else the name."""
        found = []
        for key in persons:
            logins = select(self._reader, LOGINS, ("login",), {"person": key}).rows
            row = one(self._reader, "Person", key, ("email", "friendlyname"))
            if logins or row is not None:
                name = logins[0]["login"] if logins else (row or {}).get("email") or (row or {}).get("friendlyname")
                found.append(str(name))
        return found
