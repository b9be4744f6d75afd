"""Impact analyses that were made before, kept until one of the tables is written that they were read from.

Only what does not depend on who asks or when is kept, and only for those who see all of it. Whether a table was
written is told by a mark in the database, so that all processes know: decision 0010.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from interdesk.desk.actors import Actor
from interdesk.desk.neighbours import Neighbours
from interdesk.desk.nodes import Place
from interdesk.desk.pairing import Paired
from interdesk.errors import DesignError
from interdesk.model import Model
from interdesk.model.attributes import ExternalKey
from interdesk.oql import OqlError
from interdesk.store import Plan, Store

if TYPE_CHECKING:
    from interdesk.desk.desk import Desk
    from interdesk.desk.related import Related

VERSION = "relations"
# What an answer takes in memory is counted in objects: those that it has, itself, and its links.
ITSELF, LINKS = 4, 8  # as many objects; as many links are one object


class Question(NamedTuple):
    """What is asked of ``interdesk.desk.related.related``."""

    relation: str
    scope: tuple[Place, ...]
    down: bool
    depth: int
    redundancy: bool


@dataclass(slots=True)
class Grounds:
    """What an answer rests on. ``personal``: on who asked, or when, so that it is of no use to anybody else."""

    classes: set[str] = field(default_factory=set)  # that may be read
    steps: set[Paired] = field(default_factory=set)  # of which everything may be seen
    tables: set[str] = field(default_factory=set)
    personal: bool = False

    def rest_on(self, plan: Plan, *given: str) -> None:
        """A statement was run; the arguments ``given`` belong to the question."""
        statement = plan.statement
        self.tables |= statement.tables
        self.personal |= statement.uses_clock or not set(statement.arguments).issubset(given)

    def hold_for(self, actor: Actor, desk: Desk) -> bool:
        """True when the answer is also this actor's."""
        model, rights = desk.model, desk.rights
        return all(rights.allows(actor, "read", model.cls(name)) for name in self.classes) and all(
            desk.visible(actor, step.query) is step.query for step in self.steps
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer, and the mark of the tables when it was read. ``size``: as ``Graphs`` counts it, in objects."""

    version: str
    related: Related
    grounds: Grounds
    size: int


class Graphs:
    """Thread-safe. ``most`` is how large all kept answers are together, in objects: those used last stay."""

    def __init__(self, tables: frozenset[str], most: int) -> None:
        self._tables, self.most = tables, most
        self._kept: OrderedDict[Question, Kept] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def find(self, question: Question, version: str) -> Kept | None:
        """The answer to a question, if it was kept and nothing was written since."""
        with self._lock:
            kept = self._kept.get(question)
            if kept is None:
                return None
            if kept.version != version:
                self._drop(question)
                return None
            self._kept.move_to_end(question)
            return kept

    def keep(self, question: Question, version: str, related: Related, grounds: Grounds) -> None:
        """Keeps an answer that was read while the tables had the mark ``version``, where that may be done."""
        if grounds.personal or not version or not grounds.tables <= self._tables:
            return
        size = ITSELF + len(related.nodes) + sum(map(len, related.ends.values())) // LINKS
        if size > self.most:
            return
        related.nodes.complete()
        with self._lock:
            if question in self._kept:
                self._drop(question)
            while self._size + size > self.most:
                self._drop(next(iter(self._kept)))
            self._kept[question] = Kept(version, related, grounds, size)
            self._size += size

    def _drop(self, question: Question) -> None:
        self._size -= self._kept.pop(question).size


def watched(store: Store, neighbours: Neighbours) -> frozenset[str]:
    """The tables from which relations are read: those of their classes, and of all that these point to."""
    return frozenset(store.schema.table(root).name for root in _reached(store.model, _roots(neighbours)))


def tables_of(desk: Desk) -> frozenset[str]:
    """``watched`` of a desk's design. None of a design whose relations cannot be used: asking for them tells so."""
    try:
        return watched(desk.store, desk.neighbours)
    except (DesignError, OqlError):
        return frozenset()


def _roots(neighbours: Neighbours) -> set[str]:
    found = set()
    for way in neighbours:
        found |= {way.source.root, way.target.root}
        for step in (*way.down, *way.up):
            query = step.query
            found |= {query.source.cls.root, *(join.cls.root for join in query.joins)}
    return found


def _reached(model: Model, roots: Iterable[str]) -> set[str]:
    """Families, and those whose objects theirs name: friendly names and obsolescence may speak of them."""
    reached: set[str] = set()
    waiting = list(roots)
    while waiting:
        root = waiting.pop()
        if root not in reached:
            reached.add(root)
            attributes = (found for name in model.family(root) for found in model.cls(name).attributes.values())
            waiting += {
                model.cls(key.target_class).root
                for key in attributes
                if isinstance(key, ExternalKey) and key.target_class
            }
    return reached
