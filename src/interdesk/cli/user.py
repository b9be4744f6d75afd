"""``interdesk user``: adds users and changes passwords."""

from __future__ import annotations

import click

from interdesk.cli.options import chosen, desk_options
from interdesk.desk import SYSTEM
from interdesk.desk.bootstrap import add_user, find_user
from interdesk.server import open_desk

PASSWORD = click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)


@click.group()
def user() -> None:
    """Add users and change passwords."""


@user.command()
@desk_options
@click.argument("login")
@PASSWORD
@click.option("--profile", multiple=True, help="Name of a profile; repeat for several.")
def add(
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    login: str,
    password: str,
    profile: tuple[str, ...],
) -> None:
    """Add a local user with profiles (REST Services User, unless others are named)."""
    desk = open_desk(chosen(config, data, database, design))
    by_name = {found.name.lower(): found.id for found in desk.model.profiles.values()}
    wanted = profile or ("REST Services User",)
    unknown = [name for name in wanted if name.lower() not in by_name]
    if unknown:
        raise click.ClickException(f"Unknown profile {unknown[0]!r}; there are: {', '.join(sorted(by_name))}")
    with desk.transaction(SYSTEM, comment="interdesk user add") as tx:
        key = add_user(tx, login, password, tuple(by_name[name.lower()] for name in wanted))
    click.echo(f"UserLocal::{key} {login}")
    desk.store.close()


@user.command()
@desk_options
@click.argument("login")
@PASSWORD
def passwd(
    config: str | None, data: str | None, database: str | None, design: tuple[str, ...], login: str, password: str
) -> None:
    """Change the password of a local user."""
    desk = open_desk(chosen(config, data, database, design))
    with desk.transaction(SYSTEM, comment="interdesk user passwd") as tx:
        found = find_user(tx, login)
        if found is None:
            raise click.ClickException(f"There is no user {login!r}")
        key, name = found
        if "password" not in desk.model.cls(name).attributes:
            raise click.ClickException(f"{login!r} is a {name}: its password is kept elsewhere")
        tx.update(name, key, {"password": password})
    click.echo(f"The password of {login} is changed")
    desk.store.close()
