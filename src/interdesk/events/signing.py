"""Signatures, so that a receiver knows who called and that nothing was changed on the way.

Two schemes: ``standard`` is Standard Webhooks (headers ``webhook-id``, ``webhook-timestamp``, ``webhook-signature``),
``hmac`` the hexadecimal HMAC-SHA256 of the body in ``X-Interdesk-Signature-256``. While a secret is being changed the
old one is valid for a while too: then there are several signatures, and a receiver may use either secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

from interdesk.desk import SYSTEM, Desk, queries
from interdesk.desk.clock import as_text
from interdesk.events.lanes import local_text
from interdesk.events.requests import Headers
from interdesk.store.outbox import Claimed

CLASS = "WebhookSecret"
FIELDS = ("id", "connection_id", "scheme", "created", "valid_until")
STANDARD, PLAIN = "standard", "hmac"
PREFIX = "whsec_"
VERSION = "v1"
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PLAIN_SIGNATURE = "X-Interdesk-Signature-256"
TOLERANCE = 300  # seconds that a message may be old, or ahead of our clock
REMEMBERED = 2.0  # seconds until secrets are read again
SECRET_BYTES = 32


class BadSignature(Exception):
    """The message is not to be trusted; the message of the exception says why."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret of a connection for signing; ``valid_until`` is None for the current one."""

    connection_id: int
    scheme: str
    created: str
    valid_until: str | None
    text: str = field(repr=False)


@dataclass(slots=True)
class Signer:
    """Signs for the connections of one desk. Safe to use from many threads."""

    desk: Desk
    _known: dict[int, list[Secret]] = field(default_factory=dict)
    _read: float = float("-inf")
    _lock: Lock = field(default_factory=Lock)

    def headers(self, delivery: Claimed, body: bytes, now: float | None = None) -> Headers:
        """The headers that sign a body; none for a connection without secrets. The newest secret comes first."""
        moment = time.time() if now is None else now
        known = [secret for secret in self._secrets(delivery.connection_id) if _valid(secret, moment)]
        found: list[tuple[str, str]] = []
        standard = [secret.text for secret in known if secret.scheme == STANDARD]
        if standard:
            stamp = str(int(moment))
            signatures = " ".join(sign(secret, delivery.message_id, stamp, body) for secret in standard)
            found += [(TIMESTAMP, stamp), (SIGNATURE, signatures)]
        plain = [secret.text for secret in known if secret.scheme == PLAIN]
        if plain:
            found.append((PLAIN_SIGNATURE, ", ".join(sign_plain(secret, body) for secret in plain)))
        return tuple(found)

    def _secrets(self, connection: int) -> list[Secret]:
        with self._lock:
            if time.monotonic() - self._read > REMEMBERED:
                self._known, self._read = read(self.desk), time.monotonic()
            return self._known.get(connection, [])


def _valid(secret: Secret, now: float) -> bool:
    return not secret.valid_until or local_text(round(now * 1000)) <= secret.valid_until


def read(desk: Desk) -> dict[int, list[Secret]]:
    """All secrets by connection, the newest first."""
    plan = desk.store.compiler.select(queries.every(desk.model.cls(CLASS)), FIELDS, ordered=False)
    found: dict[int, list[Secret]] = {}
    with desk.store.read() as session:
        for key, connection, scheme, created, until in sorted(session.fetch(plan, {}), reverse=True):
            text = desk.vault.reveal(session.password(CLASS, key, "secret"))
            found.setdefault(connection, []).append(Secret(connection, scheme, created, until, text))
    return found


def add(desk: Desk, connection: int, scheme: str, overlap_seconds: int) -> str:
    """A new secret for a connection, and its text, which is never shown again.

    Older ones of that scheme stay valid for ``overlap_seconds``.
    """
    text = PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    with desk.transaction(SYSTEM, comment="New signing secret") as tx:
        end = local_text(round((time.time() + overlap_seconds) * 1000))
        query = queries.by_criteria(desk.model.cls(CLASS), {"connection_id": connection, "scheme": scheme})
        plan = desk.store.compiler.select(query, ("id", "valid_until"), ordered=False)
        for key, until in tx.session.fetch(plan, {}):
            if not until or until > end:
                tx.session.update(CLASS, key, {"valid_until": end})
        tx.session.insert(
            CLASS,
            {
                "connection_id": connection,
                "scheme": scheme,
                "created": as_text(desk.clock()),
                "secret": desk.vault.seal(text),
            },
        )
    return text


def sign(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """One signature of Standard Webhooks. Raises BadSignature when the secret is none."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"{VERSION},{base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()}"


def sign_plain(secret: str, body: bytes) -> str:
    return f"sha256={hmac.digest(secret.encode(), body, hashlib.sha256).hex()}"


def verify(
    secrets_: Sequence[str], headers: Mapping[str, str], body: bytes, now: float, tolerance: int = TOLERANCE
) -> str:
    """The scheme by which a message proves right with one of the secrets. Raises BadSignature."""
    given = {name.lower(): value for name, value in headers.items()}
    if SIGNATURE in given:
        _verify_standard(secrets_, given, body, now, tolerance)
        return STANDARD
    if PLAIN_SIGNATURE.lower() in given:
        signatures = [part.strip() for part in given[PLAIN_SIGNATURE.lower()].split(",")]
        if not _any_same([sign_plain(secret, body) for secret in secrets_], signatures):
            raise BadSignature("the signature is not that of this body under any of the secrets")
        return PLAIN
    raise BadSignature(f"the message is not signed: it has neither {SIGNATURE} nor {PLAIN_SIGNATURE}")


def _verify_standard(
    secrets_: Sequence[str], given: Mapping[str, str], body: bytes, now: float, tolerance: int
) -> None:
    missing = [name for name in (ID, TIMESTAMP) if not given.get(name)]
    if missing:
        raise BadSignature(f"the header {missing[0]} is missing")
    stamp = given[TIMESTAMP]
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        raise BadSignature(f"the header {TIMESTAMP} is no number of seconds")
    if abs(now - int(stamp)) > tolerance:
        away = abs(round(now - int(stamp)))
        raise BadSignature(f"the message is {away} s away from now: it may be an old one, sent again")
    if not _any_same([sign(secret, given[ID], stamp, body) for secret in secrets_], given[SIGNATURE].split()):
        raise BadSignature("the signature is not that of this message under any of the secrets")


def _any_same(expected: Sequence[str], given: Sequence[str]) -> bool:
    """Compares all with all, taking the same time whatever is found."""
    same = [hmac.compare_digest(one.encode(), other.encode()) for one in expected for other in given]
    return any(same)


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise BadSignature(f"the secret is none: it is {PREFIX} and base64") from None
