"""Relations between objects (impact analysis), as neighbours of a class."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One way of a relation: through ``attribute``, or through OQL ``query_down``/``query_up`` with ``:this``."""

    relation: str
    name: str
    defined_in: str
    attribute: str | None = None
    query_down: str | None = None
    query_up: str | None = None
    direction: str = "both"  # both | down
