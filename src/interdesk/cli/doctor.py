"""``interdesk doctor``: looks a desk over from its design to its disk."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import click

from interdesk.cli.options import chosen, desk_options
from interdesk.errors import DesignError, InterdeskError, StoreError
from interdesk.model import Model
from interdesk.server import load_model
from interdesk.settings import Settings
from interdesk.store.database import dialect_of, sqlite_path
from interdesk.store.inspection import Finding, Level, inspect, reachable

MEBIBYTE = 1 << 20
SCARCE, LITTLE = 100 * MEBIBYTE, 1024 * MEBIBYTE  # free space that is broken, that is worth a warning
LONG_WAL = 1024 * MEBIBYTE


@click.command()
@desk_options
@click.option("--quick", is_flag=True, help="Leave out what reads all rows.")
@click.option("--format", "layout", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def doctor(
    context: click.Context,
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    quick: bool,
    layout: str,
) -> None:
    """Look a desk over: design, schema, integrity, keys, trees, stuck work, clock, disk. Changes nothing.

    The exit code is 1 when something is broken.
    """
    broken = False
    for finding in look(chosen(config, data, database, design), quick=quick):
        broken = broken or finding.level is Level.BROKEN
        if layout == "json":
            line = {"check": finding.check, "level": finding.level.value, "text": finding.text}
            click.echo(json.dumps(line, ensure_ascii=False))
        else:
            click.echo(f"{finding.level.value:8} {finding.check}: {finding.text}")
    context.exit(1 if broken else 0)


def look(settings: Settings, *, quick: bool) -> Iterator[Finding]:
    """All findings, as they come. What cannot be looked at because something else is broken is left out."""
    model: Model | None = None
    try:
        model = load_model(settings)
        yield Finding("design", Level.FINE, f"{len(model.classes)} classes")
    except DesignError as problem:
        yield Finding("design", Level.BROKEN, f"{len(problem.faults)} faults: interdesk design check tells them")
    except InterdeskError as problem:
        yield Finding("design", Level.BROKEN, problem.message)
    yield from _disk(settings)
    yield from _key(settings)
    answers = reachable(settings.database_url)
    yield answers
    if model is None or answers.level is not Level.FINE:
        return
    try:
        yield from inspect(settings.database_url, model, quick=quick)
    except StoreError as problem:
        yield Finding("database", Level.BROKEN, problem.message)


def _disk(settings: Settings) -> Iterator[Finding]:
    folders = {Path(settings.data)}
    needed = LITTLE
    if dialect_of(settings.database_url) == "sqlite":
        path = sqlite_path(settings.database_url)
        folders.add(path.parent)
        if path.exists():
            needed = max(needed, path.stat().st_size)  # a backup must have room
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size > LONG_WAL:
            size = log.stat().st_size // MEBIBYTE
            yield Finding("disk", Level.WARNING, f"the write-ahead log has {size} MiB: something reads for very long")
    for folder in sorted(place.absolute() for place in folders if place.is_dir()):
        free = shutil.disk_usage(folder).free
        level = Level.BROKEN if free < SCARCE else Level.WARNING if free < needed else Level.FINE
        yield Finding("disk", level, f"{free // MEBIBYTE} MiB are free for {folder}")


def _key(settings: Settings) -> Iterator[Finding]:
    if settings.secret_key:
        return
    if not settings.key_file.exists():
        yield Finding("key", Level.WARNING, f"there is no {settings.key_file}: sealed passwords cannot be read")
    elif settings.key_file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding("key", Level.WARNING, f"others can read {settings.key_file}: chmod 600")
    else:
        yield Finding("key", Level.FINE, f"{settings.key_file} is for its owner only")
