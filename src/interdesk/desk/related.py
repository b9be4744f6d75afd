"""Impact analysis: what a relation connects with some objects, read level by level for all objects of a level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from interdesk.desk.actors import Actor
from interdesk.desk.following import Following, Row
from interdesk.desk.graphs import VERSION, Grounds, Question
from interdesk.desk.neighbours import Way
from interdesk.desk.nodes import Nodes, Place
from interdesk.desk.reading import Reader
from interdesk.desk.redundancy import USER, Link, Support, reached, rule_of
from interdesk.desk.walk import Trail, walk
from interdesk.model.attributes import RedundancySettings
from interdesk.store import Ids

if TYPE_CHECKING:
    from interdesk.desk.desk import Desk

Level = dict[str, list[int]]  # the objects that are as many hops away, by final class


@dataclass(frozen=True, slots=True)
class Related:
    """A part of a graph: ``nodes`` may hold more than what was found.

    ``found``: the numbers of the objects, the scope first. ``ends``: from what impacts to what it impacts.
    ``shown``: what dialects have made of it, each under names of its own; it may be asked for again.
    """

    nodes: Nodes
    found: Sequence[int]
    ends: Mapping[int, Sequence[int]]
    shown: dict[tuple[str, ...], Any] = field(default_factory=dict)

    @property
    def objects(self) -> dict[Place, str]:
        """Friendly names, the scope first."""
        return {self.nodes.place(number): self.nodes.names[number] or "" for number in self.found}

    @property
    def edges(self) -> dict[Place, list[Place]]:
        """From what impacts to what it impacts."""
        place = self.nodes.place
        return {place(upper): [place(lower) for lower in lowers] for upper, lowers in self.ends.items()}


def related(desk: Desk, actor: Actor, reader: Reader, question: Question) -> Related:
    """The answer that was kept, where nothing has changed since and the actor sees all of it; a new one otherwise.

    None are kept of relations that nobody declares: their names are as many and as long as who asks likes.
    """
    graphs = desk.graphs
    keeping = graphs.most and reader.session.durable and question.relation in desk.neighbours.relations
    version = reader.session.version(VERSION) if keeping else ""
    kept = graphs.find(question, version) if version else None
    if kept is not None and kept.grounds.hold_for(actor, desk):
        return kept.related
    search = Search(actor, reader, question.relation, desk)
    found = searched(search, question)
    graphs.keep(question, version, found, search.grounds)
    return found


def searched(search: Search, question: Question) -> Related:
    """What the scope impacts (``down``), or what impacts it, over at most ``depth`` hops.

    Obsolete and archived objects, and those that the actor cannot see, are left out, but for those of the scope.
    ``redundancy``: going down, an object that still has enough support is not reached. A relation that nobody
    declares connects nothing.
    """
    _, scope, down, depth, redundancy = question
    starts = search.read(scope, down, depth)
    trail = walk(starts, search.neighbours, depth, down)
    if redundancy and down:
        links = search.links(trail)
        trail = reached(starts, trail, links, search.supports(links))
    search.name(starts)
    return Related(search.nodes, list(trail.objects), trail.edges)


@dataclass(frozen=True, slots=True)
class Starts:
    """Objects of one root from which ways lead: their ids, and all numbers of that root, by id."""

    numbers: Mapping[int, int]
    ids: Ids


class Search:
    """Finds the neighbours of objects for one actor in one relation.

    ``nodes``: all objects met. ``neighbours``: where the ways from an object lead, an end perhaps repeatedly.
    """

    def __init__(self, actor: Actor, reader: Reader, relation: str, desk: Desk) -> None:
        self.nodes = Nodes(desk.model)
        self.neighbours: dict[int, list[int]] = defaultdict(list)
        self._relation, self._ways, self._model = relation, desk.neighbours, desk.model
        self._following = Following(actor, reader, desk)
        self._found: list[tuple[Way, Starts, Sequence[Row]]] = []

    @property
    def grounds(self) -> Grounds:
        return self._following.grounds

    def read(self, scope: Sequence[Place], down: bool, depth: int) -> list[int]:
        """Finds the neighbours of everything within ``depth`` hops of the scope, by the shortest way.

        Returns the numbers of the scope.
        """
        starts = [self.nodes.add(place) for place in scope]
        left = 0
        for _ in range(depth):
            level = self.nodes.by_class(range(left, len(self.nodes)))
            if not level:
                break
            left = len(self.nodes)
            self._leave(level, down)
        return starts

    def _leave(self, level: Level, down: bool) -> None:
        """Finds the neighbours of the objects of a level, way by way."""
        nodes, neighbours = self.nodes, self.neighbours
        classes, ids, names = nodes.classes, nodes.ids, nodes.names
        for way, starts in self._starts(level, down).items():
            rows = self._rows(way, starts, down)
            self._found.append((way, starts, rows))
            above, below = starts.numbers, self._ends(way, down)
            for start, end, cls, name in rows:
                number = below.get(end)
                if number is None:
                    number = below[end] = len(ids)
                    classes.append(cls)
                    ids.append(end)
                    names.append(name)
                neighbours[above[start]].append(number)

    def _starts(self, level: Level, down: bool) -> dict[Way, Starts]:
        """From which objects of a level each way leads, the ways in the order in which objects are left by them."""
        classes: dict[Way, tuple[str, ...]] = {}
        for name in level:
            for way in self._ways.ways(self._relation, name, down):
                classes[way] = (*classes.get(way, ()), name)
        of = {names: self._of(chain.from_iterable(level[name] for name in names)) for names in set(classes.values())}
        return {way: of[classes[way]] for way in self._ways.in_order(classes, down)}

    def _of(self, objects: Iterable[int]) -> Starts:
        """Starts at some objects of one root."""
        found = list(objects)
        ids = self.nodes.ids
        root = self._model.cls(self.nodes.classes[found[0]]).root if found else ""
        return Starts(self.nodes.numbers(root), Ids([ids[number] for number in found]))

    def _ends(self, way: Way, down: bool) -> dict[int, int]:
        """The numbers of the objects that a way leads to, by id."""
        return self.nodes.numbers((way.target if down else way.source).root)

    def _rows(self, way: Way, starts: Starts, down: bool) -> Sequence[Row]:
        """Where a way leads."""
        found = [self._following.rows(step, starts.ids) for step in way.steps(down)]
        return found[0] if len(found) == 1 else list(chain.from_iterable(found))

    # -- redundancy

    def links(self, trail: Trail) -> list[Link]:
        """The edges of a walk down, in its order, with the ways that they are."""
        order = {upper: place for place, upper in enumerate(trail.edges)}
        found = [
            (way, upper, ends[end])
            for way, starts, rows in self._found
            for ends in [self._ends(way, down=True)]
            for start, end, _, _ in rows
            if (upper := starts.numbers[start]) in order
        ]
        return sorted(found, key=lambda link: order[link[1]])

    def supports(self, links: Iterable[Link]) -> list[Support]:
        """What the objects that links lead to need of those before them: one entry for each way into an object."""
        wanted: dict[Way, dict[int, RedundancySettings]] = {}
        for way, _, lower in links:
            settings = self._ways.redundancy(way, self.nodes.classes[lower])
            if settings is not None:
                wanted.setdefault(way, {})[lower] = settings
        found = []
        for way, settings_of in wanted.items():
            values = self._settings(settings_of)
            rules = {lower: rule_of(attribute, values.get(lower)) for lower, attribute in settings_of.items()}
            ruled = {lower: rule for lower, rule in rules.items() if rule is not None}
            above = self._above(way, ruled)
            found += [Support(way, lower, rule, above[lower]) for lower, rule in ruled.items()]
        return found

    def _above(self, way: Way, lowers: Iterable[int]) -> dict[int, set[int]]:
        """All objects from which a way leads to each of some objects."""
        starts = self._of(lowers)
        above: dict[int, set[int]] = defaultdict(set)
        for start, end, cls, _ in self._rows(way, starts, down=False) if starts.ids else ():
            above[starts.numbers[start]].add(self.nodes.add((cls, end)))
        return above

    def _settings(self, wanted: Mapping[int, RedundancySettings]) -> dict[int, str]:
        """The values of redundancy attributes that objects decide themselves."""
        groups: dict[tuple[str, str], list[int]] = {}
        for number, attribute in wanted.items():
            if USER in (attribute.enabled_mode, attribute.min_up_mode):
                groups.setdefault((attribute.defined_in, attribute.code), []).append(number)
        found: dict[int, str] = {}
        for (cls, code), objects in groups.items():
            starts = self._of(objects)
            for key, values in self._following.values(self._model.cls(cls), (code,), starts.ids):
                found[starts.numbers[key]] = values[code]
        return found

    # -- names

    def name(self, scope: Iterable[int]) -> None:
        """Finds the names of those objects of the scope that no way led to: the others brought theirs with them."""
        names = self.nodes.names
        nameless = self.nodes.by_class(number for number in scope if names[number] is None)
        for cls, objects in nameless.items():
            starts = self._of(objects)
            for key, values in self._following.values(self._model.cls(cls), ("friendlyname",), starts.ids):
                names[starts.numbers[key]] = values["friendlyname"]
