"""Which addresses may be called. Public ones always; all others only when the settings name their range."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str], Sequence[str]]

# Addresses of another kind inside an IPv6 address: what counts is where the packets end.
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
COMPATIBLE = ipaddress.IPv6Network("::/96")


class Refused(Exception):
    """The policy forbids a name or an address; the message says which."""


@dataclass(frozen=True, slots=True)
class Policy:
    """``allowed``: ranges that may be called although they are not public."""

    allowed: tuple[Network, ...] = ()

    @classmethod
    def of(cls, text: str) -> Policy:
        """From a list such as ``127.0.0.0/8, fd00::/8``; a bare address is a range of one. Raises ValueError."""
        return cls(tuple(ipaddress.ip_network(part, strict=False) for part in re.split(r"[,\s]+", text) if part))

    def permits(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        faces = [found, *_embedded(found)]
        return all(self._permits(face) for face in faces)

    def _permits(self, address: Address) -> bool:
        if any(address.version == network.version and address in network for network in self.allowed):
            return True
        return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: Address) -> list[Address]:
    """The addresses that an IPv6 address stands for or leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[Address | None] = [address.ipv4_mapped, address.sixtofour]
    if address.teredo is not None:
        found += address.teredo
    if address in NAT64 or (address in COMPATIBLE and int(address) > 0xFFFF):
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [face for face in found if face is not None]


def resolve(host: str) -> Sequence[str]:
    """The addresses of a name, in the order of the system's preference. Raises OSError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def permitted(host: str, policy: Policy, resolver: Resolver = resolve) -> list[str]:
    """The addresses of a name that may be called, of one single look-up. Raises Refused, OSError (no such name)."""
    found = list(resolver(host))
    allowed = [address for address in found if policy.permits(address)]
    if not allowed:
        shown = ", ".join(found) or "no address"
        raise Refused(f"{host} is at {shown}, which the setting private_networks does not allow")
    return allowed
