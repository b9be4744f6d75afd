"""The two databases behind one interface: SQLite (a file) and PostgreSQL (a server)."""

from __future__ import annotations

import re
from pathlib import Path

from interdesk.errors import StoreError
from interdesk.store.database.base import Connection, Database, Dialect, Pool, Row, quoted
from interdesk.store.database.sqlite import BUSY_SECONDS, SqliteDatabase

__all__ = [
    "Connection",
    "Database",
    "Dialect",
    "Pool",
    "Row",
    "dialect_of",
    "open_database",
    "quoted",
    "shown",
    "sqlite_path",
]

POOL_SIZE = 16
PASSWORDS = re.compile(r"(?<=://)([^/@:]*):[^@]*(?=@)|(password=)[^&]*")
FORMS = "sqlite:////absolute/path.db or postgresql://user:password@host/database"


def dialect_of(url: str) -> Dialect:
    """Which database a URL means. Raises StoreError."""
    scheme = url.partition(":")[0]
    if scheme == "sqlite":
        return "sqlite"
    if scheme in ("postgresql", "postgres"):
        return "postgresql"
    raise StoreError(f"The database URL must look like {FORMS}")


def sqlite_path(url: str) -> Path:
    """The file that a ``sqlite:///`` URL names. Raises StoreError."""
    prefix = "sqlite:///"
    name = url.removeprefix(prefix)
    if not url.startswith(prefix) or not name or name == ":memory:":
        raise StoreError("A SQLite database needs a file: the URL must look like sqlite:////absolute/path.db")
    return Path(name)


def shown(url: str) -> str:
    """The URL without its password, for people to read."""
    return PASSWORDS.sub(lambda found: f"{found[1]}:***" if found[1] is not None else f"{found[2]}***", url)


def open_database(
    url: str, query_seconds: float, lock_seconds: float = BUSY_SECONDS, pool_size: int = POOL_SIZE
) -> Database:
    """Raises StoreError for a URL of no known form, Unavailable when the database cannot be reached."""
    if dialect_of(url) == "sqlite":
        return SqliteDatabase(sqlite_path(url), query_seconds, lock_seconds)
    # The driver takes 6 MB, which a desk on SQLite need not have.
    from interdesk.store.database.postgres import PostgresDatabase

    return PostgresDatabase(url, query_seconds, lock_seconds, pool_size)
