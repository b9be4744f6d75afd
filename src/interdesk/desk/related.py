"""Impact analysis: what a relation connects with some objects, read level by level for all objects of a level."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from interdesk.desk import queries
from interdesk.desk.actors import Actor
from interdesk.desk.neighbours import Way
from interdesk.desk.pairing import Single, Step
from interdesk.desk.reading import Reader
from interdesk.desk.redundancy import USER, Support, reached, rule_of
from interdesk.desk.walk import Levels, Place, Trail, walk
from interdesk.model import ObjectClass
from interdesk.model.attributes import ArchiveFlag, ObsolescenceFlag, RedundancySettings
from interdesk.oql.resolved import Binary, Field, Literal, Query, Select, Union

if TYPE_CHECKING:
    from interdesk.desk.desk import Desk

Row = tuple[int, int, str, str]  # start, end, final class and friendly name of the end


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
    trail = walk(scope, search.levels(scope, down, depth), depth, down)
    if redundancy and down:
        trail = reached(scope, trail, search.supports(trail))
    return Related(search.names(trail.objects), trail.edges())


class Search:
    """Finds neighbours for one actor in one relation.

    The number of statements never depends on that of objects, but for neighbours whose query wants a value where
    no column can stand.
    """

    def __init__(self, actor: Actor, reader: Reader, relation: str, desk: Desk) -> None:
        self.desk, self.actor, self.reader, self.relation = desk, actor, reader, relation
        self.neighbours, self.model = desk.neighbours, desk.model
        self.arguments = desk.arguments(actor, reader)
        self._names: dict[Place, str] = {}  # friendly names that came with the neighbours
        self._allowed: dict[str, bool] = {}

    def levels(self, scope: Sequence[Place], down: bool, depth: int) -> Levels:
        """The neighbours of everything within ``depth`` hops of the scope, by the shortest way."""
        found: Levels = {}
        level = list(dict.fromkeys(scope))
        met = set(level)
        for _ in range(depth):
            if not level:
                break
            found.update(self._level(level, down))
            ends = (end for place in level for _, places in found[place] for end in places)
            level = [end for end in dict.fromkeys(ends) if end not in met]
            met.update(level)
        return found

    def _level(self, level: Iterable[Place], down: bool) -> Levels:
        by_class: dict[str, list[Place]] = {}
        for place in level:
            by_class.setdefault(place[0], []).append(place)
        ways = {name: self.neighbours.ways(self.relation, name, down) for name in by_class}
        starts: dict[Way, list[Place]] = {}
        for name, places in by_class.items():
            for way in ways[name]:
                starts.setdefault(way, []).extend(places)
        ends = {way: self.ends(way, places, down) for way, places in starts.items()}
        return {
            place: [(way, ends[way][place]) for way in ways[name] if place in ends[way]]
            for name, places in by_class.items()
            for place in places
        }

    def ends(self, way: Way, starts: Sequence[Place], down: bool) -> dict[Place, list[Place]]:
        """Where a way leads from each of some objects, by id."""
        by_key = {place[1]: place for place in starts}
        found: dict[Place, dict[Place, None]] = {}
        for step in way.steps(down):
            for start, end, name, friendly in self._rows(step, list(by_key)):
                if self._readable(name):
                    place = name, end
                    self._names[place] = friendly
                    found.setdefault(by_key[start], {})[place] = None
        return {start: list(places) for start, places in found.items()}

    def _rows(self, step: Step, keys: list[int]) -> Iterable[Row]:
        """Ordered by the ids."""
        if not self._readable(step.query.cls.name):
            return ()
        query = self.desk.visible(self.actor, _lasting(step.query))
        if isinstance(step, Single):
            return self._one_by_one(step, query, keys)
        args = ChainMap({"given": keys}, self.arguments)  # type: ignore[arg-type]
        rows: list[Row] = []
        for member in query.members if isinstance(query, Union) else (query,):
            plan = self.reader.compiler.pairs(member, step.at)
            rows.extend(self.reader.session.fetch(plan, args))
        return rows

    def _one_by_one(self, step: Single, query: Query, keys: list[int]) -> Iterator[Row]:
        plan = self.reader.compiler.select(query, ("id", "finalclass", "friendlyname"), ordered=False)
        for key, values in self._values(step.given.cls, step.codes, keys):
            args = ChainMap({f"this->{code}": values[code] for code in step.codes}, self.arguments)  # type: ignore[arg-type]
            for end, name, friendly in self.reader.session.fetch(plan, args):
                yield key, end, name, friendly

    def _values(
        self, cls: ObjectClass, codes: tuple[str, ...], keys: list[int]
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Stored values of some objects, by attribute."""
        plan = self.reader.compiler.select(queries.by_ids(cls), ("id", *codes), ordered=False)
        (id_at, _), *places = plan.statement.layout
        for row in self.reader.session.fetch(plan, {"ids": keys}):
            yield row[id_at], {code: row[at] for code, (at, _) in zip(codes, places, strict=True)}

    def _readable(self, name: str) -> bool:
        if (known := self._allowed.get(name)) is None:
            known = self._allowed[name] = self.desk.rights.allows(self.actor, "read", self.model.cls(name))
        return known

    # -- redundancy

    def supports(self, trail: Trail) -> list[Support]:
        """What the objects that a trail leads to need of those before them: one entry for each way into an object."""
        wanted: dict[Way, dict[Place, RedundancySettings]] = {}
        for way, _, lower in trail.links:
            settings = self.neighbours.redundancy(way, lower[0])
            if settings is not None:
                wanted.setdefault(way, {})[lower] = settings
        found = []
        for way, settings_of in wanted.items():
            values = self._settings(settings_of)
            rules = {place: rule_of(attribute, values.get(place)) for place, attribute in settings_of.items()}
            enabled = [place for place, rule in rules.items() if rule is not None]
            above = self.ends(way, enabled, down=False) if enabled else {}
            for place in enabled:
                if (rule := rules[place]) is not None:
                    found.append(Support(way, place, rule, set(above.get(place, ()))))
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
            for key, values in self._values(self.model.cls(cls), (code,), list(by_key)):
                found[by_key[key]] = values[code]
        return found

    # -- names

    def names(self, places: Iterable[Place]) -> dict[Place, str]:
        """The friendly names, in the order given."""
        by_class: dict[str, list[int]] = {}
        found: dict[Place, str] = {}
        for place in places:
            known = self._names.get(place)
            found[place] = known or ""
            if known is None:
                by_class.setdefault(place[0], []).append(place[1])
        for name, keys in by_class.items():
            for key, values in self._values(self.model.cls(name), ("friendlyname",), keys):
                found[name, key] = values["friendlyname"]
        return found


def _lasting(query: Select) -> Select:
    """The query without objects that are obsolete or archived."""
    alias, where = query.selected[0], query.where
    for attribute in query.cls.attributes.values():
        if isinstance(attribute, (ObsolescenceFlag, ArchiveFlag)):
            test = Binary("=", Field(alias, attribute.code, attribute), Literal(0))
            where = test if where is None else Binary("AND", where, test)
    return replace(query, where=where)
