"""``interdesk copy-to``: moves a desk to another database."""

from __future__ import annotations

import click

from interdesk.cli.options import chosen, desk_options
from interdesk.cli.progress import bar
from interdesk.server import load_model
from interdesk.store.copying import copy


@click.command("copy-to")
@desk_options
@click.argument("target")
def copy_to(config: str | None, data: str | None, database: str | None, design: tuple[str, ...], target: str) -> None:
    """Copy the desk into the empty database TARGET (a URL), and compare every row. Stop the desk first."""
    settings = chosen(config, data, database, design)
    model = load_model(settings)
    with bar("copying and checking") as tell:
        sums = copy(settings.database_url, target, model, tell=tell)
    for table, found in sums.items():
        if found.rows:
            click.echo(f"{table}: {found.rows} rows, checksum {found.checksum:032x}")
    click.echo("All rows are the same in both databases. Let the setting 'database' name the new one now.")
    if not settings.secret_key:
        click.echo(f"The key of sealed passwords still is {settings.key_file}: keep it with the desk.")
