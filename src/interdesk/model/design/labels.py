"""The texts a design gives to its classes, attributes, values, states and rules."""

from __future__ import annotations

from collections.abc import Mapping

from interdesk.model.attributes import Attribute, ExternalField, ExternalKey, FriendlyName
from interdesk.model.design.node import Node
from interdesk.model.design.tree import MAX_HOPS, Draft

MAIN_LANGUAGE = "EN US"
MAGIC_LABELS = {
    "friendlyname": "Full name",
    "obsolescence_flag": "Obsolete",
    "obsolescence_date": "Obsolescence date",
    "archive_flag": "Archived",
    "archive_date": "Archive date",
}


def dictionaries(document: Node) -> dict[str, dict[str, str]]:
    """Language -> entry -> text."""
    return {
        language.id: {entry.id: entry.text for entry in language.all("entries/entry")}
        for language in document.all("dictionaries/dictionary")
    }


class Labels:
    """Looks texts up on the class first, then on its ancestors."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]], drafts: Mapping[str, Draft]) -> None:
        self.languages = tuple(texts)
        self.entries = texts.get(MAIN_LANGUAGE) or next(iter(texts.values()), {})
        self.drafts = drafts

    def entry(self, draft: Draft, suffix: str) -> str | None:
        """The entry ``Class:X<suffix>`` of the class or its nearest ancestor that has one."""
        for owner in draft.line:
            if (found := self.entries.get(f"Class:{owner.name}{suffix}")) is not None:
                return found
        return None

    def class_label(self, draft: Draft) -> str:
        return self.entries.get(f"Class:{draft.name}", draft.name)

    def value(self, draft: Draft, code: str, value: str) -> str:
        found = self.entry(draft, f"/Attribute:{code}/Value:{value}")
        return value if found is None else found

    def stimulus(self, draft: Draft, code: str) -> str:
        found = self.entry(draft, f"/Stimulus:{code}")
        return code if found is None else found

    def attribute(self, draft: Draft, attribute: Attribute) -> str:
        """The label to show: without any entry, the code with blanks (computed ones keep their code)."""
        found = self._found(draft, attribute)
        if found is not None:
            return found
        if isinstance(attribute, ExternalField) or attribute.code == "finalclass":
            return attribute.code
        return attribute.code.replace("_", " ")

    def _found(self, draft: Draft, attribute: Attribute, hops: int = 0) -> str | None:
        code = attribute.code
        found = self.entry(draft, f"/Attribute:{code}")
        if found is not None:
            return found
        if isinstance(attribute, ExternalField):
            return self._through_key(draft, attribute, hops + 1) if hops < MAX_HOPS else None
        return MAGIC_LABELS.get(code)

    def _through_key(self, draft: Draft, attribute: ExternalField, hops: int) -> str | None:
        """``Key label->target label``; a key's friendly name has the key's own label."""
        key = draft.attributes.get(attribute.ext_key)
        if not isinstance(key, ExternalKey):
            return None
        found = self._found(draft, key)
        target = self.drafts.get(key.target_class)
        aimed = target.attributes.get(attribute.target_attribute) if target is not None else None
        if isinstance(aimed, FriendlyName) and attribute.code == f"{key.code}_friendlyname":
            return found
        left = key.code if found is None else found
        if target is None or aimed is None:
            return f"{left}->{attribute.target_attribute}"
        right = self._found(target, aimed, hops)
        return f"{left}->{aimed.code if right is None else right}"
