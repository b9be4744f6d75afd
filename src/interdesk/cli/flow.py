"""``interdesk flow``: shows, simulates, exports and imports approval flows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from interdesk.approvals.directory import DeskDirectory
from interdesk.approvals.drawing import as_life_cycle
from interdesk.approvals.library import SERVICE, Library
from interdesk.approvals.rows import Row, only
from interdesk.approvals.services import exported, import_service, update_service
from interdesk.approvals.simulation import simulate as simulated
from interdesk.cli.options import chosen, desk_options
from interdesk.desk import SYSTEM, Desk, Reader
from interdesk.model.drawing import Layout, as_svg, as_text
from interdesk.server import open_desk


@click.group()
def flow() -> None:
    """Show, simulate, export and import approval flows."""


@flow.command()
@desk_options
@click.argument("service")
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Write a drawing to this file.")
def show(
    config: str | None, data: str | None, database: str | None, design: tuple[str, ...], service: str, svg: Path | None
) -> None:
    """Draw the flow of a service, given by name or number."""
    with _opened(chosen(config, data, database, design)) as desk, desk.reading() as reader:
        row = _service(reader, service)
        layout = Layout(as_life_cycle(Library().flow(reader, row["version_id"])))
    if svg is None:
        click.echo(as_text(layout))
    else:
        svg.write_text(as_svg(layout, row["name"]), encoding="utf-8")
        click.echo(f"Written to {svg}")


@flow.command()
@desk_options
@click.argument("service")
@click.option("--creator", default="requester", show_default=True, help="Who asks.")
@click.option("--field", "fields", multiple=True, help="A field of the form as KEY=VALUE; repeat for several.")
@click.option("--refuse", multiple=True, help="A node that is refused, or fails by itself; repeat for several.")
@click.option("--output", "outputs", multiple=True, help="What comes of an automatic node as KEY=VALUE; repeat.")
def simulate(
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    service: str,
    creator: str,
    fields: tuple[str, ...],
    refuse: tuple[str, ...],
    outputs: tuple[str, ...],
) -> None:
    """Walk a flow without side effects, and say who would be asked."""
    values, given = _pairs(fields, "--field"), _pairs(outputs, "--output")
    with _opened(chosen(config, data, database, design)) as desk, desk.reading() as reader:
        row = _service(reader, service)
        walked = Library().flow(reader, row["version_id"])
        course = simulated(walked, creator, values, DeskDirectory(reader), frozenset(refuse), given)
    for one in course.asked:
        click.echo(f"{one.node}: {one.action}: {', '.join(one.people)}")
    click.echo(course.status)


@flow.command()
@desk_options
@click.argument("service")
@click.option("--file", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
def export(
    config: str | None, data: str | None, database: str | None, design: tuple[str, ...], service: str, file: Path | None
) -> None:
    """Write a service and its flow as text, the same for the same flow."""
    with _opened(chosen(config, data, database, design)) as desk, desk.reading() as reader:
        row = _service(reader, service)
        document = exported(row, Library().flow(reader, row["version_id"]))
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")


@flow.command(name="import")
@desk_options
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(config: str | None, data: str | None, database: str | None, design: tuple[str, ...], file: Path) -> None:
    """Take a service from its text: a new one, or a new version of the one of that name."""
    document = _document(file)
    with _opened(chosen(config, data, database, design)) as desk:
        with desk.transaction(SYSTEM, comment="interdesk flow import") as tx:
            known = only(tx.reader, "FlowService", {"name": str(document.get("name"))}, ("name",))
            if known is None:
                key = import_service(tx, document)
            else:
                key = known["id"]
                update_service(tx, key, document)
        click.echo(f"FlowService::{key} {document.get('name')}")


def _pairs(texts: tuple[str, ...], option: str) -> dict[str, str]:
    if bad := [one for one in texts if "=" not in one]:
        raise click.BadParameter(f"{bad[0]!r} is not KEY=VALUE", param_hint=option)
    return dict(one.split("=", 1) for one in texts)


@contextmanager
def _opened(settings: Any) -> Iterator[Desk]:
    desk = open_desk(settings)
    try:
        yield desk
    finally:
        desk.store.close()


def _service(reader: Reader, name: str) -> Row:
    row = only(reader, "FlowService", {"name": name}, SERVICE)
    if row is None and name.isdecimal():
        row = Library().service(reader, int(name))
    if row is None:
        raise click.ClickException(f"There is no service {name!r}")
    return row


def _document(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as problem:
        raise click.ClickException(f"{file} is no JSON: {problem}") from problem
    if not isinstance(found, dict) or not isinstance(found.get("workflow"), dict):
        raise click.ClickException(f"{file} is no export of a service: it has no workflow")
    return found
