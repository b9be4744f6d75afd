"""``interdesk events``: looks after triggers and actions."""

from __future__ import annotations

import sys

import click

from interdesk.cli.options import chosen, desk_options
from interdesk.desk import SYSTEM
from interdesk.events.inspection import inspect
from interdesk.server import open_desk


@click.group()
def events() -> None:
    """Look after triggers and actions."""


@events.command("check")
@desk_options
def check(config: str | None, data: str | None, database: str | None, design: tuple[str, ...]) -> None:
    """Look for what would fail when a trigger fires: broken templates, with line and column, filters, callbacks ...

    The exit code is 1 when there is anything.
    """
    desk = open_desk(chosen(config, data, database, design))
    with desk.transaction(SYSTEM) as tx:
        found = inspect(tx)
    for finding in found:
        click.echo(str(finding))
    desk.store.close()
    if found:
        sys.exit(1)
    click.echo("Nothing to mend")
