"""``interdesk oql``: runs a query and prints what it finds."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.table import Table as Sheet

from interdesk import oql as language
from interdesk.cli.options import chosen, desk_options
from interdesk.desk import SYSTEM
from interdesk.desk.shapes import layout_of
from interdesk.server import open_desk


@click.command()
@desk_options
@click.argument("query")
@click.option("--fields", default="", help="Attribute codes separated by commas; friendlyname when not given.")
@click.option("--limit", default=100, show_default=True, help="How many objects at most; 0 for all.")
@click.option("--format", "layout", type=click.Choice(["table", "json"]), default="table", show_default=True)
def oql(
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    query: str,
    fields: str,
    limit: int,
    layout: str,
) -> None:
    """Run an OQL query, for example 'SELECT Person', and print what it finds."""
    desk = open_desk(chosen(config, data, database, design))
    resolved = language.query(query, desk.model)
    codes = tuple(code.strip() for code in fields.split(",") if code.strip()) or ("friendlyname",)
    stored = layout_of(resolved.cls, codes).stored
    with desk.reading() as reader:
        page = reader.page(resolved, stored, desk.arguments(SYSTEM, reader), limit=max(0, limit))
    (table,) = page.tables
    places = [table.positions[code][0] for code in stored]
    rows = [(f"{row[1] or table.cls.name}::{row[0]}", *(row[place] for place in places)) for row in table.rows]
    if layout == "json":
        for row in rows:
            click.echo(json.dumps(dict(zip(("object", *stored), row, strict=True)), ensure_ascii=False))
    else:
        sheet = Sheet("object", *stored)
        for row in rows:
            sheet.add_row(*("" if value is None else str(value) for value in row))
        Console(soft_wrap=True).print(sheet)
        click.echo(f"{len(rows)} of {page.total}")
    desk.store.close()
