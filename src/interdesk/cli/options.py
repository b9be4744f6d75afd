"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from interdesk import settings
from interdesk.model.design import optional
from interdesk.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])

CONFIG = click.option("--config", type=click.Path(exists=True, dir_okay=False), help="A TOML file with settings.")
DATA = click.option("--data", type=click.Path(file_okay=False), help="The folder of the desk's files.")
DATABASE = click.option("--database", help="sqlite:////path or postgresql://user@host/name.")


class DesignFile(click.Path):
    """A file of the design language, or the name of an optional module of the bundled design."""

    name = "file or module"

    def __init__(self) -> None:
        super().__init__(exists=True, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value in optional() else super().convert(value, param, ctx)


DESIGN = click.option(
    "--design", multiple=True, type=DesignFile(), help="A delta to add to the design: file or module."
)


def desk_options(command: Command) -> Command:
    """Adds the options that say which desk is meant."""
    for option in (DESIGN, DATABASE, DATA, CONFIG):
        command = option(command)
    return command


def chosen(
    config: str | None, data: str | None, database: str | None, design: tuple[str, ...], **more: Any
) -> Settings:
    """The settings with the options on top."""
    overrides = {"data": data, "database": database, "design": list(design) or None, **more}
    return settings.load(config, overrides=overrides)


def backup_folder(settings: Settings, given: str | None = None) -> Path | None:
    """Where a copy of the database goes: the folder ``given``, else the desk's own; None: beside a SQLite file."""
    if given:
        return Path(given)
    return Path(settings.data) if settings.database_url.startswith("postgresql") else None
