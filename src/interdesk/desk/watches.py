"""The stop watches of a draft: which of them run follows from its state, their deadlines from its goals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from interdesk.desk import clocks
from interdesk.desk.clocks import Value
from interdesk.desk.drafts import Draft
from interdesk.desk.goals import Goals, may_differ
from interdesk.model.attributes import StopWatch

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction


def settle(draft: Draft, tx: Transaction) -> None:
    """Starts and stops the watches as the draft's state says, and aims those that run."""
    lifecycle = draft.cls.lifecycle
    if lifecycle is None:
        return
    watches = [attribute for attribute in draft.cls.attributes.values() if isinstance(attribute, StopWatch)]
    if not watches:
        return
    state = draft.values.get(lifecycle.attribute)
    goals = Goals(draft.cls, draft.values, tx.reader, tx.desk.model)
    for watch in watches:
        before = None if draft.is_new else draft.before[watch.code]
        goal_differs = may_differ(draft, watch)
        draft.values[watch.code] = settled(
            watch, draft.values[watch.code], before, state, draft.now, goals, goal_differs
        )


def settled(
    watch: StopWatch,
    value: Sequence[Any],
    before: Sequence[Any] | None,
    state: str | None,
    now: str,
    goals: Goals,
    goal_differs: bool,
) -> Value:
    """The value of a watch in a state. ``before`` is what was stored, None for a new object.

    A goal is looked up only for a watch that was just started or reset, or when what the goal depends on changed:
    otherwise the deadline is what it was.
    """
    working_time = goals.hours(watch.working_time, watch)
    if state not in watch.states:
        return clocks.stop(watch, value, now, working_time)
    value = clocks.start(watch, value, now)
    moved = before is None or value != tuple(before)
    if watch.thresholds and (moved or goal_differs):
        return clocks.aim(watch, value, goals.of(watch), now, working_time)
    return value
