"""Tokens: secrets that a user's scripts show instead of his password; each has scopes and an end.

A token reads ``<id of the PersonalToken>-<secret>``. Just the hash of the secret is stored, so that a token can be
seen only once: when it is made.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interdesk.desk.clock import as_text
from interdesk.errors import Unauthenticated, Unavailable
from interdesk.model import Model
from interdesk.model.attributes import EnumSet

if TYPE_CHECKING:
    from interdesk.desk.desk import Desk
    from interdesk.desk.transaction import Transaction
    from interdesk.store import Session

CLASS = "PersonalToken"
READING = "_read"  # ends the scopes that allow to read only
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Proven:
    """What a right token tells. ``seconds``: how long it is valid yet, None without an end."""

    key: int
    user: int
    read_only: bool
    seconds: float | None


def scopes(model: Model) -> tuple[str, ...]:
    """The scopes that the design knows: a service, or a service with ``_read`` behind it."""
    attribute = model.cls(CLASS).attribute("scope")
    assert isinstance(attribute, EnumSet)
    return tuple(attribute.values)


def issue(tx: Transaction, user: int, application: str, allowed: Collection[str], days: int | None) -> str:
    """Makes a token for a user and returns it; it cannot be read again.

    ``days`` None: valid until it is deleted. Raises Refused, Forbidden.
    """
    secret = secrets.token_urlsafe(SECRET_BYTES)
    end = None if days is None else as_text(tx.desk.clock() + dt.timedelta(days=days))
    values = {
        "user_id": user,
        "application": application,
        "scope": ",".join(allowed),
        "expiration_date": end,
        "auth_token": secret,
    }
    return f"{tx.create(CLASS, values)}-{secret}"


def key_of(token: str) -> int:
    """The id of the token's object, 0 for what is no token."""
    digits = token.partition("-")[0]
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 16 else 0


def prove(desk: Desk, session: Session, token: str, service: str) -> Proven:
    """What a token tells of its bearer. Raises Unauthenticated: unknown, expired, not for the service, user disabled.

    Costs an argon2 run, also for a token that does not exist.
    """
    key, secret = key_of(token), token.partition("-")[2]
    known = key > 0 and CLASS in desk.model.classes
    stored = session.password(CLASS, key, "auth_token") if known else ""
    right = desk.vault.verify(stored or desk.vault.decoy, secret)
    if not right or not stored:
        raise Unauthenticated("The token is not known")
    reader = desk.reader(session)
    table = reader.one(desk.model.cls(CLASS), key, ("user_id", "scope", "expiration_date"))
    user, scope, end = (table.rows[0][table.positions[code][0]] for code in table.fields)
    seconds = None if end is None else (dt.datetime.fromisoformat(end) - desk.clock()).total_seconds()
    if seconds is not None and seconds <= 0:
        raise Unauthenticated("The token has expired")
    allowed = (scope or "").split(",")
    if service not in allowed and service + READING not in allowed:
        raise Unauthenticated(f"The token is not for the service {service}")
    return Proven(key, user, service not in allowed, seconds)


def used(desk: Desk, key: int) -> None:
    """Notes that a token was used. No change of the object: its history stays as it is.

    Where the database cannot be written, the token is as good as ever: then nothing is noted.
    """
    with contextlib.suppress(Unavailable), desk.store.write() as session:
        if session.lock(CLASS, key):
            session.update(CLASS, key, {"last_use_date": as_text(desk.clock())})
