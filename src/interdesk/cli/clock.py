"""``interdesk clock``: how a stop watch came to its value."""

from __future__ import annotations

import re
import sys

import click
from rich.box import ASCII_DOUBLE_HEAD
from rich.console import Console
from rich.table import Table

from interdesk.cli.options import chosen, desk_options
from interdesk.desk.clock import as_text
from interdesk.desk.clock_history import Explained, explain
from interdesk.server import open_desk

OBJECT = re.compile(r"(\w+)::(\d+)")


@click.group()
def clock() -> None:
    """Look into the stop watches of tickets."""


@clock.command("explain")
@desk_options
@click.argument("object_", metavar="CLASS::ID")
@click.argument("watch")
def explain_command(
    config: str | None, data: str | None, database: str | None, design: tuple[str, ...], object_: str, watch: str
) -> None:
    """Compute the stop WATCH of an object anew from its history: intervals, pauses, goal, thresholds, deadlines.

    For example: interdesk clock explain UserRequest::12 ttr. The exit code is 1 when the stored value differs.
    """
    named = OBJECT.fullmatch(object_)
    if named is None:
        raise click.BadParameter(f"{object_!r} is not like UserRequest::12", param_hint="CLASS::ID")
    desk = open_desk(chosen(config, data, database, design))
    with desk.reading() as reader:
        explained = explain(reader, desk.model, named[1], int(named[2]), watch, as_text(desk.clock()))
    desk.store.close()
    show(explained)
    if not explained.agrees:
        sys.exit(1)


def show(explained: Explained) -> None:
    watch, console = explained.watch, Console(width=120)
    click.echo(f"{explained.cls.name}::{explained.key}, {watch.label} ({watch.code})")
    click.echo(f"counts in the states: {', '.join(watch.states)}")
    target = explained.target
    if target is None:
        click.echo("goal: none")
    else:
        click.echo(f"goal: {duration(target.seconds)}, from the SLT {target.name!r} of the SLA {target.sla_name!r}")
    console.print(_intervals(explained))
    console.print(_outcome(explained))
    click.echo("The stored value agrees." if explained.agrees else "The stored value differs.")


def _intervals(explained: Explained) -> Table:
    table = _table("from", "until", "state", "counted", "spent")
    spent = 0
    for interval in explained.intervals:
        spent += interval.seconds or 0
        counted = "pause" if interval.seconds is None else duration(interval.seconds)
        table.add_row(interval.begin, interval.end or "now", interval.state, counted, duration(spent))
    return table


def _outcome(explained: Explained) -> Table:
    table = _table("item", "stored", "computed", "")
    for item, stored in explained.stored.items():
        computed = explained.computed[item]
        table.add_row(item, _shown(stored), _shown(computed), "" if stored == computed else "differs")
    return table


def _table(*columns: str) -> Table:
    table = Table(box=ASCII_DOUBLE_HEAD)
    for column in columns:
        table.add_column(column)
    return table


def _shown(value: object) -> str:
    if isinstance(value, int):
        return duration(value)
    return "" if value is None else str(value)


def duration(seconds: int) -> str:
    """Hours, minutes, seconds; hours may be more than a day has."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
