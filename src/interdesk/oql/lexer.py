"""Text to tokens, by one regular expression. Rules: facts ``itop_oql`` section 1."""

from __future__ import annotations

import re
from typing import NamedTuple

from interdesk.oql.errors import LexerFault

FUNCTIONS = frozenset({
    "IF", "ELT", "COALESCE", "ISNULL", "CONCAT", "SUBSTR", "TRIM", "DATE", "DATE_FORMAT", "CURRENT_DATE", "NOW",
    "TIME", "TO_DAYS", "FROM_DAYS", "YEAR", "MONTH", "DAY", "DATE_ADD", "DATE_SUB", "ROUND", "FLOOR", "INET_ATON",
    "INET_NTOA",
})  # fmt: skip
UNITS = frozenset({"SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "YEAR"})

TREE_OPERATORS = (
    "BELOW", "BELOW STRICT", "NOT BELOW", "NOT BELOW STRICT", "ABOVE", "ABOVE STRICT", "NOT ABOVE", "NOT ABOVE STRICT",
)  # fmt: skip

# Words with a meaning of their own, and the name of their token in error messages.
WORDS: dict[str, str] = {
    **{word: word for word in ("UNION", "SELECT", "FROM", "WHERE", "JOIN", "ON", "LIKE", "IN", "REGEXP", "MATCHES")},
    **{word: word.replace(" ", "_") for word in (*TREE_OPERATORS, "NOT LIKE", "NOT IN")},
    **{word: f"F_{word}" for word in FUNCTIONS | UNITS},
    "AS": "AS_ALIAS", "AND": "LOG_AND", "OR": "LOG_OR", "NULL": "NULL_VAL", "INTERVAL": "INTERVAL",
}  # fmt: skip
SYMBOLS: dict[str, str] = {
    ",": "COMA", "(": "PAR_OPEN", ")": "PAR_CLOSE", ".": "DOT", "/": "MATH_DIV", "*": "MATH_MULT", "+": "MATH_PLUS",
    "-": "MATH_MINUS", "&": "BITWISE_AND", "|": "BITWISE_OR", "^": "BITWISE_XOR", "<<": "BITWISE_LEFT_SHIFT",
    ">>": "BITWISE_RIGHT_SHIFT", "=": "EQ", "!=": "NOT_EQ", ">": "GT", "<": "LT", ">=": "GE", "<=": "LE",
}  # fmt: skip
END = "End of Input"
BAD = "BAD"  # a character that begins no token: an error when the parser reaches it, not before

# The groups in the order of _GROUPS. Possessive repeats: a text that fails must fail in linear time.
_TOKEN = re.compile(
    r"""[ \t\r\n]*+(?:
    (NOT\ LIKE|NOT\ IN|(?:NOT\ )?(?:BELOW|ABOVE)\ STRICT|NOT\ BELOW|NOT\ ABOVE|[A-Za-z_][A-Za-z0-9_]*+)
    |(<<|>>|!=|>=|<=|[,()./*+\-&|^=<>])
    |('[^'\\]*+(?:\\['\\][^'\\]*+)*+'|"[^"\\]*+(?:\\["\\][^"\\]*+)*+")
    |(0x[0-9a-fA-F]++)
    |([0-9]++)
    |(:[A-Za-z_][A-Za-z0-9_]*+(?:->[A-Za-z_][A-Za-z0-9_]*+)?+)
    |(`[^`]++`)
    )""",
    re.VERBOSE,
)
_GROUPS = ("", "", "", "STRVAL", "HEXVAL", "NUMVAL", "VARNAME", "NAME")
_BLANKS = re.compile(r"[ \t\r\n]*+")


class Tokens(NamedTuple):
    """Three lists side by side: kind, raw text, byte offset. The last token is END (text ``0``) or BAD."""

    kinds: list[str]
    texts: list[str]
    at: list[int]


def tokenize(text: str) -> Tokens:
    """The tokens of ``text``. Raises nothing: what cannot be read ends the list as a BAD token."""
    kinds: list[str] = []
    texts: list[str] = []
    at: list[int] = []
    word, symbol, groups = WORDS.get, SYMBOLS, _GROUPS
    end = 0
    for match in iter(_TOKEN.scanner(text).match, None):  # type: ignore[attr-defined]  # typeshed has no scanner
        group = match.lastindex
        found = match[group]
        if group == 1:
            kinds.append(word(found, "NAME"))
        elif group == 2:
            kinds.append(symbol[found])
        else:
            kinds.append(groups[group])
        texts.append(found)
        end = match.end()
        at.append(end - len(found))
    blanks = _BLANKS.match(text, end)
    end = blanks.end() if blanks else end
    if end == len(text):
        kinds.append(END)
        texts.append("0")
        at.append(0)
    else:
        kinds.append(BAD)
        texts.append(text[end])
        at.append(end)
    return Tokens(kinds, texts, at if text.isascii() else _bytes(text, at))


def _bytes(text: str, characters: list[int]) -> list[int]:
    """Character offsets as byte offsets."""
    found, last, offset = [], 0, 0
    for position in characters:
        if position < last:  # the end of input is told as offset 0
            found.append(0)
            continue
        offset += len(text[last:position].encode(errors="surrogatepass"))
        last = position
        found.append(offset)
    return found


def bad(text: str, tokens: Tokens) -> LexerFault:
    """The error for the BAD token at the end of ``tokens``."""
    position = tokens.at[-1]
    before = text.encode(errors="surrogatepass")[:position]
    return LexerFault(tokens.texts[-1], position, 1 + before.count(b"\n"), text)


def unquote(raw: str) -> str:
    """The value of a string token: without its quotes, escapes undone."""
    body = raw[1:-1]
    if "\\" not in body:
        return body
    return re.sub(r"\\(.)", r"\1", body, flags=re.DOTALL)
