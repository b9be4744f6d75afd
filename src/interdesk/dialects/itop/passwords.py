"""One-way passwords are hashed before the transaction begins: that takes long, and others may wait for the write."""

from __future__ import annotations

from typing import Any

from interdesk.desk import Desk
from interdesk.desk.values import Hashed
from interdesk.dialects.itop import php
from interdesk.model import ObjectClass
from interdesk.model.attributes import OneWayPassword


def hashed(desk: Desk, cls: ObjectClass, fields: Any) -> Any:
    """The fields of a request with their passwords hashed; the same fields when there are none.

    ``cls`` is the class that the request states: the object, and the attribute, may be of one below it.
    """
    if not isinstance(fields, dict):
        return fields
    found = {
        code: Hashed(text, desk.vault.hash(text))
        for code, value in fields.items()
        if not isinstance(value, dict) and _is_password(desk, cls, code) and (text := php.to_text(value))
    }
    return {**fields, **found} if found else fields


def _is_password(desk: Desk, cls: ObjectClass, code: str) -> bool:
    classes = (cls, *(desk.model.cls(name) for name in sorted(cls.descendants)))
    return any(isinstance(found.attributes.get(code), OneWayPassword) for found in classes)
