"""``interdesk init``: makes the database of a new desk."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from interdesk.cli.options import chosen, desk_options
from interdesk.desk import SYSTEM
from interdesk.desk.bootstrap import add_user, find_user
from interdesk.server import load_model, open_desk
from interdesk.settings import Settings
from interdesk.store import create_schema, shown


@click.command()
@desk_options
@click.option("--admin", default="admin", show_default=True, help="Login of the first administrator.")
@click.option("--password", envvar="INTERDESK_ADMIN_PASSWORD", help="Made up and printed once when not given.")
def init(
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    admin: str,
    password: str | None,
) -> None:
    """Make the tables of a new desk and its first administrator."""
    settings = chosen(config, data, database, design)
    made_up = password is None
    password = password or secrets.token_urlsafe(12)
    create(settings, admin, password)
    click.echo(f"The desk is ready: {shown(settings.database_url)}")
    click.echo(f"Administrator: {admin}" + (f", password: {password}" if made_up else ""))


def create(settings: Settings, admin: str, password: str) -> None:
    """The schema in an empty database, and an administrator who may use the web services."""
    Path(settings.data).mkdir(parents=True, exist_ok=True)
    model = load_model(settings)
    create_schema(settings.database_url, model)
    desk = open_desk(settings, model)
    try:
        with desk.transaction(SYSTEM, comment="First administrator") as tx:
            if find_user(tx, admin) is None:
                add_user(tx, admin, password)
    finally:
        desk.store.close()
