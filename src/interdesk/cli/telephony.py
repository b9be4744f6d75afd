"""``interdesk telephony``: accounts and contexts of the telephony API."""

from __future__ import annotations

import re
import secrets

import click

from interdesk.cli.options import chosen, desk_options
from interdesk.cli.telephony_export import export
from interdesk.cli.telephony_provision import provision_file
from interdesk.desk import SYSTEM
from interdesk.desk.bootstrap import find_user
from interdesk.server import open_desk
from interdesk.telephony import accounts, setup

RANGE = re.compile(r"(user|group|queue|room|incall):([0-9]+)-([0-9]+)")
TYPES = ("internal", "incall", "outcall", "services", "others")


@click.group()
def telephony() -> None:
    """Telephones, and the programs that provision them."""


telephony.add_command(export)
telephony.add_command(provision_file)


@telephony.group()
def account() -> None:
    """Accounts of programs that use the telephony API."""


@account.command(name="add")
@desk_options
@click.argument("login")
@click.option("--user", help="The user that it acts as; the one of the same login unless given.")
@click.option("--password", envvar="INTERDESK_ACCOUNT_PASSWORD", help="Made up and printed once when not given.")
def add_account(
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    login: str,
    user: str | None,
    password: str | None,
) -> None:
    """Make the account LOGIN."""
    desk = open_desk(chosen(config, data, database, design))
    secret = password or secrets.token_urlsafe(12)
    with desk.transaction(SYSTEM, comment="interdesk telephony account add") as tx:
        found = find_user(tx, user or login)
        if found is None:
            raise click.ClickException(f"There is no user {user or login!r}: name one with --user")
        accounts.add(tx, login, secret, found[0])
    desk.store.close()
    click.echo(f"The account {login} is ready" + ("" if password else f", password: {secret}"))


@telephony.group()
def context() -> None:
    """Contexts: where numbers are valid, and which ones."""


@context.command(name="add")
@desk_options
@click.argument("name")
@click.option("--type", "kind", type=click.Choice(TYPES), default="internal", show_default=True)
@click.option("--range", "ranges", multiple=True, help="KIND:FIRST-LAST, such as user:1000-1999; repeat for several.")
def add_context(
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    name: str,
    kind: str,
    ranges: tuple[str, ...],
) -> None:
    """Make the context NAME."""
    desk = open_desk(chosen(config, data, database, design))
    with desk.transaction(SYSTEM, comment="interdesk telephony context add") as tx:
        setup.add_context(tx, name, kind, tuple(_range(text) for text in ranges))
    desk.store.close()
    click.echo(f"The context {name} is ready")


def _range(text: str) -> tuple[str, str, str]:
    found = RANGE.fullmatch(text)
    if found is None:
        raise click.ClickException(f"{text!r} is no range: write user:1000-1999")
    return found[1], found[2], found[3]
