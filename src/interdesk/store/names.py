"""Names of tables, columns and indexes that both databases accept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

LIMIT = 63  # bytes, PostgreSQL; it would cut longer names silently


def identifier(name: str) -> str:
    """``name``, or its beginning with a hash of the whole when it is too long for PostgreSQL."""
    raw = name.encode()
    if len(raw) <= LIMIT:
        return name
    digest = hashlib.sha256(raw).hexdigest()[:10]
    return raw[: LIMIT - 11].decode(errors="ignore") + "_" + digest


class Names:
    """Hands out table names that differ without regard to case, as SQLite needs."""

    def __init__(self, reserved: Iterable[str]) -> None:
        self._taken = {name.lower() for name in reserved}

    def take(self, wanted: str) -> str:
        """``wanted``, with underscores appended when the name is taken."""
        name = identifier(wanted)
        while name.lower() in self._taken:
            name = identifier(name + "_")
        self._taken.add(name.lower())
        return name
