"""What a server process has cost so far (Linux: read from /proc)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time that the process and its descendants have used."""
    parents, ticks = _table()
    return sum(ticks.get(number, 0) for number in _below(pid, parents)) / TICKS_PER_SECOND


def descendants(pid: int) -> list[int]:
    """The process and all that it has started."""
    return sorted(_below(pid, _table()[0]))


@dataclass(frozen=True)
class Memory:
    """MiB that processes hold. ``resident`` counts what several of them share for each, ``proportional`` once."""

    resident: float
    proportional: float
    largest: float  # the resident memory of the largest process


def memory(pid: int) -> Memory:
    """Of the process and all that it has started."""
    found = [_rollup(number) for number in descendants(pid)]
    resident = [one["Rss"] / 1024 for one in found]
    return Memory(sum(resident), sum(one["Pss"] for one in found) / 1024, max(resident))


def _rollup(pid: int) -> dict[str, int]:
    """KiB by kind."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) for line in lines}


def _table() -> tuple[dict[int, int], dict[int, int]]:
    """Parent and processor time of each process."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue  # the process has ended meanwhile
        # The name stands in brackets and may hold blanks; the numbered fields of proc(5) go on behind it, from field 3.
        fields = text[text.rindex(")") + 2 :].split()
        number = int(stat.parent.name)
        parents[number] = int(fields[1])
        ticks[number] = int(fields[11]) + int(fields[12])
    return parents, ticks


def _below(pid: int, parents: dict[int, int]) -> set[int]:
    wanted = {pid}
    while more := {child for child, parent in parents.items() if parent in wanted} - wanted:
        wanted |= more
    return wanted
