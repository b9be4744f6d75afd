"""Web service accounts: logins of programs, whose passwords the desk must be able to read for HTTP Digest."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interdesk.desk import Actor, Desk, queries
from interdesk.errors import Unauthenticated

if TYPE_CHECKING:
    from interdesk.desk import Transaction
    from interdesk.store import Session

ACCOUNT = "TelephonyAccount"
REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Account:
    """Who may use the telephony API, and the user of the desk that he acts as."""

    login: str
    password: str
    user: int


class Accounts:
    """The accounts of a desk; who they act as is remembered until somebody's rights change."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._actors: OrderedDict[int, tuple[str, Actor]] = OrderedDict()

    def find(self, session: Session, login: str) -> Account | None:
        """The enabled account of that name."""
        if not login or ACCOUNT not in self._desk.model.classes:
            return None
        query = queries.by_criteria(self._desk.model.cls(ACCOUNT), {"login": login, "status": "enabled"})
        plan = self._desk.store.compiler.select(query, ("login", "password", "user_id"), ordered=False)
        for name, sealed, user in session.fetch(plan):
            if name == login:
                return Account(name, self._desk.vault.reveal(sealed), user)
        return None

    def actor(self, session: Session, account: Account) -> Actor:
        """Who the account acts as. Raises Unauthenticated when that user is disabled."""
        version = session.version("rights")
        with self._lock:
            known = self._actors.get(account.user)
        if known and known[0] == version:
            return known[1]
        user = self._desk.model.cls("User")
        plan = self._desk.store.compiler.select(queries.by_id(user), ("status",), ordered=False)
        found = session.fetch(plan, {"id": account.user})
        if not found or found[0][0] != "enabled":
            raise Unauthenticated(f"The user of the account {account.login} is disabled")
        actor = self._desk.credentials.actor(session, account.user)
        with self._lock:
            self._actors[account.user] = (version, actor)
            while len(self._actors) > REMEMBERED:
                self._actors.popitem(last=False)
        return actor


def add(tx: Transaction, login: str, password: str, user: int) -> int:
    """A new account that acts as a user; returns its id. Raises Refused, for example when the login is taken."""
    return tx.create(ACCOUNT, {"login": login, "password": password, "user_id": user})
