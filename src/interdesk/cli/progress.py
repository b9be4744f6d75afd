"""A bar for long work, on the standard error; nothing where that is no terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yields what is told how much is done, of how much."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)

        def tell(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        yield tell


@contextmanager
def bytes_of(file: BinaryIO) -> Iterator[Callable[[int], None]]:
    """A bar for reading a file; yields what is told how many bytes more were read."""
    size, done = 0, 0
    with suppress(OSError, ValueError):
        size = os.fstat(file.fileno()).st_size
    with bar("bytes") as tell:

        def read(count: int) -> None:
            nonlocal done
            done += count
            tell(done, max(size, done))

        yield read
