"""The walk through a graph that was read before: which objects it finds, in which order, and the edges between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Trail:
    """The numbers of what a walk found, in the order of finding.

    ``edges``: from what impacts to what it impacts, each pair once.
    """

    objects: dict[int, None]
    edges: dict[int, list[int]] = field(default_factory=dict)


def walk(scope: Iterable[int], neighbours: Mapping[int, list[int]], depth: int, down: bool) -> Trail:
    """Depth first, over objects by their numbers.

    Each object is left once, with as many hops to go as there were when it was first met. So an object that is first
    met at the end of a long way hides what a shorter way would have found behind it.
    Source: facts ``itop_rights_and_deletion.md`` 9.
    """
    trail = Trail(dict.fromkeys(scope))
    objects, edges = trail.objects, trail.edges
    path: list[tuple[int, Iterator[int]]] = []

    def leave(place: int) -> None:
        ends = neighbours[place]
        if len(ends) > 1:
            ends = list(dict.fromkeys(ends))
        path.append((place, iter(ends)))
        if down:
            edges[place] = ends

    for start in list(objects) if depth > 0 else ():
        if start in neighbours:
            leave(start)
        while path:
            place, ends = path[-1]
            for end in ends:
                if not down:
                    edges.setdefault(end, []).append(place)
                if end not in objects:
                    objects[end] = None
                    if len(path) < depth and end in neighbours:
                        leave(end)
                        break
            else:
                path.pop()
    return trail
