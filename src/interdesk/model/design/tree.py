"""The class tree of a merged document: who is whose parent, in an order where parents come first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from interdesk.model.attributes import Attribute
from interdesk.model.design.faults import Findings
from interdesk.model.design.node import NAME, Node

SYSTEM_ROOTS = frozenset({"cmdbAbstractObject", "CMDBObject", "DBObject", "CMDBObjectFactory"})
TAG_ROOT = "TagSetFieldData"
MAX_HOPS = 20  # from an external field to the external field that it shows, and so on


@dataclass(eq=False)
class Draft:
    """A class while the design is loaded."""

    name: str
    node: Node
    parent: Draft | None = None
    children: list[Draft] = field(default_factory=list)
    own: dict[str, Attribute] = field(default_factory=dict)
    places: dict[str, Node] = field(default_factory=dict)  # the field nodes of ``own``
    attributes: dict[str, Attribute] = field(default_factory=dict)  # all of them, in the final order

    @property
    def ancestors(self) -> tuple[Draft, ...]:
        """Nearest first."""
        found: list[Draft] = []
        above = self.parent
        while above is not None:
            found.append(above)
            above = above.parent
        return tuple(found)

    @property
    def line(self) -> tuple[Draft, ...]:
        """The class itself, then its ancestors, nearest first."""
        return (self, *self.ancestors)

    @property
    def root(self) -> Draft:
        return self.line[-1]

    @property
    def descendants(self) -> tuple[Draft, ...]:
        found: list[Draft] = []
        for child in self.children:
            found += [child, *child.descendants]
        return tuple(found)


def class_tree(document: Node, findings: Findings) -> dict[str, Draft]:
    """The classes by name, parents before children. A class whose place in the tree is unclear is a fault and
    stands as a root, so that the rest can be checked."""
    drafts: dict[str, Draft] = {}
    _add_tag_classes(document)
    for node in document.all("classes/class"):
        if not node.id:
            findings.fault(node, "a class has no id", 'give it one: <class id="Name">')
        elif not NAME.fullmatch(node.id):
            findings.fault(node, f"{node.id!r} cannot be the id of a class", "write letters, digits and underscores")
        elif node.id in drafts:
            first = drafts[node.id].node
            findings.fault(
                node, f"class {node.id!r} exists twice (first at {first.file}:{first.line})", "merge the two"
            )
        else:
            drafts[node.id] = Draft(node.id, node)
    for draft in drafts.values():
        draft.parent = _parent(draft, drafts, findings)
    for draft in drafts.values():
        _break_cycle(draft, findings)
    for draft in drafts.values():
        if draft.parent is not None:
            draft.parent.children.append(draft)
    ordered = _ordered(drafts)
    _reorder(document, ordered)
    return ordered


def _add_tag_classes(document: Node) -> None:
    """Each tag set has a class of its own for its tags; a design need not write it."""
    classes = document.at("classes")
    if classes is None or classes.find("class", TAG_ROOT) is None:
        return
    for owner in classes.all("class"):
        for tags in owner.all("fields/field"):
            name = f"{TAG_ROOT}For_{owner.id}__{tags.id}"
            if tags.type == "AttributeTagSet" and classes.find("class", name) is None:
                made = classes.append(Node("class", {"id": name}, tags.file, tags.line))
                made.append(Node("parent", {}, tags.file, tags.line)).text = TAG_ROOT
                properties = made.append(Node("properties", {}, tags.file, tags.line))
                properties.append(Node("category", {}, tags.file, tags.line)).text = "bizmodel"


def _parent(draft: Draft, drafts: Mapping[str, Draft], findings: Findings) -> Draft | None:
    place = draft.node.at("parent")
    if place is None:
        if draft.node.at("php_parent") is None:
            findings.fault(
                draft.node,
                f"class {draft.name!r} has no parent",
                "write <parent>cmdbAbstractObject</parent>; in a delta, check the id and that its module is loaded",
            )
        return None
    name = place.value
    if name in SYSTEM_ROOTS:
        return None
    if name not in drafts:
        findings.fault(place, f"invalid parent class {name!r}", "name a class of the design or cmdbAbstractObject")
        return None
    return drafts[name]


def _break_cycle(draft: Draft, findings: Findings) -> None:
    seen = {draft.name}
    above = draft
    while above.parent is not None:
        if above.parent.name in seen:
            place = above.node.at("parent") or above.node
            findings.fault(
                place, f"class {above.name!r} is its own ancestor", "change one of the <parent> nodes of the circle"
            )
            above.parent = None
            return
        above = above.parent
        seen.add(above.name)


def _ordered(drafts: Mapping[str, Draft]) -> dict[str, Draft]:
    ordered: dict[str, Draft] = {}
    for draft in drafts.values():
        for member in reversed(draft.line):
            ordered.setdefault(member.name, member)
    return ordered


def _reorder(document: Node, ordered: Mapping[str, Draft]) -> None:
    classes = document.at("classes")
    if classes is not None:
        placed = [draft.node for draft in ordered.values()]
        known = set(placed)
        classes.reorder([*placed, *(node for node in classes if node not in known)])
