"""What automatic nodes do: they call a function of this desk, or send a request. Pure; read from a node's ``extras``.

``extras.task``::

    {"function": "acme/make_folder", "inputs": {"name": "$variables->title$"}}

``extras.webhook``, with the name of a web hook action of the desk or with all that it needs::

    {"action": "Tell the CMDB"}
    {"method": "POST", "url": "https://...", "headers": {"X-Env": "$variables->env$"}, "body": {"name": "..."},
     "answer": ["fail unless code == 0", "set host = data.host"], "attempts": 3}

Both may have ``"on_failure"``: ``"wait"`` (a processor of the node tries again or skips it; the default) or
``"continue"`` (the flow goes on, and lines ask the node's output variable with the code TASK_RESULT).
Values of the answer become output variables of the node; each must be among its ``variables.outputs``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from interdesk.approvals.refusals import BadFlow

Json = Mapping[str, Any]
TASK, WEBHOOK = "TASK", "WEBHOOK"
AUTOMATIC = frozenset({TASK, "TASK-SOPS", "TASK-DEVOPS", "BK-PLUGIN", WEBHOOK})
TASK_RESULT, TASK_MESSAGE = "TASK_RESULT", "TASK_MESSAGE"  # codes of output variables
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
ATTEMPTS, MOST_ATTEMPTS = 3, 100
WAIT, CONTINUE = "wait", "continue"
NOTHING_TO_DO = (
    "Node '{0}' is a {1}, and what it does there is not part of an export. Say what it does here: in its extras, "
    '"task": {{"function": "..."}} calls a function of an extension, "webhook": {{"url": "..."}} sends a request. '
    "Or make it a NORMAL node that people handle"
)


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """``inputs``: texts in it may hold placeholders."""

    function: str
    inputs: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """``action``: the name of an action of the desk, which then says where to and what. ``answer``: lines of
    instructions, as actions have them for their answers."""

    action: str = ""
    method: str = "POST"
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    answer: str = ""
    attempts: int = ATTEMPTS


@dataclass(frozen=True, slots=True)
class Work:
    """``goes_on``: a failure does not wait for people."""

    does: FunctionCall | Request
    goes_on: bool = False

    @property
    def described(self) -> str:
        if isinstance(self.does, FunctionCall):
            return self.does.function
        return self.does.action or f"{self.does.method} {self.does.url}"


def work_of(name: str, kind: str, extras: Any) -> Work:
    """What a node does. Raises BadFlow for one that says nothing, or something that cannot be done."""
    extras = extras if isinstance(extras, Mapping) else {}
    task, webhook = extras.get("task"), extras.get("webhook")
    if bool(task) == bool(webhook):
        raise BadFlow(NOTHING_TO_DO.format(name, kind))
    given = task or webhook
    if not isinstance(given, Mapping):
        raise _fault(name, "extras.task and extras.webhook are objects")
    wanted = given.get("on_failure", WAIT)
    if wanted not in (WAIT, CONTINUE):
        raise _fault(name, f"on_failure is '{WAIT}' or '{CONTINUE}', not {wanted!r}")
    return Work(_call(name, given) if task else _request(name, given), wanted == CONTINUE)


def _call(name: str, given: Json) -> FunctionCall:
    function, inputs = given.get("function"), given.get("inputs", {})
    _known(name, given, {"function", "inputs", "on_failure"})
    if not isinstance(function, str) or not function:
        raise _fault(name, "extras.task needs a function")
    if not isinstance(inputs, Mapping):
        raise _fault(name, "the inputs of a task are an object")
    return FunctionCall(function, inputs)


def _request(name: str, given: Json) -> Request:
    _known(name, given, {"action", "method", "url", "headers", "body", "answer", "attempts", "on_failure"})
    action, url, method = given.get("action", ""), given.get("url", ""), given.get("method", "POST")
    headers, answer, attempts = given.get("headers", {}), given.get("answer", ""), given.get("attempts", ATTEMPTS)
    if not isinstance(action, str) or not isinstance(url, str) or bool(action) == bool(url):
        raise _fault(name, "extras.webhook needs either an action of the desk or a url")
    if action and given.keys() & {"method", "headers", "body"}:
        raise _fault(name, "method, headers and body are those of the action")
    if not isinstance(method, str) or method.upper() not in METHODS:
        raise _fault(name, f"method is one of {', '.join(sorted(METHODS))}")
    if not isinstance(headers, Mapping) or not all(isinstance(one, str) for one in headers.values()):
        raise _fault(name, "headers are an object of texts")
    if isinstance(answer, list):
        answer = "\n".join(str(line) for line in answer)
    if not isinstance(answer, str):
        raise _fault(name, "answer is a list of lines")
    if not isinstance(attempts, int) or isinstance(attempts, bool) or not 1 <= attempts <= MOST_ATTEMPTS:
        raise _fault(name, f"attempts is a number from 1 to {MOST_ATTEMPTS}")
    return Request(action, method.upper(), url, dict(headers), given.get("body"), answer, attempts)


def _known(name: str, given: Json, names: set[str]) -> None:
    if unknown := sorted(given.keys() - names):
        raise _fault(name, f"{unknown[0]!r} is none of {', '.join(sorted(names))}")


def _fault(name: str, text: str) -> BadFlow:
    return BadFlow(f"Node '{name}': {text}")
