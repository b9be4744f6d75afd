"""Reads one design file into nodes. A design is trusted with data, never with the parser: a document type
declaration (hence any entity) is refused before it is read, and size, depth and number of nodes are bounded."""

from __future__ import annotations

from pathlib import Path
from xml.parsers import expat

from interdesk.model.design.faults import Fault
from interdesk.model.design.node import Node

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 2_000_000
VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "3.0", "3.1", "3.2", "3.3")


class Unreadable(Exception):
    """A file that gives no tree; ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class _Builder:
    """Receives the parser's events and holds the limits."""

    def __init__(self, name: str, max_depth: int, max_nodes: int) -> None:
        self.name = name
        self.max_depth, self.max_nodes = max_depth, max_nodes
        self.root: Node | None = None
        self.open: list[Node] = []
        self.texts: list[list[str]] = []
        self.count = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.EntityDeclHandler = self.doctype

    def refuse(self, text: str, cure: str) -> None:
        raise Unreadable(Fault(self.name, self.parser.CurrentLineNumber, "", text, cure))

    def doctype(self, *_details: object) -> None:
        self.refuse("a document type declaration or an entity is not accepted", "write the texts out and remove it")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= self.max_depth:
            self.refuse(f"nodes are nested deeper than {self.max_depth}", "flatten the document")
        self.count += 1
        if self.count > self.max_nodes:
            self.refuse(f"the file has more than {self.max_nodes} nodes", "split it into several files")
        node = Node(tag, attributes, self.name, self.parser.CurrentLineNumber)
        if self.open:
            self.open[-1].append(node)
        else:
            self.root = node
        self.open.append(node)
        self.texts.append([])

    def characters(self, text: str) -> None:
        self.texts[-1].append(text)

    def end(self, _tag: str) -> None:
        node, text = self.open.pop(), "".join(self.texts.pop())
        if not len(node):
            node.text = text


def read(path: Path, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH, max_nodes: int = MAX_NODES) -> Node:
    """The root of the file. Raises Unreadable when it is absent, not well formed, hostile or no design."""
    name = str(path)
    try:
        if path.stat().st_size > max_bytes:
            raise Unreadable(Fault(name, 0, "", f"the file is larger than {max_bytes} bytes", "split it into several"))
        data = path.read_bytes()
    except OSError as problem:
        cure = "give the path of a design file that can be read"
        raise Unreadable(Fault(name, 0, "", f"the file cannot be read: {problem.strerror}", cure)) from problem
    builder = _Builder(name, max_depth, max_nodes)
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as problem:
        text = f"the file is not well-formed XML: {expat.ErrorString(problem.code)}"
        raise Unreadable(Fault(name, problem.lineno, "", text, "mend the markup near this line, in UTF-8")) from problem
    except (ValueError, LookupError) as problem:
        raise Unreadable(Fault(name, 1, "", f"the encoding cannot be read: {problem}", "save it as UTF-8")) from problem
    return _design(builder.root, name)


def _design(root: Node | None, name: str) -> Node:
    if root is None or root.tag != "itop_design":
        found = root.tag if root is not None else "nothing"
        raise Unreadable(Fault(name, 1, "", f"the root is <{found}>, not <itop_design>", "give an itop_design file"))
    version = root.attributes.get("version", "")
    if version not in VERSIONS:
        cure = f"give one of the versions {', '.join(VERSIONS)}"
        raise Unreadable(Fault(name, root.line, root.path, f"unknown version {version!r} of the language", cure))
    if (load := root.attributes.get("load", "lax")) not in ("lax", "strict"):
        raise Unreadable(Fault(name, root.line, root.path, f"unknown load mode {load!r}", "write lax or strict"))
    return root
