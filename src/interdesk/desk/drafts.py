"""A draft: one object while it is being written, with what it was before."""

from __future__ import annotations

from typing import Any

from interdesk.desk.values import LinkChange, LogChange
from interdesk.model import ObjectClass

NEW = -1  # the key that messages show for an object that is not yet stored


class Draft:
    """``before`` and ``values`` are stored values by attribute code; ``before`` is empty for a new object.

    ``logs`` and ``links`` hold what is to happen to case logs and link sets; ``given`` the codes that the caller
    wrote (computed values are not among them); ``clear`` the secrets that he gave, as he gave them.
    """

    __slots__ = ("before", "clear", "cls", "given", "key", "links", "logs", "now", "values")

    def __init__(self, cls: ObjectClass, key: int, before: dict[str, Any], now: str) -> None:
        self.cls, self.key, self.before, self.now = cls, key, before, now
        self.values: dict[str, Any] = dict(before)
        self.given: set[str] = set()
        self.clear: dict[str, str] = {}
        self.logs: dict[str, LogChange] = {}
        self.links: dict[str, LinkChange] = {}

    @property
    def is_new(self) -> bool:
        return not self.before

    def changed(self, code: str) -> bool:
        """True when the value differs from the stored one (always, for a new object)."""
        if self.is_new:
            return True
        return not self.cls.attributes[code].same(self.before.get(code), self.values.get(code))

    def changes(self) -> list[str]:
        """The codes of stored attributes that differ from what is stored, in the order of the class."""
        before, values, attributes = self.before, self.values, self.cls.attributes
        if not before:
            return [code for code in attributes if code in values]
        # Nearly all values are equal, and equal values are the same to every attribute.
        return [
            code for code in attributes if code in values and before.get(code) != values[code] and self.changed(code)
        ]

    @property
    def touched(self) -> bool:
        """True when there is anything to write."""
        return bool(self.logs or self.links or self.changes())
