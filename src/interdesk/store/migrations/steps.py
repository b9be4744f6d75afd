"""The steps of a migration, from the harmless to those that lose data."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Kind(enum.Enum):
    """What a step means for the data that is there."""

    SAFE = "safe"
    VALUE = "gets a default"  # existing rows get the default of a column
    DESTRUCTIVE = "loses data"
    NOTICE = "notice"  # nothing is done; somebody should know


class Phase(enum.IntEnum):
    """Steps run in this order."""

    FUNCTIONS = 0
    DROP_INDEX = 1
    DROP_ROWS = 2
    DROP = 3
    CREATE = 4
    REWRITE = 5
    FILL = 6
    INDEX = 7
    TREE = 8


@dataclass(frozen=True, slots=True)
class Step:
    """``rows`` is how many rows it concerns; ``statements`` is SQL text, run in order."""

    kind: Kind
    phase: Phase
    text: str
    rows: int = 0
    statements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """``made_for`` is the fingerprint of the schema that the database has now; None for an empty database.

    ``grows``: the new schema is the old one with additions, so that processes of the old design may run on.
    """

    steps: tuple[Step, ...]
    made_for: str | None
    target: str
    grows: bool = False

    @property
    def needed(self) -> bool:
        """False when the database fits already."""
        return self.made_for != self.target or any(step.statements for step in self.steps)

    @property
    def destructive(self) -> tuple[Step, ...]:
        """The steps that lose data."""
        return tuple(step for step in self.steps if step.kind is Kind.DESTRUCTIVE)
