"""``interdesk exchange``: makes what two desks need to work on tickets together, and tells what is missing."""

from __future__ import annotations

import re
import secrets
import shlex
import sys
from collections.abc import Callable
from typing import Any

import click
import msgspec

from interdesk.cli.options import chosen, desk_options
from interdesk.desk import SYSTEM, Desk, Transaction
from interdesk.events.exchange import CUSTOMER, PROVIDER, Invitation, Partner, establish, missing, partners
from interdesk.events.sender import SendingFailed
from interdesk.events.triggers import Record
from interdesk.events.webhooks import FORM, credentials
from interdesk.server import open_desk
from interdesk.settings import Settings
from interdesk.work import sender

COMMANDS = {PROVIDER: "add-partner", CUSTOMER: "accept-partner"}
OTHER = {PROVIDER: CUSTOMER, CUSTOMER: PROVIDER}
QUESTION = b"version=1.3&json_data=%7B%22operation%22%3A%22list_operations%22%7D"


@click.group()
def exchange() -> None:
    """Exchange tickets with another desk."""


def partner_options(command: Callable[..., None]) -> Callable[..., None]:
    """What both sides must agree on; what is made up on one side is printed for the other."""
    for option in (
        click.option("--user-password", envvar="INTERDESK_PARTNER_USER_PASSWORD", help="Made up when not given."),
        click.option("--user", help="Login of the user made here for the partner. [default: from NAME]"),
        click.option(
            "--password", envvar="INTERDESK_PARTNER_PASSWORD", help="Our password at the partner; made up if not given."
        ),
        click.option("--login", help="Our login at the partner. [default: from our name]"),
        click.option("--known-as", required=True, help="The name of our organization at the partner."),
        click.option("--url", required=True, help="The address of the partner's desk, or of its rest.php."),
        click.argument("name"),
        desk_options,
    ):
        command = option(command)
    return command


@exchange.command("add-partner")
@partner_options
def add_partner(name: str, **given: Any) -> None:
    """Hand tickets to the partner NAME: user, connection, triggers and actions on our side.

    Prints the command that does the same on the partner's side.
    """
    _establish(name, PROVIDER, **given)


@exchange.command("accept-partner")
@partner_options
def accept_partner(name: str, **given: Any) -> None:
    """Take tickets from the customer NAME: organization, user, connection, triggers and actions on our side."""
    _establish(name, CUSTOMER, **given)


def _establish(
    name: str,
    role: str,
    *,
    url: str,
    known_as: str,
    login: str | None,
    password: str | None,
    user: str | None,
    user_password: str | None,
    **where: Any,
) -> None:
    settings = chosen(**where)
    made_up = password is None or user_password is None
    invitation = Invitation(
        name=name,
        role=role,
        known_as=known_as,
        url=url,
        login=login or f"{_plain(known_as)}-desk",
        password=password or secrets.token_urlsafe(24),
        user=user or f"{_plain(name)}-desk",
        user_password=user_password or secrets.token_urlsafe(24),
    )
    desk = open_desk(settings)
    try:
        with desk.transaction(SYSTEM, comment=f"interdesk exchange {COMMANDS[role]}") as tx:
            establish(tx, invitation)
    finally:
        desk.store.close()
    click.echo(f"Ready for the exchange with {name}")
    if made_up:
        click.echo("To be done on the other side; it holds passwords, so hand it over safely:")
        click.echo(_mirrored(invitation, settings.root_url))


def _mirrored(invitation: Invitation, own_url: str) -> str:
    """The command for the other side."""
    words = [
        "interdesk", "exchange", COMMANDS[OTHER[invitation.role]], invitation.known_as, "--url", own_url,
        "--known-as", invitation.name, "--login", invitation.user, "--password", invitation.user_password,
        "--user", invitation.login, "--user-password", invitation.password,
    ]  # fmt: skip
    return shlex.join(words)


def _plain(name: str) -> str:
    return re.sub(r"\W+", "-", name.lower()).strip("-")


@exchange.command("check")
@click.option("--offline", is_flag=True, help="Do not call the partners.")
@desk_options
def check(offline: bool, **where: Any) -> None:
    """Tell what is missing for the exchange with each partner; the exit code is 1 when there is anything."""
    settings = chosen(**where)
    desk = open_desk(settings)
    try:
        with desk.transaction(SYSTEM) as tx:
            found = [(partner, missing(tx, partner)) for partner in partners(tx)]
            calls = [] if offline else [(partner, *_connection(tx, partner)) for partner, _ in found]
    finally:
        desk.store.close()
    faults = [f"{partner.name} ({partner.role}): {fault}" for partner, some in found for fault in some]
    for partner, url, header in calls:
        if url and (fault := _call(settings, url, header)):
            faults.append(f"{partner.name} ({partner.role}): {fault}")
    if not settings.deliver:
        click.echo("note: the setting deliver is off, so that nothing is sent without interdesk worker")
    for line in faults:
        click.echo(line)
    if faults:
        sys.exit(1)
    names = ", ".join(f"{partner.name} ({partner.role})" for partner, _ in found)
    click.echo(f"Nothing is missing: {names}" if names else "There are no partners yet")


def _connection(tx: Transaction, partner: Partner) -> tuple[str, str]:
    """Address of the partner and the header that says who calls; '' without a connection."""
    desk: Desk = tx.desk
    cls = tx.final_class("RemoteiTopConnection", partner.connection) if partner.connection else None
    if cls is None:
        return "", ""
    record = Record(cls, partner.connection, tx.reader.whole(desk.model.cls(cls), partner.connection))
    return record.text("url"), credentials(record, desk.vault)[0]


def _call(settings: Settings, url: str, header: str) -> str:
    """Why the partner would not hear us, '' when it does."""
    name, _, value = header.partition(":")
    headers = ((name, value.strip()), ("Content-Type", FORM))
    try:
        answer = sender(settings).send("POST", url, headers, QUESTION)
        document = msgspec.json.decode(answer.body)
    except SendingFailed as problem:
        return f"{url} cannot be called: {problem}"
    except msgspec.DecodeError:
        return f"{url} answers {answer.status} and no JSON: is that the address of rest.php?"
    if isinstance(document, dict) and document.get("code") == 0:
        return ""
    return f"{url} answers {str(document)[:200]}"
