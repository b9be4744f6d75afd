"""Where a ticket stands in its flow. Plain data, kept as JSON; the engine never changes one that it was given."""

from __future__ import annotations

from typing import Any

import msgspec

CREATED, RUNNING, SUSPENDED = "CREATED", "RUNNING", "SUSPENDED"
FINISHED, TERMINATED, REVOKED = "FINISHED", "TERMINATED", "REVOKED"
ENDS = frozenset({FINISHED, TERMINATED, REVOKED})

RECEIVING, DISTRIBUTING = "RECEIVING", "DISTRIBUTING"
FAILED = "FAILED"  # an automatic node that waits for people
OPEN_STEPS = frozenset({RUNNING, RECEIVING, DISTRIBUTING, FAILED})


class Decision(msgspec.Struct):
    """What one person did at a node. ``result``: "true" or "false" of an approval, else ""."""

    person: str
    result: str = ""
    remark: str = ""
    at: str = ""


class Step(msgspec.Struct):
    """A node that was entered. ``processors`` are all who were asked, those who decided too.

    ``touched`` orders steps by their last change. ``row`` is the id of the object that shows the step; ``error`` tells
    why an automatic one failed, and ``delivery`` is the request that it waits for.
    """

    node: int
    status: str
    processors_type: str
    processors: list[str] = msgspec.field(default_factory=list)
    decisions: list[Decision] = msgspec.field(default_factory=list)
    result: str = ""
    touched: int = 0
    row: int = 0
    error: str = ""
    delivery: int = 0

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STEPS

    @property
    def deciders(self) -> list[str]:
        return [decision.person for decision in self.decisions]


class LogLine(msgspec.Struct):
    """``node`` 0: the line is about the ticket as a whole."""

    operator: str
    at: str
    message: str
    source: str
    node: int = 0


class State(msgspec.Struct):
    """``waiting``: joins that were reached and not passed; ``before``: the status that a suspension interrupted.

    ``chosen``: keys that the creator gave to processors of nodes; ``displays``: texts given with values.
    """

    creator: str
    status: str = CREATED
    before: str = ""
    steps: dict[int, Step] = msgspec.field(default_factory=dict)
    waiting: list[int] = msgspec.field(default_factory=list)
    ended: bool = False  # an END was reached
    values: dict[str, Any] = msgspec.field(default_factory=dict)
    outputs: dict[str, Any] = msgspec.field(default_factory=dict)
    facts: dict[str, Any] = msgspec.field(default_factory=dict)  # the ticket variables
    state_processors: dict[str, str] = msgspec.field(default_factory=dict)
    updated_by: list[str] = msgspec.field(default_factory=list)
    logs: list[LogLine] = msgspec.field(default_factory=list)
    clock: int = 0

    @property
    def is_over(self) -> bool:
        return self.status in ENDS

    @property
    def open_steps(self) -> list[Step]:
        return [step for step in self.steps.values() if step.is_open]


ENCODER = msgspec.json.Encoder()
DECODER = msgspec.json.Decoder(State)


def encoded(state: State) -> str:
    """The state as the JSON that a ticket keeps."""
    return ENCODER.encode(state).decode()


def decoded(text: str) -> State:
    """The state from ``encoded``'s JSON. Raises msgspec.DecodeError, msgspec.ValidationError."""
    return DECODER.decode(text)
