"""OQL: text -> syntax tree -> query resolved against a model. Pure: knows the model, not SQL.

``query`` and ``condition`` do both steps; ``parse`` and ``resolve`` are the steps, ``to_text`` goes back to text.
"""

from __future__ import annotations

from interdesk.oql.cache import condition, query
from interdesk.oql.errors import (
    ClassFault,
    KindFault,
    LexerFault,
    LimitFault,
    NameFault,
    OqlError,
    OtherFault,
    SyntaxFault,
)
from interdesk.oql.limits import Limits
from interdesk.oql.parser import parse, parse_expression
from interdesk.oql.printer import to_text
from interdesk.oql.resolver import resolve, resolve_condition

__all__ = [
    "ClassFault", "KindFault", "LexerFault", "LimitFault", "Limits", "NameFault", "OqlError", "OtherFault",
    "SyntaxFault", "condition", "parse", "parse_expression", "query", "resolve", "resolve_condition", "to_text",
]  # fmt: skip
