"""Thresholds of stop watches: those whose deadline has come are marked, act as the design says, and fire triggers.

Source: facts ``itop_rights_and_deletion.md`` 7, ``itop_events.md`` 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import structlog

from interdesk.desk import SYSTEM, Desk, Transaction, clocks, queries, verbs
from interdesk.desk.clock import as_text
from interdesk.desk.drafts import Draft
from interdesk.errors import InterdeskError, NotFound
from interdesk.events.observer import Observer
from interdesk.model import ObjectClass
from interdesk.model.attributes import StopWatch
from interdesk.model.lifecycle import Action, Param
from interdesk.oql.resolved import Binary, Call, Expr, Field, Literal
from interdesk.oql.resolved import Param as Argument

LOG = structlog.get_logger(__name__)
COMMENT = "Automatic - threshold triggered"
ORIGIN = "background"
AT_ONCE = 500  # objects of one class and threshold in one round; the next round takes the rest


def check(desk: Desk) -> int:
    """Acts on each threshold that was reached since; how many there were. An object that fails leaves the others be."""
    now = as_text(desk.clock())
    count = 0
    for cls, watch, percent in watched(desk):
        for key, final in _reached(desk, cls, watch, percent, now):
            try:
                work = partial(reach, name=final, key=key, watch=watch, percent=percent)
                count += desk.write(SYSTEM, work, comment=COMMENT, origin=ORIGIN)
            except InterdeskError as problem:
                LOG.warning("threshold failed", cls=final, key=key, watch=watch.code, reason=problem.message)
    return count


def watched(desk: Desk) -> Iterator[tuple[ObjectClass, StopWatch, int]]:
    """Each threshold of each stop watch, with the class that defines it."""
    for cls in desk.model.classes.values():
        for attribute in cls.attributes.values():
            if isinstance(attribute, StopWatch) and attribute.defined_in == cls.name:
                for percent in attribute.thresholds:
                    yield cls, attribute, percent


def _reached(desk: Desk, cls: ObjectClass, watch: StopWatch, percent: int, now: str) -> list[tuple[int, str]]:
    def item(name: str) -> Field:
        return Field(queries.ALIAS, watch.code, watch, name)

    where: Expr = Binary("<=", item(f"{percent}_deadline"), Argument("now"))
    where = Binary("AND", where, Binary("=", item(f"{percent}_triggered"), Literal(0)))
    where = Binary("AND", where, Binary("=", Call("ISNULL", (item("laststart"),)), Literal(0)))
    query = queries.and_where(queries.every(cls), where)
    with desk.reading() as reader:
        return reader.keys(query, {"now": now}, AT_ONCE)


def reach(tx: Transaction, name: str, key: int, watch: StopWatch, percent: int) -> int:
    """Marks one threshold of one object as triggered and does what follows; 0 when it is not so any more."""
    try:
        draft = tx.load(name, key)
    except NotFound:
        return 0
    place = list(watch.thresholds).index(percent)
    at = clocks.HEAD + place * clocks.COUNT
    value = list(draft.values[watch.code])
    deadline, triggered = value[at + clocks.DEADLINE], value[at + clocks.TRIGGERED]
    if triggered or deadline is None or deadline > tx.now or not clocks.running(value):
        return 0
    value[at + clocks.TRIGGERED] = 1
    draft.values[watch.code] = tuple(value)
    _act(draft, tx, watch, percent)
    tx.save(draft)
    for observer in tx.desk.observers:
        if isinstance(observer, Observer):
            observer.threshold_reached(tx, draft, watch.code, percent)
    return 1


def _act(draft: Draft, tx: Transaction, watch: StopWatch, percent: int) -> None:
    """Runs the actions of a threshold; one that refuses ends them, and the threshold counts as triggered."""
    call = verbs.Call(draft, tx, "")
    for action in watch.thresholds[percent].actions:
        params = tuple(Param("string", text) for text in action.params)
        if not verbs.run(Action(action.verb, params), call):
            return
