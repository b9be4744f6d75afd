"""``interdesk serve``: answers requests until it is stopped."""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from interdesk.cli.options import chosen, desk_options
from interdesk.desk import Desk
from interdesk.dialects.confd import Nonces
from interdesk.model import Model
from interdesk.server import application, load_model, open_desk
from interdesk.serving import Door, Serving, Supervisor, bound, check_tls, notify, self_made
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
    ports = _ports(settings)
    serving = _serving(desk, settings, ports, started=lambda: notify("READY=1"))
    _spared(desk.model)
    _announce(settings)
    serving.run_until_stopped()


def run_workers(settings: Settings) -> int:
    """Serves the desk from several processes; the exit code."""
    configure_logs()
    models = [load_model(settings)]
    # What is wrong with the database is told here and now. Nothing of the store may be open when workers are made.
    open_desk(settings, models[0]).store.close()
    ports = _ports(settings)
    board = ports.board

    def work(slot: int) -> int:
        desk = open_desk(settings, models[0])
        _serving(desk, settings, ports).run_until_stopped()
        return 0

    def reload() -> None:
        models[0] = _spared(load_model(settings))

    _spared(models[0])
    _announce(settings)
    return Supervisor(work, board, stop_seconds=settings.stop_seconds, reload=reload).run()


def _spared(model: Model) -> Model:
    """The model, out of the garbage collector's reach: its memory then stays common to all workers."""
    gc.collect()
    gc.freeze()
    return model


@dataclass(frozen=True, slots=True)
class Ports:
    """What all workers have in common."""

    listener: socket.socket
    doors: tuple[Door, ...]
    board: Board
    nonces: Nonces


def _ports(settings: Settings) -> Ports:
    if settings.tls_certificate:
        check_tls(settings.tls_certificate, settings.tls_key)
    listener = bound(settings.host, settings.port)
    doors: tuple[Door, ...] = ()
    if settings.telephony_port:
        files = (settings.tls_certificate, settings.tls_key)
        if not settings.tls_certificate:
            files = self_made(Path(settings.data), settings.host)
        doors = (Door(bound(settings.host, settings.telephony_port), *files),)
    return Ports(listener, doors, Board(settings.workers), Nonces())


def _serving(desk: Desk, settings: Settings, ports: Ports, started: Callable[[], None] | None = None) -> Serving:
    return Serving(
        application(desk, settings, ports.board, ports.nonces),
        ports.listener,
        doors=ports.doors,
        stop_seconds=settings.stop_seconds,
        board=ports.board,
        tls=(settings.tls_certificate, settings.tls_key) if settings.tls_certificate else None,
        proxies=settings.trusted_proxies,
        started=started,
    )


def _announce(settings: Settings) -> None:
    scheme = "https" if settings.tls_certificate else "http"
    click.echo(f"Interdesk answers on {scheme}://{settings.host}:{settings.port}")
    if settings.telephony_port:
        click.echo(f"Telephony: https://{settings.host}:{settings.telephony_port}/1.1")
