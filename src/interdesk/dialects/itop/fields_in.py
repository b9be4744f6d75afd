"""Values on their way in: from JSON to the native values of the desk. Source: ``itop_rest_quirks.md`` 20 to 26."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from interdesk.desk import Actor, Desk, Transaction, queries
from interdesk.desk.reading import Reader
from interdesk.desk.values import Document, Hashed, LinkChange, LogChange, NewEntry
from interdesk.dialects.itop import keys, php
from interdesk.dialects.itop.errors import RestError, failed
from interdesk.model import Model, ObjectClass, WrongValue
from interdesk.model.attributes import (
    Attribute,
    Blob,
    Boolean,
    CaseLog,
    Date,
    DateTime,
    Decimal,
    Duration,
    ExternalKey,
    FinalClass,
    Integer,
    LinkedSet,
    ObjectKey,
    OneWayPassword,
    StopWatch,
    TagSet,
)
from interdesk.oql.resolved import Query

NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")
ONLY_ADMINISTRATORS = "Only administrators can set the user id"


class Incoming:
    """Decodes the values of one request; looks keys up in the same transaction (or read) that uses them."""

    def __init__(self, desk: Desk, actor: Actor, reader: Reader, tx: Transaction | None = None) -> None:
        self._desk, self._actor, self._reader, self._tx = desk, actor, reader, tx
        self.model: Model = desk.model

    # -- looking up

    def final_class(self, name: str, key: int) -> str | None:
        """The class of an object that the actor may see, None when there is none."""
        if self._tx is not None:
            return self._tx.seen(name, key)
        found = self.find(queries.by_id(self.model.cls(name)), {"id": key})
        return (found[0][1] or name) if found else None

    def readable(self, cls: ObjectClass) -> bool:
        return self._desk.rights.allows(self._actor, "read", cls)

    def find(self, query: Query, args: Mapping[str, Any] | None, limit: int = 0) -> list[tuple[int, str]]:
        visible = self._desk.visible(self._actor, query)
        return self._reader.keys(visible, args or self._desk.arguments(self._actor, self._reader), limit)

    def count(self, query: Query, args: Mapping[str, Any] | None) -> int:
        visible = self._desk.visible(self._actor, query)
        return self._reader.count(visible, args or self._desk.arguments(self._actor, self._reader))

    # -- decoding

    def fields(self, cls: ObjectClass, fields: Any) -> dict[str, Any]:
        """Native values by attribute code. A list counts as a mapping by position, a scalar as empty, as recorded.

        Raises RestError.
        """
        members: Iterable[tuple[Any, Any]] = ()
        if isinstance(fields, dict):
            members = fields.items()
        elif isinstance(fields, list):
            members = enumerate(fields)
        return {code: self.value(cls, str(code), value) for code, value in members if code != "finalclass"}

    def value(self, cls: ObjectClass, code: str, value: Any) -> Any:
        """A value of a request as the desk takes it. Raises RestError with the recorded text."""
        attribute = cls.attributes.get(code)
        if attribute is None:
            raise failed(f"{code}: Unknown attribute")
        if not attribute.writable and not isinstance(attribute, FinalClass):
            raise failed(f"{code}: Attempting to set the value on the read-only attribute {cls.name}::{code}")
        if isinstance(value, Hashed):
            if isinstance(attribute, OneWayPassword):
                return value
            value = value.clear
        try:
            return self._decoded(attribute, value)
        except RestError as problem:
            raise RestError(problem.code, f"{code}: {problem.message}") if _prefixed(problem) else problem from None
        except WrongValue as problem:
            raise failed(f"{code}: {problem}") from problem

    def key(self, attribute: ExternalKey, value: Any) -> int:
        """The id that a value of an external key stands for. Raises RestError with the attribute's code in front."""
        try:
            return self._key(attribute, value)
        except RestError as problem:
            raise RestError(problem.code, f"{attribute.code}: {problem.message}") from None

    def _key(self, attribute: ExternalKey, value: Any) -> int:
        if php.is_numeric(value) and php.identifier(value) == 0:
            return 0
        target = self.model.cls(attribute.target_class)
        return keys.single(self, target, value)

    def _decoded(self, attribute: Attribute, value: Any) -> Any:
        match attribute:
            case ObjectKey():
                return php.to_integer(value)
            case ExternalKey():
                return self._key(attribute, value)
            case LinkedSet():
                return self._links(attribute, value)
            case CaseLog():
                return self._log(value)
            case Blob():
                return _document(value)
            case TagSet():
                return self._tags(attribute, value)
            case DateTime() | Date():
                return _date(attribute, value)
            case Duration():
                return php.to_integer(value) if php.is_numeric(value) else None
            case Boolean():
                return None if value is None or value == "" else bool(php.to_integer(value))
            case Integer():
                return None if value is None or value == "" else php.to_integer(value)
            case Decimal():
                return None if value is None or value == "" else _decimal(value)
            case StopWatch():
                return None
        if isinstance(value, dict):
            raise failed("A text or a number is needed, not an object")
        return php.to_text(value)

    def _links(self, link_set: LinkedSet, value: Any) -> LinkChange:
        if not isinstance(value, list):
            raise failed("A link set must be defined by an array of objects")
        linked = self.model.cls(link_set.linked_class)
        elements = []
        for element in value:
            if not isinstance(element, dict):
                continue
            cls = self._element_class(linked, element)
            given = {code: found for code, found in element.items() if code != link_set.ext_key_to_me}
            elements.append((cls.name, self.fields(cls, given)))
        return LinkChange(elements)

    def _element_class(self, linked: ObjectClass, element: Mapping[str, Any]) -> ObjectClass:
        """``finalclass`` in an element names the sub-class to create."""
        name = element.get("finalclass")
        if name is None:
            return linked
        if not isinstance(name, str) or name not in self.model.classes:
            raise failed(f"finalclass: Unknown class '{php.to_text(name)}'")
        if not self.model.is_a(name, linked.name):
            raise failed(f"finalclass: '{name}' is not a child class of '{linked.name}'")
        return self.model.cls(name)

    def _tags(self, tags: TagSet, value: Any) -> list[str]:
        if not isinstance(value, list):
            raise failed("A tag set must be defined by an array of tag codes")
        codes = [php.to_text(code) for code in value]
        known = self._tx.tag_codes(f"TagSetFieldDataFor_{tags.defined_in}__{tags.code}") if self._tx else codes
        for code in codes:
            if code not in known:
                raise failed(f"{code} is not defined as a valid tag for {tags.defined_in}:{tags.code}")
        return codes

    def _log(self, value: Any) -> LogChange:
        if isinstance(value, str):
            return LogChange((NewEntry(value),) if value else ())
        if isinstance(value, dict) and isinstance(value.get("add_item"), dict):
            return LogChange((self._entry(value["add_item"]),))
        if isinstance(value, dict) and isinstance(value.get("items"), list):
            entries = tuple(self._entry(item) for item in value["items"] if isinstance(item, dict))
            return LogChange(entries, replace=True)
        raise failed("Missing 'items' elements")

    def _entry(self, item: Mapping[str, Any]) -> NewEntry:
        if item.get("message") is None:
            raise failed("Missing mandatory entry: 'message'")
        user = None
        if item.get("user_id") is not None:
            if not self._actor.is_administrator:
                raise RestError(1, ONLY_ADMINISTRATORS)
            user = php.to_integer(item["user_id"])
        date = item.get("date")
        return NewEntry(
            php.to_text(item["message"]),
            php.to_text(item.get("format", "html")),
            date if isinstance(date, str) else None,
            user or None,
            php.to_text(item.get("user_login")) if user == 0 else None,
        )


def _prefixed(problem: RestError) -> bool:
    """One message of the original comes without the attribute in front of it (scenario 10)."""
    return problem.message != "No result for the single row query"


def _document(value: Any) -> Document | None:
    """What is not an object with data empties the blob."""
    if not isinstance(value, dict) or not isinstance(value.get("data"), str):
        return None
    return Document(_bytes(value["data"]), php.to_text(value.get("mimetype")), php.to_text(value.get("filename")))


def _bytes(text: str) -> bytes:
    """As PHP's ``base64_decode`` reads it when it is not strict: what is outside the alphabet, and padding wherever
    it stands, is skipped, and a last character that makes no byte is left out. So ``%%%`` is empty (scenario 12).
    """
    kept = NOT_BASE64.sub("", text)
    if len(kept) % 4 == 1:
        kept = kept[:-1]
    return base64.b64decode(kept + "=" * (-len(kept) % 4))


def _date(attribute: DateTime | Date, value: Any) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return dt.datetime.fromtimestamp(int(value))
        except (OverflowError, ValueError, OSError):
            value = php.to_text(value)
    text = php.to_text(value)
    try:
        return attribute.normalise(text)
    except WrongValue:
        layout = "Y-m-d H:i:s" if isinstance(attribute, DateTime) else "Y-m-d"
        raise failed(
            f'Wrong format for date attribute {attribute.code}, expecting "{layout}" and got "{text}"'
        ) from None


def _decimal(value: Any) -> float:
    if not php.is_numeric(value):
        raise failed(f"Wrong format [{php.to_text(value)}]")
    return float(value)
