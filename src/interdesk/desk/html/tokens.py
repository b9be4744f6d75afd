"""Cuts markup into texts, start tags and end tags, as browsers do (WHATWG HTML, tokenization).

Comments, declarations, processing instructions and the elements whose content is no markup (script, style, title ...)
never become tokens, but for the end tags of the latter. A ``<`` that starts no tag is text. Every position is read a
bounded number of times.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple


class Text(NamedTuple):
    """A run of characters, references already resolved."""

    content: str


class Start(NamedTuple):
    """A start tag: lower-case names, the first of repeated attributes, values with their references resolved."""

    name: str
    attributes: dict[str, str]
    closed: bool  # written <name/>


class End(NamedTuple):
    name: str


Token = Text | Start | End

RAW = frozenset({"script", "style", "textarea", "title", "iframe", "noembed", "noframes", "xmp", "plaintext"})

_TAG = re.compile(r"<(/?)([a-zA-Z][^ \t\n\f/>]*)")
_GAP = re.compile(r"[ \t\n\f/]*")
_ATTRIBUTE = re.compile(
    r"([^ \t\n\f/>][^ \t\n\f/>=]*)"
    r"""(?:[ \t\n\f]*=[ \t\n\f]*(?:"([^"]*)"|'([^']*)'|([^ \t\n\f>"'][^ \t\n\f>]*)?))?"""
)
_COMMENT_END = re.compile(r"--!?>")
_RAW_END = {name: re.compile(rf"</{name}(?=[ \t\n\f/>])", re.IGNORECASE) for name in RAW}
_LONG_NUMBER = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")
_BARE_AMPERSAND = re.compile(r"&(?!#|[a-zA-Z][a-zA-Z0-9]*;)")
_UNWANTED = re.compile("\r\n?|\f|[\x00-\x08\x0b\x0e-\x1f]|[\ud800-\udfff]")


def tidy(text: str) -> str:
    """One kind of line break, no control characters, no halves of surrogate pairs (no database stores them)."""
    return _UNWANTED.sub(_replacement, text)


def _replacement(match: re.Match[str]) -> str:
    found = match[0]
    if found[0] == "\r":
        return "\n"
    if found == "\f":
        return " "
    return "\ufffd" if found >= "\ud800" else ""


def resolve(text: str) -> str:
    """Character references to characters. Numbers beyond eight digits name no character."""
    if "&" not in text:
        return text
    return tidy(html.unescape(_LONG_NUMBER.sub("\ufffd", text)))


def _resolve_value(value: str) -> str:
    """As ``resolve``, but a name needs its semicolon: in ``?a=1&copy=2`` nothing is a reference."""
    return resolve(_BARE_AMPERSAND.sub("&amp;", value)) if "&" in value else value


def tokens(markup: str) -> Iterator[Token]:
    """The tokens of ``markup`` in order; neighbouring texts may come in pieces."""
    markup = tidy(markup)
    size, position = len(markup), 0
    last_close = markup.rfind(">")
    while position < size:
        opening = markup.find("<", position, last_close + 1)
        if opening < 0:
            yield Text(resolve(markup[position:]))
            return
        if opening > position:
            yield Text(resolve(markup[position:opening]))
        token, position = _tag(markup, opening)
        if token is not None:
            yield token


def _tag(markup: str, opening: int) -> tuple[Token | None, int]:
    """What begins at the ``<``: a token or None (nothing to tell), and where reading goes on."""
    match = _TAG.match(markup, opening)
    if match is None:
        return _declaration(markup, opening)
    name = match[2].lower()
    attributes, closed, position = _attributes(markup, match.end())
    if match[1]:
        return End(name), position
    if name in RAW:
        end = _RAW_END[name].search(markup, position)
        return None, end.start() if end else len(markup)
    return Start(name, attributes, closed), position


def _declaration(markup: str, opening: int) -> tuple[Token | None, int]:
    following = markup[opening + 1 : opening + 4]
    if following == "!--":
        end = _COMMENT_END.search(markup, opening + 2)
        return None, end.end() if end else len(markup)
    if following[:1] in ("!", "?", "/"):
        return None, markup.find(">", opening) + 1 or len(markup)
    return Text("<"), opening + 1


def _attributes(markup: str, position: int) -> tuple[dict[str, str], bool, int]:
    """The attributes from ``position`` to the end of the tag, whether it ends in ``/>``, and the place behind it."""
    found: dict[str, str] = {}
    size = len(markup)
    while True:
        gap = _GAP.match(markup, position)
        assert gap is not None  # the pattern matches the empty text too
        position = gap.end()
        if position >= size:
            return found, False, size
        if markup[position] == ">":
            return found, gap[0].endswith("/"), position + 1
        match = _ATTRIBUTE.match(markup, position)
        assert match is not None  # whatever is no gap and no ">" starts a name
        name = match[1].lower()
        if name not in found:
            found[name] = _resolve_value(match[2] or match[3] or match[4] or "")
        position = match.end()
