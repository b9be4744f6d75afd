"""Addresses of web hooks: strict, so that no two readers of one address understand different servers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

SHAPE = re.compile(r"(?i)(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.DOTALL)
AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:@\[\]\\%]+)(?::(\d{1,5}))?")
FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
PORTS = {"http": 80, "https": 443}


class BadUrl(Exception):
    """Not an address that can be called; the message says why."""


@dataclass(frozen=True, slots=True)
class Url:
    """``host`` is ASCII and without brackets; ``path`` goes to the server as it is, one byte a character."""

    scheme: str
    host: str
    port: int
    path: str
    text: str

    @property
    def secure(self) -> bool:
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def same_origin(self, other: Url) -> bool:
        return (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port)

    def join(self, location: str) -> Url:
        """The address that a Location header means. Raises BadUrl."""
        return parse(urljoin(self.text, location.strip()))


def parse(text: str) -> Url:
    """Raises BadUrl."""
    if FORBIDDEN.search(text):
        raise BadUrl("the address holds a blank or a control character")
    found = SHAPE.fullmatch(text)
    if found is None:
        raise BadUrl("the address must begin with http:// or https://")
    scheme, authority, rest = found[1].lower(), found[2], found[3]
    if "@" in authority:
        raise BadUrl("the address holds a login: put it into the connection")
    place = AUTHORITY.fullmatch(authority)
    if place is None:
        raise BadUrl("the address names no server")
    port = int(place[2]) if place[2] else PORTS[scheme]
    if not 0 < port < 65536:
        raise BadUrl(f"there is no port {port}")
    return Url(scheme, _host(place[1]), port, _path(rest), text)


def _host(text: str) -> str:
    host = text.strip("[]").lower()
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise BadUrl(f"{text!r} is no name of a server") from None


def _path(rest: str) -> str:
    """What stands behind the server. Scenario 11: in a path other letters are encoded, in a query their bytes go."""
    path, mark, query = rest.partition("?")
    if not path.startswith("/"):
        path = "/" + path
    encoded = re.sub(r"[^\x00-\x7f]+", lambda letters: "".join(f"%{byte:02x}" for byte in letters[0].encode()), path)
    return encoded + mark + query.encode("utf-8", "replace").decode("latin-1")
