"""Writing resources by their wire names. Raises what ``errors`` has, and what the desk raises."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from interdesk.desk import queries
from interdesk.telephony.checks import checked
from interdesk.telephony.errors import unknown_reference
from interdesk.telephony.guard import voicemail_in_use
from interdesk.telephony.lookups import rows
from interdesk.telephony.reading import Item, find, one
from interdesk.telephony.table import DEVICES, LINES_SIP, VOICEMAILS, Field, Kind, Resource

if TYPE_CHECKING:
    from interdesk.desk import Transaction

OWNER = "Telephony"  # the organization that telephones get where there is none at all


def create(tx: Transaction, resource: Resource, body: Any, *, organization: int = 0) -> Item:
    """A new object; returns its members as the answer to the creation shows them.

    ``organization``: of a telephone; who has none given gets the one of whoever writes.
    """
    given = checked(resource.writable, body, also=("id",))
    if resource is LINES_SIP:
        given.pop("provisioning_extension", None)  # the original makes one up whatever is given
    values = _values(tx, resource, given)
    if resource is DEVICES:
        values["org_id"] = organization or _organization(tx)
    number = tx.create(resource.cls, values)
    if resource.echoes:
        return {"id": number, **{field.name: given.get(field.name) for field in resource.fields}}
    key = number if resource.key == "id" else _outer_key(tx, resource, number)
    return one(tx.desk, tx.session, tx.actor, resource, key)


def update(tx: Transaction, resource: Resource, key: int | str, body: Any) -> None:
    """Changes the members that the body has; the caller has found the object already."""
    number = find(tx.desk, tx.session, tx.actor, resource, key)
    given = checked(resource.writable, body, partial=True, also=("id",))
    if resource is VOICEMAILS and (error := voicemail_in_use(tx, number)):
        raise error
    tx.update(resource.cls, number, _values(tx, resource, given))


def delete(tx: Transaction, resource: Resource, key: int | str) -> None:
    number = find(tx.desk, tx.session, tx.actor, resource, key)
    if resource.cls == "TelephonyUser":
        _delete_keys_to(tx, number)
    tx.delete(resource.cls, [number])


def _delete_keys_to(tx: Transaction, user: int) -> None:
    """Function keys that call a user go with him."""
    by_class: dict[str, list[int]] = {}
    found = queries.by_criteria(tx.desk.model.cls("TelephonyFuncKey"), {"target_user_id": user})
    for key, final in tx.reader.keys(found, {}):
        by_class.setdefault(final, []).append(key)
    for final, keys in by_class.items():
        tx.remove(final, keys)


def _values(tx: Transaction, resource: Resource, given: Mapping[str, Any]) -> dict[str, Any]:
    return {field.code: _stored(tx, resource, field, given[field.name]) for field in _in(resource, given)}


def _in(resource: Resource, given: Mapping[str, Any]) -> list[Field]:
    return [field for field in resource.writable if field.name in given]


def _stored(tx: Transaction, resource: Resource, field: Field, value: Any) -> Any:
    match field.kind:
        case Kind.CONTEXT:
            found = [row for row in rows(tx, "TelephonyContext", {"name": value}, "name") if row[1] == value]
            if not found:
                # The name is told for SIP lines alone (facts 3).
                raise unknown_reference(field.name, "Context", {"name": value} if resource is LINES_SIP else {})
            return found[0][0]
        case Kind.BOOLEAN:
            return field.unset if value is None else value
        case Kind.OBJECT:
            return json.dumps(value) if value is not None else ""
        case Kind.INTEGER:
            return value
    return value or ""


def _outer_key(tx: Transaction, resource: Resource, number: int) -> str:
    plan = tx.desk.store.compiler.select(queries.by_id(tx.desk.model.cls(resource.cls)), (resource.key,))
    return str(tx.session.fetch(plan, {"id": number})[0][0])


def _organization(tx: Transaction) -> int:
    """Who owns a new telephone: the organization of whoever writes, else the oldest one, else one that is made."""
    if tx.actor.contact:
        plan = tx.desk.store.compiler.select(queries.by_id(tx.desk.model.cls("Person")), ("org_id",))
        if found := tx.session.fetch(plan, {"id": tx.actor.contact}):
            return int(found[0][0])
    every = tx.reader.keys(tx.desk.visible(tx.actor, queries.every(tx.desk.model.cls("Organization"))), {})
    if every:
        return min(key for key, _ in every)
    return tx.create("Organization", {"name": OWNER})
