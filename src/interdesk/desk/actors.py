"""Who acts: a user with profiles, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass

ADMINISTRATOR = 1  # the profile that may do everything
PORTAL_USER = 2
REST_USER = 1024  # the profile "REST Services User"


@dataclass(frozen=True, slots=True)
class Actor:
    """``user`` is the id of a User (0: the system), ``contact`` the id of its Person (0: none).

    ``name`` is what history rows and log entries show: the contact's friendly name, else the login.
    ``restricted``: the user has a list of allowed organizations. ``read_only``: he came with a token that changes
    nothing, whatever his profiles grant.
    """

    user: int
    login: str
    name: str
    contact: int = 0
    profiles: frozenset[int] = frozenset()
    restricted: bool = False
    read_only: bool = False

    @property
    def is_administrator(self) -> bool:
        return ADMINISTRATOR in self.profiles

    @property
    def is_system(self) -> bool:
        return self.user == 0


SYSTEM = Actor(user=0, login="", name="Interdesk", profiles=frozenset({ADMINISTRATOR}))
