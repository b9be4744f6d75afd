"""``output_fields``: which attributes an answer shows. Source: facts ``itop_rest_quirks.md`` 12 and 14, scenario 05."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from interdesk.dialects.itop.errors import failed
from interdesk.model import Model, ObjectClass

DEFAULT = ("id", "friendlyname")


@dataclass(frozen=True, slots=True)
class Output:
    """The fields asked for. ``actual``: each object shows all attributes of its own class (``*+``)."""

    cls: ObjectClass
    fields: tuple[str, ...]
    actual: bool = False

    def uniform(self, model: Model, found: ObjectClass) -> bool:
        """True when all objects of a query over ``found`` show the same fields."""
        return not self.actual and model.is_a(found.name, self.cls.name)

    def choose(self, model: Model) -> Callable[[ObjectClass], tuple[str, ...]]:
        """The fields by final class; objects outside the stated class show only ``id`` and ``friendlyname``."""

        def chosen(final: ObjectClass) -> tuple[str, ...]:
            if not model.is_a(final.name, self.cls.name):
                return DEFAULT
            return tuple(final.attributes) if self.actual else self.fields

        return chosen


def parsed(cls: ObjectClass, text: object) -> Output:
    """Raises RestError for a name that the class does not have."""
    if text is None:
        return Output(cls, tuple(cls.attributes))
    if not isinstance(text, str):
        raise failed("output_fields: a text with names separated by commas is needed")
    text = text.strip()
    if text == "*":
        return Output(cls, tuple(cls.attributes))
    if text == "*+":
        return Output(cls, tuple(cls.attributes), actual=True)
    codes = [code.strip() for code in text.split(",")]
    for code in codes:
        if code != "id" and code not in cls.attributes:
            raise failed(f"output_fields: invalid attribute code '{code}'")
    if codes.count("id") > 1:
        raise failed(f"Unknown attribute id from class {cls.name}")
    return Output(cls, tuple(dict.fromkeys(codes)))
