"""Looking a database over: what is broken, what points to nothing, what has come to a halt."""

from __future__ import annotations

import enum
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from interdesk.errors import StoreError
from interdesk.model import Model
from interdesk.model.attributes import Blob, ExternalKey, ObjectKey
from interdesk.store import meta
from interdesk.store.bulk import tree_sources
from interdesk.store.database import Connection, open_database, quoted
from interdesk.store.outbox import backlog
from interdesk.store.schema import Schema, literal
from interdesk.store.trees import differences

SECONDS = 24 * 3600.0
LATE_MINUTES = 15  # work that is due for longer is stuck
LONG_MINUTES = 5  # a transaction that is open for longer keeps others waiting
IDLE = "neither interdesk serve nor interdesk worker does it"
CLOCK_SECONDS = 2.0
FUTURE_MINUTES = 2


class Level(enum.Enum):
    """How much a finding matters."""

    FINE = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has found; every check tells that it was made."""

    check: str
    level: Level
    text: str


def inspect(url: str, model: Model, *, quick: bool = False) -> Iterator[Finding]:
    """Looks at the database of a desk and changes nothing. ``quick`` leaves out what reads all rows.

    Raises SchemaMismatch (somebody else's database), Unavailable.
    """
    schema = Schema.of(model)
    database = open_database(url, SECONDS)
    try:
        with database.read() as connection:
            yield _schema(connection, schema)
            meta.check(connection, schema)
            yield from _clock(connection)
            yield from _stuck(connection, schema)
            yield from _jobs(connection, schema)
            if quick:
                return
            for check, look in (
                ("integrity", _integrity),
                ("classes", _unknown_classes),
                ("keys", _orphans),
                ("trees", _trees),
                ("logs", _lost_logs),
                ("documents", _lost_documents),
            ):
                faults = list(look(connection, schema))
                for text in faults:
                    yield Finding(check, Level.BROKEN, text)
                if not faults:
                    yield Finding(check, Level.FINE, SOUND[check])
    finally:
        database.close()


SOUND = {
    "integrity": "the database finds no fault in itself",
    "classes": "all objects are of classes of the design",
    "keys": "every key points to an object",
    "trees": "the closure tables fit the keys",
    "logs": "every log entry has its object",
    "documents": "every document is there",
}


def _schema(connection: Connection, schema: Schema) -> Finding:
    entries = meta.read(connection)
    meta.check_format(entries)
    if entries.get("schema") == schema.fingerprint:
        return Finding("schema", Level.FINE, f"fits the design, {len(schema.metadata.tables)} tables")
    if meta.same_shape(entries, schema.shape):
        return Finding("schema", Level.WARNING, f"has other indexes than the design wants: {meta.CURE}")
    if meta.grew(entries, schema.shape):
        return Finding("schema", Level.WARNING, "is newer than this design; all that the design needs is there")
    return Finding("schema", Level.BROKEN, f"was made for another design or version: {meta.CURE}")


def _integrity(connection: Connection, schema: Schema) -> Iterator[str]:
    if connection.dialect == "sqlite":
        yield from (text for (text,) in connection.rows("PRAGMA integrity_check(20)") if text != "ok")
        return
    sql = (
        "SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid "
        "WHERE (NOT i.indisvalid OR NOT i.indisready) AND c.relnamespace = current_schema()::regnamespace"
    )
    yield from (f"index {name} cannot be used: REINDEX it" for (name,) in connection.rows(sql))
    failures = connection.rows(
        "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database() AND checksum_failures > 0"
    )
    yield from (f"{count} pages have wrong checksums: look after the disk" for (count,) in failures)


def _unknown_classes(connection: Connection, schema: Schema) -> Iterator[str]:
    for root in (cls for cls in schema.model.classes.values() if cls.parent is None):
        table = quoted(schema.table(root.name).name)
        known = set(schema.model.concrete(root.name))
        for name, count in connection.rows(f"SELECT finalclass, count(*) FROM {table} GROUP BY finalclass"):
            if name not in known:
                yield f"{count} objects in {root.name} are of the class {name!r}, which the design does not have"


def _orphans(connection: Connection, schema: Schema) -> Iterator[str]:
    """Keys that point to nothing, column by column."""
    keys: dict[tuple[str, str, str], list[str]] = {}
    for cls in schema.model.classes.values():
        for code, attribute in cls.attributes.items():
            if isinstance(attribute, ExternalKey) and not isinstance(attribute, ObjectKey) and not cls.abstract:
                (key,) = schema.columns(cls.name, code)
                target = schema.table(attribute.target_class).name
                keys.setdefault((str(key.table.name), key.name, target), []).append(cls.name)
    for (table, column, target), classes in sorted(keys.items()):
        of = ", ".join(literal(name) for name in classes)
        (count, first) = connection.rows(
            f"SELECT count(*), min(o.id) FROM {quoted(table)} AS o WHERE o.{quoted(column)} <> 0 "
            f"AND o.finalclass IN ({of}) "
            f"AND NOT EXISTS (SELECT 1 FROM {quoted(target)} AS t WHERE t.id = o.{quoted(column)})"
        )[0]
        if count:
            yield f"{table}.{column}: {count} keys point to no object of {target}, first that of {table} {first}"


def _trees(connection: Connection, schema: Schema) -> Iterator[str]:
    for closure, table, key, classes in tree_sources(schema):
        counted = differences(closure, table, key, classes)
        for what, sql in zip(("lacks", "has too many"), counted, strict=True):
            if count := connection.rows(sql)[0][0]:
                yield f"{closure.name} {what} {count} pairs: {meta.CURE}"


def _lost_logs(connection: Connection, schema: Schema) -> Iterator[str]:
    for (name,) in connection.rows("SELECT DISTINCT class FROM log_entry"):
        if name not in schema.model.classes:
            yield f"there are log entries of the class {name!r}, which the design does not have"
            continue
        (count,) = connection.rows(
            f"SELECT count(*) FROM log_entry AS l WHERE l.class = {literal(name)} AND NOT EXISTS "
            f"(SELECT 1 FROM {quoted(schema.table(name).name)} AS o WHERE o.id = l.object)"
        )[0]
        if count:
            yield f"{count} log entries belong to no object of {name}"


def _lost_documents(connection: Connection, schema: Schema) -> Iterator[str]:
    seen = set()
    for cls in schema.model.classes.values():
        for code, attribute in cls.attributes.items():
            if not isinstance(attribute, Blob):
                continue
            digest = schema.columns(cls.name, code)[0]
            place = (str(digest.table.name), digest.name)
            if place in seen:
                continue
            seen.add(place)
            column = f"o.{quoted(digest.name)}"
            (count,) = connection.rows(
                f"SELECT count(*) FROM {quoted(place[0])} AS o WHERE {column} <> '' "
                f"AND NOT EXISTS (SELECT 1 FROM blob AS b WHERE b.digest = {column})"
            )[0]
            if count:
                yield f"{place[0]}.{code}: {count} documents are not there"


def _clock(connection: Connection) -> Iterator[Finding]:
    if connection.dialect == "postgresql":
        (theirs,) = connection.rows("SELECT extract(epoch FROM clock_timestamp())::float8")[0]
        apart = abs(theirs - time.time())
        if apart > CLOCK_SECONDS:
            text = f"the clocks of this machine and of the database are {apart:.0f} s apart"
            yield Finding("clock", Level.WARNING, text)
    (last,) = connection.rows('SELECT max("date") FROM "CMDBChange"')[0]
    limit = (datetime.now() + timedelta(minutes=FUTURE_MINUTES)).strftime("%Y-%m-%d %H:%M:%S")
    if last is not None and last > limit:
        yield Finding("clock", Level.WARNING, f"the history goes on until {last}: this machine's clock is behind")
    else:
        yield Finding("clock", Level.FINE, f"this machine has {datetime.now():%Y-%m-%d %H:%M:%S}")


def _stuck(connection: Connection, schema: Schema) -> Iterator[Finding]:
    found = list(_halted(connection, schema))
    yield from found
    if not found:
        yield Finding("work", Level.FINE, "nothing is stuck")


def _halted(connection: Connection, schema: Schema) -> Iterator[Finding]:
    if "Delivery" in schema.model.classes:
        if dead := backlog(connection).get("dead"):
            yield Finding("work", Level.WARNING, f"{dead} deliveries were given up: look at them, send them again")
        then = round((time.time() - LATE_MINUTES * 60) * 1000)
        (late,) = connection.rows(
            f"SELECT count(*) FROM \"Delivery\" WHERE state IN ('waiting', 'sending') AND due <= {connection.mark}",
            (then,),
        )[0]
        if late:
            text = f"{late} deliveries are due for more than {LATE_MINUTES} minutes: does a desk run?"
            yield Finding("work", Level.WARNING, text)
    if connection.dialect == "postgresql":
        (count,) = connection.rows(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' "
            f"AND pid <> pg_backend_pid() AND xact_start < now() - interval '{LONG_MINUTES} minutes'"
        )[0]
        if count:
            text = f"{count} transactions are open for more than {LONG_MINUTES} minutes (pg_stat_activity)"
            yield Finding("work", Level.WARNING, text)


def _jobs(connection: Connection, schema: Schema) -> Iterator[Finding]:
    """The periodic jobs: when each ran, and those that nobody seems to run any more."""
    if "BackgroundTask" not in schema.model.classes:
        return
    late = (datetime.now() - timedelta(minutes=LATE_MINUTES)).strftime("%Y-%m-%d %H:%M:%S")
    rows = connection.rows(
        "SELECT class_name, status, running, total_exec_count, latest_run_date, next_run_date "
        'FROM "BackgroundTask" ORDER BY class_name'
    )
    for name, status, running, count, last, following in rows:
        if status != "active":
            yield Finding("jobs", Level.WARNING, f"{name} is {status}: it does not run")
        elif running and (last or "") < late:
            yield Finding("jobs", Level.WARNING, f"{name} is marked as running, but not since {last}: {IDLE}")
        elif not running and (following or "") < late:
            yield Finding("jobs", Level.WARNING, f"{name} should have run at {following}: {IDLE}")
        else:
            yield Finding("jobs", Level.FINE, f"{name} ran {count or 0} times, last at {last}")


def reachable(url: str) -> Finding:
    """Whether the database answers."""
    try:
        database = open_database(url, SECONDS)
        database.close()
    except StoreError as problem:
        return Finding("database", Level.BROKEN, problem.message)
    return Finding("database", Level.FINE, "answers")
