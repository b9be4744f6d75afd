"""References between classes: keys, external fields, link sets, neighbours, default values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from interdesk.model.attributes import (
    Attribute,
    AttributeCodeSet,
    Enum,
    ExternalField,
    ExternalKey,
    LinkedSet,
    LinkedSetIndirect,
    MetaEnum,
    ObjectKey,
    StateName,
    StopWatch,
    SubItem,
)
from interdesk.model.classes import Model
from interdesk.model.design.faults import Findings
from interdesk.model.design.node import Node
from interdesk.model.design.rules import cure_for, unknown_attribute
from interdesk.model.design.tree import MAX_HOPS, Draft
from interdesk.model.relations import Neighbour

OqlCheck = Callable[[Model, str, str, str], str | None]
"""``(model, class, kind, text)`` -> what is wrong, or None; kind is ``query`` or ``condition``."""


class References:
    """Checks one class after the other once all attributes are known."""

    def __init__(self, drafts: Mapping[str, Draft], findings: Findings) -> None:
        self.drafts, self.findings = drafts, findings
        self.oql: list[tuple[str, str, Node]] = []  # class, kind, place

    def check(self, draft: Draft) -> None:
        for code, attribute in draft.own.items():
            place = draft.places[code]
            self._attribute(draft, attribute, place)
            self._dependencies(draft, attribute, place)
        self._conditions(draft)

    def _attribute(self, draft: Draft, attribute: Attribute, place: Node) -> None:
        match attribute:
            case ObjectKey():
                self._sibling(draft, attribute.class_attribute, place.at("class_attcode") or place)
            case ExternalKey():
                self._class(attribute.target_class, place.at("target_class") or place)
                self._oql(draft, "query", place.at("filter"))
            case ExternalField():
                self._external_field(draft, attribute, place)
            case LinkedSet():
                self._linked_set(attribute, place)
            case MetaEnum():
                self._mappings(attribute, place)
                self._default(attribute, place)
            case Enum():
                self._default(attribute, place)
            case SubItem():
                self._sub_item(draft, attribute, place)
            case AttributeCodeSet():
                self._sibling(draft, attribute.class_field, place)
            case StateName():
                self._sibling(draft, attribute.class_field, place.at("class_field") or place)
            case _:
                pass

    def _class(self, name: str, place: Node) -> Draft | None:
        found = self.drafts.get(name)
        if found is None and name:
            self.findings.fault(place, f"unknown class {name!r}", cure_for(name, self.drafts))
        return found

    def _sibling(self, draft: Draft, code: str, place: Node) -> None:
        if code and code not in draft.attributes:
            unknown_attribute(place, draft, code, "the field", self.findings)

    def _dependencies(self, draft: Draft, attribute: Attribute, place: Node) -> None:
        for entry in place.all("dependencies/attribute"):
            code = entry.id or entry.value
            if code not in draft.attributes:
                unknown_attribute(entry, draft, code, "a dependency", self.findings)

    def _external_field(self, draft: Draft, field: ExternalField, place: Node) -> None:
        if not field.ext_key or not field.target_attribute:
            return
        key = draft.attributes.get(field.ext_key)
        at = place.at("extkey_attcode") or place
        if key is None:
            unknown_attribute(at, draft, field.ext_key, "the external field", self.findings)
        elif not isinstance(key, ExternalKey):
            self.findings.fault(
                at, f"{field.ext_key!r} is no external key", "name an AttributeExternalKey of the class"
            )
        else:
            self._shown(draft, field, key, place.at("target_attcode") or place)

    def _shown(self, draft: Draft, field: ExternalField, key: ExternalKey, place: Node) -> None:
        """What the external field shows exists, and is not, over other fields, the field itself."""
        target = self.drafts.get(key.target_class)
        if target is None:
            return
        if field.target_attribute not in target.attributes:
            unknown_attribute(place, target, field.target_attribute, "the external field", self.findings)
            return
        seen = {(draft.name, field.code)}
        at: Draft | None = target
        shown: Attribute | None = target.attributes[field.target_attribute]
        while at is not None and isinstance(shown, ExternalField):
            if (at.name, shown.code) in seen or len(seen) > MAX_HOPS:
                self.findings.fault(place, "the external field shows itself", "name another attribute of the target")
                return
            seen.add((at.name, shown.code))
            through = at.attributes.get(shown.ext_key)
            at = self.drafts.get(through.target_class) if isinstance(through, ExternalKey) else None
            shown = at.attributes.get(shown.target_attribute) if at is not None else None

    def _linked_set(self, linked: LinkedSet, place: Node) -> None:
        target = self._class(linked.linked_class, place.at("linked_class") or place)
        if target is None:
            return
        keys = {"ext_key_to_me": linked.ext_key_to_me}
        if isinstance(linked, LinkedSetIndirect):
            keys["ext_key_to_remote"] = linked.ext_key_to_remote
        known = {code: found for code, found in target.attributes.items() if isinstance(found, ExternalKey)}
        for element, code in keys.items():
            if code and code not in known:
                self.findings.fault(
                    place.at(element) or place,
                    f"class {target.name} has no external key {code!r}",
                    cure_for(code, known),
                )

    def _default(self, attribute: Enum, place: Node) -> None:
        if attribute.default and attribute.default not in attribute.values:
            self.findings.fault(
                place.at("default_value") or place,
                f"the default value {attribute.default!r} is not among the values",
                cure_for(attribute.default, attribute.values),
            )

    def _mappings(self, attribute: MetaEnum, place: Node) -> None:
        for mapping in place.all("mappings/mapping"):
            owner = self._class(mapping.id, mapping)
            if owner is None:
                continue
            code = mapping.content("attcode")
            known = {**owner.attributes, **{name: None for below in owner.descendants for name in below.attributes}}
            if code not in known:
                unknown_attribute(mapping, owner, code, "the mapping", self.findings)
            for meta in mapping.all("metavalues/metavalue"):
                if meta.id not in attribute.values:
                    self.findings.fault(
                        meta, f"{meta.id!r} is not among the values", cure_for(meta.id, attribute.values)
                    )

    def _sub_item(self, draft: Draft, item: SubItem, place: Node) -> None:
        watch = draft.attributes.get(item.watch)
        if not isinstance(watch, StopWatch):
            self.findings.fault(
                place.at("target_attcode") or place, f"{item.watch!r} is no stop watch", "name an AttributeStopWatch"
            )
        elif item.item not in watch.items():
            self.findings.fault(
                place.at("item_code") or place,
                f"the stop watch {item.watch!r} has no item {item.item!r}",
                cure_for(item.item, watch.items()),
            )

    def _oql(self, draft: Draft, kind: str, place: Node | None) -> None:
        if place is not None and place.value:
            self.oql.append((draft.name, kind, place))

    def check_oql(self, model: Model, check: OqlCheck) -> None:
        """Asks ``check`` about every OQL text met before."""
        for name, kind, place in self.oql:
            if problem := check(model, name, kind, place.value):
                self.findings.fault(place, problem, "mend the OQL")

    def _conditions(self, draft: Draft) -> None:
        self._oql(draft, "condition", draft.node.at("properties/obsolescence/condition"))
        for rule in draft.node.all("properties/uniqueness_rules/rule"):
            self._oql(draft, "condition", rule.at("filter"))
        for relation in draft.node.all("relations/relation"):
            for neighbour in relation.all("neighbours/neighbour"):
                self._oql(draft, "query", neighbour.at("query_down"))
                self._oql(draft, "query", neighbour.at("query_up"))


def neighbours(draft: Draft, findings: Findings) -> tuple[Neighbour, ...]:
    """The neighbours of the class, inherited ones first."""
    found: dict[tuple[str, str], Neighbour] = {}
    for owner in reversed(draft.line):
        for relation in owner.node.all("relations/relation"):
            for node in relation.all("neighbours/neighbour"):
                neighbour = _neighbour(owner, relation.id, node)
                if owner is draft:
                    _check_neighbour(draft, neighbour, node, findings)
                found[relation.id, node.id] = neighbour
    return tuple(found.values())


def _neighbour(owner: Draft, relation: str, node: Node) -> Neighbour:
    return Neighbour(
        relation=relation,
        name=node.id,
        defined_in=owner.name,
        attribute=node.content("attribute") or None,
        query_down=node.content("query_down") or None,
        query_up=node.content("query_up") or None,
        direction=node.content("direction") or "both",
    )


def _check_neighbour(draft: Draft, neighbour: Neighbour, node: Node, findings: Findings) -> None:
    if neighbour.direction not in ("both", "down"):
        findings.fault(node, f"unknown direction {neighbour.direction!r}", "write both or down")
    if neighbour.attribute:
        attribute = draft.attributes.get(neighbour.attribute)
        place = node.at("attribute") or node
        if attribute is None:
            unknown_attribute(place, draft, neighbour.attribute, "the neighbour", findings)
        elif not isinstance(attribute, (ExternalKey, LinkedSet)):
            findings.fault(place, f"{neighbour.attribute!r} leads to no object", "name an external key or a link set")
    elif not neighbour.query_down:
        findings.fault(node, "the neighbour has neither attribute nor query_down", "write one of them")
    elif neighbour.direction == "both" and not neighbour.query_up:
        findings.fault(node, "the neighbour has no query_up", "write it, or <direction>down</direction>")
