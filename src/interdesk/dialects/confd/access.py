"""Who a request comes from: HTTP Digest or Basic of an account, Basic of a user, or a token.

Source: facts ``xivo_confd_api.md`` 1 and 8.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import parse_http_list

from interdesk.desk import Actor, Desk
from interdesk.desk.credentials import Claim
from interdesk.dialects.confd.nonces import Nonces
from interdesk.errors import Unauthenticated
from interdesk.telephony.accounts import Accounts

REALM = "Authentication Required"
SERVICE = "confd"  # what the scope of a token must name


@dataclass(frozen=True, slots=True)
class Proof:
    """What a request shows. ``digest``: the members of its header."""

    login: str = ""
    password: str = ""
    token: str = ""
    digest: Mapping[str, str] | None = None

    @property
    def account(self) -> str:
        """What wrong guesses are counted for."""
        return Claim(token=self.token).account if self.token else self.login


def proof(headers: Mapping[bytes, bytes]) -> Proof:
    """Never raises."""
    if token := headers.get(b"x-auth-token", b"").decode("latin-1").strip():
        return Proof(token=token)
    scheme, _, rest = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "digest":
        members = _members(rest)
        return Proof(members.get("username", ""), digest=members)
    if scheme.lower() == "basic":
        try:
            login, _, password = base64.b64decode(rest.strip(), validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return Proof()
        return Proof(login, password)
    return Proof()


def _members(text: str) -> dict[str, str]:
    found = {}
    for part in parse_http_list(text):
        name, _, value = part.partition("=")
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        found[name.strip().lower()] = value
    return found


class Stale(Unauthenticated):
    """The right password with a nonce that is no longer good: the client asks for another one."""


class Access:
    """Proves who asks: HTTP Digest with nonces of the server, a token, or Basic."""

    def __init__(self, desk: Desk, nonces: Nonces) -> None:
        self._desk, self._nonces = desk, nonces
        self._accounts = Accounts(desk)

    def actor(self, shown: Proof, method: str, target: str) -> Actor:
        """Raises Unauthenticated, or Stale. ``target``: path and query as they came."""
        if shown.token:
            return self._desk.credentials.prove(Claim(token=shown.token, service=SERVICE))
        if not shown.login:
            raise Unauthenticated("Unauthorized Access")
        with self._desk.store.read() as session:
            account = self._accounts.find(session, shown.login)
            if account is not None:
                if shown.digest is not None:
                    self._check_digest(shown.digest, account.password, method, target)
                    return self._accounts.actor(session, account)
                if hmac.compare_digest(shown.password.encode(), account.password.encode()):
                    return self._accounts.actor(session, account)
        if shown.digest is not None or not shown.password:
            raise Unauthenticated("Unauthorized Access")
        return self._desk.credentials.verify(shown.login, shown.password)

    def challenge(self, *, stale: bool) -> str:
        """The header of a refusal."""
        nonce, opaque = self._nonces.issue(), secrets.token_hex(16)
        told = f'Digest realm="{REALM}",nonce="{nonce}",opaque="{opaque}",qop="auth"'
        return told + ",stale=true" if stale else told

    def _check_digest(self, given: Mapping[str, str], password: str, method: str, target: str) -> None:
        if given.get("realm") != REALM or given.get("algorithm", "MD5").upper() != "MD5":
            raise Unauthenticated("Unauthorized Access")
        if _without_host(given.get("uri", "")) != target:
            raise Unauthenticated("Unauthorized Access")
        nonce, quality = given.get("nonce", ""), given.get("qop", "")
        parts = [_md5(f"{given['username']}:{REALM}:{password}"), nonce]
        if quality:
            parts += [given.get("nc", ""), given.get("cnonce", ""), quality]
        right = _md5(":".join([*parts, _md5(f"{method}:{given['uri']}")]))
        if quality not in ("", "auth") or not hmac.compare_digest(right, given.get("response", "").lower()):
            raise Unauthenticated("Unauthorized Access")
        if (quality and not given.get("nc")) or not self._nonces.accept(nonce, given.get("nc", "") if quality else ""):
            raise Stale("Unauthorized Access")


def _without_host(uri: str) -> str:
    if uri.startswith(("http://", "https://")):
        parts = urlsplit(uri)
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return uri


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
