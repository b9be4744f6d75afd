"""``interdesk deliveries``: looks into the ledger, sends anew, cancels."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import click
from rich.console import Console
from rich.table import Table as Sheet

from interdesk import oql as language
from interdesk.cli.options import chosen, desk_options
from interdesk.desk import SYSTEM, Reader, Transaction, queries
from interdesk.events import redelivery
from interdesk.oql import OqlError
from interdesk.oql.resolved import Query
from interdesk.server import open_desk

STATES = ("waiting", "sending", "delivered", "dead", "cancelled")
LISTED = ("state", "kind", "object_class", "object_id", "attempts", "next_attempt", "last_error", "message_id")
SHOWN = (
    "message_id", "state", "kind", "connection_id", "object_class", "object_id", "event_id", "created", "attempts",
    "next_attempt", "finished", "last_error",
)  # fmt: skip
TRIED = ("number", "started", "milliseconds", "outcome", "status", "address", "error", "response")


@click.group()
def deliveries() -> None:
    """Look at messages that were sent or are to be sent; send them anew or cancel them."""


@deliveries.command("list")
@desk_options
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--connection", type=int, help="Only those of the connection with this number.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--format", "layout", type=click.Choice(["table", "json"]), default="table", show_default=True)
def list_(state: str | None, connection: int | None, limit: int, layout: str, **where: Any) -> None:
    """List deliveries, the newest first."""
    desk = open_desk(chosen(**where))
    criteria = {"state": state, "connection_id": connection}
    cls = desk.model.cls(redelivery.CLASS)
    query = queries.by_criteria(cls, {code: value for code, value in criteria.items() if value is not None})
    with desk.reading() as reader:
        rows, total = _rows(reader, query, LISTED, {}, limit)
    desk.store.close()
    if layout == "json":
        for row in rows:
            click.echo(json.dumps(dict(zip(("id", *LISTED), row, strict=True)), ensure_ascii=False))
        return
    sheet = Sheet("id", *LISTED)
    for row in rows:
        sheet.add_row(*(_text(value) for value in row))
    Console(soft_wrap=True).print(sheet)
    click.echo(f"{len(rows)} of {total}")


@deliveries.command()
@desk_options
@click.argument("number", type=int)
def show(number: int, **where: Any) -> None:
    """Show the delivery NUMBER with its attempts. Secrets are not shown."""
    desk = open_desk(chosen(**where))
    cls, tried = desk.model.cls(redelivery.CLASS), desk.model.cls("DeliveryAttempt")
    with desk.reading() as reader:
        rows, _ = _rows(reader, queries.by_id(cls), SHOWN, {"id": number})
        attempts, _ = _rows(reader, queries.pointing_to(tried, "delivery_id"), TRIED, {"owners": [number]})
    desk.store.close()
    if not rows:
        raise click.ClickException(f"There is no delivery {number}")
    for code, value in zip(("id", *SHOWN), rows[0], strict=True):
        click.echo(f"{code:14} {_text(value)}")
    for row in sorted(attempts):
        click.echo("")
        for code, value in zip(TRIED, row[1:], strict=True):
            click.echo(f"  {code:12} {_text(value)}")


@deliveries.command()
@desk_options
@click.argument("numbers", type=int, nargs=-1, required=True)
def redeliver(numbers: tuple[int, ...], **where: Any) -> None:
    """Send the deliveries NUMBERS again, under the same id."""
    _act(where, numbers, redelivery.redeliver, "will be sent again")


@deliveries.command()
@desk_options
@click.argument("numbers", type=int, nargs=-1, required=True)
def cancel(numbers: tuple[int, ...], **where: Any) -> None:
    """Cancel the deliveries NUMBERS that wait."""
    _act(where, numbers, redelivery.cancel, "cancelled")


@deliveries.command()
@desk_options
@click.argument("query")
@click.option("--yes", is_flag=True, help="Do not ask.")
def replay(query: str, yes: bool, **where: Any) -> None:
    """Send again all deliveries that an OQL query finds, such as "SELECT Delivery WHERE state = 'dead'"."""
    desk = open_desk(chosen(**where))
    try:
        resolved = language.query(query, desk.model)
    except OqlError as problem:
        raise click.ClickException(str(problem)) from problem
    if resolved.cls.name != redelivery.CLASS:
        raise click.ClickException(f"The query finds {resolved.cls.name}: it must find {redelivery.CLASS}")
    with desk.reading() as reader:
        keys = [key for key, _ in reader.keys(resolved, desk.arguments(SYSTEM, reader))]
    if not yes:
        click.confirm(f"Send {len(keys)} deliveries again?", abort=True)
    done = 0
    for start in range(0, len(keys), 500):
        again = partial(redelivery.redeliver, keys=keys[start : start + 500])
        done += len(desk.write(SYSTEM, again))
    desk.store.close()
    click.echo(f"{done} of {len(keys)} will be sent again")


def _act(
    where: dict[str, Any], numbers: Sequence[int], work: Callable[[Transaction, Sequence[int]], list[int]], done: str
) -> None:
    desk = open_desk(chosen(**where))
    changed = desk.write(SYSTEM, lambda tx: work(tx, numbers))
    desk.store.close()
    for number in changed:
        click.echo(f"{number} {done}")
    left = sorted(set(numbers) - set(changed))
    if left:
        listed = ", ".join(str(number) for number in left)
        raise click.ClickException(f"Left as they are: {listed} (see 'interdesk deliveries show')")


def _rows(
    reader: Reader, query: Query, codes: tuple[str, ...], args: Mapping[str, Any], limit: int = 0
) -> tuple[list[tuple[Any, ...]], int]:
    """The id and attributes of what a query finds, in the order of the class, and how many there are in all."""
    page = reader.page(query, codes, args, limit)
    (table,) = page.tables
    places = [table.positions[code][0] for code in codes]
    return [(row[0], *(row[place] for place in places)) for row in table.rows], page.total


def _text(value: Any) -> str:
    return "" if value is None else str(value)
