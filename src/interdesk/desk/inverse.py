"""Which link sets see an object through one of its keys: needed for histories of both sides and for deletions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from interdesk.model import Model
from interdesk.model.attributes import ExternalKey, LinkedSet, ObjectKey


@dataclass(frozen=True, slots=True)
class Seen:
    """Objects with key ``key`` appear in ``link_set`` of the object of ``host`` that the key points to."""

    key: str
    host: str
    link_set: LinkedSet


@dataclass(frozen=True, slots=True)
class Pointer:
    """A key of class ``cls`` (the class that declares it, or the nearest one below) to some target class."""

    cls: str
    key: ExternalKey


class Inverse:
    """Computed once for a model."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._seen = _seen(model)
        self._pointers = _pointers(model)

    def seen(self, cls: str) -> tuple[Seen, ...]:
        """The sets in which objects of a class appear."""
        return self._seen.get(cls, ())

    def pointers(self, cls: str) -> tuple[Pointer, ...]:
        """The keys, of any class, that can point to an object of this final class."""
        return self._pointers.get(cls, ())


def _seen(model: Model) -> Mapping[str, tuple[Seen, ...]]:
    found: dict[str, list[Seen]] = {}
    for host in model.classes.values():
        for attribute in host.attributes.values():
            if isinstance(attribute, LinkedSet) and attribute.defined_in == host.name and attribute.tracking != "none":
                for name in model.family(attribute.linked_class):
                    found.setdefault(name, []).append(Seen(attribute.ext_key_to_me, host.name, attribute))
    return {name: tuple(seen) for name, seen in found.items()}


def _pointers(model: Model) -> Mapping[str, tuple[Pointer, ...]]:
    found: dict[str, list[Pointer]] = {}
    for cls in model.classes.values():
        for attribute in cls.attributes.values():
            if not isinstance(attribute, ExternalKey) or isinstance(attribute, ObjectKey):
                continue
            if attribute.defined_in == cls.name:
                for name in model.family(attribute.target_class):
                    found.setdefault(name, []).append(Pointer(cls.name, attribute))
    return {name: tuple(pointers) for name, pointers in found.items()}
