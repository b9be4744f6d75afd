"""Builds the tree of allowed elements out of any markup and writes it down again.

The tree lives on a stack only: elements are written as they open and close. What is written nests properly, names
only allowed elements and attributes, and has every special character of texts and values escaped; therefore a browser
can find nothing in it but those elements. Reading it again makes the same decisions, hence the stability.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from interdesk.desk.html import allowed
from interdesk.desk.html.tokens import End, Start, Text, tokens

DEPTH = 100
"""Elements nested deeper lose their tags and keep their content."""

_BLANK = " \t\n"
_CELL_BOUNDS = allowed.CELLS | {"caption", "table"}


class _Closing(NamedTuple):
    """A start tag closes the open elements named in ``targets``, looking no further up than ``bounds``."""

    targets: frozenset[str]
    bounds: frozenset[str]


_TABLE = frozenset({"table"})
_CLOSINGS: dict[str, tuple[_Closing, ...]] = {
    "a": (_Closing(frozenset({"a"}), _CELL_BOUNDS),),
    "li": (_Closing(frozenset({"li"}), _CELL_BOUNDS | {"ol", "ul"}),),
    "dd": (_Closing(frozenset({"dd", "dt"}), _CELL_BOUNDS | {"dl"}),),
    "dt": (_Closing(frozenset({"dd", "dt"}), _CELL_BOUNDS | {"dl"}),),
    "tr": (_Closing(frozenset({"caption", "colgroup", "tr"}), _TABLE),),
    "caption": (_Closing(allowed.TABLE - {"table"}, _TABLE),),
    "colgroup": (_Closing(allowed.TABLE - {"table"}, _TABLE),),
    "col": (_Closing(allowed.TABLE - {"colgroup", "table"}, _TABLE),),
}
_CLOSINGS |= {name: (_Closing(allowed.CELLS | {"caption", "colgroup"}, _TABLE),) for name in allowed.CELLS}
_CLOSINGS |= {name: (_Closing(allowed.TABLE - {"table"}, _TABLE),) for name in allowed.ROW_GROUPS}
_PARAGRAPH = _Closing(frozenset({"p"}), _CELL_BOUNDS)
for _name in allowed.BLOCKS:
    _CLOSINGS[_name] = (*_CLOSINGS.get(_name, ()), _PARAGRAPH)


def clean(markup: str) -> str:
    """What is stored for ``markup``: allowed elements only; text that begins outside any element gets a paragraph."""
    tree = _Tree()
    for token in tokens(markup):
        match token:
            case Text(content):
                tree.text(content)
            case Start():
                tree.start(token)
            case End(name):
                tree.end(name)
    return tree.finish()


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class _Tree:
    """Open elements, innermost last. From ``dropped_from`` on they, and all they hold, are left out."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.open: list[str] = []
        self.counts: Counter[str] = Counter()  # of the names in ``open``
        self.dropped_from: int | None = None
        self.unopened: Counter[str] = Counter()

    def text(self, content: str) -> None:
        if self.dropped_from is not None:
            return
        if not self.written:
            content = content.lstrip(_BLANK)
            if not content:
                return
            self._write_start("p", "")
        self.written.append(escape(content))

    def start(self, tag: Start) -> None:
        name = tag.name
        if name in allowed.TRANSPARENT or name in allowed.REFUSED_VOID:
            return
        if name not in allowed.ELEMENTS:
            self._drop(tag)
            return
        for closing in _CLOSINGS.get(name, ()):
            self._close(closing)
        if name in allowed.HEADINGS and self.open and self.open[-1] in allowed.HEADINGS:
            self._pop()
        if self.dropped_from is not None:
            if not (tag.closed or name in allowed.VOID):
                self._push(name, 2 * DEPTH)
            return
        empty = name in allowed.VOID
        if len(self.open) >= DEPTH and not empty:
            self.unopened[name] += not tag.closed
            return
        self._write_start(name, _attributes(tag), empty)
        if tag.closed and not empty:
            self._pop()

    def end(self, name: str) -> None:
        if self.unopened[name]:
            self.unopened[name] -= 1
            return
        if not self.counts[name]:
            return
        priority = allowed.PRIORITY.get(name, 100)
        for index in range(len(self.open) - 1, -1, -1):
            if self.open[index] == name:
                self._pop_to(index)
                return
            if allowed.PRIORITY.get(self.open[index], 100) > priority:
                return

    def finish(self) -> str:
        self._pop_to(0)
        return "".join(self.written)

    def _drop(self, tag: Start) -> None:
        if tag.closed:
            return
        if self.dropped_from is None:
            self.dropped_from = len(self.open)
        self._push(tag.name, 2 * DEPTH)

    def _push(self, name: str, limit: int) -> None:
        if len(self.open) < limit:
            self._open(name)
        else:
            self.unopened[name] += 1

    def _open(self, name: str) -> None:
        self.open.append(name)
        self.counts[name] += 1

    def _close(self, closing: _Closing) -> None:
        if not any(self.counts[name] for name in closing.targets):
            return
        outermost = None
        lowest = 0 if self.dropped_from is None else self.dropped_from + 1
        for index in range(len(self.open) - 1, lowest - 1, -1):
            if self.open[index] in closing.bounds:
                break
            if self.open[index] in closing.targets:
                outermost = index
        if outermost is not None:
            self._pop_to(outermost)

    def _pop_to(self, index: int) -> None:
        while len(self.open) > index:
            self._pop()

    def _pop(self) -> None:
        name = self.open.pop()
        self.counts[name] -= 1
        if self.dropped_from is None:
            self.written.append(f"</{name}>")
        elif len(self.open) == self.dropped_from:
            self.dropped_from = None

    def _write_start(self, name: str, attributes: str, empty: bool = False) -> None:
        self.written.append(f"<{name}{attributes}>")
        if not empty:
            self._open(name)


def _attributes(tag: Start) -> str:
    written = []
    for name, value in tag.attributes.items():
        kept = allowed.attribute(tag.name, name, value)
        if kept is not None:
            written.append(f' {name}="{escape(kept).replace(chr(34), "&quot;")}"')
    return "".join(written)
