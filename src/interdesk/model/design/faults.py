"""Faults of a design: what is wrong, where, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. ``path`` names the node (``/itop_design/classes/class[Person]``); ``line`` 0 means the whole file."""

    file: str
    line: int
    path: str
    text: str
    cure: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        where = f"{self.path}: " if self.path else ""
        return f"{place}: {where}{self.text}. Cure: {self.cure}."


class Placed(Protocol):
    """Anything that knows where it was written."""

    file: str
    line: int

    @property
    def path(self) -> str: ...


class Findings:
    """Collects the faults, and the notes on what was kept without being understood."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.notes: list[str] = []

    def fault(self, place: Placed, text: str, cure: str) -> None:
        fault = Fault(place.file, place.line, place.path, text, cure)
        if fault not in self.faults:
            self.faults.append(fault)

    def note(self, place: Placed, text: str) -> None:
        self.notes.append(f"{place.file}:{place.line}: {place.path}: {text}")
