"""How large a query may be. They bound the time and the stack that reading, checking and compiling a query takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """``length`` in bytes; ``depth`` of parentheses, functions and lists within each other, and of the tree.

    A run of ANDs or of ORs counts as one level of depth, its terms are bound by ``terms``.
    ``queries`` is how deep sub-queries may lie within each other.
    """

    length: int = 65_536
    depth: int = 64
    terms: int = 1_000
    queries: int = 10
    joins: int = 40
    members: int = 100


DEFAULT = Limits()
