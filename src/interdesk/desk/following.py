"""Following ways: the statements of their steps, run for one actor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from interdesk.desk import queries
from interdesk.desk.actors import Actor
from interdesk.desk.graphs import Grounds
from interdesk.desk.pairing import Paired, Single, Step
from interdesk.desk.reading import Reader
from interdesk.model import ObjectClass
from interdesk.oql.resolved import Query, Select
from interdesk.store import Plan, overlaid

if TYPE_CHECKING:
    from interdesk.desk.desk import Desk

Row = tuple[int, int, str, str]  # start, end, final class and friendly name of the end


class Following:
    """Runs steps for one actor, who gets only what he may read and see.

    The number of statements never depends on that of objects, but for queries that want a value where no column
    can stand. ``grounds`` tells what the rows found so far rest on.
    """

    def __init__(self, actor: Actor, reader: Reader, desk: Desk) -> None:
        self._actor, self._reader, self._desk = actor, reader, desk
        self._arguments = desk.arguments(actor, reader)
        self._plans: dict[Step, Plan] = {}
        self._allowed: dict[str, bool] = {}
        self._unread: dict[str, frozenset[str]] = {}
        self.grounds = Grounds()

    def rows(self, step: Step, keys: Sequence[int]) -> Sequence[Row]:
        """Where a step leads from objects given by their ids, in the order of the ids, at each by those of the ends."""
        if not self._readable(step.query.cls.name):
            return ()
        if isinstance(step, Single):
            self.grounds.personal = True
            rows = list(self._one_by_one(step, keys))
        else:
            args = overlaid({"given": keys}, self._arguments)
            rows = self._reader.session.fetch(self._plan(step), args)
        if hidden := self._hidden(step.query.cls):
            rows = [row for row in rows if row[2] not in hidden]
        rows.sort()  # here rather than there: they come almost sorted, which a database does not know
        return rows

    def values(
        self, cls: ObjectClass, codes: tuple[str, ...], keys: Sequence[int]
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Stored values of some objects, by attribute."""
        plan = self._reader.compiler.select(queries.by_ids(cls), ("id", *codes), ordered=False)
        self.grounds.rest_on(plan, "ids")
        (id_at, _), *places = plan.statement.layout
        for row in self._reader.session.fetch(plan, {"ids": keys}):
            yield row[id_at], {code: row[at] for code, (at, _) in zip(codes, places, strict=True)}

    def _one_by_one(self, step: Single, keys: Sequence[int]) -> Iterator[Row]:
        query = self._desk.visible(self._actor, step.query)
        plan = self._reader.compiler.select(query, ("id", "finalclass", "friendlyname"), ordered=False)
        for key, values in self.values(step.given.cls, step.codes, keys):
            args = overlaid({f"this->{code}": values[code] for code in step.codes}, self._arguments)
            for end, name, friendly in self._reader.session.fetch(plan, args):
                yield key, end, name, friendly

    def _plan(self, step: Paired) -> Plan:
        """The statement of a step; what it is for those who see everything is kept for all of them."""
        if (plan := self._plans.get(step)) is None:
            query = self._desk.visible(self._actor, step.query)
            self.grounds.personal |= query is not step.query
            self.grounds.steps.add(step)
            kept = self._desk.neighbours.plans
            plan = kept.get(step) if query is step.query else None
            if plan is None:
                plan = self._compiled(query, step)
                if query is step.query:
                    kept[step] = plan
            self._plans[step] = plan
            self.grounds.rest_on(plan, "given")
        return plan

    def _compiled(self, query: Query, step: Paired) -> Plan:
        assert isinstance(query, Select)  # a narrowed one stays what it is
        return self._reader.compiler.pairs(query, step.at)

    def _hidden(self, cls: ObjectClass) -> frozenset[str]:
        """The final classes below one that the actor may not read."""
        if (known := self._unread.get(cls.name)) is None:
            names = (name for name in self._desk.model.concrete(cls.name) if not self._readable(name))
            known = self._unread[cls.name] = frozenset(names)
        return known

    def _readable(self, name: str) -> bool:
        if (known := self._allowed.get(name)) is None:
            cls = self._desk.model.cls(name)
            known = self._allowed[name] = self._desk.rights.allows(self._actor, "read", cls)
            self.grounds.classes.add(name)
            self.grounds.personal |= not known
        return known
