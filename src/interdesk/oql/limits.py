"""How large a query may be: bounds for the time and the stack that reading, checking and compiling it takes.

Terms, joins and sub-queries are bound by what SQLite runs, so that both databases take the same queries: a tree of
1,000 levels, 64 tables (a join along a tree needs two), and a parser that is 100 deep. The desk needs a level of
sub-queries for itself, when it narrows a query to what somebody may see.
"""

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
    terms: int = 950
    queries: int = 7
    joins: int = 30
    members: int = 100


DEFAULT = Limits()
