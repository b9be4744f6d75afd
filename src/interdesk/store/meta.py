"""What a database says of itself: for which schema it was made, and by which design it was last migrated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from interdesk.errors import SchemaMismatch
from interdesk.store.compile import functions_postgres
from interdesk.store.database import Connection, Dialect
from interdesk.store.schema import Schema, Shape

# Changes when the rows of the tables come to mean something else, though the tables look alike.
FORMAT = "1"
CURE = "run 'interdesk migrate'"


def table_names(connection: Connection) -> set[str]:
    """The tables of the database, the database's own left out."""
    if connection.dialect == "sqlite":
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    else:
        sql = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    return {name for (name,) in connection.rows(sql)}


def read(connection: Connection) -> dict[str, str]:
    """The entries of ``meta``; {} for an empty database. Raises SchemaMismatch for somebody else's."""
    tables = table_names(connection)
    if not tables:
        return {}
    if "meta" in tables:
        entries: dict[str, str] = dict(connection.rows("SELECT key, value FROM meta"))
        if "format" in entries:
            return entries
    raise SchemaMismatch("The database holds tables that are not Interdesk's: give it a database of its own")


def write(connection: Connection, schema: Schema) -> None:
    """Records that the database now fits ``schema``."""
    entries = {"format": FORMAT, "schema": schema.fingerprint, "design": schema.model.fingerprint}
    entries["functions"] = functions(connection.dialect)
    entries["tables"] = json.dumps(sorted(schema.metadata.tables))
    entries["shape"] = schema.shape.as_text()
    mark = connection.mark
    put = (
        f"INSERT INTO meta (key, value) VALUES ({mark}, {mark}) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    )
    connection.change_many(put, list(entries.items()))


def functions(dialect: Dialect) -> str:
    """A fingerprint of the SQL functions that lie in the database; '' where they come with the program."""
    if dialect == "sqlite":
        return ""
    return hashlib.sha256("\n".join(functions_postgres.STATEMENTS).encode()).hexdigest()


def owned_tables(entries: Mapping[str, str]) -> set[str]:
    """The tables that Interdesk made, by the entries of ``read``; others in the database are left alone."""
    return set(json.loads(entries.get("tables", "[]")))


def grew(entries: Mapping[str, str], older: Shape) -> bool:
    """Whether the schema of the database is that of ``older`` with additions."""
    return "shape" in entries and Shape.of_text(entries["shape"]).grew_from(older)


def same_shape(entries: Mapping[str, str], shape: Shape) -> bool:
    """Whether the tables are those of ``shape``, whatever their indexes are."""
    return "shape" in entries and Shape.of_text(entries["shape"]) == shape


def check_format(entries: Mapping[str, str]) -> None:
    """Raises SchemaMismatch when another version of Interdesk made the database."""
    if entries["format"] != FORMAT:
        raise SchemaMismatch(
            f"The database has format {entries['format']}, this version of Interdesk needs {FORMAT}: "
            "use the version that made it"
        )


def check(connection: Connection, schema: Schema) -> None:
    """Raises SchemaMismatch unless the database was made for ``schema``, or for one that grew from it.

    So a process of an older design works on beside those of a newer one that only added something.
    """
    entries = read(connection)
    if not entries:
        raise SchemaMismatch(f"The database is empty: {CURE}")
    check_format(entries)
    fits = entries.get("schema") == schema.fingerprint or grew(entries, schema.shape)
    if not fits or entries.get("functions", "") != functions(connection.dialect):
        raise SchemaMismatch(f"The database was made for another design or version: {CURE}")
