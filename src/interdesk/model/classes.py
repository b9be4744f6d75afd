"""The classes of a design, as loaded: immutable, with inherited attributes, life cycles and rules in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from interdesk.errors import UnknownAttribute, UnknownClass
from interdesk.model.attributes import Attribute
from interdesk.model.lifecycle import LifeCycle
from interdesk.model.relations import Neighbour
from interdesk.model.rights import Group, Profile


@dataclass(frozen=True, slots=True)
class Naming:
    """How the friendly name is composed: ``format`` has places ``%1$s`` filled from ``attributes``.

    Without attributes the friendly name is the class name.
    """

    format: str = ""
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UniquenessRule:
    """No two objects of ``defined_on`` and its sub-classes may agree in all ``attributes``.

    ``filter`` is an OQL condition that restricts the rule; ``blocking`` False makes it a warning only.
    ``message`` is '' where the design gives no text: the desk then has one of its own.
    """

    name: str
    attributes: tuple[str, ...]
    filter: str | None
    disabled: bool
    blocking: bool
    defined_on: str
    message: str


@dataclass(frozen=True, slots=True)
class Method:
    """A PHP method of the design, kept as opaque text."""

    name: str
    kind: str
    static: bool
    access: str
    body: str


@dataclass(frozen=True, kw_only=True, eq=False)
class ObjectClass:
    """One class. ``attributes`` holds inherited and computed ones too, in the design's order."""

    name: str
    parent: str | None
    root: str
    label: str
    abstract: bool
    is_link: bool
    categories: frozenset[str]
    ancestors: tuple[str, ...]  # nearest first
    children: tuple[str, ...]  # direct ones
    descendants: tuple[str, ...]  # all, without itself
    attributes: Mapping[str, Attribute]
    naming: Naming
    complementary_naming: tuple[str, ...] = ()
    reconciliation: tuple[str, ...] = ()
    uniqueness: Mapping[str, UniquenessRule] = field(default_factory=dict)
    order: tuple[tuple[str, bool], ...] = ()  # (attribute, ascending); empty: by friendly name
    state_attribute: str | None = None
    lifecycle: LifeCycle | None = None
    obsolescence: str | None = None  # an OQL condition
    archivable: bool = False
    indexes: tuple[tuple[str, ...], ...] = ()
    neighbours: tuple[Neighbour, ...] = ()  # with inherited ones
    methods: Mapping[str, Method] = field(default_factory=dict)

    def attribute(self, code: str) -> Attribute:
        """Raises UnknownAttribute."""
        try:
            return self.attributes[code]
        except KeyError:
            raise UnknownAttribute(self.name, code) from None


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """A whole design. ``dictionaries`` is language -> entry -> text; ``fingerprint`` changes with any change."""

    classes: Mapping[str, ObjectClass]
    groups: Mapping[str, Group] = field(default_factory=dict)
    profiles: Mapping[int, Profile] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    dictionaries: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    opaque: tuple[str, ...] = ()  # what was kept but not understood (PHP), one line each
    fingerprint: str = ""

    def cls(self, name: str) -> ObjectClass:
        """Raises UnknownClass."""
        try:
            return self.classes[name]
        except (KeyError, TypeError):
            raise UnknownClass(name) from None

    def is_a(self, name: str, ancestor: str) -> bool:
        """True when class ``name`` is ``ancestor`` or below it."""
        return name == ancestor or ancestor in self.classes[name].ancestors

    def family(self, name: str) -> tuple[str, ...]:
        """The class and all below it, abstract ones included, parents before children."""
        return (name, *self.classes[name].descendants)

    def concrete(self, name: str) -> tuple[str, ...]:
        """The classes of the family that can have objects."""
        return tuple(found for found in self.family(name) if not self.classes[found].abstract)

    def text(self, key: str, default: str = "", language: str = "EN US") -> str:
        """An entry of a dictionary, falling back to English, then to ``default``."""
        for chosen in (language, "EN US"):
            if (found := self.dictionaries.get(chosen, {}).get(key)) is not None:
                return found
        return default
