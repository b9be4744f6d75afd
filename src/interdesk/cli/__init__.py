"""The command line: ``interdesk <command>``."""

from __future__ import annotations

import importlib
import sys

import click

from interdesk import __version__
from interdesk.errors import InterdeskError

# Command -> the module of this package that has it.
COMMANDS = {
    "app": "app",
    "backup": "backup",
    "clock": "clock",
    "copy-to": "copy_to",
    "deliveries": "deliveries",
    "demo": "demo",
    "design": "design",
    "doctor": "doctor",
    "dump": "dump",
    "events": "events",
    "exchange": "exchange",
    "flow": "flow",
    "init": "init",
    "load": "load",
    "migrate": "migrate",
    "oql": "query",
    "restore": "backup",
    "serve": "serve",
    "telephony": "telephony",
    "token": "token",
    "user": "user",
    "webhook": "webhook",
    "worker": "worker",
}


def _import_structlog() -> None:
    """structlog loads rich wherever it finds it, for logs in colours. Ours are JSON, and rich is large."""
    if "rich" in sys.modules or "structlog" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # as the import system has it: this cannot be imported
    try:
        importlib.import_module("structlog")
    finally:
        del sys.modules["rich"]


_import_structlog()


class Commands(click.Group):
    """Imports the module of a command when it is asked for: a server does not keep in memory what others need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"interdesk.cli.{COMMANDS[cmd_name]}")
        found: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return found


@click.group(cls=Commands)
@click.version_option(__version__)
def commands() -> None:
    """A service desk and CMDB server that answers the REST dialects your scripts already speak."""


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
