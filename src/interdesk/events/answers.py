"""What an answer means, and what an action wants done with it.

The text of an action is the name of a Python function, or lines that need no code:

    fail unless code == 0
    set remote_ticketid = objects.*.key

A function is bound to a name and found by ``$this->SetExternalID`` (for the object's class or an ancestor) or
``UserRequest::SetExternalID``:

    @processes("UserRequest", "SetExternalID")
    def keep_id(answered):
        answered.set("remote_ticketid", answered.document["objects"][0]["key"])

It runs in a transaction of its own that also marks the delivery as done: its effect happens once. Raising
``BusinessFailure`` makes the delivery fail, so that it is tried again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from interdesk.desk import Transaction
from interdesk.errors import NotFound
from interdesk.events.sender import Answer
from interdesk.model import ObjectClass

METHOD, SEPARATOR = "$this->", "::"
NOT_CALLABLE = "Process response callback is not callable ({0})"
ITOP = "ActioniTopWebhook"
LINE = re.compile(
    r"(?:set\s+(?P<code>\w+)\s*=\s*(?P<path>\S+)"
    r"|fail\s+(?P<sense>unless|if)\s+(?P<test>\S+)(?:\s*(?P<sign>==|!=)\s*(?P<value>.+))?)",
)
STEP = re.compile(r"\w+|\*|\"[^\"]*\"")
MOST_LINES = 50
SHORT = 200


class BusinessFailure(Exception):
    """The receiver answered, and did not do what it was asked."""


class Hopeless(BusinessFailure):
    """A failure that another try cannot mend."""


class BadInstruction(Exception):
    """The text of the action cannot be understood, or names a function that nobody bound."""


class Answered:
    """An answer for the object that caused the request; what is written goes into ``tx``."""

    def __init__(self, tx: Transaction, cls: ObjectClass, key: int, answer: Answer) -> None:
        self.tx, self.cls, self.key, self.answer = tx, cls, key, answer
        self.values: dict[str, Any] = {}

    @cached_property
    def document(self) -> Any:
        """The body as JSON. Raises BusinessFailure."""
        return decoded(self.answer)

    def set(self, code: str, value: Any) -> None:
        """Writes an attribute of the object, with all the others that are set, when the function has returned."""
        self.values[code] = value

    def write(self) -> None:
        """Raises Hopeless (the object is gone), and what ``Transaction.update`` raises."""
        if not self.values:
            return
        try:
            self.tx.update(self.cls.name, self.key, self.values)
        except NotFound as problem:
            raise Hopeless(f"{self.cls.name}::{self.key} is no longer there") from problem


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A request about an object that will not be delivered, with the last reason."""

    tx: Transaction
    key: int
    reason: str


Processing = Callable[[Answered], None]
Regret = Callable[[GivenUp], None]
_KNOWN: dict[tuple[str, str], Processing] = {}
_REGRETS: dict[str, Regret] = {}


def processes(cls: str, name: str) -> Callable[[Processing], Processing]:
    """Binds a function to the name. The last one bound wins."""

    def bind(function: Processing) -> Processing:
        _KNOWN[cls, name] = function
        return function

    return bind


def regrets(name: str) -> Callable[[Regret], Regret]:
    """Binds a function to a name that ``Rendered.given_up`` may have. It must bear being called twice."""

    def bind(function: Regret) -> Regret:
        _REGRETS[name] = function
        return function

    return bind


def regret(name: str) -> Regret | None:
    return _REGRETS.get(name)


def declared_names(text: str) -> list[str]:
    """What the ``set`` lines of an instruction without code set. Raises BadInstruction."""
    lines = [line.strip() for line in re.split(r"[\r\n;]+", text) if line.strip()]
    return [one.code for line in lines if isinstance(one := _step(line), _Set)]


def processing(text: str, cls: ObjectClass) -> Processing | None:
    """What an action's text means for objects of a class; None when it says nothing. Raises BadInstruction."""
    text = text.strip()
    if not text:
        return None
    if re.match(r"(set|fail)\s", text):
        return _declared(text)
    if text.startswith(METHOD):
        owners, method = (cls.name, *cls.ancestors), text[len(METHOD) :]
    else:
        owner, _, method = text.partition(SEPARATOR)
        owners = (owner,)
    found = next((_KNOWN[owner, method] for owner in owners if (owner, method) in _KNOWN), None)
    if found is None:
        raise BadInstruction(NOT_CALLABLE.format(text))
    return found


def failure_of(answer: Answer, action_class: str) -> str:
    """Why an answer is none of success, '' when it is one. An iTop says no by a ``code`` other than 0."""
    if not 200 <= answer.status < 300:
        return f"the receiver answered {answer.status}"
    if action_class != ITOP:
        return ""
    try:
        document = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, RecursionError):
        return ""
    code = document.get("code") if isinstance(document, dict) else None
    if code is None or code == 0 or code == "0":
        return ""
    return f"the receiver answered code {str(code)[:SHORT]}: {str(document.get('message') or '')[:SHORT]}"


def decoded(answer: Answer) -> Any:
    """Raises BusinessFailure."""
    if answer.cut:
        raise BusinessFailure("the answer is too large to be read")
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, RecursionError) as problem:
        raise BusinessFailure(f"the answer is no JSON: {answer.text[:SHORT]!r}") from problem


# -- the form without code


@dataclass(frozen=True, slots=True)
class _Set:
    code: str
    path: tuple[str, ...]

    def __call__(self, answered: Answered) -> None:
        found = at(answered.document, self.path)
        if found is None:
            raise BusinessFailure(f"the answer has nothing at {'.'.join(self.path)}")
        answered.set(self.code, found)


@dataclass(frozen=True, slots=True)
class _Fail:
    unless: bool
    path: tuple[str, ...]
    sign: str
    value: Any

    def __call__(self, answered: Answered) -> None:
        found = at(answered.document, self.path)
        true = _same(found, self.value) == (self.sign == "==") if self.sign else bool(found)
        if true != self.unless:
            shown = ".".join(self.path)
            raise BusinessFailure(f"{shown} of the answer is {_shown(found)}")


def _declared(text: str) -> Processing:
    """Raises BadInstruction."""
    lines = [line.strip() for line in re.split(r"[\r\n;]+", text) if line.strip()]
    if len(lines) > MOST_LINES:
        raise BadInstruction(f"There are more than {MOST_LINES} lines for the answer")
    steps = [_step(line) for line in lines]

    def run(answered: Answered) -> None:
        for step in sorted(steps, key=lambda step: isinstance(step, _Set)):  # nothing is set before all is well
            step(answered)

    return run


def _step(line: str) -> _Set | _Fail:
    found = LINE.fullmatch(line)
    if found is None:
        raise BadInstruction(
            f"Cannot understand {line[:SHORT]!r}: write 'set attribute = path' or 'fail unless path == value'"
        )
    if found["code"]:
        return _Set(found["code"], _path(found["path"]))
    return _Fail(found["sense"] == "unless", _path(found["test"]), found["sign"] or "", _value(found["value"] or ""))


def _path(text: str) -> tuple[str, ...]:
    steps = tuple(text.split("."))
    if not all(STEP.fullmatch(step) for step in steps):
        raise BadInstruction(f"{text[:SHORT]!r} is no path: write names with points between them, * for any member")
    return tuple(step.strip('"') for step in steps)


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text.strip())
    except msgspec.DecodeError:
        return text.strip().strip("'")


def _same(one: Any, other: Any) -> bool:
    """Numbers and their texts are the same: servers differ in that."""
    return bool(one == other) or (one is not None and not isinstance(one, (dict, list)) and str(one) == str(other))


def _shown(value: Any) -> str:
    return "not there" if value is None else repr(value)[:SHORT]


def at(document: Any, path: tuple[str, ...]) -> Any:
    """What lies at a path of names and places; ``*`` is the first member of an object or list. None: nothing."""
    for step in path:
        if isinstance(document, Mapping):
            document = next(iter(document.values()), None) if step == "*" else document.get(step)
        elif isinstance(document, list):
            place = 0 if step == "*" else int(step) if step.isdigit() else -1
            document = document[place] if 0 <= place < len(document) else None
        else:
            return None
    return document


@processes("Ticket", "SetExternalID")
def keep_id_of_partner(answered: Answered) -> None:
    """Seed 002: the ticket remembers the id of the one that the partner made for it."""
    document = answered.document
    code = at(document, ("code",))
    key = at(document, ("objects", "*", "key"))
    if code not in (0, None) or key is None:
        raise BusinessFailure(f"the partner made no ticket: {str(at(document, ('message',)) or '')[:SHORT]}")
    answered.set("remote_ticketid", key)
