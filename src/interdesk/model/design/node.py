"""The document tree of a design: nodes that remember the file and the line they come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

BOOKKEEPING = frozenset({"_delta", "_rename_from", "_created_in", "_altered_in", "_alteration", "_old_id"})
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")  # of a class or an attribute, as OQL reads it
TRUE = frozenset({"true", "1", "yes"})

Key = tuple[str, str]  # tag name and id of a node
NONE: frozenset[Key] = frozenset()


class Node:
    """One element. Siblings are told apart by tag name and, where there is one, by ``id``.

    A design has tens of thousands of them, most without children: what only some need is made when it is needed.
    """

    __slots__ = ("_children", "_index", "attributes", "file", "line", "parent", "removed", "tag", "text")

    def __init__(self, tag: str, attributes: Mapping[str, str], file: str, line: int) -> None:
        self.tag = tag
        self.attributes = dict(attributes)
        self.text = ""
        self.file = file
        self.line = line
        self.parent: Node | None = None
        self.removed = NONE  # children that were once there
        self._children: Sequence[Node] = ()
        self._index: dict[Key, Node] | None = None

    @property
    def id(self) -> str:
        return self.attributes.get("id", "")

    @property
    def key(self) -> Key:
        return (self.tag, self.id)

    @property
    def value(self) -> str:
        return self.text.strip()

    @property
    def type(self) -> str:
        """The ``xsi:type``, without its name space prefix."""
        return self.attributes.get("xsi:type", "")

    @property
    def path(self) -> str:
        step = f"{self.tag}[{self.id}]" if self.id else self.tag
        return f"{self.parent.path if self.parent is not None else ''}/{step}"

    @property
    def children(self) -> tuple[Node, ...]:
        return tuple(self._children)

    def __iter__(self) -> Iterator[Node]:
        return iter(tuple(self._children))

    def __len__(self) -> int:
        return len(self._children)

    def __bool__(self) -> bool:
        return True

    def append(self, child: Node) -> Node:
        child.parent = self
        if not isinstance(self._children, list):
            self._children = []
        self._children.append(child)
        if self._index is not None:
            self._index.setdefault(child.key, child)
        return child

    def remove(self, child: Node) -> None:
        self.reorder([other for other in self._children if other is not child])

    def replace(self, old: Node, new: Node) -> None:
        new.parent = self
        self.reorder([new if child is old else child for child in self._children])

    def rename(self, new_id: str) -> None:
        """Gives the node another id; references elsewhere stay as they are."""
        self.attributes["id"] = new_id
        if self.parent is not None:
            self.parent._index = None

    def reorder(self, children: list[Node]) -> None:
        self._children, self._index = children, None

    def find(self, tag: str, id: str = "") -> Node | None:
        """The first child with this tag name and id."""
        if self._index is None and self._children:
            self._index = {child.key: child for child in reversed(self._children)}
        return self._index.get((tag, id)) if self._index is not None else None

    def at(self, path: str) -> Node | None:
        """The node at ``a/b/c`` below this one, ids not regarded."""
        found: Node | None = self
        for tag in path.split("/"):
            if found is None:
                return None
            found = next((child for child in found._children if child.tag == tag), None)
        return found

    def all(self, path: str) -> list[Node]:
        """All nodes at ``a/b/c`` below this one: every ``c`` of the first ``a/b``."""
        holder_path, _, tag = path.rpartition("/")
        holder = self.at(holder_path) if holder_path else self
        return [child for child in holder._children if child.tag == tag] if holder is not None else []

    def content(self, path: str, default: str = "") -> str:
        """The text at ``path``, stripped; ``default`` when the node is absent."""
        found = self.at(path)
        return found.value if found is not None else default

    def flag(self, path: str, default: bool = False) -> bool:
        text = self.content(path).lower()
        return text in TRUE if text else default

    def copy(self) -> Node:
        """A copy of the whole branch, without its merge instructions."""
        twin = Node(self.tag, self.attributes, self.file, self.line)
        for name in ("_delta", "_rename_from"):
            twin.attributes.pop(name, None)
        twin.text = self.text
        for child in self._children:
            twin.append(child.copy())
        return twin

    def walk(self) -> Iterator[Node]:
        """The node and all below it, in the order of the document."""
        yield self
        for child in self._children:
            yield from child.walk()
