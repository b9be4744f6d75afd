"""Making the tables, indexes and functions of a model in an empty database."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from interdesk.errors import SchemaMismatch
from interdesk.model import Model
from interdesk.store import meta
from interdesk.store.compile import functions_postgres
from interdesk.store.database import Connection, Dialect, dialect_of, open_database, sqlite_path
from interdesk.store.database.sqlite import create_file
from interdesk.store.schema import Schema

# Whoever changes the schema holds this lock until the end of the transaction.
SCHEMA_LOCK = "interdesk schema"
COMPILERS: dict[Dialect, sa.Dialect] = {
    "sqlite": sa.make_url("sqlite://").get_dialect()(),
    "postgresql": sa.make_url("postgresql+psycopg://").get_dialect()(),
}


def create_schema(url: str, model: Model) -> None:
    """Makes everything that ``model`` needs in the empty database ``url``, in one transaction.

    A SQLite file is made when there is none. Raises SchemaMismatch (the database is not empty), Unavailable.
    """
    schema = Schema.of(model)
    if dialect_of(url) == "sqlite":
        create_file(sqlite_path(url))
    database = open_database(url, query_seconds=600)
    try:
        with database.write() as connection:
            connection.serialise(SCHEMA_LOCK)
            if meta.table_names(connection):
                raise SchemaMismatch("The database is not empty: nothing was made")
            create(connection, schema)
    finally:
        database.close()


def is_empty(url: str) -> bool:
    """True when the database holds nothing yet, or, for SQLite, its file does not exist. Raises Unavailable."""
    if dialect_of(url) == "sqlite" and not sqlite_path(url).exists():
        return True
    database = open_database(url, query_seconds=60)
    try:
        with database.read() as connection:
            return not meta.table_names(connection)
    finally:
        database.close()


def create(connection: Connection, schema: Schema) -> None:
    """Runs all statements that make the schema, and records it."""
    for statement in statements(schema, connection.dialect):
        connection.change(statement)
    meta.write(connection, schema)


def statements(schema: Schema, dialect: Dialect) -> list[str]:
    """Functions, tables and indexes as SQL texts."""
    found = list(functions_postgres.STATEMENTS) if dialect == "postgresql" else []
    for table in schema.metadata.sorted_tables:
        found.append(text(CreateTable(table), dialect))
        found += [text(CreateIndex(index), dialect) for index in sorted(table.indexes, key=lambda one: str(one.name))]
    return found


def text(element: sa.ClauseElement, dialect: Dialect) -> str:
    """A DDL element as SQL text."""
    return str(element.compile(dialect=COMPILERS[dialect])).strip()
