"""What can be wrong with a query. The texts are those of the original, see facts ``itop_oql`` section 11.

OqlError
+-- LexerFault      a character that begins no token
+-- SyntaxFault     a token that cannot stand where it stands
+-- ClassFault      a class that the design does not have
+-- NameFault       an attribute, an alias, a key or a union that does not fit the design
+-- KindFault       a condition where a query is needed, or a query where a condition is needed
+-- LimitFault      the query is too long, too deep or too wide
+-- OtherFault      what fits none of the above
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from interdesk.errors import InterdeskError
from interdesk.oql.suggest import nearest


class OqlError(InterdeskError):
    """``str()`` is the whole message; its parts are attributes.

    ``word`` is the text found at ``position`` (a byte offset into the query), both None where the message tells no
    place. ``expecting`` lists what would have been right there, None where the message lists nothing;
    ``suggestion`` is the nearest of them, ``''`` when none is near.
    """

    code = "oql"
    kind: ClassVar[str] = "other"

    def __init__(
        self,
        issue: str,
        word: str | None = None,
        position: int | None = None,
        text: str = "",
        expecting: Sequence[str] | None = None,
    ) -> None:
        self.issue, self.word, self.position, self.text = issue, word, position, text
        self.expecting = None if expecting is None else tuple(expecting)
        self.suggestion = "" if self.expecting is None else nearest(word or "", self.expecting)
        message = issue
        if word is not None:
            message += f" - found '{word}' at {position} in '{text}'"
        if self.expecting is not None:
            message += f", expecting {{{', '.join(self.expecting)}}}, I would suggest to use '{self.suggestion}'"
        super().__init__(message)


class LexerFault(OqlError):
    code = "oql.lexer"
    kind = "lexer"

    def __init__(self, character: str, position: int, line: int, text: str) -> None:
        super().__init__(f"Unexpected input at line {line}: {character}")
        self.word, self.position, self.line, self.text = character, position, line, text


class SyntaxFault(OqlError):
    code = "oql.syntax"
    kind = "syntax"


class ClassFault(OqlError):
    code = "oql.class"
    kind = "unknown_class"


class NameFault(OqlError):
    code = "oql.name"
    kind = "normalize"


class KindFault(OqlError):
    code = "oql.kind"
    kind = "query"


class LimitFault(OqlError):
    code = "oql.limit"
    kind = "limit"


class OtherFault(OqlError):
    code = "oql.other"
    kind = "other"
