"""The composition root: settings, design, store, desk and dialects become one ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

import interdesk.approvals.answering
import interdesk.approvals.callbacks
import interdesk.desk.methods.coverage
import interdesk.desk.methods.families
import interdesk.desk.methods.tags
import interdesk.desk.methods.tickets
import interdesk.desk.methods.tokens
import interdesk.desk.methods.users
import interdesk.events.exchange.keeping
import interdesk.events.rules  # noqa: F401 - binds the methods of the standard model
from interdesk.approvals import bootstrap as approvals
from interdesk.approvals.library import Library
from interdesk.approvals.requests import Requester
from interdesk.approvals.tickets import Tickets
from interdesk.desk import Desk, Limits, Vault
from interdesk.desk.bootstrap import prepare
from interdesk.desk.secrets import key_from_file
from interdesk.dialects import bkitsm, confd, itop
from interdesk.errors import DesignError
from interdesk.events.background import Jobs
from interdesk.events.observer import Observer
from interdesk.events.outbox import Outbox
from interdesk.extensions import Extensions, installed_and_named
from interdesk.model import Model
from interdesk.model.design import bundled, design_file, load
from interdesk.serving import Figures, Watch, probes
from interdesk.settings import Settings
from interdesk.store import Store
from interdesk.telemetry.board import Board
from interdesk.telephony import Guard
from interdesk.telephony import prepare as prepare_telephony
from interdesk.work import Backlog, Work, jobs


def load_model(settings: Settings) -> Model:
    """The bundled design with what extensions and the team's own files add. Raises DesignError, ExtensionError."""
    try:
        return load(design_files(settings))
    except DesignError as problem:
        raise extensions_of(settings).named(problem) from problem


def design_files(settings: Settings) -> list[Path]:
    """The bundled design, then the files of extensions, then those of the settings. Raises ExtensionError."""
    return [*bundled(), *extensions_of(settings).designs(), *(design_file(name) for name in settings.design)]


def extensions_of(settings: Settings) -> Extensions:
    """Installed extensions and those that the settings name. Raises ExtensionError."""
    return installed_and_named(tuple(settings.extensions))


def open_desk(settings: Settings, model: Model | None = None) -> Desk:
    """The desk of the settings. Raises DesignError, ExtensionError, SchemaMismatch, Unavailable."""
    model = model or load_model(settings)
    extensions_of(settings).bind(model)
    store = Store.open(
        settings.database_url,
        model,
        query_seconds=settings.query_seconds,
        lock_seconds=settings.lock_seconds,
        pool_size=settings.pool_size,
    )
    vault = Vault(settings.secret_key or key_from_file(settings.key_file))
    limits = Limits(
        blob_bytes=settings.blob_bytes,
        password_cache_seconds=settings.password_cache_seconds,
        kept_related=settings.kept_related,
        write_attempts=settings.write_attempts,
    )
    desk = Desk(store, vault, limits=limits)
    prepare(desk)
    prepare_telephony(desk)
    previous = settings.filters_match_previous_values
    desk.observers.append(Observer(Outbox(), settings.root_url, previous_values=previous))
    desk.observers.append(Guard())
    approvals.prepare(desk)
    desk.observers.append(Requester(tickets_of(settings)))
    return desk


def application(
    desk: Desk, settings: Settings, board: Board | None = None, nonces: confd.Nonces | None = None
) -> ASGIApp:
    """The ASGI application over a desk; closing it closes the desk's store.

    ``board`` and ``nonces``: shared with other workers.
    """
    executor = ThreadPoolExecutor(settings.threads, thread_name_prefix="desk")
    board = board or Board()
    figures = Figures(desk, board)
    work = Work(desk, settings, board) if settings.deliver else None

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        fresh = [asyncio.create_task(figures.keep_fresh())]
        figures.refresh()
        if work is not None:
            work.start()
        else:
            idle = Jobs(desk, jobs(desk, settings))
            fresh.append(asyncio.create_task(Backlog(desk, idle, board).keep_shown()))
        yield
        for task in fresh:
            task.cancel()
        if work is not None:
            await asyncio.to_thread(work.stop)
        board.down(board.slot)
        executor.shutdown()
        desk.store.close()

    header = settings.external_login_header.lower().encode("latin-1")
    access = itop.Access(frozenset(settings.login_types), settings.secure_rest_services, header)
    journal = itop.Journal(desk) if settings.log_rest_service else None
    share = max(1, settings.threads // 2)
    rest = itop.Endpoint(desk, executor, settings.body_bytes, access, share, journal)
    extensions_of(settings).offer(rest.service)
    board.offer(rest.service.names)
    flows = bkitsm.Endpoint(desk, tickets_of(settings), executor, settings.body_bytes)
    board.offer(flows.names)
    routes = probes(desk.store.check, board, figures.refresh, metrics=settings.metrics)
    telephony = confd.Endpoint(desk, executor, settings.body_bytes, nonces or confd.Nonces())
    board.offer(telephony.names)
    app = _below(bkitsm.PREFIXES, flows, Starlette(routes=routes, lifespan=lifespan))
    app = _shortcut(itop.PATH, rest, _below(confd.STARTS, telephony, app))
    return Watch(app, board, access_log=settings.access_log)


def _shortcut(path: str, endpoint: ASGIApp, app: ASGIApp) -> ASGIApp:
    """Leads the path that most requests have straight to its endpoint, past routing and middleware."""

    async def lead(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = endpoint if scope["type"] == "http" and scope["path"] == path else app
        await chosen(scope, receive, send)

    return lead


def tickets_of(settings: Settings) -> Tickets:
    """The tickets of flows, at the address of the settings."""
    return Tickets(Library(), settings.root_url.rstrip("/"))


def _below(prefixes: tuple[str, ...], endpoint: ASGIApp, app: ASGIApp) -> ASGIApp:
    """Leads all paths that begin in one of some ways to an endpoint."""

    async def lead(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = endpoint if scope["type"] == "http" and scope["path"].startswith(prefixes) else app
        await chosen(scope, receive, send)

    return lead
