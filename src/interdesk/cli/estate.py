"""What the workers of a server leave to those who come after them, in a file in memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from interdesk.cli.ports import Files, memory
from interdesk.model import Model
from interdesk.model.design import load
from interdesk.settings import Settings

Made = TypeVar("Made")
# The file of an estate begins with a byte that tells which of its halves holds. In each, the size comes first.
FIRST, SECOND, HEAD, HALVES = b"\0", b"\1", 8, (4_096, 1 << 28)


class Estate(msgspec.Struct, frozen=True):
    """What a successor needs to know of those before it."""

    settings: Settings
    files: Files
    lifeline: int  # a pipe whose other end the supervisor holds: it ends with it
    design: list[bytes]  # the files that the workers have read, which may have changed since
    operations: list[str]  # by their places on the board

    def model(self) -> Model:
        """That of the design as the workers have read it. Raises OSError, where too many files are open."""
        files = [memory("design") for _ in self.design]
        for number, content in zip(files, self.design, strict=True):
            os.pwrite(number, content, 0)
        try:
            return load([Path(f"/proc/self/fd/{number}") for number in files])
        finally:
            for number in files:
                os.close(number)

    @staticmethod
    def read(number: int) -> Estate:
        """From a file of which ``number`` is the descriptor, and into which ``write`` has written."""
        start = HALVES[os.pread(number, 1, 0) == SECOND]
        size = int.from_bytes(os.pread(number, HEAD, start))
        return msgspec.json.decode(os.pread(number, size, start + HEAD), type=Estate)

    def write(self, number: int) -> None:
        """Into a file. Whoever reads it meanwhile, or after this process was killed here, finds what was there.

        Raises OSError (no memory left).
        """
        second = os.pread(number, 1, 0) != SECOND
        content = msgspec.json.encode(self)
        os.pwrite(number, len(content).to_bytes(HEAD) + content, HALVES[second])
        os.pwrite(number, SECOND if second else FIRST, 0)


def steady(make: Callable[[], Made], read: Callable[[], list[bytes]]) -> tuple[Made, list[bytes]]:
    """What is made of files, and the files as they were then, though somebody writes them meanwhile."""
    while True:
        before = read()
        made = make()
        if before == read():
            return made, before
