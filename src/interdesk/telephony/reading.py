"""Reading resources: one statement for a page; members by their wire names, without links."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from interdesk.desk import Actor, Desk, queries
from interdesk.oql.resolved import Binary, Call, Expr, Literal, Param, Select
from interdesk.store import By, Session
from interdesk.telephony.errors import not_found
from interdesk.telephony.table import FULL_NAME, Field, Kind, Resource

Item = dict[str, Any]
LARGEST_KEY = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a list is wanted. ``limit`` 0: all. ``only``: attribute values that the objects must have."""

    search: str = ""
    order: str = ""
    descending: bool = False
    limit: int = 0
    skip: int = 0
    only: Mapping[str, Any] | None = None
    columns: tuple[str, ...] | None = None  # searched instead of those of the resource


class Shown:
    """How the rows of a resource become members: made once for a resource and a reader's rights."""

    def __init__(self, desk: Desk, resource: Resource, secrets: bool) -> None:
        self._resource, self._desk, self._secrets = resource, desk, secrets
        self.codes = ("id", *(field.read_from for field in resource.fields))
        if resource.key != "id":
            self.codes = (*self.codes, resource.key)
        self._converters = tuple((field.name, self._converter(field)) for field in resource.fields)
        self._key = len(self.codes) - 1 if resource.key != "id" else 0

    def items(self, rows: Iterable[tuple[Any, ...]]) -> list[Item]:
        converters, key = self._converters, self._key
        return [
            {"id": row[key], **{name: convert(row[at]) for at, (name, convert) in enumerate(converters, 1)}}
            for row in rows
        ]

    def _converter(self, field: Field) -> Callable[[Any], Any]:
        unset = field.unset
        match field.kind:
            case Kind.BOOLEAN:
                return lambda value: unset if value is None else bool(value)
            case Kind.INTEGER:
                return lambda value: value
            case Kind.OBJECT:
                return lambda value: json.loads(value) if value else None
            case Kind.SECRET if not self._secrets:
                return lambda _: None
            case Kind.SECRET:
                reveal = self._desk.vault.reveal
                return lambda value: reveal(value) if value else unset
        return lambda value: value or unset


def shown(desk: Desk, actor: Actor, resource: Resource) -> Shown:
    """Secrets are for those who could set them."""
    return Shown(desk, resource, desk.rights.allows(actor, "write", desk.model.cls(resource.cls)))


def one(desk: Desk, session: Session, actor: Actor, resource: Resource, key: int | str) -> Item:
    """Raises Missing."""
    number = find(desk, session, actor, resource, key)
    how = shown(desk, actor, resource)
    plan = desk.store.compiler.select(queries.by_id(desk.model.cls(resource.cls)), how.codes, ordered=False)
    return how.items(session.fetch(plan, {"id": number}))[0]


def find(desk: Desk, session: Session, actor: Actor, resource: Resource, key: int | str) -> int:
    """The id of the object that a URL names. Raises Missing, also for what the actor may not see."""
    cls = desk.model.cls(resource.cls)
    if isinstance(key, int):
        if key <= LARGEST_KEY:
            query = desk.visible(actor, queries.by_id(cls))
            if session.fetch(desk.store.compiler.select(query, ("id",), ordered=False), {"id": key}):
                return key
    else:
        query = desk.visible(actor, queries.by_criteria(cls, {resource.key: key}))
        if rows := session.fetch(desk.store.compiler.select(query, ("id",), ordered=False)):
            return int(rows[0][0])
    raise not_found(resource.kind, id=key)


def listing(desk: Desk, session: Session, actor: Actor, resource: Resource, asked: Asked) -> tuple[int, list[Item]]:
    """(how many there are, those of the page)."""
    how = shown(desk, actor, resource)
    cls = desk.model.cls(resource.cls)
    query = queries.by_criteria(cls, asked.only) if asked.only else queries.every(cls)
    columns = tuple((code, not asked.descending) for code in _codes(resource, asked.order or resource.default_order))
    if not columns and asked.descending:
        columns = (*((code, not ascending) for code, ascending in cls.order), ("id", False))
    if asked.search:
        return _found(desk, session, actor, resource, how, query, asked, columns)
    compiler, visible = desk.store.compiler, desk.visible(actor, query)
    if not asked.limit and not asked.skip:
        rows = session.fetch(compiler.select(visible, how.codes, by=columns))
        return len(rows), how.items(rows)
    total = int(session.fetch(compiler.count(visible))[0][0])
    if asked.skip >= total:
        return total, []
    plan = compiler.select(visible, how.codes, paged=True, by=columns)
    return total, how.items(session.fetch(plan, {"#limit": min(asked.limit or total, total), "#offset": asked.skip}))


def _found(
    desk: Desk,
    session: Session,
    actor: Actor,
    resource: Resource,
    how: Shown,
    query: Select,
    asked: Asked,
    by: By,
) -> tuple[int, list[Item]]:
    """What a search finds: the database looks without regard to accents, then those that differ in them go."""
    columns = asked.columns or resource.searched
    codes = tuple(dict.fromkeys(code for name in columns for code in _codes(resource, name)))
    narrowed = desk.visible(actor, _narrowed(resource, query, columns, asked.search))
    plan = desk.store.compiler.select(narrowed, ("id", *codes), by=by)
    matches = _pattern(asked.search).search
    texts = [_text(resource, codes, name) for name in columns]
    candidates = session.fetch(plan, {"search": f"%{asked.search.rstrip(' ')}%"})
    keys = [row[0] for row in candidates if any(matches(text(row)) for text in texts)]
    page = keys[asked.skip : asked.skip + asked.limit if asked.limit else None]
    by_ids = queries.by_ids(query.cls)
    rows = session.fetch(desk.store.compiler.select(by_ids, how.codes, ordered=False), {"ids": page})
    by_id = {row[0]: row for row in rows}
    return len(keys), how.items(by_id[key] for key in page)


def _codes(resource: Resource, name: str) -> tuple[str, ...]:
    """The attributes that a column is made of."""
    if name == FULL_NAME:
        return ("firstname", "lastname")
    if name == "id":
        return () if resource.key == "id" else (resource.key,)
    return (resource.field(name).read_from,) if name else ()


def _text(resource: Resource, codes: tuple[str, ...], name: str) -> Callable[[tuple[Any, ...]], str]:
    """The text of a column in rows of (id, *codes)."""
    places = [codes.index(code) + 1 for code in _codes(resource, name)]
    if len(places) == 1:
        place = places[0]
        return lambda row: row[place] or ""
    return lambda row: " ".join(row[place] or "" for place in places)


def _narrowed(resource: Resource, query: Select, columns: tuple[str, ...], search: str) -> Select:
    """What may match: the database compares without regard to accents, which a search does not."""
    if not search.strip(" ") or "\\" in search:
        return query
    cls = query.cls
    where: Expr | None = None
    for name in columns:
        parts: list[Expr] = []
        for code in _codes(resource, name):
            parts += [Literal(" "), queries.field(cls, code)] if parts else [queries.field(cls, code)]
        if not parts:
            continue
        column = parts[0] if len(parts) == 1 else Call("CONCAT", tuple(parts))
        test = Binary("LIKE", column, Param("search"))
        where = test if where is None else Binary("OR", where, test)
    if where is None:
        return query
    narrowed = queries.and_where(query, where)
    assert isinstance(narrowed, Select)
    return narrowed


def _pattern(search: str) -> re.Pattern[str]:
    """``%`` stands for any text and ``_`` for any letter, as in the original (facts 4)."""
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(letter) or re.escape(letter) for letter in search), re.IGNORECASE | re.DOTALL)
