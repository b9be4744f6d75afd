"""``interdesk serve``: answers requests until it is stopped."""

from __future__ import annotations

import contextlib
import ctypes
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
from interdesk.server import application, open_desk
from interdesk.serving import Door, Serving, Supervisor, bound, check_tls, notify, self_made
from interdesk.settings import Settings
from interdesk.telemetry import Board, configure_logs

# Of malloc.h: memory apart for each thread is of no use where one of them runs at a time, and lies idle.
M_ARENA_MAX = -8
# New objects between two looks for unreachable ones: more than a large answer is made of. Few of ours lie in circles.
YOUNG = 20_000


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
    _spare_memory()
    _announce(settings)
    serving.run_until_stopped()


def run_workers(settings: Settings) -> int:
    """Serves the desk from several processes; the exit code."""
    configure_logs()
    # What is wrong with the database is told here and now.
    desks = [_closed_desk(settings)]
    ports = _ports(settings)
    board = ports.board

    def work(slot: int) -> int:
        desk = desks[0]
        desk.store.reopen()
        _serving(desk, settings, ports).run_until_stopped()
        return 0

    def reload() -> None:
        desks[0] = _closed_desk(settings)

    _announce(settings)
    return Supervisor(work, board, stop_seconds=settings.stop_seconds, reload=reload).run()


def _closed_desk(settings: Settings) -> Desk:
    """A desk for workers to be forked with. Nothing of its store is open: a connection belongs to one process."""
    desk = open_desk(settings)
    desk.store.close()
    _spare_memory()
    return desk


def _spare_memory() -> None:
    """What is there now stays out of the garbage collector's reach, and its memory common to all workers.

    What comes later is collected less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
    with contextlib.suppress(AttributeError):  # another C library than GNU's
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


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
