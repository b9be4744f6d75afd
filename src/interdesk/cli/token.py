"""``interdesk token``: makes tokens, which scripts show instead of a password, and takes them back."""

from __future__ import annotations

import click

from interdesk.cli.options import chosen, desk_options
from interdesk.desk import SYSTEM, tokens
from interdesk.desk.bootstrap import find_user
from interdesk.server import open_desk

WITHOUT_END = 0


@click.group()
def token() -> None:
    """Make tokens for scripts, and take them back."""


@token.command()
@desk_options
@click.argument("login")
@click.option("--scope", multiple=True, help="What it is for; repeat for several. Without: rest.")
@click.option("--days", default=365, show_default=True, type=click.IntRange(0, 36_500), help="0: without end.")
@click.option("--application", default="script", show_default=True, help="What uses it.")
def add(
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    login: str,
    scope: tuple[str, ...],
    days: int,
    application: str,
) -> None:
    """Make a token for the user LOGIN and print it, once: it cannot be read again."""
    settings = chosen(config, data, database, design)
    desk = open_desk(settings)
    known = tokens.scopes(desk.model)
    wanted = scope or ("rest",)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise click.ClickException(f"Unknown scope {unknown[0]!r}; there are: {', '.join(known)}")
    with desk.transaction(SYSTEM, comment="interdesk token add") as tx:
        found = find_user(tx, login)
        if found is None:
            raise click.ClickException(f"There is no user {login!r}")
        made = tokens.issue(tx, found[0], application, wanted, None if days == WITHOUT_END else days)
    desk.store.close()
    click.echo(made)
    if "token" not in settings.login_types:
        click.echo("It is of no use yet: the setting allowed_login_types does not allow token", err=True)


@token.command()
@desk_options
@click.argument("number", type=int)
def revoke(config: str | None, data: str | None, database: str | None, design: tuple[str, ...], number: int) -> None:
    """Take back the token that begins with NUMBER; it is refused from the next request on."""
    desk = open_desk(chosen(config, data, database, design))
    with desk.transaction(SYSTEM, comment="interdesk token revoke") as tx:
        if tx.final_class(tokens.CLASS, number) is None:
            raise click.ClickException(f"There is no token {number}")
        tx.delete(tokens.CLASS, [number])
    desk.store.close()
    click.echo(f"The token {number} is revoked")
