"""All attributes of each class: inherited, own, then those that every class has without declaring them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from interdesk.model.attributes import (
    ArchiveDate,
    ArchiveFlag,
    Attribute,
    Enum,
    EnumSet,
    ExternalField,
    ExternalKey,
    FinalClass,
    FriendlyName,
    HierarchicalKey,
    Language,
    ObsolescenceDate,
    ObsolescenceFlag,
)
from interdesk.model.classes import Naming
from interdesk.model.design.faults import Findings
from interdesk.model.design.fields import read_field
from interdesk.model.design.labels import Labels
from interdesk.model.design.node import NAME
from interdesk.model.design.tree import MAX_HOPS, Draft

RESERVED = frozenset(
    {"id", "finalclass", "friendlyname", "obsolescence_flag", "obsolescence_date", "archive_flag", "archive_date"}
)
WRITE_A_NAME = f"write letters, digits and underscores, not one of {', '.join(sorted(RESERVED))}"


def read_own_fields(drafts: Mapping[str, Draft], findings: Findings) -> None:
    """Fills ``own`` and ``places`` of each class."""
    for draft in drafts.values():
        for field in draft.node.all("fields/field"):
            if not field.id:
                findings.fault(field, "a field has no id", 'give it one: <field id="code">')
            elif not NAME.fullmatch(field.id) or field.id in RESERVED:
                findings.fault(field, f"{field.id!r} cannot be the id of a field", WRITE_A_NAME)
            elif field.id in draft.own:
                findings.fault(field, f"field {field.id!r} exists twice in class {draft.name}", "merge the two")
            elif (attribute := read_field(field, draft.name, findings)) is not None:
                draft.own[field.id] = attribute
                draft.places[field.id] = field


class Deriver:
    """Completes ``attributes`` of all classes; needs ``own`` filled and the naming rules known."""

    def __init__(self, drafts: Mapping[str, Draft], labels: Labels, naming: Mapping[str, Naming]) -> None:
        self.drafts = drafts
        self.labels = labels
        self.naming = naming
        self.obsolete_roots = {
            draft.root.name for draft in drafts.values() if draft.node.content("properties/obsolescence/condition")
        }
        self.archive_roots = {
            draft.root.name for draft in drafts.values() if draft.node.flag("properties/archive/enabled")
        }

    def run(self) -> None:
        for draft in self.drafts.values():
            inherited = draft.parent.attributes if draft.parent is not None else {}
            draft.attributes = {**inherited, **draft.own}
        declared = {name: dict(draft.attributes) for name, draft in self.drafts.items()}
        for draft in self.drafts.values():
            for attribute in self._magic(draft):
                draft.attributes[attribute.code] = attribute
            for attribute in declared[draft.name].values():
                for derived in self._of_key(draft, attribute, declared):
                    draft.attributes.setdefault(derived.code, derived)
        for draft in self.drafts.values():
            draft.attributes = {code: self._settled(draft, found) for code, found in draft.attributes.items()}
        labelled: dict[str, dict[str, Attribute]] = {}
        for draft in self.drafts.values():
            labelled[draft.name] = {
                code: self._shared(draft, found, labelled) for code, found in draft.attributes.items()
            }
        for draft in self.drafts.values():
            draft.attributes = labelled[draft.name]

    def _magic(self, draft: Draft) -> Iterator[Attribute]:
        name, root = draft.name, draft.root.name
        if draft.parent is not None or draft.children:
            yield FinalClass(
                code="finalclass", type_name="AttributeFinalClass", defined_in=root, label="", default=name
            )
        yield FriendlyName(
            code="friendlyname",
            type_name="AttributeFriendlyName",
            defined_in=name,
            label="",
            depends_on=naming_order(self.naming[name]),
        )
        if root in self.obsolete_roots:
            yield ObsolescenceFlag(
                code="obsolescence_flag",
                type_name="AttributeObsolescenceFlag",
                defined_in=name,
                label="",
                default=0,
                depends_on=named_in(obsolescence(draft) or "", draft.attributes),
            )
            yield ObsolescenceDate(
                code="obsolescence_date",
                type_name="AttributeObsolescenceDate",
                defined_in=root,
                label="",
                null_allowed=True,
            )
        if root in self.archive_roots:
            yield ArchiveFlag(
                code="archive_flag", type_name="AttributeArchiveFlag", defined_in=root, label="", default=0
            )
            yield ArchiveDate(
                code="archive_date", type_name="AttributeArchiveDate", defined_in=root, label="", null_allowed=True
            )

    def _of_key(
        self, draft: Draft, attribute: Attribute, declared: Mapping[str, Mapping[str, Attribute]]
    ) -> Iterator[ExternalField]:
        """The fields seen through a key, or through an external field that shows a key."""
        if isinstance(attribute, (ExternalKey, HierarchicalKey)) and attribute.target_class:
            key, prefix, direct = attribute, "", True
        elif isinstance(attribute, ExternalField):
            shown = self._shown_key(draft, attribute, declared)
            if shown is None:
                return
            key, prefix, direct = shown, f"{attribute.target_attribute}_", False
        else:
            return
        target = self.drafts.get(key.target_class)
        if target is None:
            return
        aims = {"friendlyname": "friendlyname"}
        if direct and target.children:
            aims["finalclass_recall"] = "finalclass"
        if target.root.name in self.obsolete_roots:
            aims["obsolescence_flag"] = "obsolescence_flag"
        if target.root.name in self.archive_roots:
            aims["archive_flag"] = "archive_flag"
        through = attribute.ext_key if isinstance(attribute, ExternalField) else attribute.code
        for suffix, aimed in aims.items():
            yield ExternalField(
                code=f"{attribute.code}_{suffix}",
                type_name="AttributeExternalField",
                defined_in=attribute.defined_in,
                label="",
                depends_on=(through,),
                ext_key=through,
                target_attribute=prefix + aimed,
            )

    def _shown_key(
        self, draft: Draft, field: ExternalField, declared: Mapping[str, Mapping[str, Attribute]]
    ) -> ExternalKey | None:
        """The key that the field finally shows, if it is one."""
        at = draft.name
        for _hop in range(MAX_HOPS):
            key = declared[at].get(field.ext_key)
            if not isinstance(key, ExternalKey) or key.target_class not in declared:
                return None
            at = key.target_class
            found = declared[at].get(field.target_attribute)
            if isinstance(found, ExternalKey):
                return found if found.target_class else None
            if not isinstance(found, ExternalField):
                return None
            field = found
        return None

    def _settled(self, draft: Draft, attribute: Attribute) -> Attribute:
        """An external field depends on its key and may be empty when its target may."""
        if not isinstance(attribute, ExternalField):
            return attribute
        final = final_attribute(self.drafts, draft, attribute)
        null_allowed = final.null_allowed if final is not None else True
        if attribute.depends_on == (attribute.ext_key,) and attribute.null_allowed == null_allowed:
            return attribute
        return replace(attribute, depends_on=(attribute.ext_key,), null_allowed=null_allowed)

    def _shared(self, draft: Draft, attribute: Attribute, labelled: Mapping[str, Mapping[str, Attribute]]) -> Attribute:
        """The attribute with its texts; the parent's own object where those are the same."""
        found = self._labelled(draft, attribute)
        if draft.parent is not None and draft.parent.attributes.get(attribute.code) is attribute:
            above = labelled[draft.parent.name][attribute.code]
            if found.label == above.label and getattr(found, "values", None) == getattr(above, "values", None):
                return above
        return found

    def _labelled(self, draft: Draft, attribute: Attribute) -> Attribute:
        """The attribute with the texts of this class."""
        changes: dict[str, Any] = {}
        if (label := self.labels.attribute(draft, attribute)) != attribute.label:
            changes["label"] = label
        if isinstance(attribute, (Enum, EnumSet)):
            values = {code: self.labels.value(draft, attribute.code, code) for code in attribute.values}
            if values != attribute.values or isinstance(attribute.values, dict):
                changes["values"] = MappingProxyType(values)
        if isinstance(attribute, Language) and attribute.values != self.labels.languages:
            changes["values"] = self.labels.languages
        return replace(attribute, **changes) if changes else attribute


def final_attribute(drafts: Mapping[str, Draft], draft: Draft, attribute: Attribute) -> Attribute | None:
    """What an external field finally shows; None when the way there is broken."""
    at: Draft | None = draft
    found: Attribute | None = attribute
    for _hop in range(MAX_HOPS):
        if not isinstance(found, ExternalField):
            return found
        key = at.attributes.get(found.ext_key) if at is not None else None
        at = drafts.get(key.target_class) if isinstance(key, ExternalKey) else None
        found = at.attributes.get(found.target_attribute) if at is not None else None
    return None


def obsolescence(draft: Draft) -> str | None:
    """The condition of the class or its nearest ancestor with one."""
    for owner in draft.line:
        if condition := owner.node.content("properties/obsolescence/condition"):
            return condition
    return None


def named_in(condition: str, attributes: Mapping[str, Attribute]) -> tuple[str, ...]:
    """The attributes of the class that an OQL condition mentions, in its order."""
    bare = re.sub(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"", " ", condition)
    mentioned = re.findall(r"\b[A-Za-z_]\w*\b", bare)
    derived = re.compile(r"_(?:friendlyname|finalclass_recall|obsolescence_flag)$")
    return tuple(dict.fromkeys(word for word in mentioned if word in attributes or derived.sub("", word) in attributes))


def naming_order(naming: Naming) -> tuple[str, ...]:
    """The naming attributes in the order of the places that show them."""
    places = [int(place) - 1 for place in re.findall(r"%(\d+)\$s", naming.format)]
    shown = [naming.attributes[place] for place in places if 0 <= place < len(naming.attributes)]
    return tuple(dict.fromkeys([*shown, *naming.attributes]))
