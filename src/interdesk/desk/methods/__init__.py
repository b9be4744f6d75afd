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

CALLED_BY_THE_DESK = frozenset({COMPUTE, CHECK, AFTER})

_METHODS: dict[tuple[str, str], tuple[Method, ...]] = {}


def method(cls: str, name: str) -> Callable[[Method], Method]:
    """Binds the decorated function: see ``bind``."""

    def decorate(function: Method) -> Method:
        bind(cls, name, function)
        return function

    return decorate


def bind(cls: str, name: str, function: Method) -> None:
    """Binds a function to a method of a class of the design.

    Of a verb the last function bound wins; those that the desk calls itself are all called, in the order of binding.
    """
    before = _METHODS.get((cls, name), ()) if name in CALLED_BY_THE_DESK else ()
    if function not in before:
        _METHODS[cls, name] = (*before, function)


def methods_of(cls: ObjectClass, name: str) -> Iterable[Method]:
    """The functions bound to a name for the class and its ancestors, the root's first."""
    for owner in (*reversed(cls.ancestors), cls.name):
        yield from _METHODS.get((owner, name), ())


def method_of(cls: ObjectClass, name: str) -> Method | None:
    """The function that a verb means for the class: its own, else that of its nearest ancestor."""
    for owner in (cls.name, *cls.ancestors):
        if found := _METHODS.get((owner, name)):
            return found[-1]
    return None
