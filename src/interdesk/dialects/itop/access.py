"""Where a request says who it comes from, and which of these places count. Source: facts 1, quirks 6 to 8."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from starlette.types import Scope

from interdesk.desk.credentials import Claim
from interdesk.dialects.itop.parameters import Headers, Parameters, pairs, text

SERVICE = "rest"  # what the scope of a token must name
NOBODY = Claim()
LOGIN, PASSWORD = "auth_user", "auth_pwd"


@dataclass(frozen=True, slots=True)
class Access:
    """The settings ``allowed_login_types``, ``secure_rest_services`` and ``external_login_header`` (lower case)."""

    login_types: frozenset[str] = frozenset({"form", "basic", "external", "token"})
    secure: bool = True
    external_header: bytes = b""

    def claim(self, scope: Scope, headers: Headers, given: Parameters) -> Claim:
        """What the request says; a place that is not allowed is passed over. Never raises."""
        if "token" in self.login_types and (token := _token(headers, given)):
            return Claim(token=token, service=SERVICE)
        if given.get(LOGIN) and ("url" if _in_url(scope) else "form") in self.login_types:
            return Claim(text(given[LOGIN]) or "", text(given.get(PASSWORD)) or "")
        if "basic" in self.login_types and (basic := headers.get(b"authorization")):
            return _basic(basic)
        if "external" in self.login_types and self.external_header:
            return Claim(headers.get(self.external_header, b"").decode("utf-8", "replace"), trusted=True)
        return NOBODY


def _token(headers: Headers, given: Parameters) -> str:
    return headers.get(b"auth-token", b"").decode("latin-1").strip() or text(given.get("auth_token")) or ""


def _in_url(scope: Scope) -> bool:
    """True when the login or the password stands in the address."""
    return scope["method"] != "POST" or not pairs(scope["query_string"]).keys().isdisjoint((LOGIN, PASSWORD))


def _basic(header: bytes) -> Claim:
    scheme, _, encoded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return NOBODY
    try:
        login, _, password = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return NOBODY
    return Claim(login, password)
