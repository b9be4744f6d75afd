"""Verbs: what the actions of a transition do.

A verb is looked for among the methods of the draft's class and its ancestors, nearest first, then among the generic
verbs that every class has. A method gets ``(draft, tx, *parameters)``, a generic verb ``(call, *parameters)``.
Either may return False: then the whole stimulus is undone. A verb that nobody knows, or that cannot take the
parameters that the design gives, is logged once and counts as done.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from interdesk.desk.drafts import Draft
from interdesk.desk.methods import method_of
from interdesk.model.lifecycle import Action, Param

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction

log = structlog.get_logger()

Verb = Callable[..., bool | None]

STIMULUS = "sStimulusCode"  # the one thing that a parameter of kind ``reference`` is known to name

_GENERIC: dict[str, Verb] = {}
_TOLD: set[tuple[str, str]] = set()


@dataclass(frozen=True, slots=True)
class Call:
    """One action at work on a draft. ``depth`` counts the stimuli that led here, one from within the other."""

    draft: Draft
    tx: Transaction
    stimulus: str
    depth: int = 0

    def tell_once(self, event: str, verb: str, **more: Any) -> None:
        """A warning for whoever keeps the design, not repeated for each object."""
        if (event, verb) not in _TOLD:
            _TOLD.add((event, verb))
            log.warning(event, verb=verb, object_class=self.draft.cls.name, stimulus=self.stimulus, **more)


def generic(name: str) -> Callable[[Verb], Verb]:
    """Binds a function to a verb that every class has."""

    def bind(function: Verb) -> Verb:
        _GENERIC[name] = function
        return function

    return bind


def run(action: Action, call: Call) -> bool:
    """Runs one action. False when it refuses."""
    own = method_of(call.draft.cls, action.verb)
    shared = _GENERIC.get(action.verb)
    if own is None and shared is None:
        call.tell_once("unknown_verb", action.verb, effect="counts as done")
        return True
    parameters = _parameters(action, call)
    if own is not None:
        function, arguments = own, (call.draft, call.tx, *parameters)
    else:
        assert shared is not None
        function, arguments = shared, (call, *parameters)
    if not _takes(function, arguments):
        call.tell_once("verb_parameters", action.verb, parameters=parameters, effect="counts as done")
        return True
    return function(*arguments) is not False


def _parameters(action: Action, call: Call) -> tuple[Any, ...]:
    """The parameters of an action; without any declared, it receives the stimulus."""
    if action.params is None:
        return (call.stimulus,)
    return tuple(_native(param, call) for param in action.params)


def _native(param: Param, call: Call) -> Any:
    match param.kind:
        case "int":
            return _number(param.value, int)
        case "float":
            return _number(param.value, float)
        case "bool":
            return param.value.strip().lower() in ("1", "true", "yes")
        case "reference" if param.value.lstrip("$") == STIMULUS:
            return call.stimulus
    return param.value


def _number(text: str, kind: type[int] | type[float]) -> int | float | str:
    try:
        return kind(text)
    except ValueError:
        return text


def _takes(function: Verb, arguments: tuple[Any, ...]) -> bool:
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        return False
    return True
