"""Who somebody is: logins and passwords to actors, without an argon2 run on every call, and slow for guessers.

A verified password is remembered for a minute under a keyed digest, never itself; the memory is dropped when the
store's ``rights`` version moves, so that a disabled user or a new password counts at once in every process.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interdesk.desk import queries, tokens
from interdesk.desk.actors import Actor
from interdesk.desk.guesses import Guesses
from interdesk.errors import Unauthenticated
from interdesk.model.attributes import OneWayPassword

if TYPE_CHECKING:
    from interdesk.desk.desk import Desk
    from interdesk.store import Session


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a request says that it comes from: a login with its password, or a token for a service.

    ``trusted``: a web server in front has let the login in; it holds for users of the class ``UserExternal``.
    """

    login: str = ""
    password: str = ""
    token: str = ""
    service: str = ""
    trusted: bool = False

    @property
    def account(self) -> str:
        """What wrong guesses are counted for."""
        return f"token {tokens.key_of(self.token)}" if self.token else self.login


PROVING = 16  # claims that fall together by chance wait for each other


class Credentials:
    """Proves who asks, by password or token, and remembers the proof for a while: for one process."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._proving = tuple(threading.Lock() for _ in range(PROVING))
        self._verified: OrderedDict[bytes, tuple[str, float, Actor]] = OrderedDict()
        self._version = ""
        self.guesses = Guesses()

    def verify(self, login: str, password: str) -> Actor:
        """The actor behind a login (compared without regard to case) and password. Raises Unauthenticated."""
        return self.prove(Claim(login, password))

    def prove(self, claim: Claim) -> Actor:
        """The actor that a claim proves. Raises Unauthenticated."""
        if not claim.token and not (claim.login and (claim.password or claim.trusted)):
            raise Unauthenticated("Give a user name and a password, or a token")
        print_ = self._print(claim)
        # Many requests with one claim at once: one proves it, the others wait for that and need no hash of their own.
        with self._proving[print_[0] % PROVING]:
            actor = self._remembered(print_)
            if actor is not None:
                return actor
            with self._desk.store.read() as session:
                actor, proven = self._looked_up(session, claim)
                version = session.version("rights")
            self._remember(print_, version, actor, proven.seconds if proven else None)
        if proven:
            tokens.used(self._desk, proven.key)
        return actor

    def recall(self, claim: Claim) -> Actor | None:
        """The actor, if this claim was proven a moment ago: never costs an argon2 run."""
        return self._remembered(self._print(claim))

    def wait(self, claim: Claim, address: str) -> float:
        """Seconds that a claim should wait before it is looked at. Raises TooManyGuesses."""
        return self.guesses.wait(claim.account, address) if self._may_be_guess(claim) else 0.0

    def demand_free(self, claim: Claim, address: str) -> None:
        """Raises TooManyGuesses when others have guessed too often since the claim came."""
        if self._may_be_guess(claim):
            self.guesses.demand_free(claim.account, address)

    def _may_be_guess(self, claim: Claim) -> bool:
        """False for what was proven a moment ago, whatever has happened since."""
        if not self.guesses:
            return False
        known = self._verified.get(self._print(claim))
        return known is None or known[1] <= time.monotonic()

    def check(self, login: str, password: str, asker: str = "") -> bool:
        """True when the credentials prove an enabled user. Raises TooManyGuesses when ``asker`` guesses too often."""
        self.guesses.demand_free(login, asker)
        try:
            self.verify(login, password)
        except Unauthenticated:
            self.guesses.failed(login, asker)
            return False
        self.guesses.succeeded(login, asker)
        return True

    def actor(self, session: Session, user: int) -> Actor:
        """The actor of a User. Raises Unauthenticated when there is none."""
        reader = self._desk.reader(session)
        model = self._desk.model
        table = reader.one(model.cls("User"), user, ("login", "contactid", "contactid_friendlyname"))
        if not table.rows:
            raise Unauthenticated("There is no such user")
        row = table.rows[0]
        login, contact, name = (row[table.positions[code][0]] for code in table.fields)
        held = queries.by_criteria(model.cls("URP_UserProfile"), {"userid": user})
        (links,) = reader.page(held, ("profileid",), {}).tables
        profiles = frozenset(found[links.positions["profileid"][0]] for found in links.rows)
        listed = queries.by_criteria(model.cls("URP_UserOrg"), {"userid": user})
        restricted = reader.count(listed, {}) > 0
        return Actor(user, login, name or login, contact, profiles, restricted)

    def name_of(self, session: Session, user: int) -> str:
        """The friendly name of the user's contact, else the login, '' when there is no such user."""
        table = self._desk.reader(session).one(self._desk.model.cls("User"), user, ("contactid_friendlyname", "login"))
        if not table.rows:
            return ""
        name, login = (table.rows[0][table.positions[code][0]] for code in table.fields)
        return str(name or login)

    # -- verified credentials

    def _remembered(self, print_: bytes) -> Actor | None:
        version = self._desk.store.version("rights")
        with self._lock:
            if version != self._version:
                self._version = version
                self._verified.clear()
            known, until, actor = self._verified.get(print_, ("", 0.0, None))
        return actor if until > time.monotonic() and known == version else None

    def _print(self, claim: Claim) -> bytes:
        parts = (claim.login, claim.password, claim.token, claim.service, "trusted" if claim.trusted else "")
        return self._desk.vault.fingerprint(*parts)

    def _remember(self, print_: bytes, version: str, actor: Actor, seconds: float | None) -> None:
        """``version``: of the state in which the actor was found. ``seconds``: no longer, whatever the setting says.

        Others may have seen a later state meanwhile: what is remembered holds for its own state only.
        """
        limits = self._desk.limits
        kept = limits.password_cache_seconds if seconds is None else min(seconds, limits.password_cache_seconds)
        with self._lock:
            self._verified[print_] = (version, time.monotonic() + kept, actor)
            while len(self._verified) > limits.password_cache_size:
                self._verified.popitem(last=False)

    def _looked_up(self, session: Session, claim: Claim) -> tuple[Actor, tokens.Proven | None]:
        if claim.token:
            proven = tokens.prove(self._desk, session, claim.token, claim.service)
            if not self._is_enabled(session, proven.user):
                raise Unauthenticated("The user of the token is disabled")
            return replace(self.actor(session, proven.user), read_only=proven.read_only), proven
        key, final = self._account(session, claim.login, "UserExternal" if claim.trusted else "User")
        if not (key and claim.trusted):
            stored = self._stored_hash(session, final, key) if key and not claim.trusted else ""
            right = self._desk.vault.verify(stored or self._desk.vault.decoy, claim.password)
            if not right or not stored:
                raise Unauthenticated("The user name and the password do not fit an enabled user")
        return self.actor(session, key), None

    def _account(self, session: Session, login: str, name: str) -> tuple[int, str]:
        """(id, class) of the enabled user of class ``name`` (or below) with a login; 0 when there is none."""
        criteria = {"login": login, "status": "enabled"}
        query = queries.by_criteria(self._desk.model.cls(name), criteria)
        found = self._desk.reader(session).keys(query, {}, limit=1)
        return found[0] if found else (0, "")

    def _is_enabled(self, session: Session, user: int) -> bool:
        table = self._desk.reader(session).one(self._desk.model.cls("User"), user, ("status",))
        return bool(table.rows) and table.rows[0][table.positions["status"][0]] == "enabled"

    def _stored_hash(self, session: Session, final: str, key: int) -> str:
        """The hash of the first one-way password of the user's class, '' for users without password of ours."""
        cls = self._desk.model.cls(final)
        if not isinstance(cls.attributes.get("password"), OneWayPassword):
            return ""
        return session.password(final, key, "password")
