"""A copy of the database before it is migrated."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from datetime import datetime
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from interdesk.errors import StoreError, Unavailable
from interdesk.store.database import dialect_of, sqlite_path
from interdesk.store.database.sqlite import create_file


def backup(url: str, folder: Path | None = None) -> Path:
    """Copies the database into a new file with the time in its name, which is returned.

    SQLite: a file beside the database (or in ``folder``), usable as it is. PostgreSQL: a dump for ``pg_restore`` in
    ``folder`` (the working directory when None). Raises Unavailable, StoreError (there is no ``pg_dump``).
    """
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    if dialect_of(url) == "sqlite":
        path = sqlite_path(url)
        return _copy(path, (folder or path.parent) / f"{path.name}.{stamp}.backup")
    return _dump(url, folder or Path.cwd(), stamp)


def _copy(source: Path, target: Path) -> Path:
    create_file(target)
    try:
        origin, copy = sqlite3.connect(source), sqlite3.connect(target)
        try:
            origin.backup(copy)
        finally:
            origin.close()
            copy.close()
    except sqlite3.Error as problem:
        target.unlink(missing_ok=True)
        raise Unavailable(f"The backup {target} could not be made, nothing was changed: {problem}") from problem
    _make_durable(target)
    return target


def _dump(url: str, folder: Path, stamp: str) -> Path:
    program = shutil.which("pg_dump")
    if program is None:
        raise StoreError(
            "There is no pg_dump to make a backup with; nothing was changed. "
            "Install PostgreSQL's client programs, or make a backup yourself and migrate with --no-backup"
        )
    parts = conninfo_to_dict(url)
    # Other users see the arguments of a process, hence the password goes through its environment.
    password = parts.pop("password", None)
    target = folder / f"{parts.get('dbname') or 'interdesk'}.{stamp}.dump"
    create_file(target)
    done = subprocess.run(
        [program, "--format=custom", f"--file={target}", f"--dbname={make_conninfo('', **parts)}"],
        env={**os.environ, **({"PGPASSWORD": str(password)} if password else {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        target.unlink(missing_ok=True)
        raise StoreError(f"pg_dump could not make a backup, nothing was changed: {done.stderr.strip()}")
    _make_durable(target)
    return target


def _make_durable(path: Path) -> None:
    for place in (path, path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
