"""The codes that a condition may use on a class: see facts ``itop_oql`` section 7."""

from __future__ import annotations

from collections.abc import Mapping

from interdesk.model.attributes import (
    Attribute,
    CaseLog,
    Compared,
    ExternalField,
    ExternalKey,
    StopWatch,
    SubItem,
)
from interdesk.model.classes import Model, ObjectClass

FARTHEST = 20  # external fields of external fields: no design goes this far, a loop would

Code = tuple[Attribute | None, str | None]  # the attribute (None for id) and the item of a stop watch


class Codes:
    """Finds and remembers the codes of the classes of one model. Holds no reference to the model itself."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Code]] = {}

    def of(self, cls: ObjectClass, model: Model) -> Mapping[str, Code]:
        """Code -> what it means, in the design's order, ``id`` last."""
        try:
            return self._found[cls.name]
        except KeyError:
            return self._found.setdefault(cls.name, _codes(cls, model))


def _codes(cls: ObjectClass, model: Model) -> dict[str, Code]:
    found: dict[str, Code] = {}
    for code, attribute in cls.attributes.items():
        if isinstance(attribute, StopWatch):
            found[code] = (attribute, "timespent")
            found |= {f"{code}_{item}": (attribute, item) for item in attribute.items() if item != "timespent"}
        elif usable(attribute, cls, model):
            found[code] = (attribute, None)
    found["id"] = (None, None)
    return found


def usable(attribute: Attribute, cls: ObjectClass, model: Model) -> bool:
    """True when the attribute, or what an external field shows, has a value that a condition can look at."""
    for _ in range(FARTHEST):
        if not isinstance(attribute, ExternalField):
            return attribute.compared is not Compared.NEVER or isinstance(attribute, (CaseLog, SubItem))
        key = cls.attributes.get(attribute.ext_key)
        target = model.classes.get(key.target_class) if isinstance(key, ExternalKey) else None
        if target is None:
            return False
        if attribute.target_attribute == "id":
            return True
        shown = target.attributes.get(attribute.target_attribute)
        if shown is None or isinstance(shown, StopWatch):
            return False
        cls, attribute = target, shown
    return False
