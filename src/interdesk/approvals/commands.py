"""What can be asked of a flow, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """``now`` is the moment as tickets show it; ``source`` is WEB, API, MOBILE or SYS."""

    operator: str
    now: str = ""
    source: str = "API"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin(Command):
    """The form of the submit node was filled in, and checked."""

    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCommand(Command):
    """``node`` is the id of a node of the flow that is open."""

    node: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit(NodeCommand):
    """A person handles a node with its form."""

    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(NodeCommand):
    """The operator takes the node for himself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribute(NodeCommand):
    """The operator says who is to handle the node: ``processors`` are read as ``processors_type`` says."""

    processors_type: str = "PERSON"
    processors: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver(NodeCommand):
    """The operator hands the node over to others, with a reason."""

    processors_type: str = "PERSON"
    processors: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminateNode(NodeCommand):
    """The operator ends the ticket at this node, with a reason."""

    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(NodeCommand):
    """An automatic node did its work. ``values``: what came of it, by key or code of its output variables."""

    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(NodeCommand):
    """An automatic node could not do its work."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry(NodeCommand):
    """A person lets a failed automatic node try again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip(NodeCommand):
    """A person passes over a failed automatic node, and may say what should have come of it."""

    values: Values = field(default_factory=dict)
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend(Command):
    """The operator stops a running ticket for a while, with a reason."""

    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(Command):
    """The operator lets a suspended ticket go on."""

    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Command):
    """The creator takes the ticket back, as far as the rule of its service lets him."""

    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminate(Command):
    """The operator ends the whole ticket, with a reason."""

    message: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """A node waits for people."""

    node: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A node has other people, another status or one more decision."""

    node: int


@dataclass(frozen=True, slots=True)
class Left:
    """A node was handled."""

    node: int


@dataclass(frozen=True, slots=True)
class Due:
    """An automatic node is to do its work now: ``Done`` or ``Failed`` must follow."""

    node: int


@dataclass(frozen=True, slots=True)
class Took:
    """The flow went along a line."""

    line: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The ticket is over."""

    status: str
    approved: bool


Effect = Entered | Changed | Left | Due | Took | Ended
