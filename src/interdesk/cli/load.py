"""``interdesk load``: creates and updates objects from a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, BinaryIO

import click

from interdesk.cli.batches import Batches
from interdesk.cli.options import chosen, desk_options
from interdesk.cli.progress import bytes_of
from interdesk.cli.rows import HEAD, Row, RowError, read_csv, read_json
from interdesk.desk import SYSTEM, Desk, Transaction, queries
from interdesk.dialects.itop.errors import RestError
from interdesk.dialects.itop.fields_in import Incoming
from interdesk.model import ObjectClass
from interdesk.model.attributes import Blob, CaseLog, ExternalField, ExternalKey, LinkedSet, TagSet
from interdesk.server import open_desk

ORIGIN = "csv-import.php"
SHAPED = (ExternalKey, LinkedSet, CaseLog, Blob, TagSet)  # attributes whose CSV value may be JSON


@click.command()
@desk_options
@click.argument("file", type=click.File("rb"))
@click.option("--format", "layout", type=click.Choice(["json", "csv"]), help="By the file's name if not given.")
@click.option("--class", "cls", help="The class of rows that name none.")
@click.option("--by", default="", help="Attributes that find an object, separated by commas, or id.")
@click.option("--create", is_flag=True, help="Look for nothing: every row is a new object.")
@click.option("--all-or-nothing", is_flag=True, help="Store nothing when a row cannot be stored.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@click.option("--comment", default="interdesk load", show_default=True, help="For the history.")
@click.pass_context
def load(
    context: click.Context,
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    file: BinaryIO,
    layout: str | None,
    cls: str | None,
    by: str,
    create: bool,
    all_or_nothing: bool,
    dry_run: bool,
    comment: str,
) -> None:
    """Create objects from FILE (JSON lines or CSV), or update those that are there already.

    An object is found by the reconciliation attributes of its class that a row has. Rows that cannot be stored are
    told, and the exit code is 1; the others are stored, unless --all-or-nothing.
    """
    layout = layout or ("csv" if file.name.lower().endswith(".csv") else "json")
    desk = open_desk(chosen(config, data, database, design))
    try:
        with bytes_of(file) as read:
            rows = (read_csv if layout == "csv" else read_json)(file, read)
            codes = tuple(code.strip() for code in by.split(",") if code.strip())
            loader = Loader(desk, cls, codes, create=create)
            batches = Batches(desk, loader.one, comment=comment, origin=ORIGIN)
            batches.run(rows, together=all_or_nothing or dry_run, keep=not dry_run)
    finally:
        desk.store.close()
    click.echo(batches.summary("created", "updated", "unchanged"))
    context.exit(1 if batches.outcomes["failed"] else 0)


class Loader:
    """What a row means to the desk."""

    def __init__(self, desk: Desk, cls: str | None, by: tuple[str, ...], *, create: bool) -> None:
        self._desk, self._cls, self._by, self._create = desk, cls, by, create

    def one(self, tx: Transaction, row: Row) -> str:
        """Stores a row: created, updated or unchanged. Raises what the desk raises, and RowError."""
        try:
            return self._one(tx, row)
        except RestError as problem:
            raise RowError(problem.message) from problem

    def _one(self, tx: Transaction, row: Row) -> str:
        name = row.get("class") or self._cls
        if not isinstance(name, str) or not name:
            raise RowError("the row names no class, and there is no --class")
        cls = self._desk.model.cls(name)
        given = {code: _shaped(cls, code, value) for code, value in row.items() if code not in HEAD}
        values = Incoming(self._desk, SYSTEM, tx.reader, tx).fields(cls, given)
        key = 0 if self._create else self._find(tx, cls, row, values)
        if not key:
            tx.create(name, values)
            return "created"
        return "updated" if tx.update(name, key, values) else "unchanged"

    def _find(self, tx: Transaction, cls: ObjectClass, row: Row, values: Mapping[str, Any]) -> int:
        """The id of the object that a row means, 0 when there is none yet."""
        if self._by == ("id",):
            return self._by_id(tx, cls, row)
        codes = self._by or tuple(code for code in cls.reconciliation if _given(cls, code, values))
        if not codes:
            raise RowError(
                f"the row has none of the attributes by which {cls.name} is found "
                f"({', '.join(cls.reconciliation) or 'there are none'}): name others with --by, or say --create"
            )
        criteria = {}
        for code in codes:
            if code not in values:
                raise RowError(f"the row has no {code}, by which objects are to be found")
            criteria[code] = cls.attribute(code).normalise(values[code])
        found = tx.find(queries.by_criteria(cls, criteria))
        if len(found) > 1:
            raise RowError(f"several objects of {cls.name} have this {', '.join(codes)}")
        return found[0][0] if found else 0

    def _by_id(self, tx: Transaction, cls: ObjectClass, row: Row) -> int:
        try:
            key = int(row["id"])
        except (KeyError, TypeError, ValueError):
            raise RowError("the row has no id that is a number") from None
        if tx.final_class(cls.name, key) is None:
            raise RowError(f"there is no {cls.name}::{key}")
        return key


def _given(cls: ObjectClass, code: str, values: Mapping[str, Any]) -> bool:
    return values.get(code) not in (None, "") and not isinstance(cls.attributes.get(code), ExternalField)


def _shaped(cls: ObjectClass, code: str, value: Any) -> Any:
    """A text that is JSON, for an attribute whose values are more than texts."""
    if isinstance(value, str) and value[:1] in "{[" and isinstance(cls.attributes.get(code), SHAPED):
        with suppress(ValueError):
            return json.loads(value)
    return value
