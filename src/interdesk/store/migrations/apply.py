"""Doing what a plan says: backup first, then all steps in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from interdesk.errors import SchemaMismatch, StoreError, Unavailable
from interdesk.model import Model
from interdesk.store import meta, versions
from interdesk.store.backups import backup
from interdesk.store.create import SCHEMA_LOCK, create
from interdesk.store.database import Connection, dialect_of, open_database, sqlite_path
from interdesk.store.database.sqlite import create_file
from interdesk.store.migrations.plan import SECONDS
from interdesk.store.migrations.steps import MigrationPlan
from interdesk.store.schema import Schema


def apply(
    url: str,
    model: Model,
    plan: MigrationPlan,
    *,
    destructive: bool = False,
    with_backup: bool = True,
    backup_folder: Path | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> Path | None:
    """Brings the database to ``model`` as ``plan`` (of ``make_plan``) says; the backup's file, if one was made.

    ``tell`` hears of each step before it runs, and of the backup.

    Raises StoreError (a step loses data and ``destructive`` is False, or a step failed), SchemaMismatch (the database
    has changed since the plan was made), Unavailable. Whatever is raised, the database is as it was.
    """
    if plan.destructive and not destructive:
        lost = "; ".join(step.text for step in plan.destructive)
        raise StoreError(f"The migration would lose data and was not asked to (--destructive): {lost}")
    schema = Schema.of(model)
    if dialect_of(url) == "sqlite":
        create_file(sqlite_path(url))
    database = open_database(url, SECONDS)
    copy = None
    try:
        with database.write() as connection:
            connection.serialise(SCHEMA_LOCK)
            if meta.read(connection).get("schema") != plan.made_for or schema.fingerprint != plan.target:
                raise SchemaMismatch("The database or the design has changed since the plan was made: plan again")
            if plan.made_for is None:
                create(connection, schema)
                return None
            # Others cannot write to SQLite now, and the copy has what was committed before.
            if with_backup:
                copy = backup(url, backup_folder)
                tell(f"backup: {copy}")
            _run(connection, schema, plan, tell)
    finally:
        database.close()
    return copy


def _run(connection: Connection, schema: Schema, plan: MigrationPlan, tell: Callable[[str], None]) -> None:
    for step in plan.steps:
        tell(step.text)
        for statement in step.statements:
            try:
                connection.change(statement)
            except StoreError as problem:
                kind = Unavailable if isinstance(problem, Unavailable) else StoreError
                raise kind(f"Nothing was changed: the step '{step.text}' failed. {problem}") from problem
    meta.write(connection, schema)
    versions.bump_all(connection)
