"""The walk through a graph that was read before: which objects it finds, in which order, and the links between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from interdesk.desk.neighbours import Way

Place = tuple[str, int]  # final class and id of an object
Levels = dict[Place, list[tuple[Way, list[Place]]]]


Link = tuple[Way, Place, Place]  # the second impacts the third


@dataclass(slots=True)
class Trail:
    """What a walk found, in the order of finding."""

    objects: dict[Place, None] = field(default_factory=dict)
    links: dict[Link, None] = field(default_factory=dict)

    def edges(self) -> dict[Place, list[Place]]:
        """From what impacts to what it impacts, each pair once."""
        found: dict[Place, dict[Place, None]] = {}
        for _, upper, lower in self.links:
            found.setdefault(upper, {})[lower] = None
        return {upper: list(lowers) for upper, lowers in found.items()}


def walk(
    scope: Iterable[Place], neighbours: Mapping[Place, Sequence[tuple[Way, Sequence[Place]]]], depth: int, down: bool
) -> Trail:
    """Depth first. Each object is left once, with as many hops to go as there were when it was first met.

    So an object that is first met at the end of a long way hides what a shorter way would have found behind it.
    Source: facts ``itop_rights_and_deletion.md`` 9.
    """
    trail = Trail(dict.fromkeys(scope))

    def leave(place: Place) -> Iterator[Place]:
        for way, ends in neighbours.get(place, ()):
            for end in ends:
                trail.links[(way, place, end) if down else (way, end, place)] = None
                if end not in trail.objects:
                    trail.objects[end] = None
                    yield end

    for start in list(trail.objects):
        if depth <= 0:
            break
        path = [leave(start)]
        while path:
            met = next(path[-1], None)
            if met is None:
                path.pop()
            elif len(path) < depth:
                path.append(leave(met))
    return trail
