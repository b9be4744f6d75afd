"""Keys on the wire: an identifier, a mapping of criteria, or a query. Source: facts ``itop_rest_quirks.md`` 10, 11."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interdesk import oql
from interdesk.desk import queries
from interdesk.dialects.itop import php
from interdesk.dialects.itop.errors import RestError, failed, query_failed
from interdesk.model import ObjectClass
from interdesk.model.attributes import ExternalKey, ObjectKey
from interdesk.oql import OqlError
from interdesk.oql.resolved import Query

if TYPE_CHECKING:
    from interdesk.dialects.itop.fields_in import Incoming

WRONG_FORMAT = "Wrong format for key"


@dataclass(frozen=True, slots=True)
class Search:
    """What a key asks for: a query, its arguments, and how messages describe it. ``id``: it asks for just that one."""

    query: Query
    args: Mapping[str, Any] | None
    described: str = ""
    id: int | None = None


def several(incoming: Incoming, cls: ObjectClass, key: Any) -> Search:
    """Any number of objects: for core/get, core/delete, core/get_related. Raises RestError."""
    if php.is_numeric(key):
        number = php.identifier(key) or 0
        return Search(queries.by_id(cls), {"id": number}, id=number)
    if isinstance(key, str) and key:
        try:
            return Search(oql.query(key, incoming.model), None)
        except OqlError as problem:
            raise query_failed(key, problem) from problem
    if isinstance(key, dict):
        return _criteria(incoming, cls, key, strict=False)
    raise failed(WRONG_FORMAT)


def single(incoming: Incoming, cls: ObjectClass, key: Any, *, wrapped: bool = False) -> int:
    """The id of exactly one object of the class. Raises RestError.

    ``wrapped``: errors of a query carry the text that the original puts around them for the key of an operation.
    """
    if php.is_numeric(key):
        number = php.identifier(key)
        if number is None or not number or incoming.final_class(cls.name, number) is None:
            raise failed(f"Invalid object {cls.name}::{php.to_text(key)}")
        return number
    if isinstance(key, str) and key:
        return _by_query(incoming, cls, key, wrapped)
    if isinstance(key, dict):
        search = _criteria(incoming, cls, key, strict=True)
        return _one(incoming, search, f"with criteria: {search.described}")[0]
    raise failed(WRONG_FORMAT)


def _by_query(incoming: Incoming, cls: ObjectClass, text: str, wrapped: bool) -> int:
    try:
        query = oql.query(text, incoming.model)
    except OqlError as problem:
        raise (query_failed(text, problem) if wrapped else failed(str(problem))) from problem
    key, final = _one(incoming, Search(query, None), f"for query: {text}")
    if not incoming.model.is_a(final, cls.name):
        raise RestError(100, "No result for the single row query")
    return key


def _one(incoming: Incoming, search: Search, described: str) -> tuple[int, str]:
    # What may not be read is not there: not even its number may be told.
    found = incoming.find(search.query, search.args, limit=2) if incoming.readable(search.query.cls) else []
    if not found:
        raise failed(f"No item found {described}")
    if len(found) > 1:
        raise failed(f"Several items found ({incoming.count(search.query, search.args)}) {described}")
    return found[0]


def _criteria(incoming: Incoming, cls: ObjectClass, criteria: Mapping[str, Any], *, strict: bool) -> Search:
    wanted: dict[str, Any] = {}
    described: list[str] = []
    scope = cls
    for code, value in criteria.items():
        if code == "finalclass":
            scope = _scope(incoming, cls, value, strict=strict)
            continue
        attribute = cls.attributes.get(code) or scope.attributes.get(code)
        if attribute is None:
            raise failed(f"{code}: Unknown attribute")
        if isinstance(attribute, ExternalKey) and not isinstance(attribute, ObjectKey):
            wanted[code] = incoming.key(attribute, value)
        else:
            wanted[code] = _comparable(value)
        described.append(f"{code}: {_shown(value)} ({wanted[code]})")
    query: Query = queries.by_criteria(_nearer(incoming, cls, scope), wanted)
    if scope is not cls:
        query = queries.narrowed(incoming.model, query, scope.name)
    return Search(query, None, ", ".join(described))


def _scope(incoming: Incoming, cls: ObjectClass, name: Any, *, strict: bool) -> ObjectClass:
    found = incoming.model.classes.get(name) if isinstance(name, str) else None
    if found is None:
        raise failed(f"finalclass: Unknown class '{php.to_text(name)}'")
    if strict and not incoming.model.is_a(found.name, cls.name):
        raise failed(f"finalclass: '{name}' is not a child class of '{cls.name}'")
    return found


def _nearer(incoming: Incoming, cls: ObjectClass, scope: ObjectClass) -> ObjectClass:
    """The class to search: the narrower of the two when one is above the other."""
    return scope if incoming.model.is_a(scope.name, cls.name) else cls


def _comparable(value: Any) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, dict):
        raise failed("A criterion on this attribute must be a text or a number")
    return php.to_text(value)


def _shown(value: Any) -> str:
    return "Array" if isinstance(value, (dict, list)) else php.to_text(value)
