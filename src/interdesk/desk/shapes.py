"""How objects with certain fields are read: worked out once for each class and list of fields, then remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from interdesk.desk import queries
from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import (
    Attribute,
    Blob,
    CaseLog,
    Dashboard,
    ExternalField,
    LinkedSet,
    LinkedSetIndirect,
    ObsolescenceDate,
    OneWayPassword,
    Secret,
)
from interdesk.oql.resolved import Query
from interdesk.store import PRESENCE, Compiler, Plan

Narrow = Callable[[Query], Query]
MOST_SHAPES = 4_096  # callers choose their fields: then the memory starts anew
HEAD = ("id", "finalclass")  # every row starts with these


@dataclass(frozen=True, slots=True)
class Layout:
    """What of a list of fields lies in the row, and what beside it."""

    stored: tuple[str, ...]
    logs: tuple[CaseLog, ...]
    sets: tuple[LinkedSet, ...]
    blobs: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """What a plan selects: the head, the stored fields, and whether there is anything in each log and set."""
        return (*HEAD, *self.stored, *(PRESENCE + part.code for part in (*self.logs, *self.sets)))


@dataclass(frozen=True, slots=True)
class Shape:
    """``positions``: where each stored field lies in a row of the plan (start, width).

    ``owner`` is the place of the key to the owner in rows of members of a link set, else -1.
    """

    fields: tuple[str, ...]
    layout: Layout
    plan: Plan
    positions: Mapping[str, tuple[int, int]]
    owner: int = -1


class Shapes:
    """Shared by all readers of a desk."""

    def __init__(self, model: Model, compiler: Compiler) -> None:
        self._model, self._compiler = model, compiler
        self._known: dict[tuple[str, str, tuple[str, ...]], Shape] = {}
        self._layouts: dict[tuple[str, tuple[str, ...]], Layout] = {}

    def layout(self, cls: ObjectClass, fields: tuple[str, ...]) -> Layout:
        """Raises UnknownAttribute."""
        key = cls.name, fields
        if (found := self._layouts.get(key)) is None:
            found = layout_of(cls, fields)
            if len(self._layouts) >= MOST_SHAPES:
                self._layouts.clear()
            self._layouts[key] = found
        return found

    def by_id(self, cls: ObjectClass, fields: tuple[str, ...]) -> Shape:
        """Objects by the argument ``id``. Raises UnknownAttribute."""
        return self._known.get(("id", cls.name, fields)) or self._by_id(cls, fields)

    def whole(self, cls: ObjectClass) -> Shape:
        """All that is stored with an object, sealed secrets too, by the argument ``id``: for writing it again."""
        return self._known.get(("whole", cls.name, ())) or self._whole(cls)

    def by_ids(self, cls: ObjectClass, fields: tuple[str, ...]) -> Shape:
        """Objects by the argument ``ids``, in no order. Raises UnknownAttribute."""
        return self._known.get(("ids", cls.name, fields)) or self._by_ids(cls, fields)

    def members(self, link_set: LinkedSet, narrow: Narrow, *, alone: bool) -> Shape:
        """The members of a set for the argument ``owners``; ``alone``: for the argument ``owner``.

        n:n links come in no order.
        """
        linked, back = self._model.cls(link_set.linked_class), link_set.ext_key_to_me
        kind, find = ("member", queries.pointing_to_one) if alone else ("members", queries.pointing_to)
        query = find(linked, back)
        shape = self._known.get((kind, linked.name, (back,))) or self._members(kind, query, link_set)
        visible = narrow(query)
        if visible is query:
            return shape
        ordered = not isinstance(link_set, LinkedSetIndirect)
        return replace(shape, plan=self._compiler.select(visible, (*shape.layout.columns, back), ordered=ordered))

    def _by_id(self, cls: ObjectClass, fields: tuple[str, ...]) -> Shape:
        layout = self.layout(cls, fields)
        plan = self._compiler.select(queries.by_id(cls), layout.columns, ordered=False)
        return self._keep("id", cls.name, fields, Shape(fields, layout, plan, positions(plan, layout)))

    def _whole(self, cls: ObjectClass) -> Shape:
        layout = Layout(stored_fields(cls), (), (), ())
        plan = self._compiler.select(queries.by_id(cls), layout.columns, ordered=False)
        return self._keep("whole", cls.name, (), Shape(layout.stored, layout, plan, positions(plan, layout)))

    def _by_ids(self, cls: ObjectClass, fields: tuple[str, ...]) -> Shape:
        layout = self.layout(cls, fields)
        plan = self._compiler.select(queries.by_ids(cls), layout.columns, ordered=False)
        return self._keep("ids", cls.name, fields, Shape(fields, layout, plan, positions(plan, layout)))

    def _members(self, kind: str, query: Query, link_set: LinkedSet) -> Shape:
        linked, back = self._model.cls(link_set.linked_class), link_set.ext_key_to_me
        fields = member_fields(linked, link_set)
        layout = self.layout(linked, fields)
        ordered = not isinstance(link_set, LinkedSetIndirect)
        names = (*layout.columns, back)
        plan = self._compiler.select(query, names, ordered=ordered)
        owner = plan.statement.layout[-1][0]
        shape = Shape(fields, layout, plan, positions(plan, layout), owner)
        return self._keep(kind, linked.name, (back,), shape)

    def _keep(self, kind: str, cls: str, fields: tuple[str, ...], shape: Shape) -> Shape:
        if len(self._known) >= MOST_SHAPES:
            self._known.clear()
        self._known[kind, cls, fields] = shape
        return shape


def positions(plan: Plan, layout: Layout) -> Mapping[str, tuple[int, int]]:
    """Where the columns of a layout lie in the rows of a plan that selects them first."""
    return dict(zip(layout.columns, plan.statement.layout, strict=False))


def layout_of(cls: ObjectClass, fields: Sequence[str]) -> Layout:
    """Raises UnknownAttribute."""
    stored: list[str] = []
    logs: list[CaseLog] = []
    sets: list[LinkedSet] = []
    blobs: list[str] = []
    for code in dict.fromkeys(fields):
        attribute: Attribute | None = None if code in HEAD else cls.attribute(code)
        match attribute:
            case None:
                continue
            case CaseLog():
                logs.append(attribute)
                continue
            case LinkedSet():
                sets.append(attribute)
                continue
            case OneWayPassword() | Secret() | Dashboard():
                continue
            case Blob():
                blobs.append(code)
        stored.append(code)
    return Layout(tuple(stored), tuple(logs), tuple(sets), tuple(blobs))


def stored_fields(cls: ObjectClass) -> tuple[str, ...]:
    """The codes of all attributes that have columns and may be read back: all but one-way passwords."""
    return tuple(
        code
        for code, attribute in cls.attributes.items()
        if attribute.columns() and not isinstance(attribute, (OneWayPassword, ObsolescenceDate))
    )


def member_fields(linked: ObjectClass, link_set: LinkedSet) -> tuple[str, ...]:
    """The attributes that a member of a set shows: all but the key back to the owner and what hangs on that key."""
    back = link_set.ext_key_to_me
    return tuple(
        code
        for code, attribute in linked.attributes.items()
        if code != back and not (isinstance(attribute, ExternalField) and attribute.ext_key == back)
    )
