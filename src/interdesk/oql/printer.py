"""Syntax tree to text: the canonical spelling, which parses to the same tree."""

from __future__ import annotations

import re

from interdesk.oql.lexer import SYMBOLS, WORDS
from interdesk.oql.parser import LEVELS
from interdesk.oql.tree import (
    Binary,
    Call,
    Expr,
    Field,
    Hexadecimal,
    InList,
    InQuery,
    Interval,
    Join,
    Literal,
    Param,
    Query,
    Select,
    Source,
    Union,
)

_LEVELS = {text: LEVELS[token] for text, token in {**WORDS, **SYMBOLS}.items() if token in LEVELS}
_OPERAND = 5  # binds tighter than every operator
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_MELTING = re.compile(r"NOT\Z|STRICT")  # "NOT" before IN, "STRICT..." behind BELOW would become part of the operator


def to_text(tree: Query | Expr) -> str:
    """The text of a query or of a condition. Raises ValueError for a name that no text can spell."""
    if isinstance(tree, Union):
        return " UNION ".join(_select(member) for member in tree.members)
    if isinstance(tree, Select):
        return _select(tree)
    return _expr(tree)


def name_text(name: str) -> str:
    """A name as it must be written: between backquotes when it is reserved or has other characters."""
    if _PLAIN.match(name) and name not in WORDS and not _MELTING.match(name):
        return name
    if not name or "`" in name:
        raise ValueError(f"no query can spell the name {name!r}")
    return f"`{name}`"


def string_text(value: str) -> str:
    """A text between quotes, escaped."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _select(query: Select) -> str:
    parts = ["SELECT"]
    if query.selected:
        parts += [", ".join(name_text(name.text) for name in query.selected), "FROM"]
    parts.append(_source(query.source))
    parts += [_join(join) for join in query.joins]
    if query.where is not None:
        parts += ["WHERE", _expr(query.where)]
    return " ".join(parts)


def _source(source: Source) -> str:
    if source.alias is None:
        return name_text(source.cls)
    return f"{name_text(source.cls)} AS {name_text(source.alias)}"


def _join(join: Join) -> str:
    return f"JOIN {_source(join.source)} ON {_field(join.left)} {join.op} {_field(join.right)}"


def _field(field: Field) -> str:
    if field.alias is None:
        return name_text(field.name)
    return f"{name_text(field.alias)}.{name_text(field.name)}"


def _expr(expr: Expr | Interval) -> str:
    match expr:
        case Binary():
            return _binary(expr)
        case Field():
            return _field(expr)
        case Literal():
            return _literal(expr)
        case Hexadecimal():
            return expr.digits
        case Param():
            return f":{expr.name}->{expr.attribute}" if expr.attribute else f":{expr.name}"
        case Call():
            return f"{expr.name}({', '.join(map(_expr, expr.args))})"
        case Interval():
            return f"INTERVAL {_expr(expr.value)} {expr.unit}"
        case InList():
            return f"{_in(expr)} ({', '.join(map(_expr, expr.items))})"
        case InQuery():
            return f"{_in(expr)} ({to_text(expr.query)})"


def _literal(literal: Literal) -> str:
    if literal.value is None:
        return "NULL"
    return str(literal.value) if isinstance(literal.value, int) else string_text(literal.value)


def _in(expr: InList | InQuery) -> str:
    return f"{_within(expr.operand, _OPERAND)} {'NOT IN' if expr.negated else 'IN'}"


def _binary(expr: Binary) -> str:
    """Goes down the left side in a loop: a run of operators may be long."""
    parts: list[str] = []
    node = expr
    while True:
        level = _LEVELS[node.op]
        parts += [_within(node.right, level + 1), node.op]
        left = node.left
        if not isinstance(left, Binary) or _LEVELS[left.op] < level:
            parts.append(_within(left, level))
            return " ".join(reversed(parts))
        node = left


def _within(expr: Expr, level: int) -> str:
    """``expr`` where only what binds as tightly as ``level`` can stand without parentheses."""
    text = _expr(expr)
    return f"({text})" if isinstance(expr, Binary) and _LEVELS[expr.op] < level else text
