"""``interdesk demo``: a desk to try things on, made at the first start."""

from __future__ import annotations

import socket

import click

from interdesk.cli import init as initial
from interdesk.cli import sample_telephony
from interdesk.cli.sample import fill
from interdesk.cli.sample_approvals import add_app, add_people
from interdesk.cli.serve import run
from interdesk.server import open_desk
from interdesk.settings import LOGIN_TYPES, Settings, load
from interdesk.store import is_empty

LOGIN = PASSWORD = "admin"
PRIVATE = "127.0.0.0/8 ::1 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16"  # receivers to try things on are nearby


@click.command()
@click.option("--data", default="var/demo", show_default=True, type=click.Path(file_okay=False))
@click.option("--port", default=8080, show_default=True, help="The port to listen on, on the loopback address.")
@click.option("--database", default="", help="Another database than the SQLite file in the data folder.")
@click.option("--empty", is_flag=True, help="No sample data: just the profiles and the administrator.")
@click.option("--extension", multiple=True, type=click.Path(exists=True), help="A file or folder; repeat for several.")
@click.option("--telephony-port", default=9486, show_default=True, help="The port of the telephony API; 0: none.")
def demo(data: str, port: int, database: str, empty: bool, extension: tuple[str, ...], telephony_port: int) -> None:
    """Start a desk to try things on: admin / admin, loopback only, with sample data."""
    chosen = {
        "data": data,
        "port": port,
        "database": database,
        "extensions": list(extension),
        "allowed_login_types": "|".join(LOGIN_TYPES),
        "private_networks": PRIVATE,
        "telephony_port": telephony_port if _is_free(telephony_port) else 0,
    }
    settings = load(environment={}, overrides=chosen)
    prepare(settings, empty=empty)
    desk = open_desk(settings)
    click.echo(
        f"REST: http://{settings.host}:{settings.port}/webservices/rest.php  (user {LOGIN}, password {PASSWORD})"
    )
    click.echo(f"Telephony: account {sample_telephony.LOGIN}, password {sample_telephony.PASSWORD}")
    run(desk, settings)


def _is_free(port: int) -> bool:
    """Whether a demo can have the port; another demo may have it already."""
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        click.echo(f"Port {port} is in use: the telephony API is on the main port alone", err=True)
        return False


def prepare(settings: Settings, *, empty: bool) -> None:
    """Makes the desk unless it is there already."""
    if not is_empty(settings.database_url):
        return
    initial.create(settings, LOGIN, PASSWORD)
    desk = open_desk(settings)
    try:
        add_app(desk)
        if not empty:
            fill(desk)
            add_people(desk)
        sample_telephony.fill(desk, LOGIN, empty=empty)
    finally:
        desk.store.close()
