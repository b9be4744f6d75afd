"""``interdesk webhook``: secrets that sign what a connection sends, and the check of what was received."""

from __future__ import annotations

import sys
import time
from typing import Any, BinaryIO

import click

from interdesk.cli.options import chosen, desk_options
from interdesk.desk import queries
from interdesk.events import signing
from interdesk.events.signing import PLAIN, STANDARD, BadSignature
from interdesk.server import open_desk

DAY = 86_400


@click.group()
def webhook() -> None:
    """Sign what connections send, and check signatures."""


@webhook.command()
@desk_options
@click.argument("connection", type=int)
@click.option("--scheme", type=click.Choice([STANDARD, PLAIN]), default=STANDARD, show_default=True)
@click.option(
    "--overlap-hours", default=24.0, show_default=True, type=click.FloatRange(0), help="How long older ones stay valid."
)
def secret(connection: int, scheme: str, overlap_hours: float, **where: Any) -> None:
    """Make a signing secret for the connection with the number CONNECTION and print it, once."""
    desk = open_desk(chosen(**where))
    with desk.reading() as reader:
        if not reader.keys(queries.by_id(desk.model.cls("RemoteApplicationConnection")), {"id": connection}):
            raise click.ClickException(f"There is no connection {connection}")
    made = signing.add(desk, connection, scheme, round(overlap_hours * 3_600))
    desk.store.close()
    click.echo(made)


@webhook.command()
@click.option("--secret", "secrets", multiple=True, required=True, help="The secret; repeat while it is being changed.")
@click.option("--header", "headers", multiple=True, required=True, help="A header as received: 'Name: value'.")
@click.option("--tolerance", default=signing.TOLERANCE, show_default=True, help="Seconds that a message may be old.")
@click.option("--at", "moment", type=float, help="When it was received, in seconds since 1970; now, if not given.")
@click.argument("body", type=click.File("rb"), default="-")
def verify(
    secrets: tuple[str, ...], headers: tuple[str, ...], tolerance: int, moment: float | None, body: BinaryIO
) -> None:
    """Check the signature of a message whose BODY is a file, or comes from standard input."""
    pairs = [header.partition(":") for header in headers]
    given = {name.strip(): value.strip() for name, _, value in pairs}
    try:
        scheme = signing.verify(
            secrets, given, body.read(), time.time() if moment is None else moment, tolerance=tolerance
        )
    except BadSignature as problem:
        click.echo(f"Not to be trusted: {problem}", err=True)
        sys.exit(1)
    click.echo(f"Right ({scheme})")
