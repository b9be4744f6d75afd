"""``interdesk serve``: answers requests until it is stopped."""

from __future__ import annotations

from typing import NoReturn

import click

from interdesk.cli.options import chosen, desk_options
from interdesk.cli.ports import opened
from interdesk.cli.sparing import spare_memory
from interdesk.cli.workers import first_generation
from interdesk.desk import Desk
from interdesk.server import open_desk
from interdesk.settings import Settings
from interdesk.supervision.telling import notify
from interdesk.telemetry.logs import configure_logs


@click.command()
@desk_options
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=int, help="The port to listen on.")
@click.option("--workers", type=click.IntRange(1), help="Processes that answer requests.")
def serve(
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    host: str | None,
    port: int | None,
    workers: int | None,
) -> None:
    """Answer requests until stopped."""
    settings = chosen(config, data, database, design, host=host, port=port, workers=workers)
    if settings.workers == 1:
        run(open_desk(settings), settings)
    else:
        run_workers(settings)


def run(desk: Desk, settings: Settings) -> None:
    """Serves a desk on the address of the settings; returns when it was told to stop and requests are answered."""
    configure_logs()
    serving = opened(settings).serving(desk, settings, started=lambda: notify("READY=1"))
    spare_memory()
    _announce(settings)
    serving.run_until_stopped()


def run_workers(settings: Settings) -> NoReturn:
    """Serves the desk from several processes; this one becomes their supervisor."""
    configure_logs()
    first_generation(settings, announce=lambda: _announce(settings))


def _announce(settings: Settings) -> None:
    scheme = "https" if settings.tls_certificate else "http"
    click.echo(f"Interdesk answers on {scheme}://{settings.host}:{settings.port}")
    if settings.telephony_port:
        click.echo(f"Telephony: https://{settings.host}:{settings.telephony_port}/1.1")
