"""Function keys of users and of templates, and which templates users have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from interdesk.desk import Transaction
from interdesk.dialects.confd.answers import Answer, Item, everything, linked, page
from interdesk.dialects.confd.call import Call
from interdesk.dialects.confd.pairs import DONE, on_both
from interdesk.dialects.confd.resources import Handler, deleter
from interdesk.telephony import func_keys
from interdesk.telephony.errors import InputError
from interdesk.telephony.lookups import Asks, values
from interdesk.telephony.reading import listing
from interdesk.telephony.table import FUNC_KEY_TEMPLATES, USERS, Resource

TEMPLATES = FUNC_KEY_TEMPLATES.url


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose keys are meant. ``cls``: of the keys; ``member``: their key to the owner; ``read``: what is shown."""

    resource: Resource
    cls: str
    member: str
    read: Callable[[Asks, int], dict[int, Item]]


USER = Owner(USERS, func_keys.USER_KEY, "user_id", func_keys.unified)
TEMPLATE = Owner(FUNC_KEY_TEMPLATES, func_keys.TEMPLATE_KEY, "template_id", func_keys.of_template)


def _shown(call: Call, key: Item) -> Item:
    destination = dict(key["destination"])
    if destination["type"] == "user":
        destination["href"] = f"{call.base}/users/{destination['user_id']}"
    return {**key, "destination": destination}


def _all_shown(call: Call, keys: dict[int, Item]) -> Item:
    return {str(position): _shown(call, key) for position, key in keys.items()}


# -- keys by their positions


def key_of(owner: Owner) -> Handler:
    def read(call: Call) -> Answer:
        with call.look() as look:
            number = call.exists(look, owner.resource, call.ids[0])
            keys = owner.read(look, number)
        if call.ids[1] not in keys:
            raise func_keys.no_key(call.ids[1], **{owner.member: number})
        return Answer(200, _shown(call, keys[call.ids[1]]))

    return read


def put_key_of(owner: Owner) -> Handler:
    def put(call: Call) -> Answer:
        with call.look() as look:
            number = call.exists(look, owner.resource, call.ids[0])
        body = call.json()
        call.write(lambda tx: func_keys.put(tx, owner.cls, {owner.member: number}, call.ids[1], body))
        return DONE

    return put


def delete_key_of(owner: Owner) -> Handler:
    def delete(call: Call) -> Answer:
        def work(tx: Transaction) -> None:
            number = call.exists(tx, owner.resource, call.ids[0])
            func_keys.remove(tx, owner.cls, {owner.member: number}, call.ids[1])

        call.write(work)
        return DONE

    return delete


def keys_of_user(call: Call) -> Answer:
    with call.look() as look:
        user = call.exists(look, USERS, call.ids[0])
        keys = func_keys.unified(look, user)
    return Answer(200, linked(call.base, {"keys": _all_shown(call, keys)}, ("users", user)))


def destinations(call: Call) -> Answer:
    """What keys may lead to, with the names of the arguments."""
    shown = [{"type": kind, "parameters": list(arguments)} for kind, arguments in func_keys.DESTINATIONS.items()]
    return Answer(200, shown)


# -- templates


def _template(call: Call, key: int, name: str | None, keys: dict[int, Item]) -> Item:
    shown = {"id": key, "name": name or None, "keys": _all_shown(call, keys)}
    return linked(call.base, shown, (TEMPLATES, key))


def templates(call: Call) -> Answer:
    asked = call.asked()
    if asked.order and asked.order not in FUNC_KEY_TEMPLATES.sortable:
        raise InputError(f"order: column '{asked.order}' was not found")
    with call.look() as look:
        total, items = listing(call.desk, look.session, call.actor, FUNC_KEY_TEMPLATES, asked)
        keys = func_keys.of_templates(look, [item["id"] for item in items])
    return page(total, [_template(call, item["id"], item["name"], keys[item["id"]]) for item in items])


def create_template(call: Call) -> Answer:
    body = call.json()

    def work(tx: Transaction) -> Item:
        key = func_keys.create_template(tx, body)
        return _template(call, key, body.get("name"), func_keys.of_template(tx, key))

    shown = call.write(work)
    return Answer(201, shown, f"{call.base}/{TEMPLATES}/{shown['id']}")


def template(call: Call) -> Answer:
    with call.look() as look:
        key = call.exists(look, FUNC_KEY_TEMPLATES, call.ids[0])
        (name,) = values(look, FUNC_KEY_TEMPLATES.cls, key, "name") or ("",)
        return Answer(200, _template(call, key, name, func_keys.of_template(look, key)))


delete_template = deleter(FUNC_KEY_TEMPLATES)


# -- templates of users


def _user_template(call: Call, user: int, key: int) -> Item:
    return linked(call.base, {"user_id": user, "template_id": key}, (TEMPLATES, key), ("users", user))


def templates_of_user(call: Call) -> Answer:
    with call.look() as look:
        user = call.exists(look, USERS, call.ids[0])
        key = func_keys.template_of(look, user)
    return everything([_user_template(call, user, key)] if key else [])


def users_of_template(call: Call) -> Answer:
    with call.look() as look:
        key = call.exists(look, FUNC_KEY_TEMPLATES, call.ids[0])
        users = func_keys.users_of_template(look, key)
    return everything([_user_template(call, user, key) for user in users])


put_template = on_both(USERS, FUNC_KEY_TEMPLATES, func_keys.give_template)
take_template = on_both(USERS, FUNC_KEY_TEMPLATES, func_keys.take_template)
