"""``interdesk dump``: writes the objects of a query to a file that ``interdesk load`` reads."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TextIO

import click

from interdesk import oql
from interdesk.cli.options import chosen, desk_options
from interdesk.cli.progress import bar
from interdesk.cli.rows import CsvWriter, JsonWriter, Row
from interdesk.desk import SYSTEM, Desk, queries
from interdesk.desk.reading import Reader, Table
from interdesk.dialects.itop.fields_out import Encoder
from interdesk.model import ObjectClass
from interdesk.model.attributes import (
    Attribute,
    CaseLog,
    Dashboard,
    ExternalField,
    ExternalKey,
    LinkedSet,
    ObjectKey,
    OneWayPassword,
    Secret,
    StopWatch,
)
from interdesk.oql.resolved import Query
from interdesk.server import open_desk

CHUNK = 500
LEFT_OUT = (LinkedSet, StopWatch, OneWayPassword, Secret, Dashboard)


@click.command()
@desk_options
@click.argument("query")
@click.option("--fields", default="", help="Attribute codes separated by commas; all that can be written if not given.")
@click.option("--format", "layout", type=click.Choice(["json", "csv"]), default="json", show_default=True)
@click.option("--keys", type=click.Choice(["ids", "names"]), default="ids", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False), help="A file; the standard output if not given.")
def dump(
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    query: str,
    fields: str,
    layout: str,
    keys: str,
    output: str | None,
) -> None:
    """Write the objects that an OQL QUERY finds, as JSON lines or CSV."""
    desk = open_desk(chosen(config, data, database, design))
    try:
        resolved = oql.query(query, desk.model)
        asked = tuple(code.strip() for code in fields.split(",") if code.strip())
        uniform = asked or codes_of(resolved.cls)
        # The columns of a CSV file are those of one class; a JSON line has what its object has.
        choose = codes_of if layout == "json" and not asked else _always(uniform)
        with _opened(output) as target, bar("objects") as tell, desk.reading() as reader:
            writer: CsvWriter | JsonWriter = CsvWriter(target, uniform) if layout == "csv" else JsonWriter(target)
            for row in Dump(desk, reader, choose, by_name=keys == "names").rows(resolved, tell):
                writer.write(row)
    finally:
        desk.store.close()


def _always(codes: tuple[str, ...]) -> Callable[[ObjectClass], tuple[str, ...]]:
    return lambda cls: codes


def _opened(output: str | None) -> AbstractContextManager[TextIO]:
    if output is None:
        return nullcontext(sys.stdout)
    return open(output, "w", encoding="utf-8", newline="")


def codes_of(cls: ObjectClass) -> tuple[str, ...]:
    """The attributes that a row has: all that can be written again, link sets and secrets left out."""
    return tuple(code for code, found in cls.attributes.items() if found.writable and not isinstance(found, LEFT_OUT))


class Dump:
    """Rows of one consistent state of a desk."""

    def __init__(
        self, desk: Desk, reader: Reader, choose: Callable[[ObjectClass], tuple[str, ...]], *, by_name: bool
    ) -> None:
        self._desk, self._reader, self._choose, self._by_name = desk, reader, choose, by_name
        self._encoder = Encoder(desk.model)

    def rows(self, query: Query, tell: Callable[[int, int], None]) -> Iterator[Row]:
        """In the order of the query. Raises UnknownAttribute, and what a query raises."""
        keys = [key for key, _ in self._reader.keys(query, self._desk.arguments(SYSTEM, self._reader))]
        for start in range(0, len(keys), CHUNK):
            chunk = keys[start : start + CHUNK]
            page = self._reader.mixed(queries.by_ids(query.cls), self._choose, {"ids": chunk})
            found = {key: row for table in page.tables for key, row in self._of_table(table)}
            yield from (found[key] for key in chunk if key in found)
            tell(start + len(chunk), len(keys))

    def _of_table(self, table: Table) -> Iterator[tuple[int, Row]]:
        names = {code: self._names(table, code) for code in table.fields} if self._by_name else {}
        for row, values in zip(table.rows, self._encoder.encoded(table), strict=True):
            made: Row = {"class": table.cls.name, "id": row[0]}
            for code, value in values.items():
                attribute = table.cls.attributes.get(code)
                if isinstance(attribute, CaseLog):
                    value = _log(table, code, row[0])
                elif (behind := names.get(code)) is not None:
                    value = behind.get(row[table.positions[code][0]], 0)
                made[code] = value
            yield row[0], made

    def _names(self, table: Table, code: str) -> dict[int, Any] | None:
        """What the objects behind a key are found by again: their reconciliation attributes, by id.

        None for an attribute that is no key.
        """
        attribute = table.cls.attributes.get(code)
        if not isinstance(attribute, ExternalKey) or isinstance(attribute, ObjectKey):
            return None
        place = table.positions[code][0]
        ids = sorted({row[place] for row in table.rows if row[place]})
        target = self._desk.model.cls(attribute.target_class)
        codes = tuple(found for found in target.reconciliation if _plain(target.attributes.get(found)))
        if not ids or not codes:
            return {key: str(key) for key in ids}
        (read,) = self._reader.page(queries.by_ids(target), codes, {"ids": ids}).tables
        values: Sequence[dict[str, Any]] = self._encoder.encoded(read)
        return {
            row[0]: {c: v for c, v in found.items() if v != ""} for row, found in zip(read.rows, values, strict=True)
        }


def _plain(attribute: Attribute | None) -> bool:
    return attribute is not None and not isinstance(attribute, (ExternalKey, ExternalField))


def _log(table: Table, code: str, key: int) -> Row:
    entries = table.logs.get(code, {}).get(key, ())
    return {
        "items": [
            {"date": one.date, "user_id": one.user, "user_login": one.author, "message": one.message,
             "format": one.format}
            for one in entries
        ]
    }  # fmt: skip
