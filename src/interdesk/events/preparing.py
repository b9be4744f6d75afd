"""Callbacks that make the payload of a web hook: Python functions under the names that actions use.

    @prepares("UserRequest", "TransferPayload")
    def transfer(tx, cls, key, action):
        return json.dumps(...)

An action names it ``$this->TransferPayload`` (a method of the object's class or an ancestor) or
``UserRequest::TransferPayload``.
"""

from __future__ import annotations

from collections.abc import Callable

from interdesk.desk import Transaction
from interdesk.events.triggers import Action
from interdesk.model import ObjectClass

Preparation = Callable[[Transaction, ObjectClass, int, Action], str]

_KNOWN: dict[tuple[str, str], Preparation] = {}
METHOD, SEPARATOR = "$this->", "::"


def prepares(cls: str, name: str) -> Callable[[Preparation], Preparation]:
    """Binds a function to the name. The last one bound wins."""

    def bind(function: Preparation) -> Preparation:
        _KNOWN[cls, name] = function
        return function

    return bind


def preparation(name: str, cls: ObjectClass) -> Preparation | None:
    """The function that an action's text means for objects of a class, None when there is none."""
    name = name.strip()
    if name.startswith(METHOD):
        owners, method = (cls.name, *cls.ancestors), name[len(METHOD) :]
    else:
        owner, _, method = name.partition(SEPARATOR)
        owners = (owner,)
    return next((_KNOWN[owner, method] for owner in owners if (owner, method) in _KNOWN), None)
