"""The dialect's errors: an envelope with a code and a Chinese text, as recorded. Source: facts ``bkitsm_api.md`` 2.

Calls that the original wraps answer every error of validation with the code 3900004 and the printed structure; calls
that it does not wrap answer what they did not expect with a code in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from interdesk.approvals.library import NoService
from interdesk.approvals.refusals import (
    BadFlow,
    BadForm,
    BadParameter,
    FlowRefusal,
    MissingFields,
    NotAnApprover,
    NotPossible,
)
from interdesk.approvals.services import BadReference, NameTaken
from interdesk.approvals.tickets import NoTicket
from interdesk.approvals.tickets_rules import AlreadyHandled

CREATE, OPERATE, PARAMETER, NO_TICKET = 3900003, 3900004, 3900005, 3900022
INSERT, NO_SERVICE, DELIVER, NOT_THERE = 3900035, 3900042, 3900046, 3900404
TEXTS = {
    CREATE: "提单失败",
    OPERATE: "单据操作失败",
    PARAMETER: "参数验证失败",
    NO_TICKET: "没有找到对应的单据",
    INSERT: "创建服务失败",
    NO_SERVICE: "服务未找到",
    DELIVER: "转派单异常",
    NOT_THERE: "查找对象不存在",
}
SERVER_ERROR, FORM_ERROR, NOT_ALLOWED = "SERVER_500_ERROR", "FORM_VALIDATE_ERROR", "METHOD_NOT_ALLOWED"
CHECK_PARAMETERS = "接口异常，请检查请求参数: "
REQUIRED = "该字段是必填项。"
BLANK = "该字段不能为空。"
MISSING_ON_NODE = "单据处理失败，缺少参数：{0}"
MISSING_ON_CREATE = "单据创建失败，缺少参数：{0}"


class ApiError(Exception):
    """``message`` is complete."""

    def __init__(self, code: int | str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message

    def body(self) -> dict[str, Any]:
        return {"result": False, "code": self.code, "data": None, "message": self.message}


class Unexpected(Exception):
    """What the original did not foresee: told in the way of the call, wrapped or not."""


def coded(code: int, detail: str = "") -> ApiError:
    return ApiError(code, f"{TEXTS[code]}: {detail}" if detail else TEXTS[code])


def detail(text: str, code: str = "invalid") -> str:
    return f"ErrorDetail(string={text!r}, code={code!r})"


def structure(errors: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    """The printed structure of errors by field: (text, code)."""
    parts = (f"{name!r}: [{', '.join(detail(*one) for one in found)}]" for name, found in errors.items())
    return f"{{{', '.join(parts)}}}"


def wrapped(text: str) -> ApiError:
    return ApiError(OPERATE, CHECK_PARAMETERS + text)


def invalid(errors: Mapping[str, Sequence[tuple[str, str]]]) -> ApiError:
    return wrapped(structure(errors))


def required(given: Mapping[str, Any], *names: str) -> None:
    """Raises ApiError when one of the parameters is not there."""
    missing = {name: [(REQUIRED, "required")] for name in names if given.get(name) is None}
    if missing:
        raise invalid(missing)


def refused(problem: FlowRefusal) -> ApiError:
    """The answer of a call about a ticket or node."""
    match problem:
        case NoTicket():
            return coded(NO_TICKET)
        case NotPossible():
            return wrapped(f"[{detail(problem.text)}]")
        case BadForm():
            return invalid({"fields": [(problem.text, "invalid")]})
        case MissingFields():
            return coded(PARAMETER, MISSING_ON_NODE.format(problem.keys))
        case BadParameter():
            return coded(PARAMETER, problem.text)
        case NotAnApprover():
            return coded(OPERATE, problem.text)
        case AlreadyHandled():
            return coded(DELIVER, f"{problem.text}已经处理过该节点")
        case NoService():
            return wrapped(f"{{'服务': {detail(problem.text)}}}")
        case NameTaken():
            return coded(INSERT, problem.text)
        case BadReference():
            return invalid({"params_error": [(problem.text, "invalid")]})
        case BadFlow():
            return invalid({"workflow": [(problem.text, "invalid")]})
    return wrapped(f"[{detail(problem.text)}]")


def refused_creation(problem: FlowRefusal) -> ApiError:
    """The answer of create_ticket."""
    match problem:
        case BadForm():
            return coded(CREATE, problem.text)
        case MissingFields():
            return coded(CREATE, MISSING_ON_CREATE.format(problem.keys))
        case NotPossible():
            return coded(CREATE, problem.text)
    return refused(problem)
