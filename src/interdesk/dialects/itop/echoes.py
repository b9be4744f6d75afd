"""Where the original answers a write from its memory, not from its database: those answers differ a little.

* A document shows just the members that were given, and null when it had no data (scenario 12).
* After a creation, a part of the friendly name that is itself the friendly name of a key is still empty (13), and
  the class behind an unset key reads as the class that the key points to (09).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interdesk.model import ObjectClass
from interdesk.model.attributes import Blob, ExternalField, ExternalKey, FriendlyName

RECALL = "_finalclass_recall"


def echo_documents(cls: ObjectClass, given: Any, shown: dict[str, Any]) -> None:
    """Adapts the blobs among the shown fields to what the request gave."""
    if not isinstance(given, Mapping):
        return
    for code, value in given.items():
        if code in shown and isinstance(cls.attributes.get(code), Blob):
            if not isinstance(value, Mapping) or not isinstance(value.get("data"), str):
                shown[code] = None
            else:
                shown[code] |= {member: None for member in ("mimetype", "filename") if value.get(member) is None}


def echo_new_name(cls: ObjectClass, shown: dict[str, Any], parts: Mapping[str, Any]) -> None:
    """Adapts the friendly name of a new object; ``parts`` has the texts of the naming attributes."""
    blank = {code for code in cls.naming.attributes if _is_name_of_key(cls, code)}
    if "friendlyname" not in shown or not blank:
        return
    text = cls.naming.format or " ".join(f"%{number}$s" for number in range(1, len(cls.naming.attributes) + 1))
    for number, code in enumerate(cls.naming.attributes, 1):
        text = text.replace(f"%{number}$s", "" if code in blank else str(parts.get(code, "")))
    shown["friendlyname"] = text


def echo_unset_keys(cls: ObjectClass, shown: dict[str, Any]) -> None:
    """Adapts what a new object shows of the classes behind its unset keys."""
    for code, value in shown.items():
        if value == "" and code.endswith(RECALL):
            key = cls.attributes.get(code.removesuffix(RECALL))
            if isinstance(key, ExternalKey):
                shown[code] = key.target_class


def naming_parts(cls: ObjectClass) -> tuple[str, ...]:
    """The naming attributes whose texts ``echo_new_name`` needs; () when the name needs no adapting."""
    if any(_is_name_of_key(cls, code) for code in cls.naming.attributes):
        return cls.naming.attributes
    return ()


def _is_name_of_key(cls: ObjectClass, code: str) -> bool:
    attribute = cls.attributes.get(code)
    if not isinstance(attribute, ExternalField):
        return False
    return attribute.target_attribute == "friendlyname" or isinstance(attribute, FriendlyName)
