"""External fields lead over keys to attributes of other classes."""

from __future__ import annotations

from interdesk.model.attributes import Attribute, ExternalField, ExternalKey
from interdesk.model.classes import Model


def end_of(field: ExternalField, cls: str, model: Model) -> tuple[Attribute, str]:
    """The attribute that an external field of ``cls`` ends at, over any number of hops, and the class that has it."""
    attribute: Attribute = field
    while isinstance(attribute, ExternalField):
        key = model.cls(cls).attributes[attribute.ext_key]
        while isinstance(key, ExternalField):
            key, cls = end_of(key, cls, model)
        assert isinstance(key, ExternalKey)
        cls = key.target_class
        attribute = model.cls(cls).attributes[attribute.target_attribute]
    return attribute, cls
