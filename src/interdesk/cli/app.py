"""``interdesk app``: adds applications that may call the BlueKing ITSM API."""

from __future__ import annotations

import click

from interdesk.approvals import apps
from interdesk.cli.options import chosen, desk_options
from interdesk.desk import SYSTEM
from interdesk.server import open_desk


@click.group()
def app() -> None:
    """Add applications that may call the BlueKing ITSM API."""


@app.command()
@desk_options
@click.argument("code")
@click.option("--name", default="", help="What people call it; the code unless given.")
@click.option("--secret", default="", help="Its secret; made up and printed, once, unless given.")
def add(
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    code: str,
    name: str,
    secret: str,
) -> None:
    """Add an application, or give a known one a new secret."""
    desk = open_desk(chosen(config, data, database, design))
    try:
        with desk.transaction(SYSTEM, comment="interdesk app add") as tx:
            found = apps.add(tx, code, name, secret)
    finally:
        desk.store.close()
    click.echo(f"bk_app_code: {code}")
    if not secret:
        click.echo(f"bk_app_secret: {found}")
