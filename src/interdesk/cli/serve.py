"""``interdesk serve``: answers requests until it is stopped."""

from __future__ import annotations

import click
import uvicorn

from interdesk.cli.options import chosen, desk_options
from interdesk.desk import Desk
from interdesk.server import application, configure_logs, open_desk
from interdesk.settings import Settings


@click.command()
@desk_options
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=int, help="The port to listen on.")
def serve(
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    host: str | None,
    port: int | None,
) -> None:
    """Answer requests until stopped."""
    settings = chosen(config, data, database, design, host=host, port=port)
    run(open_desk(settings), settings)


def run(desk: Desk, settings: Settings) -> None:
    """Serves a desk on the address of the settings; returns when it was told to stop and requests are answered."""
    configure_logs()
    click.echo(f"Interdesk answers on http://{settings.host}:{settings.port}")
    uvicorn.run(
        application(desk, settings),
        host=settings.host,
        port=settings.port,
        http="httptools",
        loop="uvloop",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
