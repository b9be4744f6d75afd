"""Errors as iTop words them: a code and a message. Source: facts ``itop_rest_quirks.md`` 3 and 20, scenario 02."""

from __future__ import annotations

from typing import Any

from interdesk.errors import (
    BadValue,
    DeskError,
    Forbidden,
    InterdeskError,
    MissingArgument,
    ReadOnly,
    Refused,
    StimulusRefused,
    TooManyGuesses,
    UnknownAttribute,
)
from interdesk.oql import OqlError

OK = 0
UNAUTHORIZED = 1
MISSING_VERSION = 2
MISSING_JSON = 3
INVALID_JSON = 4
UNSUPPORTED_VERSION = 10
UNKNOWN_OPERATION = 11
INVALID_PAGE = 13
INTERNAL_ERROR = 100

EXCEPTION_CLASSES = {
    "syntax": "OQLParserSyntaxErrorException",
    "unknown_class": "UnknownClassOqlException",
    "normalize": "OqlNormalizeException",
    "query": "OQLException",
}  # the others are a bare Exception


class RestError(Exception):
    """What ends a request early. ``refusal`` True: decided inside an operation, with ``objects`` and no prefix."""

    def __init__(self, code: int, message: str, *, refusal: bool = False, extra: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.refusal, self.extra = code, message, refusal, extra or {}

    def body(self) -> dict[str, Any]:
        if self.refusal:
            return {"code": self.code, "message": self.message, "objects": None, **self.extra}
        return {"code": self.code, "message": f"Error: {self.message}"}


def failed(message: str) -> RestError:
    return RestError(INTERNAL_ERROR, message)


def missing(name: str) -> RestError:
    return failed(f"Missing parameter '{name}'")


def forbidden(action: str, cls: str) -> RestError:
    message = f"The current user does not have enough permissions for {action} data of class {cls}"
    return RestError(UNAUTHORIZED, message, refusal=True)


def translated(problem: InterdeskError) -> RestError:
    """A desk error in iTop's words."""
    match problem:
        case Refused(issues=issues):
            texts = [issue.text for issue in issues]
            numbered = "; ".join(f"{number}=>{text}" for number, text in enumerate(texts))
            return failed(f"{', '.join(texts)}: issues = {{{numbered}}}, class = {problem.cls}, id = {problem.key}")
        case UnknownAttribute(attribute=code):
            return failed(f"{code}: Unknown attribute")
        case ReadOnly(cls=cls, attribute=code):
            return failed(f"{code}: Attempting to set the value on the read-only attribute {cls}::{code}")
        case BadValue():
            return failed(f"{problem.attribute}: {problem.reason}")
        case MissingArgument(name=name, available=available):
            return failed(f"Missing query argument: expecting = {name}, available = {{{', '.join(available)}}}")
        case StimulusRefused():
            return RestError(INTERNAL_ERROR, problem.message, refusal=True)
        case Forbidden() | TooManyGuesses():
            return RestError(UNAUTHORIZED, problem.message)
        case DeskError():
            return failed(problem.message)
    return failed(problem.message)


def query_failed(text: str, problem: OqlError) -> RestError:
    """A query given as a key that cannot be understood."""
    kind = EXCEPTION_CLASSES.get(problem.kind, "Exception")
    return failed(f"Query failed to execute: query = {text}, exception_class = {kind}, exception_message = {problem}")
