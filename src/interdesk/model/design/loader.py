"""From design files to a model: read, upgrade, merge, then build and check."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from interdesk.errors import DesignError
from interdesk.model.classes import Model, ObjectClass
from interdesk.model.design.checks import OqlCheck, References, neighbours
from interdesk.model.design.derived import Deriver, obsolescence, read_own_fields
from interdesk.model.design.faults import Fault, Findings
from interdesk.model.design.labels import Labels, dictionaries
from interdesk.model.design.lifecycles import LifeCycles, check_watches, state_attribute
from interdesk.model.design.merge import Merger
from interdesk.model.design.node import BOOKKEEPING, Node
from interdesk.model.design.opaque import opaque_parts
from interdesk.model.design.rights import groups, profiles
from interdesk.model.design.rules import (
    check_rules,
    complementary,
    indexes,
    methods,
    naming,
    order,
    reconciliation,
    uniqueness,
)
from interdesk.model.design.source import Unreadable, read
from interdesk.model.design.tree import Draft, class_tree
from interdesk.model.design.upgrade import upgrade


class Checked(NamedTuple):
    """What a check found. ``model`` is None when there are faults; ``reports`` tells what was kept unread."""

    model: Model | None
    faults: tuple[Fault, ...]
    reports: tuple[str, ...]


def load(files: Sequence[Path], *, check_oql: OqlCheck | None = None) -> Model:
    """The model of the files, merged in order; the same one again while the files stay as they are.

    Raises DesignError with every fault at once.
    """
    return _load(tuple(_version(Path(path)) for path in files), check_oql)


class _Version(NamedTuple):
    """A file as it is now; 0 and 0 when it cannot be looked at, which reading it will tell."""

    path: Path
    written: int  # nanoseconds
    size: int  # bytes


def _version(path: Path) -> _Version:
    try:
        found = path.stat()
    except OSError:
        return _Version(path, 0, 0)
    return _Version(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=4)
def _load(files: tuple[_Version, ...], check_oql: OqlCheck | None) -> Model:
    checked = check([file.path for file in files], check_oql=check_oql)
    if checked.model is None:
        raise DesignError(checked.faults)
    return checked.model


def check(files: Sequence[Path], *, check_oql: OqlCheck | None = None) -> Checked:
    """Like ``load``, but hands faults and reports back."""
    findings = Findings()
    document = merged(files, findings)
    model = build(document, findings, check_oql) if document is not None else None
    faults = tuple(findings.faults)
    return Checked(None if faults else model, faults, tuple(findings.notes))


def merged(files: Sequence[Path], findings: Findings) -> Node | None:
    """The merged document; None when a file cannot be read at all, as nothing after it would make sense."""
    of_merging, read_all = Findings(), True
    merger = Merger(of_merging)
    for path in files:  # each is merged before the next is read: a design takes much memory as a tree
        try:
            root = read(Path(path))
        except Unreadable as problem:
            findings.faults.append(problem.fault)
            read_all = False
        else:
            upgrade(root)
            merger.add(root)
    if not read_all:
        return None
    findings.faults += of_merging.faults
    findings.notes += of_merging.notes
    return merger.document


def build(document: Node, findings: Findings, check_oql: OqlCheck | None = None) -> Model:
    """The model of a merged document; faults go to ``findings``."""
    drafts = class_tree(document, findings)
    texts = dictionaries(document)
    labels = Labels(texts, drafts)
    read_own_fields(drafts, findings)
    names = {name: naming(draft, labels) for name, draft in drafts.items()}
    deriver = Deriver(drafts, labels, names)
    deriver.run()
    lifecycles = LifeCycles(drafts, labels, findings)
    references = References(drafts, findings)
    classes = {}
    for name, draft in drafts.items():
        check_rules(draft, findings)
        check_watches(draft, lifecycles.read[name], findings)
        references.check(draft)
        classes[name] = ObjectClass(
            name=name,
            parent=draft.parent.name if draft.parent is not None else None,
            root=draft.root.name,
            label=labels.class_label(draft),
            abstract=draft.node.flag("properties/abstract"),
            is_link=draft.node.flag("properties/is_link"),
            categories=_categories(draft),
            ancestors=tuple(above.name for above in draft.ancestors),
            children=tuple(child.name for child in draft.children),
            descendants=tuple(below.name for below in draft.descendants),
            attributes=MappingProxyType(draft.attributes),
            naming=names[name],
            complementary_naming=complementary(draft),
            reconciliation=reconciliation(draft),
            uniqueness=MappingProxyType(uniqueness(draft, labels, findings)),
            order=order(draft),
            state_attribute=state_attribute(draft),
            lifecycle=lifecycles.read[name],
            obsolescence=obsolescence(draft),
            archivable=draft.root.name in deriver.archive_roots,
            indexes=indexes(draft),
            neighbours=neighbours(draft, findings),
            methods=MappingProxyType(methods(draft)),
        )
    opaque_parts(document, findings)
    known = groups(document, classes, findings)
    model = Model(
        classes=MappingProxyType(classes),
        groups=MappingProxyType(known),
        profiles=MappingProxyType(profiles(document, known, findings)),
        constants=MappingProxyType({node.id: node.value for node in document.all("constants/constant")}),
        dictionaries=MappingProxyType({language: MappingProxyType(entries) for language, entries in texts.items()}),
        parameters=MappingProxyType(_parameters(document)),
        opaque=tuple(findings.notes),
        fingerprint=fingerprint(document),
    )
    if check_oql is not None and not findings.faults:
        references.check_oql(model, check_oql)
    return model


def _categories(draft: Draft) -> frozenset[str]:
    words = draft.node.content("properties/category").split(",")
    return frozenset(word.strip() for word in words if word.strip())


def _parameters(document: Node) -> dict[str, MappingProxyType[str, str]]:
    """Module -> parameter -> text; a nested parameter is named ``outer/inner``."""
    found = {}
    for module in document.all("module_parameters/parameters"):
        values: dict[str, str] = {}
        for parameter in module:
            _collect(parameter, parameter.id or parameter.tag, values)
        found[module.id] = MappingProxyType(values)
    return found


def _collect(node: Node, name: str, values: dict[str, str]) -> None:
    if not len(node):
        values[name] = node.value
    for child in node:
        _collect(child, f"{name}/{child.id or child.tag}", values)


def fingerprint(document: Node) -> str:
    """SHA-256 over what the document says; bookkeeping, file names and blanks around texts do not count."""
    digest = hashlib.sha256()
    _digest(document, digest.update)
    return digest.hexdigest()


def _digest(node: Node, write: Callable[[bytes], None]) -> None:
    attributes = sorted(item for item in node.attributes.items() if item[0] not in BOOKKEEPING)
    own = attributes if node.parent is not None else []
    write(repr((node.tag, own, node.value)).encode())
    for child in node:
        _digest(child, write)
    write(b"/")
