"""The stop watches of a draft: which of them run follows from its state, their deadlines from its goals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk.desk import clocks
from interdesk.desk.drafts import Draft
from interdesk.desk.goals import Goals
from interdesk.desk.working_time import hours
from interdesk.model.attributes import StopWatch

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction


def settle(draft: Draft, tx: Transaction) -> None:
    """Starts and stops the watches as the draft's state says, and aims those that run.

    A goal is looked up only for a watch that was just started or reset, or when what the goal depends on changed:
    otherwise the deadline is what it was.
    """
    lifecycle = draft.cls.lifecycle
    if lifecycle is None:
        return
    watches = [attribute for attribute in draft.cls.attributes.values() if isinstance(attribute, StopWatch)]
    if not watches:
        return
    state = draft.values.get(lifecycle.attribute)
    goals = Goals(draft, tx)
    for watch in watches:
        value = draft.values[watch.code]
        working_time = hours(watch.working_time)
        if state not in watch.states:
            draft.values[watch.code] = clocks.stop(watch, value, draft.now, working_time)
            continue
        value = clocks.start(watch, value, draft.now)
        moved = draft.is_new or value != tuple(draft.before[watch.code])
        if watch.thresholds and (moved or goals.may_differ(watch)):
            value = clocks.aim(watch, value, goals.of(watch), draft.now, working_time)
        draft.values[watch.code] = value
