"""Impact analysis: what a relation connects with some objects, read level by level for all objects of a level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from interdesk.desk.actors import Actor
from interdesk.desk.following import Following, Row
from interdesk.desk.neighbours import Way
from interdesk.desk.reading import Reader
from interdesk.desk.redundancy import USER, Link, Support, reached, rule_of
from interdesk.desk.walk import Place, Trail, walk
from interdesk.model.attributes import RedundancySettings
from interdesk.store import Ids

if TYPE_CHECKING:
    from interdesk.desk.desk import Desk

Level = dict[str, list[Place]]  # the objects that are as many hops away, by final class


@dataclass(frozen=True, slots=True)
class Related:
    """``objects``: friendly names, the scope first. ``edges``: from what impacts to what it impacts."""

    objects: Mapping[Place, str]
    edges: Mapping[Place, Sequence[Place]]


def related(search: Search, scope: Sequence[Place], *, down: bool, depth: int, redundancy: bool) -> Related:
    """What ``scope`` impacts (``down``), or what impacts it, over at most ``depth`` hops.

    Obsolete and archived objects, and those that the actor cannot see, are left out, but for those of the scope.
    ``redundancy``: going down, an object that still has enough support is not reached. A relation that nobody
    declares connects nothing.
    """
    search.read(scope, down, depth)
    trail = walk(scope, search.neighbours, depth, down)
    if redundancy and down:
        links = search.links(trail)
        trail = reached(scope, trail, links, search.supports(links))
    return Related(search.names(trail.objects), trail.edges)


@dataclass(frozen=True, slots=True)
class Starts:
    """Objects of one root, by id, from which ways lead."""

    places: Mapping[int, Place]
    ids: Ids

    @classmethod
    def of(cls, places: Iterable[Place]) -> Starts:
        by_id = {place[1]: place for place in places}
        return cls(by_id, Ids(by_id))


class Search:
    """Finds the neighbours of objects for one actor in one relation.

    ``neighbours``: where the ways from an object lead, an end perhaps repeatedly.
    """

    def __init__(self, actor: Actor, reader: Reader, relation: str, desk: Desk) -> None:
        self.neighbours: dict[Place, list[Place]] = defaultdict(list)
        self._relation, self._ways, self._model = relation, desk.neighbours, desk.model
        self._following = Following(actor, reader, desk)
        self._scope: Sequence[Place] = ()
        self._met: dict[Place, str | None] = {}  # all objects found so far, with the names that came with them
        self._found: list[tuple[Way, Starts, Iterable[Row]]] = []

    def read(self, scope: Sequence[Place], down: bool, depth: int) -> None:
        """Finds the neighbours of everything within ``depth`` hops of the scope, by the shortest way."""
        self._scope, self._met = scope, dict.fromkeys(scope)
        left = 0
        for _ in range(depth):
            level = _by_class(islice(self._met, left, None))
            if not level:
                break
            left = len(self._met)
            self._leave(level, down)

    def _leave(self, level: Level, down: bool) -> None:
        """Finds the neighbours of the objects of a level, way by way."""
        met, neighbours = self._met, self.neighbours
        for way, starts in self._starts(level, down).items():
            rows = self._rows(way, starts, down)
            self._found.append((way, starts, rows))
            places = starts.places
            for start, end, name, friendly in rows:
                place = name, end
                met[place] = friendly
                neighbours[places[start]].append(place)

    def _starts(self, level: Level, down: bool) -> dict[Way, Starts]:
        """From which objects of a level each way leads, the ways in the order in which objects are left by them."""
        classes: dict[Way, tuple[str, ...]] = {}
        for name in level:
            for way in self._ways.ways(self._relation, name, down):
                classes[way] = (*classes.get(way, ()), name)
        of = {names: Starts.of(chain.from_iterable(level[name] for name in names)) for names in set(classes.values())}
        return {way: of[classes[way]] for way in self._ways.in_order(classes, down)}

    def _rows(self, way: Way, starts: Starts, down: bool) -> list[Row]:
        """Where a way leads."""
        return [row for step in way.steps(down) for row in self._following.rows(step, starts.ids)]

    # -- redundancy

    def links(self, trail: Trail) -> list[Link]:
        """The edges of a walk down, in its order, with the ways that they are."""
        order = {upper: place for place, upper in enumerate(trail.edges)}
        found = [
            (way, starts.places[start], (name, end))
            for way, starts, rows in self._found
            for start, end, name, _ in rows
            if starts.places[start] in order
        ]
        return sorted(found, key=lambda link: order[link[1]])

    def supports(self, links: Iterable[Link]) -> list[Support]:
        """What the objects that links lead to need of those before them: one entry for each way into an object."""
        wanted: dict[Way, dict[Place, RedundancySettings]] = {}
        for way, _, lower in links:
            settings = self._ways.redundancy(way, lower[0])
            if settings is not None:
                wanted.setdefault(way, {})[lower] = settings
        found = []
        for way, settings_of in wanted.items():
            values = self._settings(settings_of)
            rules = {place: rule_of(attribute, values.get(place)) for place, attribute in settings_of.items()}
            starts = Starts.of(place for place, rule in rules.items() if rule is not None)
            above: dict[int, set[Place]] = defaultdict(set)
            for start, end, name, _ in self._rows(way, starts, down=False) if starts.ids else ():
                above[start].add((name, end))
            for place in starts.places.values():
                if (rule := rules[place]) is not None:
                    found.append(Support(way, place, rule, above[place[1]]))
        return found

    def _settings(self, wanted: Mapping[Place, RedundancySettings]) -> dict[Place, str]:
        """The values of redundancy attributes that objects decide themselves."""
        groups: dict[tuple[str, str], list[Place]] = {}
        for place, attribute in wanted.items():
            if USER in (attribute.enabled_mode, attribute.min_up_mode):
                groups.setdefault((attribute.defined_in, attribute.code), []).append(place)
        found: dict[Place, str] = {}
        for (cls, code), places in groups.items():
            by_key = {place[1]: place for place in places}
            for key, values in self._following.values(self._model.cls(cls), (code,), list(by_key)):
                found[by_key[key]] = values[code]
        return found

    # -- names

    def names(self, places: Iterable[Place]) -> dict[Place, str]:
        """The friendly names, in the order given."""
        found = {place: self._met[place] or "" for place in places}
        nameless = _by_class(place for place in self._scope if self._met[place] is None)
        for cls, named in nameless.items():
            for key, values in self._following.values(
                self._model.cls(cls), ("friendlyname",), [key for _, key in named]
            ):
                found[cls, key] = values["friendlyname"] or ""
        return found


def _by_class(places: Iterable[Place]) -> Level:
    found: Level = {}
    for place in places:
        found.setdefault(place[0], []).append(place)
    return found
