"""What the neighbours of a design mean as queries: for many objects at once, down and up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from interdesk import oql
from interdesk.desk.pairing import GIVEN, Paired, Single, Step, paired, steps
from interdesk.desk.queries import ALIAS, field
from interdesk.errors import DesignError, UnknownAttribute
from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import Attribute, ExternalKey, LinkedSet, LinkedSetIndirect, RedundancySettings
from interdesk.model.relations import Neighbour
from interdesk.oql.resolved import Binary, Field, Join, Select, Source
from interdesk.store import Plan

LINK = "link"


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A neighbour of ``source``: how to find the objects of ``target`` from it, and back."""

    neighbour: Neighbour
    source: ObjectClass
    target: ObjectClass
    down: tuple[Step, ...]
    up: tuple[Step, ...]

    def steps(self, down: bool) -> tuple[Step, ...]:
        return self.down if down else self.up


class Neighbours:
    """The ways of all relations of a model, computed once. Raises DesignError, OqlError.

    ``relations``: those that lead anywhere. ``plans``: statements of steps for those who see everything; whoever runs
    a step first puts its plan there.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self.plans: dict[Paired, Plan] = {}
        self._ways: dict[tuple[str, str, str], Way] = {}
        for cls in model.classes.values():
            for found in cls.neighbours:
                if found.defined_in == cls.name and (way := _way(model, cls, found)) is not None:
                    self._ways[found.relation, found.defined_in, found.name] = way
        self._positions = {way: position for position, way in enumerate(self._ways.values())}
        self.relations = frozenset(relation for relation, _, _ in self._ways)
        self._known: dict[tuple[str, str, bool], tuple[Way, ...]] = {}
        self._settings: dict[tuple[Way, str], RedundancySettings | None] = {}

    def __iter__(self) -> Iterator[Way]:
        """All ways of all relations."""
        return iter(self._ways.values())

    def ways(self, relation: str, name: str, down: bool) -> tuple[Way, ...]:
        """The ways on from objects of a final class: those of the class itself first, then inherited ones."""
        if relation not in self.relations:
            return ()
        key = (relation, name, down)
        if (known := self._known.get(key)) is None:
            cls = self._model.cls(name)
            line = (name, *cls.ancestors)
            known = self._known[key] = self.in_order(
                self._down(relation, cls) if down else self._up(relation, line), down
            )
        return known

    def in_order(self, ways: Iterable[Way], down: bool) -> tuple[Way, ...]:
        """Ways on from objects of any classes, for each class those of its own first, then inherited ones."""

        def rank(way: Way) -> tuple[int, int]:
            start = way.source if down else way.target
            return -len(start.ancestors), self._positions[way]

        return tuple(sorted(ways, key=rank))

    def redundancy(self, way: Way, name: str) -> RedundancySettings | None:
        """The attribute of a class that says how many objects at the other end of a way must be up."""
        if (way, name) not in self._settings:
            self._settings[way, name] = _redundancy(way.neighbour, self._model.cls(name))
        return self._settings[way, name]

    def apart(self) -> Iterator[str]:
        """Tells of each query that needs a statement for each object."""
        for way in self._ways.values():
            for word, found in (("query_down", way.down), ("query_up", way.up)):
                if any(isinstance(step, Single) for step in found):
                    yield f"{_described(way.neighbour)}: {word} runs once for each object (:this in REGEXP or MATCHES)"

    def _down(self, relation: str, cls: ObjectClass) -> Iterator[Way]:
        for found in cls.neighbours:
            way = self._ways.get((relation, found.defined_in, found.name))
            if found.relation == relation and way is not None:
                yield way

    def _up(self, relation: str, line: tuple[str, ...]) -> Iterator[Way]:
        for way in self._ways.values():
            if way.neighbour.relation == relation and way.up and way.target.name in line:
                yield way


def _described(neighbour: Neighbour) -> str:
    return f"neighbour {neighbour.name} of {neighbour.defined_in} in relation {neighbour.relation}"


def _redundancy(neighbour: Neighbour, cls: ObjectClass) -> RedundancySettings | None:
    wanted = (neighbour.relation, neighbour.defined_in, neighbour.name)
    found = (attribute for attribute in cls.attributes.values() if isinstance(attribute, RedundancySettings))
    return next((one for one in found if (one.relation, one.from_class, one.neighbour) == wanted), None)


def _way(model: Model, cls: ObjectClass, neighbour: Neighbour) -> Way | None:
    """None for a neighbour that leads to no class. Raises DesignError, OqlError."""
    try:
        return _understood(model, cls, neighbour)
    except UnknownAttribute as problem:
        cure = f"ask :this only for attributes of {problem.cls}"
        raise DesignError([f"{_described(neighbour)}: {problem}. Cure: {cure}"]) from problem


def _understood(model: Model, cls: ObjectClass, neighbour: Neighbour) -> Way | None:
    if neighbour.attribute:
        attribute = cls.attribute(neighbour.attribute)
        down = up = None
        if isinstance(attribute, LinkedSet):
            down, up = _by_links(model, cls, attribute)
        elif isinstance(attribute, ExternalKey) and attribute.target_class:
            down, up = _by_key(model, cls, attribute)
        if down is None or up is None:
            return None
        back = (up,) if neighbour.direction == "both" else ()
        return Way(neighbour, cls, down.query.cls, (down,), back)
    if not neighbour.query_down:
        return None
    found = oql.query(neighbour.query_down, model)
    ups = neighbour.query_up if neighbour.direction == "both" else None
    above = tuple(steps(oql.query(ups, model), found.cls)) if ups else ()
    return Way(neighbour, cls, found.cls, tuple(steps(found, cls)), above)


def _by_key(model: Model, cls: ObjectClass, key: ExternalKey) -> tuple[Paired, Paired]:
    target = model.cls(key.target_class)
    return _paired(target, field(target, "id"), cls, key), _paired(cls, field(cls, key.code), target)


def _by_links(model: Model, cls: ObjectClass, link_set: LinkedSet) -> tuple[Paired, Paired]:
    linked = model.cls(link_set.linked_class)
    mine = field(linked, link_set.ext_key_to_me, LINK)
    if not isinstance(link_set, LinkedSetIndirect):
        down = _paired(linked, field(linked, link_set.ext_key_to_me), cls)
        return down, _paired(cls, field(cls, "id"), linked, mine.attribute)
    remote = field(linked, link_set.ext_key_to_remote, LINK)
    assert isinstance(remote.attribute, ExternalKey)
    target = model.cls(remote.attribute.target_class)
    return (
        _paired(target, mine, cls, join=Join(LINK, linked, remote, ALIAS)),
        _paired(cls, remote, target, join=Join(LINK, linked, mine, ALIAS)),
    )


def _paired(
    cls: ObjectClass, at: Field, given: ObjectClass, key: Attribute | None = None, join: Join | None = None
) -> Paired:
    """The objects of ``cls`` where ``at`` is the id of the given object, or its ``key``."""
    test = Binary("=", at, Field(GIVEN, key.code if key else "id", key))
    source = Source(GIVEN, given)
    return paired(Select((ALIAS,), Source(ALIAS, cls), (join,) if join else (), test), source)
