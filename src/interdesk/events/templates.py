"""JSON templates: a text that is valid JSON once its placeholders have values, whatever those are.

A placeholder inside a string is inserted escaped, one outside of a string as a JSON literal. Whether the result is
valid JSON therefore depends on the template alone, which is judged once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from interdesk.events.placeholders import REMEMBERED, Expansion, Piece, Scene, split
from interdesk.events.values import Value


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a template is no JSON; ``line`` and ``column`` count from 1."""

    message: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.message} at line {self.line}, column {self.column}"


class BrokenTemplate(Exception):
    """The template cannot become JSON."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def fault(template: str) -> Fault | None:
    """What keeps a template from being JSON when each of its placeholders has a value; None when nothing does."""
    return _judged(template)


@lru_cache(maxsize=REMEMBERED)
def _judged(template: str) -> Fault | None:
    # Outside of a string a number stands for a placeholder, as long as the placeholder: so columns stay what they are.
    sample = "".join(
        "1" * len(piece.text) if piece.placeholder and not quoted else piece.text
        for piece, quoted, _ in _walk(template)
    )
    try:
        json.loads(sample, parse_constant=_refuse)
    except json.JSONDecodeError as problem:
        return Fault(problem.msg, problem.lineno, problem.colno)
    except RecursionError:
        return Fault("Nested too deeply", 1, 1)
    except _Constant as problem:
        at = template.find(str(problem))
        return Fault(f"{problem} is no JSON", *_place(template, max(at, 0)))
    return None


class _Constant(Exception):
    pass


def _refuse(name: str) -> NoReturn:
    raise _Constant(name)


def _walk(template: str) -> Iterator[tuple[Piece, bool, int]]:
    """Each piece, whether it begins inside of a string, and where."""
    quoted, at = False, 0
    for piece in split(template):
        yield piece, quoted, at
        at += len(piece.text)
        if piece.placeholder is None:
            quoted = _after(piece.text, quoted)


def _after(text: str, quoted: bool) -> bool:
    """Whether the end of a text is inside of a string, when its beginning is or is not."""
    signs = iter(text)
    for sign in signs:
        if sign == '"':
            quoted = not quoted
        elif sign == "\\" and quoted:
            next(signs, None)
    return quoted


def _place(template: str, at: int) -> tuple[int, int]:
    before = template[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def escaped(value: Value) -> str:
    """A value for the inside of a string."""
    return json.dumps(value.text, ensure_ascii=False)[1:-1]


def literal(value: Value) -> str:
    return value.literal


def expand_json(template: str, scene: Scene) -> str:
    """The template with its values; everything else stays as it was written, sign by sign.

    Raises BrokenTemplate: the template is no JSON, or a placeholder outside of a string has no value.
    """
    if (broken := fault(template)) is not None:
        raise BrokenTemplate(broken)
    expansion = Expansion(template, scene)
    parts = []
    for piece, quoted, at in _walk(template):
        if piece.placeholder is None:
            parts.append(piece.text)
            continue
        if not quoted and expansion.value(piece.placeholder) is None:
            raise BrokenTemplate(Fault(f"{piece.text} has no value", *_place(template, at)))
        parts.append(expansion.of(piece.placeholder, escaped if quoted else literal))
    return "".join(parts)
