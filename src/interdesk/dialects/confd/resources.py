"""Operations that all resources have in common: list, create, read, edit, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from interdesk.dialects.confd.answers import Answer, Item, linked, page
from interdesk.dialects.confd.call import Call
from interdesk.telephony import associations, reading, writing
from interdesk.telephony.errors import InputError
from interdesk.telephony.lookups import internal_numbers
from interdesk.telephony.table import EXTENSIONS, FULL_NAME, USERS, Resource

Handler = Callable[[Call], Answer]


def lister(resource: Resource) -> Handler:
    def list_(call: Call) -> Answer:
        asked = call.asked()
        if not resource.searched:
            asked = reading.Asked()  # the parameters are checked and have no effect (facts 4)
        elif asked.order and asked.order not in resource.sortable:
            raise InputError(f"order: column '{asked.order}' was not found")
        with call.look() as look:
            total, items = reading.listing(call.desk, look.session, call.actor, resource, asked)
        return page(total, (shown(call, resource, item) for item in items))

    return list_


def creator(resource: Resource) -> Handler:
    def create(call: Call) -> Answer:
        body = call.json()
        item = call.write(lambda tx: writing.create(tx, resource, body))
        return Answer(201, shown(call, resource, item), f"{call.base}/{resource.url}/{item['id']}")

    return create


def reader(resource: Resource) -> Handler:
    def read(call: Call) -> Answer:
        with call.look() as look:
            item = reading.one(call.desk, look.session, call.actor, resource, call.ids[0])
        return Answer(200, shown(call, resource, item))

    return read


def editor(resource: Resource) -> Handler:
    def edit(call: Call) -> Answer:
        with call.look() as look:
            reading.find(call.desk, look.session, call.actor, resource, call.ids[0])
        body = call.json()
        call.write(lambda tx: writing.update(tx, resource, call.ids[0], body))
        return Answer(204)

    return edit


def deleter(resource: Resource) -> Handler:
    def delete(call: Call) -> Answer:
        call.write(lambda tx: writing.delete(tx, resource, call.ids[0]))
        return Answer(204)

    return delete


def shown(call: Call, resource: Resource, item: Item) -> Item:
    return linked(call.base, item, (resource.url, item["id"]))


# -- what users and extensions have beyond that

list_users = lister(USERS)
list_extensions = lister(EXTENSIONS)


def users(call: Call) -> Answer:
    """The list of users, as a directory, or the older search by full name."""
    view = call.query.get("view", "")
    if view not in ("", "directory"):
        raise InputError(f"view '{view}' does not exist")
    if call.query.get("q"):
        only = reading.Asked(call.query["q"].replace("\0", ""), columns=(FULL_NAME,))
        with call.look() as look:
            total, items = reading.listing(call.desk, look.session, call.actor, USERS, only)
        return page(total, (shown(call, USERS, item) for item in items))
    found = list_users(call)
    if not view:
        return found
    users = found.payload["items"]
    with call.look() as look:
        lines = associations.lines_of_users(look, [user["id"] for user in users])
        numbers = internal_numbers(look, set(lines.values()))
    return page(found.payload["total"], [_entry(user, lines.get(user["id"]), numbers) for user in users])


def _entry(user: Item, line: int | None, numbers: Mapping[int, str]) -> Item:
    return {
        "id": user["id"],
        "line_id": line,
        "agent_id": None,
        "firstname": user["firstname"],
        "lastname": user["lastname"],
        "exten": numbers.get(line) if line else None,
        "mobile_phone_number": user["mobile_phone_number"],
    }


def extensions(call: Call) -> Answer:
    """The list of extensions, of one type of context if that is wished."""
    kind = call.query.get("type", "")
    if not kind:
        return list_extensions(call)
    asked = call.asked()
    if asked.order and asked.order not in EXTENSIONS.sortable:
        raise InputError(f"order: column '{asked.order}' was not found")
    with call.look() as look:
        only = replace(asked, only={"context_type": kind})
        total, items = reading.listing(call.desk, look.session, call.actor, EXTENSIONS, only)
    return page(total, (shown(call, EXTENSIONS, item) for item in items))
