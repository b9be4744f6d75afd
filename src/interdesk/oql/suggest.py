"""The nearest of several names, for "I would suggest to use ..."."""

from __future__ import annotations

from collections.abc import Iterable

FARTHEST = 3  # more edits than this is another name, not a slip


def nearest(word: str, candidates: Iterable[str]) -> str:
    """The candidate with the fewest edits from ``word``, the last one on a tie; ``''`` when none is near."""
    best, least = "", FARTHEST
    for candidate in candidates:
        if abs(len(candidate) - len(word)) <= least and (found := distance(word, candidate)) <= least:
            best, least = candidate, found
    return best


def distance(left: str, right: str) -> int:
    """Insertions, deletions and replacements (Levenshtein) that turn one text into the other."""
    row = list(range(len(right) + 1))
    for i, one in enumerate(left, 1):
        corner, row[0] = row[0], i
        for j, other in enumerate(right, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (one != other))
    return row[-1]
