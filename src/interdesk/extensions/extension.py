"""One extension: its name, and what it adds. Making one changes nothing; the server takes it over at start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from interdesk.approvals.tasks import Function
from interdesk.desk.methods import Method
from interdesk.dialects.itop.operations import Operation
from interdesk.errors import InterdeskError


@dataclass(frozen=True, slots=True)
class ExtensionFault:
    """What is wrong with one extension; ``extension`` is its name, or where it was looked for."""

    extension: str
    text: str

    def __str__(self) -> str:
        return f"extension {self.extension}: {self.text}"


class ExtensionError(InterdeskError):
    """Extensions have faults; ``faults`` has all of them."""

    code = "extension"

    def __init__(self, faults: Sequence[ExtensionFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in faults))


@dataclass(frozen=True, slots=True)
class Offered:
    """An operation of the REST interface, as ``list_operations`` shows it."""

    name: str
    description: str
    run: Operation


@dataclass(frozen=True, slots=True)
class Bound:
    """A function for a method of a class."""

    cls: str
    name: str
    function: Method


class Extension:
    """What an extension adds. ``name`` is shown by ``list_operations``; ``designs`` are files of the design language.

    The files are merged after the bundled design, and before those of the setting ``design``.
    """

    def __init__(self, name: str, *, designs: Sequence[Path] = ()) -> None:
        self.name = name
        self.designs = tuple(Path(path) for path in designs)
        self.operations: list[Offered] = []
        self.methods: list[Bound] = []
        self.tasks: dict[str, Function] = {}

    def operation(self, name: str, description: str) -> Callable[[Operation], Operation]:
        """Offers a function as an operation of the REST interface, under a name such as ``acme/open_tickets``.

        The function gets the request (``Call``) and returns the body of the answer. It may raise RestError and
        whatever the desk raises: the client gets the text, and what the function wrote in a transaction is undone.
        Rights are its own business: ``Call.require``, and ``objects`` and ``rows``, which show what the caller may see.
        """

        def offer(function: Operation) -> Operation:
            self.operations.append(Offered(name, description, function))
            return function

        return offer

    def task(self, name: str) -> Callable[[Function], Function]:
        """Offers a function to the TASK nodes of flows, under a name such as ``acme/make_folder``.

        It gets a ``Task`` and returns values for the node's output variables; see ``interdesk.approvals.tasks``.
        """

        def offer(function: Function) -> Function:
            self.tasks[name] = function
            return function

        return offer

    def method(self, cls: str, name: str) -> Callable[[Method], Method]:
        """Binds a function to a method of a class and of those below it.

        ``name`` is a verb of the design's transitions: the function gets ``(draft, tx, *parameters)`` and may return
        False to refuse the stimulus. Or it is COMPUTE, CHECK or AFTER: then it is called at every write, beside what
        the standard model does there; see ``interdesk.desk.methods``.
        """

        def bind(function: Method) -> Method:
            self.methods.append(Bound(cls, name, function))
            return function

        return bind
