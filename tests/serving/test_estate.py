"""What workers leave to their successors: never a part of it, and never one thing instead of another."""

from __future__ import annotations

import os
from collections.abc import Iterator

import msgspec
import pytest

from interdesk.cli.estate import Estate, steady
from interdesk.cli.ports import Files, memory
from interdesk.settings import Settings
from interdesk.telemetry.board import Board, board_bytes

ESTATE = Estate(Settings(), Files(3, [], 4, 5), 6, [b"<itop_design/>"], ["other", "core/get"])


@pytest.fixture
def file() -> Iterator[int]:
    number = memory("estate")
    yield number
    os.close(number)


def test_the_last_one_holds(file: int) -> None:
    for design in ([b"long" * 100_000], [b"short"], [b"longer"], []):
        written = msgspec.structs.replace(ESTATE, design=design)
        written.write(file)
        assert Estate.read(file) == written


@pytest.mark.parametrize("last", [1, 2])
def test_whoever_ends_while_it_writes_leaves_what_was_there(
    file: int, last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ESTATE.write(file)
    write, writes = os.pwrite, list[int]()

    def ending(number: int, data: bytes, offset: int) -> int:
        writes.append(offset)
        if len(writes) < last:
            return write(number, data, offset)
        write(number, data[: len(data) // 2], offset)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "pwrite", ending)
    with pytest.raises(KeyboardInterrupt):
        msgspec.structs.replace(ESTATE, design=[b"another"]).write(file)
    assert Estate.read(file) == ESTATE


def test_the_files_are_those_of_the_model_though_they_change_meanwhile() -> None:
    found = iter([[b"old"], [b"new"], [b"new"], [b"new"]])
    models = iter(["half", "whole"])
    assert steady(lambda: next(models), lambda: next(found)) == ("whole", [b"new"])


def test_an_operation_keeps_its_place_when_others_come_before_it() -> None:
    number = memory("board", board_bytes(1))
    before, after = Board(1, number), Board(1, number)
    before.offer(["core/get", "flows"])
    before.answered("flows", 0, 0.1)
    after.offer(before.operations)
    after.offer(["core/get", "acme/new", "flows"])
    after.answered("acme/new", 0, 0.1)
    assert 'requests_total{operation="flows",code="0"} 1\n' in after.text()
    assert 'requests_total{operation="acme/new",code="0"} 1\n' in after.text()
    os.close(number)
