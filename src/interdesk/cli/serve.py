"""``interdesk serve``: answers requests until it is stopped."""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import Callable

import click

from interdesk.cli.options import chosen, desk_options
from interdesk.desk import Desk
from interdesk.model import Model
from interdesk.server import application, load_model, open_desk
from interdesk.serving import Serving, Supervisor, bound, check_tls, notify
from interdesk.settings import Settings
from interdesk.telemetry import Board, configure_logs


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
        sys.exit(run_workers(settings))


def run(desk: Desk, settings: Settings) -> None:
    """Serves a desk on the address of the settings; returns when it was told to stop and requests are answered."""
    configure_logs()
    serving = _serving(desk, settings, _listener(settings), Board(), started=lambda: notify("READY=1"))
    _announce(settings)
    serving.run_until_stopped()


def run_workers(settings: Settings) -> int:
    """Serves the desk from several processes; the exit code."""
    configure_logs()
    models = [load_model(settings)]
    # What is wrong with the database is told here and now. Nothing of the store may be open when workers are made.
    open_desk(settings, models[0]).store.close()
    listener, board = _listener(settings), Board(settings.workers)

    def work(slot: int) -> int:
        desk = open_desk(settings, models[0])
        _serving(desk, settings, listener, board).run_until_stopped()
        return 0

    def reload() -> None:
        models[0] = _spared(load_model(settings))

    _spared(models[0])
    _announce(settings)
    return Supervisor(work, board, stop_seconds=settings.stop_seconds, reload=reload).run()


def _spared(model: Model) -> Model:
    """The model, out of reach of the garbage collector: its memory then stays common to all workers."""
    gc.collect()
    gc.freeze()
    return model


def _listener(settings: Settings) -> socket.socket:
    if settings.tls_certificate:
        check_tls(settings.tls_certificate, settings.tls_key)
    return bound(settings.host, settings.port)


def _serving(
    desk: Desk, settings: Settings, listener: socket.socket, board: Board, started: Callable[[], None] | None = None
) -> Serving:
    return Serving(
        application(desk, settings, board),
        listener,
        stop_seconds=settings.stop_seconds,
        tls=(settings.tls_certificate, settings.tls_key) if settings.tls_certificate else None,
        proxies=settings.trusted_proxies,
        started=started,
    )


def _announce(settings: Settings) -> None:
    scheme = "https" if settings.tls_certificate else "http"
    click.echo(f"Interdesk answers on {scheme}://{settings.host}:{settings.port}")
