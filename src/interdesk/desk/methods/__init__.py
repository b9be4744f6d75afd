"""What the standard model does in PHP, written here in Python and bound by class and name.

``@method("UserRequest", "ResolveChildTickets")`` binds a function to a verb of the design. Three names are called by
the desk itself, for the class and each ancestor, from the root down:

* ``ComputeValues``: before the checks of every write, with ``(draft, tx)``; may set values of the draft;
* ``CheckToWrite``: with the checks; returns further issues;
* ``AfterWrite``: when the row is stored, with ``(draft, tx)``; writes other objects through ``tx.tasks`` only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from interdesk.model import ObjectClass

Method = Callable[..., Any]

COMPUTE = "ComputeValues"
CHECK = "CheckToWrite"
AFTER = "AfterWrite"

_METHODS: dict[tuple[str, str], Method] = {}


def method(cls: str, name: str) -> Callable[[Method], Method]:
    """Binds a function to a method of a class of the design. The last one bound wins."""

    def bind(function: Method) -> Method:
        _METHODS[cls, name] = function
        return function

    return bind


def methods_of(cls: ObjectClass, name: str) -> Iterable[Method]:
    """The functions bound to a name for the class and its ancestors, the root's first."""
    for owner in (*reversed(cls.ancestors), cls.name):
        if (found := _METHODS.get((owner, name))) is not None:
            yield found


def method_of(cls: ObjectClass, name: str) -> Method | None:
    """The function that a verb means for the class: its own, else that of its nearest ancestor."""
    for owner in (cls.name, *cls.ancestors):
        if (found := _METHODS.get((owner, name))) is not None:
            return found
    return None
