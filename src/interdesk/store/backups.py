"""Copies of a database made while it is in use, checked, and put back.

Beside a copy lies a manifest (``.json``): its checksum, and how many rows each table has in it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from interdesk.errors import StoreError, Unavailable
from interdesk.store import meta
from interdesk.store.compile import functions_sqlite
from interdesk.store.create import is_empty
from interdesk.store.database import Dialect, dialect_of, open_database, postgres, quoted, sqlite_path
from interdesk.store.database.sqlite import create_file

SECONDS = 24 * 3600.0
PAGES = 4_096  # of a SQLite database, copied between two looks at the progress
CHUNK = 1 << 20
Told = Callable[[int, int], None]  # how much is done, of how much


class Manifest(msgspec.Struct, frozen=True):
    """What is known of a copy."""

    dialect: Dialect
    made: str
    sha256: str
    rows: dict[str, int]


def silent(done: int, of: int) -> None:
    """For those who do not want to know how far a copy is."""


def backup(url: str, folder: Path | None = None, *, tell: Told = silent) -> Path:
    """Copies the database into a new file with the time in its name, which is returned; the copy is checked.

    SQLite: a file beside the database (or in ``folder``), usable as it is. PostgreSQL: a dump for ``pg_restore`` in
    ``folder`` (the working directory when None). Others may read and write meanwhile. Raises Unavailable, StoreError
    (there is no ``pg_dump``, or the copy is not sound).
    """
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    if dialect_of(url) == "sqlite":
        path = sqlite_path(url)
        target = (folder or path.parent) / f"{path.name}.{stamp}.backup"
        rows = _copy(path, target, tell)
    else:
        name = conninfo_to_dict(url).get("dbname") or "interdesk"
        target = (folder or Path.cwd()) / f"{name}.{stamp}.dump"
        rows = _dump(url, target)
    found = Manifest(dialect_of(url), datetime.now().isoformat(timespec="seconds"), _digest(target), rows)
    manifest_of(target).write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    _make_durable(target)
    return target


def manifest_of(file: Path) -> Path:
    """Where the manifest of a copy lies."""
    return file.with_name(file.name + ".json")


def verify(file: Path) -> Manifest | None:
    """Checks a copy by its manifest and by itself; the manifest, None when there is none.

    Raises StoreError when it is damaged or no copy of a desk.
    """
    try:
        with file.open("rb") as source:
            start = source.read(16)
    except OSError as problem:
        raise StoreError(f"The backup {file} cannot be read: {problem.strerror}") from problem
    if start.startswith(b"PGDMP"):
        _run([_program("pg_restore"), "--file=/dev/null", str(file)], None, f"The backup {file} is damaged")
        rows = None
    elif start == b"SQLite format 3\0":
        rows = _sound(file)
    else:
        raise StoreError(f"{file} is no backup of Interdesk")
    found = None
    if manifest_of(file).is_file():
        try:
            found = msgspec.json.decode(manifest_of(file).read_bytes(), type=Manifest)
        except msgspec.MsgspecError as problem:
            raise StoreError(f"The manifest of {file} cannot be read: {problem}") from problem
        if found.sha256 != _digest(file):
            raise StoreError(f"The backup {file} is not what it was when it was made: its checksum differs")
        if rows is not None and rows != found.rows:
            raise StoreError(f"The backup {file} does not have the rows that its manifest tells of")
    return found


def restore(file: Path, url: str, *, replace: bool = False, tell: Told = silent) -> dict[str, int]:
    """Puts a copy back in one transaction, and checks the result; the rows of each table.

    ``replace``: what the database holds now is lost. Raises StoreError (damaged, of the other kind of database, the
    database is not empty), Unavailable. Whatever is raised, the database is as it was.
    """
    found = verify(file)
    with file.open("rb") as source:
        kind: Dialect = "postgresql" if source.read(5) == b"PGDMP" else "sqlite"
    if kind != dialect_of(url):
        raise StoreError(f"The backup is of {kind}, the database is of {dialect_of(url)}: see interdesk copy-to")
    if not replace and not is_empty(url):
        raise StoreError("The database is not empty: nothing was restored. To lose what it holds, say --replace")
    if kind == "sqlite":
        _put_back(file, sqlite_path(url), tell)
    else:
        _load_dump(file, url)
    rows = counts(url)
    if found is not None and rows != found.rows:
        different = sorted(name for name in rows.keys() | found.rows.keys() if rows.get(name) != found.rows.get(name))
        raise StoreError(f"The restored database differs from its backup in {', '.join(different)}")
    return rows


def counts(url: str) -> dict[str, int]:
    """How many rows each table of a desk has."""
    database = open_database(url, SECONDS)
    try:
        with database.read() as connection:
            tables = sorted(meta.owned_tables(meta.read(connection)))
            return {name: connection.rows(f"SELECT count(*) FROM {quoted(name)}")[0][0] for name in tables}
    finally:
        database.close()


# -- SQLite


def _copy(source: Path, target: Path, tell: Told) -> dict[str, int]:
    create_file(target)
    try:
        with closing(sqlite3.connect(source)) as origin, closing(sqlite3.connect(target)) as copy:
            origin.backup(copy, pages=PAGES, progress=lambda _, left, of: tell(of - left, of), sleep=0)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file holds it all
        return _sound(target)
    except sqlite3.Error as problem:
        target.unlink(missing_ok=True)
        raise Unavailable(f"The backup {target} could not be made, nothing was changed: {problem}") from problem


def _sound(file: Path) -> dict[str, int]:
    """Checks a SQLite file from end to end; the rows of its tables. Raises StoreError."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as copy:
            # Indexes over fold() need the function; whether they fit their tables is the business of 'doctor'.
            functions_sqlite.register(copy)
            (result,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            if result != "ok":
                raise StoreError(f"The backup {file} is damaged: {result}")
            entries = dict(copy.execute("SELECT key, value FROM meta"))
            tables = sorted(meta.owned_tables(entries))
            return {name: copy.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0] for name in tables}
    except (sqlite3.Error, UnicodeError, ValueError) as problem:  # even the names of its tables may be damaged
        raise StoreError(f"The backup {file} is damaged: {problem}") from problem


def _put_back(file: Path, path: Path, tell: Told) -> None:
    create_file(path)
    try:
        source = sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)
        with closing(source), closing(sqlite3.connect(path, timeout=10)) as target:
            source.backup(target, pages=PAGES, progress=lambda _, left, of: tell(of - left, of), sleep=0)
            target.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error as problem:
        raise Unavailable(f"Nothing was restored; is the desk still running? {problem}") from problem


# -- PostgreSQL


def _dump(url: str, target: Path) -> dict[str, int]:
    """A dump, and the rows of the tables in the same state of the database."""
    program = _program("pg_dump")
    create_file(target)
    with postgres.connect(url) as connection:
        connection.execute(postgres.READ)
        (snapshot,) = _one(connection, "SELECT pg_export_snapshot()")
        _run(
            [program, "--format=custom", f"--snapshot={snapshot}", f"--file={target}", f"--dbname={_safe(url)[0]}"],
            url,
            "pg_dump could not make a backup, nothing was changed",
            target,
        )
        entries = dict(connection.execute("SELECT key, value FROM meta").fetchall())
        names = sorted(meta.owned_tables(entries))
        rows = {name: _one(connection, f"SELECT count(*) FROM {quoted(name)}")[0] for name in names}
        connection.execute("ROLLBACK")
    _run([_program("pg_restore"), "--file=/dev/null", str(target)], None, f"The backup {target} is damaged")
    return rows


def _one(connection: psycopg.Connection[Any], sql: str) -> tuple[Any, ...]:
    found: tuple[Any, ...] | None = connection.execute(sql.encode()).fetchone()
    assert found is not None
    return found


def _load_dump(file: Path, url: str) -> None:
    """Everything of ours goes and the dump's tables come, in one transaction."""
    script = file.with_name(f".{file.name}.{os.getpid()}.sql")
    create_file(script)
    try:
        owned: set[str] = set()
        if not is_empty(url):
            database = open_database(url, SECONDS)
            try:
                with database.read() as connection:
                    owned = meta.owned_tables(meta.read(connection))
            finally:
                database.close()
        options = ["--clean", "--if-exists", "--no-owner", "--no-privileges"]
        with script.open("w", encoding="utf-8") as drops:
            drops.writelines(f"DROP TABLE IF EXISTS {quoted(name)} CASCADE;\n" for name in sorted(owned))
        part = script.with_suffix(".part")
        create_file(part)
        try:
            _run([_program("pg_restore"), *options, f"--file={part}", str(file)], None, f"{file} cannot be read")
            with script.open("ab") as whole, part.open("rb") as source:
                shutil.copyfileobj(source, whole)
        finally:
            part.unlink(missing_ok=True)
        command = [_program("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        _run([*command, f"--file={script}", f"--dbname={_safe(url)[0]}"], url, "Nothing was restored")
    finally:
        script.unlink(missing_ok=True)


def _safe(url: str) -> tuple[str, str | None]:
    """The URL without its password, and the password: other users see the arguments of a process."""
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    return make_conninfo("", **parts), None if password is None else str(password)


def _program(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        raise StoreError(
            f"There is no {name}; nothing was changed. Install PostgreSQL's client programs, "
            "or make a backup yourself and migrate with --no-backup"
        )
    return program


def _run(command: Sequence[str], url: str | None, complaint: str, unfinished: Path | None = None) -> None:
    password = _safe(url)[1] if url else None
    environment = {**os.environ, "PGOPTIONS": "-c client_min_messages=warning"}
    if password is not None:
        environment["PGPASSWORD"] = password
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
        raise StoreError(f"{complaint}: {done.stderr.strip()}")


# -- files


def _digest(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as source:
        while part := source.read(CHUNK):
            found.update(part)
    return found.hexdigest()


def _make_durable(path: Path) -> None:
    for place in (path, manifest_of(path), path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
