"""``interdesk backup`` and ``interdesk restore``."""

from __future__ import annotations

from pathlib import Path

import click

from interdesk.cli.options import backup_folder, chosen, desk_options
from interdesk.cli.progress import bar
from interdesk.store import is_empty
from interdesk.store.backups import backup as make
from interdesk.store.backups import restore as put_back
from interdesk.store.backups import verify


@click.command()
@desk_options
@click.option("--to", "folder", type=click.Path(file_okay=False, exists=True), help="The folder of the copy.")
def backup(
    config: str | None, data: str | None, database: str | None, design: tuple[str, ...], folder: str | None
) -> None:
    """Copy the database while it is in use, and check the copy."""
    settings = chosen(config, data, database, design)
    with bar("copying") as tell:
        file = make(settings.database_url, backup_folder(settings, folder), tell=tell)
    click.echo(f"backup: {file}")
    if not settings.secret_key:
        click.echo(f"Not in it: the key of sealed passwords. Keep a copy of {settings.key_file} in another place.")


@click.command()
@desk_options
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Lose what the database holds now; a backup of it is made first.")
@click.option("--no-backup", is_flag=True, help="Make no backup of what is replaced.")
@click.option("--check", is_flag=True, help="Only check the file.")
def restore(
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    file: Path,
    replace: bool,
    no_backup: bool,
    check: bool,
) -> None:
    """Put the backup FILE back, in one transaction, and check the result. Stop the desk first."""
    if check:
        found = verify(file)
        click.echo(f"The backup is sound, made {found.made}" if found else "The backup is sound; it has no manifest")
        return
    settings = chosen(config, data, database, design)
    if database is None and config is None:
        Path(settings.data).mkdir(parents=True, exist_ok=True)
    if replace and not no_backup and not is_empty(settings.database_url):
        verify(file)
        click.echo(f"backup of what is replaced: {make(settings.database_url, backup_folder(settings))}")
    with bar("restoring") as tell:
        rows = put_back(file, settings.database_url, replace=replace, tell=tell)
    click.echo(f"Restored: {sum(rows.values())} rows in {len(rows)} tables, all as in the backup")
