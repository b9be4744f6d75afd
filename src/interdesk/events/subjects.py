"""Subjects: the objects that placeholders speak of, each read at most once or twice for all placeholders.

What a draft already holds is not read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from interdesk.desk import Transaction, queries
from interdesk.model import ObjectClass
from interdesk.model.attributes import CaseLog, LinkedSet, LinkedSetIndirect, LogEntry, OneWayPassword, Secret, TagSet


class Subject:
    """One object. ``values``: what is known of it already."""

    def __init__(self, tx: Transaction, cls: ObjectClass, key: int, values: Mapping[str, Any] | None = None) -> None:
        self.tx, self.cls, self.key = tx, cls, key
        self._values: dict[str, Any] = {"id": key, "finalclass": cls.name}
        for code, value in (values or {}).items():
            if not isinstance(cls.attributes[code], (OneWayPassword, Secret)):
                self._values[code] = value
        self._logs: dict[str, list[LogEntry]] = {}
        self._hops: dict[str, Subject | None] = {}

    @property
    def name(self) -> str:
        return str(self.value("friendlyname") or "")

    def want(self, codes: Iterable[str]) -> None:
        """Reads what is not yet known of these attributes, in one statement."""
        missing = tuple(code for code in codes if code not in self._values and self._readable(code))
        if not missing:
            return
        table = self.tx.reader.one(self.cls, self.key, missing)
        for code in missing:
            if not table.rows:
                self._values[code] = None
            elif code in table.positions:
                start, width = table.positions[code]
                row = table.rows[0]
                self._values[code] = row[start] if width == 1 else row[start : start + width]

    def _readable(self, code: str) -> bool:
        attribute = self.cls.attributes.get(code)
        return attribute is not None and not isinstance(attribute, (OneWayPassword, Secret, CaseLog, LinkedSet))

    def value(self, code: str) -> Any:
        """The stored value of an attribute that has one; None for logs, sets and secrets."""
        if code not in self._values:
            self.want((code,))
        return self._values.get(code)

    def log(self, code: str) -> list[LogEntry]:
        if code not in self._logs:
            self._logs[code] = self.tx.session.logs(self.cls.root, code, [self.key]).get(self.key, [])
        return self._logs[code]

    def members(self, link_set: LinkedSet) -> list[str]:
        """The friendly names of what a set shows, in the order in which it was linked."""
        model = self.tx.desk.model
        linked = model.cls(link_set.linked_class)
        indirect = isinstance(link_set, LinkedSetIndirect)
        shown = f"{link_set.ext_key_to_remote}_friendlyname" if isinstance(link_set, LinkedSetIndirect) else ""
        code = shown if indirect and shown in linked.attributes else "friendlyname"
        plan = self.tx.desk.store.compiler.select(
            queries.pointing_to(linked, link_set.ext_key_to_me), ("id", code), ordered=False
        )
        return [str(name or "") for _, name in sorted(self.tx.session.fetch(plan, {"owners": [self.key]}))]

    def tags(self, tags: TagSet) -> list[str]:
        """The labels of a tag set's tags, in the order of their codes."""
        codes = str(self.value(tags.code) or "").split()
        if not codes:
            return []
        model = self.tx.desk.model
        cls = model.cls(f"TagSetFieldDataFor_{tags.defined_in}__{tags.code}")
        (table,) = self.tx.reader.page(queries.every(cls), ("code", "label"), {}).tables
        places = table.positions["code"][0], table.positions["label"][0]
        labels = {row[places[0]]: row[places[1]] for row in table.rows}
        return [str(labels.get(code, code)) for code in codes]

    def hop(self, code: str) -> Subject | None:
        """What a key points to, None when it is unset or that object is gone."""
        if code not in self._hops:
            self._hops[code] = self._follow(code)
        return self._hops[code]

    def _follow(self, code: str) -> Subject | None:
        key = int(self.value(code) or 0)
        if not key:
            return None
        target = self.tx.desk.model.cls(getattr(self.cls.attributes[code], "target_class", ""))
        final = self.tx.final_class(target.name, key)
        return Subject(self.tx, self.tx.desk.model.cls(final), key) if final else None
