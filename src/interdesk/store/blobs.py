"""Blobs by the SHA-256 of their bytes: equal documents are kept once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from interdesk.errors import StoreError
from interdesk.store.database import Connection


def read(connection: Connection, digests: Iterable[str]) -> dict[str, bytes]:
    """The bytes of each digest that exists."""
    wanted = list(dict.fromkeys(digests))
    if not wanted:
        return {}
    test, bound = connection.within(wanted)
    return {
        digest: bytes(data)
        for digest, data in connection.rows(f"SELECT digest, data FROM blob WHERE digest {test}", (bound,))
    }


def read_one(connection: Connection, digest: str) -> bytes:
    """Raises StoreError when there is no such blob."""
    found = connection.rows(f"SELECT data FROM blob WHERE digest = {connection.mark}", (digest,))
    if not found:
        raise StoreError(f"There is no document {digest!r}")
    return bytes(found[0][0])


def put(connection: Connection, data: bytes) -> str:
    """Keeps the bytes, unless they are kept already; their digest."""
    digest = hashlib.sha256(data).hexdigest()
    mark = connection.mark
    connection.change(
        f"INSERT INTO blob (digest, data) VALUES ({mark}, {mark}) ON CONFLICT (digest) DO NOTHING", (digest, data)
    )
    return digest
