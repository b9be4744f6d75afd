"""``interdesk worker``: delivers messages and does periodic jobs, apart from answering requests."""

from __future__ import annotations

import signal
import threading
from typing import Any

import click

from interdesk.cli.options import chosen, desk_options
from interdesk.server import open_desk
from interdesk.telemetry.logs import configure_logs
from interdesk.work import Work

DRAIN_SECONDS = 3_600.0


@click.command()
@desk_options
@click.option("--once", is_flag=True, help="Send what is due and end.")
def worker(once: bool, **where: Any) -> None:
    """Deliver messages and do periodic jobs until stopped. Any number may run beside each other."""
    settings = chosen(**where)
    desk = open_desk(settings)
    configure_logs()
    work = Work(desk, settings)
    if once:
        work.deliverer.drain(DRAIN_SECONDS)
        work.jobs.run_due()
        desk.store.close()
        return
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    work.start()
    click.echo("Interdesk delivers")
    stopped.wait()
    work.stop()
    desk.store.close()
