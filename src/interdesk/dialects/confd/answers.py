"""Answers, links and refusals in the shapes of confd. Source: facts ``xivo_confd_api.md`` 2 and 3."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from interdesk.errors import (
    DeletionRefused,
    Forbidden,
    InterdeskError,
    LimitExceeded,
    NotFound,
    Refused,
    StoreError,
    TooManyGuesses,
)
from interdesk.telephony.errors import Breach, InUse, Missing, TelephonyError

Item = dict[str, Any]
HTML = "text/html; charset=utf-8"
JSON = "application/json"
UNAVAILABLE = 503


@dataclass(slots=True)
class Answer:
    """``payload`` None: no body, unless there is a ``text``."""

    status: int = 200
    payload: Any = None
    location: str = ""
    text: str = ""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    def content(self) -> tuple[bytes, str]:
        """The body and its media type. Letters beyond ASCII go out as escapes, as in the original."""
        if self.payload is None:
            return self.text.encode(), HTML
        return json.dumps(self.payload).encode(), JSON


def page(total: int, items: Iterable[Item]) -> Answer:
    return Answer(200, {"items": list(items), "total": total})


def everything(items: Sequence[Item]) -> Answer:
    return page(len(items), items)


def linked(base: str, item: Item, *rels: tuple[str, object]) -> Item:
    """The item with one link for each side that is there."""
    links = [{"rel": _rel(path), "href": f"{base}/{path}/{key}"} for path, key in rels if key is not None]
    return {**item, "links": links}


def _rel(path: str) -> str:
    return {"funckeys/templates": "func_key_templates"}.get(path, path)


def refusal(problem: InterdeskError) -> Answer:
    """What an error looks like on the wire: a JSON list of one text."""
    match problem:
        case Missing():
            return Answer(404, [worded(problem)])
        case TelephonyError():
            return Answer(400, [worded(problem)])
        case InUse(error=error):
            return Answer(400, [worded(error)])
        case Refused():
            for issue in problem.issues:
                if isinstance(issue, Breach):
                    return Answer(400, [worded(issue.error)])
            return Answer(400, [f"Input Error - {problem.message}"])
        case DeletionRefused():
            return Answer(400, [f"Resource Error - {problem.message}"])
        case NotFound():
            return Answer(404, [f"Resource Not Found - {problem.message}"])
        case Forbidden():
            return Answer(403, [f"Resource Error - {problem.message}"])
        case TooManyGuesses():
            return Answer(429, [f"Resource Error - {problem.message}"])
        case LimitExceeded():
            return Answer(400, [f"Input Error - {problem.message}"])
        case StoreError():
            return Answer(UNAVAILABLE, [f"Resource Error - {problem.message}"])
    return Answer(400, [f"Input Error - {problem.message}"])


def worded(error: TelephonyError) -> str:
    """The text of an error with its details as Python 2 showed them."""
    details = ", ".join(f"'{name}': {_shown(value)}" for name, value in error.details.items())
    return f"{error.family} - {error.text}" + (f" ({details})" if details else "")


def _shown(value: object) -> str:
    return "u" + ascii(value) if isinstance(value, str) else repr(value)


def page_of_html(status: int, title: str, headers: Mapping[str, str] | None = None) -> Answer:
    """What is refused before any resource is asked has a page for people, not a list."""
    told = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return Answer(status, text=f"<!doctype html>\n<title>{status} {title}</title>\n<h1>{title}</h1>\n", headers=told)
