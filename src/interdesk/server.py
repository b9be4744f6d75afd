"""The composition root: settings, design, store, desk and dialects become one ASGI application."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

import interdesk.desk.methods.families
import interdesk.desk.methods.tags
import interdesk.desk.methods.tickets
import interdesk.desk.methods.tokens
import interdesk.desk.methods.users  # noqa: F401 - binds the methods of the standard model
from interdesk.desk import Desk, Limits, Vault
from interdesk.desk.bootstrap import prepare
from interdesk.desk.secrets import key_from_file
from interdesk.dialects import itop
from interdesk.errors import DesignError
from interdesk.extensions import Extensions, installed_and_named
from interdesk.model import Model
from interdesk.model.design import bundled, load
from interdesk.settings import Settings
from interdesk.store import Store


def load_model(settings: Settings) -> Model:
    """The bundled design with what extensions and the team's own files add. Raises DesignError, ExtensionError."""
    try:
        return load(design_files(settings))
    except DesignError as problem:
        raise extensions_of(settings).named(problem) from problem


def design_files(settings: Settings) -> list[Path]:
    """The bundled design, then the files of extensions, then those of the settings. Raises ExtensionError."""
    return [*bundled(), *extensions_of(settings).designs(), *(Path(path) for path in settings.design)]


def extensions_of(settings: Settings) -> Extensions:
    """Installed extensions and those that the settings name. Raises ExtensionError."""
    return installed_and_named(tuple(settings.extensions))


def open_desk(settings: Settings, model: Model | None = None) -> Desk:
    """The desk of the settings. Raises DesignError, ExtensionError, SchemaMismatch, Unavailable."""
    model = model or load_model(settings)
    extensions_of(settings).bind(model)
    store = Store.open(settings.database_url, model, query_seconds=settings.query_seconds)
    vault = Vault(settings.secret_key or key_from_file(settings.key_file))
    limits = Limits(blob_bytes=settings.blob_bytes, password_cache_seconds=settings.password_cache_seconds)
    desk = Desk(store, vault, limits=limits)
    prepare(desk)
    return desk


def application(desk: Desk, settings: Settings) -> ASGIApp:
    """The ASGI application over a desk; closing it closes the desk's store."""
    executor = ThreadPoolExecutor(settings.threads, thread_name_prefix="desk")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        executor.shutdown()
        desk.store.close()

    header = settings.external_login_header.lower().encode("latin-1")
    access = itop.Access(frozenset(settings.login_types), settings.secure_rest_services, header)
    rest = itop.Endpoint(desk, executor, settings.body_bytes, access)
    extensions_of(settings).offer(rest.service)
    routes = [
        Route("/health", health, methods=["GET"]),
    ]
    return _shortcut(itop.PATH, rest, Starlette(routes=routes, lifespan=lifespan))


def _shortcut(path: str, endpoint: ASGIApp, app: ASGIApp) -> ASGIApp:
    """Leads the path that most requests have straight to its endpoint, past routing and middleware."""

    async def lead(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = endpoint if scope["type"] == "http" and scope["path"] == path else app
        await chosen(scope, receive, send)

    return lead


def configure_logs() -> None:
    """One JSON object a line on standard error. Tracebacks come without local variables: those may hold secrets."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


async def health(_: Request) -> Response:
    """Answers as soon as the desk is open: routes exist only over an open desk."""
    return JSONResponse({"status": "ok"})
