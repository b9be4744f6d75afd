"""Functions that TASK nodes call. They are bound by name; extensions bind theirs with ``Extension.task``.

    @task("acme/make_folder")
    def make_folder(task: Task) -> dict[str, Any]:
        key = task.tx.create("Organization", {"name": task.inputs["name"]})
        return {"folder": key}

A function runs in the transaction that brought the flow to its node: what it writes is stored together with the
decision that led there, once, or not at all. So it works on the desk only; calling others is the business of WEBHOOK
nodes. When it raises, what it wrote is undone, and the node waits for somebody to try again or to pass over it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import structlog

from interdesk.approvals.rows import Row
from interdesk.desk import Transaction
from interdesk.errors import InterdeskError

LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """What a function gets. ``ticket``: the values of the flow's ticket; ``inputs``: as the node says, filled in;
    ``variables``: the forms, the outputs of nodes before, and the variables of the ticket."""

    tx: Transaction
    ticket: Row
    inputs: Mapping[str, Any]
    variables: Mapping[str, Any]
    step: int = 0  # the id of the node's object, by which ``Tickets.worked`` moves the flow on after ``LATER``


LATER: Mapping[str, Any] = MappingProxyType({})
"""Returned (this very object) by a function whose work ends after its transaction: the node stays at work."""


class TaskFailed(InterdeskError):
    """A function cannot do its work; the text is shown to those who look after the node."""

    code = "flow.task"


Function = Callable[[Task], Mapping[str, Any] | None]
_KNOWN: dict[str, Function] = {}


def task(name: str) -> Callable[[Function], Function]:
    """Binds a function to a name such as ``acme/make_folder``. The last one bound wins.

    It returns values for the output variables of its node, by their keys or codes.
    """

    def bind(function: Function) -> Function:
        _KNOWN[name] = function
        return function

    return bind


def known() -> list[str]:
    """The names of all functions."""
    return sorted(_KNOWN)


def call(name: str, given: Task) -> Mapping[str, Any]:
    """What a function returns. Raises TaskFailed, whatever happens in it; what it wrote is undone then."""
    function = _KNOWN.get(name)
    if function is None:
        raise TaskFailed(
            f"There is no function '{name}': is its extension loaded? There are: {', '.join(known()) or 'none'}"
        )
    mark = given.tx.tasks.mark()
    try:
        with given.tx.session.part():
            found = function(given)
        if found is None:
            return {}
        if not isinstance(found, Mapping):
            raise TaskFailed(f"The function '{name}' returned {type(found).__name__}, not values by name")
        return found
    except TaskFailed:
        given.tx.tasks.forget(mark)
        raise
    except InterdeskError as problem:
        given.tx.tasks.forget(mark)
        raise TaskFailed(problem.message) from problem
    except Exception as problem:  # somebody else's code
        LOG.exception("a function of a flow failed", function=name, ticket=given.ticket.get("ref"))
        given.tx.tasks.forget(mark)
        raise TaskFailed(f"{type(problem).__name__}: {problem}") from problem
