"""Rows of objects in files: JSON lines, and CSV with one column for each attribute.

A JSON line is ``{"class": "Person", "id": 12, "name": "Doe", ...}``; values have the form that ``core/create`` takes.
In CSV a value that is no text or number is written as JSON, and a column ``org_id->name`` says by which attributes the
object behind a key is found.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, TextIO

from interdesk.errors import InterdeskError

Row = dict[str, Any]
HEAD = ("class", "id")


class RowError(InterdeskError):
    """A line that is no row."""

    code = "row"


def read_json(source: BinaryIO, read: Callable[[int], None]) -> Iterator[tuple[int, Row | RowError]]:
    """(line number, row) of each line that is not empty; ``read`` hears how many bytes were read."""
    for number, line in enumerate(source, 1):
        read(len(line))
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as problem:
            yield number, RowError(f"this is no JSON: {problem}")
            continue
        yield number, row if isinstance(row, dict) else RowError("a JSON object is needed")


def read_csv(source: BinaryIO, read: Callable[[int], None]) -> Iterator[tuple[int, Row | RowError]]:
    """The same for CSV; the first line has the attributes. The number is that of a row's last line."""

    def lines() -> Iterator[str]:
        for line in source:
            read(len(line))
            yield line.decode("utf-8-sig")

    reader = csv.reader(lines(), strict=True)
    try:
        head = next(reader, None)
        for cells in reader:
            if not cells:
                continue
            if head is None or len(cells) != len(head):
                yield reader.line_num, RowError(f"there are {len(cells)} values for {len(head or ())} columns")
                continue
            yield reader.line_num, _nested(zip(head, cells, strict=True))
    except (csv.Error, UnicodeDecodeError) as problem:
        yield reader.line_num, RowError(f"this is no CSV: {problem}")


def _nested(cells: Iterable[tuple[str, str]]) -> Row:
    row: Row = {}
    for name, value in cells:
        code, arrow, inner = name.strip().partition("->")
        if not arrow:
            row[code] = value
        elif value != "":
            row.setdefault(code, {})[inner] = value
        else:
            row.setdefault(code, {})
    return {code: value if value != {} else 0 for code, value in row.items()}


class JsonWriter:
    """Writes one JSON object a line."""

    def __init__(self, target: TextIO) -> None:
        self._target = target

    def write(self, row: Row) -> None:
        self._target.write(json.dumps(row, ensure_ascii=False) + "\n")


class CsvWriter:
    """Writes a head line, then one line for each row."""

    def __init__(self, target: TextIO, codes: tuple[str, ...]) -> None:
        self._codes = (*HEAD, *codes)
        self._writer = csv.writer(target, lineterminator="\n")
        self._writer.writerow(self._codes)

    def write(self, row: Row) -> None:
        self._writer.writerow([_cell(row.get(code)) for code in self._codes])


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
