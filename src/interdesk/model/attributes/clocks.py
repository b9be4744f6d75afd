"""Stop watches and their items (deadline, passed, overrun ...)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from interdesk.model.attributes.base import Attribute, Column, ColumnKind, Compared

WATCH_ITEMS = ("timespent", "started", "laststart", "stopped")
THRESHOLD_ITEMS = ("deadline", "passed", "triggered", "overrun")


@dataclass(frozen=True, slots=True)
class ThresholdAction:
    """A verb run when the threshold is reached, with the design's parameters."""

    verb: str
    params: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    percent: int
    actions: tuple[ThresholdAction, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class StopWatch(Attribute):
    """Runs while the object is in one of ``states``; ``goal`` names what computes the time allowed.

    The stored value is the tuple of ``columns``: seconds spent, started, last start, stopped, then for each
    threshold its deadline, triggered (0/1) and overrun (seconds or None).
    """

    types = ("AttributeStopWatch",)
    compared = Compared.NUMBER
    states: tuple[str, ...] = ()
    goal: str = ""
    working_time: str = ""
    thresholds: Mapping[int, Threshold] = field(default_factory=dict)

    def columns(self) -> tuple[Column, ...]:
        return self._columns

    @cached_property
    def _columns(self) -> tuple[Column, ...]:
        columns = [
            Column("_timespent", ColumnKind.INTEGER, False, 0),
            Column("_started", ColumnKind.TEXT, True),
            Column("_laststart", ColumnKind.TEXT, True),
            Column("_stopped", ColumnKind.TEXT, True),
        ]
        for percent in self.thresholds:
            columns.append(Column(f"_{percent}_deadline", ColumnKind.TEXT, True))
            columns.append(Column(f"_{percent}_triggered", ColumnKind.INTEGER, False, 0))
            columns.append(Column(f"_{percent}_overrun", ColumnKind.INTEGER, True))
        return tuple(columns)

    def initial(self, now: str) -> tuple[Any, ...]:
        return self._initial

    @cached_property
    def _initial(self) -> tuple[Any, ...]:
        return tuple(column.default for column in self._columns)

    def items(self) -> dict[str, Compared]:
        """Item name (``timespent``, ``75_deadline`` ...) -> how OQL compares it."""
        found = dict.fromkeys(("started", "laststart", "stopped"), Compared.DATETIME)
        found["timespent"] = Compared.NUMBER
        for percent in self.thresholds:
            found[f"{percent}_deadline"] = Compared.DATETIME
            for item in ("passed", "triggered", "overrun"):
                found[f"{percent}_{item}"] = Compared.NUMBER
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class SubItem(Attribute):
    """One item of the stop watch ``watch`` under a name of its own."""

    types = ("AttributeSubItem",)
    writable: ClassVar[bool] = False
    watch: str
    item: str
