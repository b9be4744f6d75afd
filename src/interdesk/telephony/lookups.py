"""Small questions about stored objects, asked within a transaction or while reading."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from interdesk.desk import Actor, Desk, Transaction, queries
from interdesk.store import Session

INTERNAL, INCOMING = "internal", "incall"


@dataclass(frozen=True, slots=True)
class Look:
    """Reading for somebody."""

    desk: Desk
    session: Session
    actor: Actor


Asks = Look | Transaction


def rows(tx: Asks, name: str, criteria: dict[str, Any], *codes: str) -> list[tuple[Any, ...]]:
    """(id, *codes) of all objects with these stored values, whoever asks."""
    query = queries.by_criteria(tx.desk.model.cls(name), criteria)
    return tx.session.fetch(tx.desk.store.compiler.select(query, ("id", *codes)))


def rows_of(tx: Asks, name: str, key: str, owners: Collection[int], *codes: str) -> list[tuple[Any, ...]]:
    """(id, owner, *codes) of all objects whose ``key`` points to one of the owners, whoever asks."""
    if not owners:
        return []
    plan = tx.desk.store.compiler.select(queries.pointing_to(tx.desk.model.cls(name), key), ("id", key, *codes))
    return tx.session.fetch(plan, {"owners": list(owners)})


def values(tx: Asks, name: str, key: int, *codes: str) -> tuple[Any, ...] | None:
    """Some attributes of an object; None when it is not there."""
    if not key:
        return None
    query = queries.by_id(tx.desk.model.cls(name))
    found = tx.session.fetch(tx.desk.store.compiler.select(query, codes, ordered=False), {"id": key})
    return found[0] if found else None


def taken(tx: Transaction, name: str, criteria: dict[str, Any], but: int) -> bool:
    """True when another object than ``but`` has these values; others that are about to take them wait."""
    tx.session.serialise(f"telephony {name}", list(criteria.values()))
    return any(row[0] != but for row in rows(tx, name, criteria))


def internal_numbers(tx: Asks, lines: Collection[int]) -> dict[int, str]:
    """line -> number of its internal extension."""
    found = rows_of(tx, "TelephonyExtension", "line_id", lines, "exten", "context_type")
    return {line: number for _, line, number, kind in found if kind == INTERNAL}


def internal_extension(tx: Asks, line: int) -> tuple[int, str] | None:
    """(id, number) of the internal extension of a line."""
    for key, number, kind in rows(tx, "TelephonyExtension", {"line_id": line}, "exten", "context_type"):
        if kind == INTERNAL:
            return key, number
    return None
