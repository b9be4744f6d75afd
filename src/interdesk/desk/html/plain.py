"""Markup as plain text, and plain text as markup.

Recorded: blank runs become one blank, an empty line parts paragraphs, headings and lists, items begin with ``- ``,
a link reads ``[text](address)``. The rest follows from the same idea: what stands on lines of its own in a browser
does so in the text.
"""

from __future__ import annotations

import re

from interdesk.desk.html import allowed
from interdesk.desk.html.tokens import End, Start, Text, tidy, tokens

_PARTED = allowed.HEADINGS | {"blockquote", "dl", "hr", "ol", "p", "pre", "table", "ul"}
_LINES = (allowed.BLOCKS | {"caption", "tr"}) - _PARTED
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_RULE = "-" * 63
_TEXT_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\n": "<br/>"})


def text_to_html(text: str) -> str:
    """Markup that shows ``text`` as it is: special characters escaped, ``<br/>`` for each line break."""
    return tidy(text).translate(_TEXT_ESCAPES)


def to_text(markup: str) -> str:
    """The plain text of ``markup``."""
    writer = _Writer()
    for token in tokens(markup):
        match token:
            case Text(content):
                writer.text(content)
            case Start():
                writer.start(token)
            case End(name):
                writer.end(name)
    return writer.finish()


class _Writer:
    """Gaps (blanks, line breaks) are owed and only written once something follows them."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.breaks = 0
        self.blank = False
        self.fresh = True  # nothing but a bullet or a tab since the last gap: gaps are swallowed
        self.preformatted = 0
        self.lists = 0
        self.cells = 0
        self.address = ""
        self.link_start: int | None = None

    def text(self, content: str) -> None:
        if self.preformatted:
            self._write(content)
            return
        words = _BLANKS.sub(" ", content)
        if words.startswith(" "):
            self.blank = True
        if words.strip(" "):
            self._write(words.strip(" "))
            self.blank = words.endswith(" ")

    def start(self, tag: Start) -> None:
        name = tag.name
        self._part(name)
        if name == "br":
            self.breaks = min(self.breaks + 1, 2)
        elif name == "hr":
            self._write(_RULE)
            self._part(name)
        elif name == "li":
            self._lead("- ")
        elif name in allowed.CELLS:
            self._cell()
        elif name == "tr":
            self.cells = 0
        elif name == "pre":
            self.preformatted += 1
        elif name in ("ol", "ul"):
            self.lists += 1
        elif name == "a":
            self._end_link()
            self.address = tag.attributes.get("href", "").strip()
        elif name == "img":
            label = tag.attributes.get("alt") or tag.attributes.get("title")
            if label:
                self._write(f"[{label}]")

    def end(self, name: str) -> None:
        if name == "a":
            self._end_link()
        elif name == "pre":
            self.preformatted = max(self.preformatted - 1, 0)
        elif name in ("ol", "ul"):
            self.lists = max(self.lists - 1, 0)
        elif name == "li" or name in allowed.CELLS:
            self.fresh = False
        self._part(name)

    def finish(self) -> str:
        self._end_link()
        return "".join(self.written).replace("\xa0", " ").strip()

    def _part(self, name: str) -> None:
        if name in _PARTED:
            self._break(1 if self.lists and name in ("ol", "ul") else 2)
        elif name in _LINES:
            self._break(1)

    def _break(self, count: int) -> None:
        if not self.fresh:
            self.breaks = max(self.breaks, count)

    def _lead(self, mark: str) -> None:
        self._write(mark)
        self.fresh = True

    def _cell(self) -> None:
        if self.cells:
            self.breaks, self.blank = 0, False
            self._lead("\t")
        self.cells += 1

    def _write(self, piece: str) -> None:
        if self.breaks and self.written:
            self.written.append("\n" * self.breaks)
        elif self.blank and not self.fresh:
            self.written.append(" ")
        self.breaks, self.blank, self.fresh = 0, False, False
        if self.address and self.link_start is None:
            self.link_start = len(self.written)
        self.written.append(piece)

    def _end_link(self) -> None:
        if self.link_start is not None:
            label = "".join(self.written[self.link_start :])
            if self.address not in (label, f"http://{label}", f"https://{label}", f"mailto:{label}"):
                self.written[self.link_start :] = [f"[{label}]({self.address})"]
        self.address, self.link_start = "", None
