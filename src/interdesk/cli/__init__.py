"""The command line: ``interdesk <command>``."""

from __future__ import annotations

import sys

import click

from interdesk import __version__
from interdesk.cli.app import app
from interdesk.cli.backup import backup, restore
from interdesk.cli.clock import clock
from interdesk.cli.copy_to import copy_to
from interdesk.cli.deliveries import deliveries
from interdesk.cli.demo import demo
from interdesk.cli.design import design
from interdesk.cli.doctor import doctor
from interdesk.cli.dump import dump
from interdesk.cli.events import events
from interdesk.cli.exchange import exchange
from interdesk.cli.flow import flow
from interdesk.cli.init import init
from interdesk.cli.load import load
from interdesk.cli.migrate import migrate
from interdesk.cli.query import oql
from interdesk.cli.serve import serve
from interdesk.cli.telephony import telephony
from interdesk.cli.token import token
from interdesk.cli.user import user
from interdesk.cli.webhook import webhook
from interdesk.cli.worker import worker
from interdesk.errors import InterdeskError


@click.group()
@click.version_option(__version__)
def commands() -> None:
    """A service desk and CMDB server that answers the REST dialects your scripts already speak."""


for command in (
    app,
    backup,
    clock,
    copy_to,
    deliveries,
    demo,
    design,
    doctor,
    dump,
    events,
    exchange,
    flow,
    init,
    load,
    migrate,
    oql,
    restore,
    serve,
    telephony,
    token,
    user,
    webhook,
    worker,
):
    commands.add_command(command)


def main() -> None:
    """Runs a command; errors that Interdesk raises on purpose are one clear message and exit code 1."""
    try:
        # What a command hands to ``context.exit`` comes back here.
        code = commands.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.Abort:
        click.echo("Aborted", err=True)
        sys.exit(130)
    except InterdeskError as problem:
        click.echo(f"interdesk: {problem.message}", err=True)
        sys.exit(1)
