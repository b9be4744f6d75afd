"""Operations beside the resources: telephones' commands, function keys, the server itself."""

from __future__ import annotations

from typing import Any

from interdesk.desk import Transaction, queries
from interdesk.dialects.confd.answers import Answer, Item, everything, linked, page
from interdesk.dialects.confd.call import Call
from interdesk.dialects.confd.resources import deleter
from interdesk.telephony import associations, func_keys
from interdesk.telephony.checks import checked
from interdesk.telephony.errors import InputError
from interdesk.telephony.lookups import Asks, values
from interdesk.telephony.reading import listing
from interdesk.telephony.setup import SERVER
from interdesk.telephony.table import DEVICES, FUNC_KEY_TEMPLATES, LIVE_RELOAD, USERS, Field

DONE = Answer(204)
TEMPLATES = FUNC_KEY_TEMPLATES.url
CODE = (Field("provisioning_extension", "", required=True, rule="digits", size=20),)


# -- telephones


def autoprov(call: Call) -> Answer:
    call.write(lambda tx: associations.to_autoprov(tx, call.exists(tx, DEVICES, call.ids[0])))
    return DONE


def synchronize(call: Call) -> Answer:
    """Answers that it is done: no provisioning server is attached that could tell the telephone to fetch anything."""
    with call.look() as look:
        call.exists(look, DEVICES, call.ids[0])
    return DONE


def provision(call: Call) -> Answer:
    """What dialling a line's code on the telephone does. An operation of Interdesk's own."""
    with call.look() as look:
        call.exists(look, DEVICES, call.ids[0])
    code = checked(CODE, call.json())["provisioning_extension"]

    def work(tx: Transaction) -> Item:
        line = associations.provision(tx, call.exists(tx, DEVICES, call.ids[0]), code)
        return {"device_id": call.ids[0], "line_id": line}

    pair = call.write(work)
    return Answer(200, linked(call.base, pair, ("devices", pair["device_id"]), ("lines", pair["line_id"])))


# -- function keys


def _key(call: Call, key: Item) -> Item:
    destination = dict(key["destination"])
    if destination["type"] == "user":
        destination["href"] = f"{call.base}/users/{destination['user_id']}"
    return {**key, "destination": destination}


def _keys(call: Call, keys: dict[int, Item]) -> Item:
    return {str(position): _key(call, key) for position, key in keys.items()}


def _template(call: Call, look: Asks, key: int, name: str | None) -> Item:
    shown = {"id": key, "name": name or None, "keys": _keys(call, func_keys.of_template(look, key))}
    return linked(call.base, shown, (TEMPLATES, key))


def templates(call: Call) -> Answer:
    asked = call.asked()
    if asked.order and asked.order not in FUNC_KEY_TEMPLATES.sortable:
        raise InputError(f"order: column '{asked.order}' was not found")
    with call.look() as look:
        total, items = listing(call.desk, look.session, call.actor, FUNC_KEY_TEMPLATES, asked)
        return page(total, [_template(call, look, item["id"], item["name"]) for item in items])


def create_template(call: Call) -> Answer:
    body = call.json()

    def work(tx: Transaction) -> Item:
        key = func_keys.create_template(tx, body)
        return _template(call, tx, key, body.get("name"))

    shown = call.write(work)
    return Answer(201, shown, f"{call.base}/{TEMPLATES}/{shown['id']}")


def template(call: Call) -> Answer:
    with call.look() as look:
        key = call.exists(look, FUNC_KEY_TEMPLATES, call.ids[0])
        (name,) = values(look, FUNC_KEY_TEMPLATES.cls, key, "name") or ("",)
        return Answer(200, _template(call, look, key, name))


def key_of_template(call: Call) -> Answer:
    with call.look() as look:
        owner = call.exists(look, FUNC_KEY_TEMPLATES, call.ids[0])
        keys = func_keys.of_template(look, owner)
    if call.ids[1] not in keys:
        raise func_keys.no_key(call.ids[1], template_id=owner)
    return Answer(200, _key(call, keys[call.ids[1]]))


def put_key_of_template(call: Call) -> Answer:
    with call.look() as look:
        owner = call.exists(look, FUNC_KEY_TEMPLATES, call.ids[0])
    body = call.json()
    call.write(lambda tx: func_keys.put(tx, func_keys.TEMPLATE_KEY, {"template_id": owner}, call.ids[1], body))
    return DONE


def delete_key_of_template(call: Call) -> Answer:
    def work(tx: Transaction) -> None:
        owner = call.exists(tx, FUNC_KEY_TEMPLATES, call.ids[0])
        func_keys.remove(tx, func_keys.TEMPLATE_KEY, {"template_id": owner}, call.ids[1])

    call.write(work)
    return DONE


def keys_of_user(call: Call) -> Answer:
    with call.look() as look:
        user = call.exists(look, USERS, call.ids[0])
        keys = func_keys.unified(look, user)
    return Answer(200, linked(call.base, {"keys": _keys(call, keys)}, ("users", user)))


def key_of_user(call: Call) -> Answer:
    with call.look() as look:
        user = call.exists(look, USERS, call.ids[0])
        keys = func_keys.unified(look, user)
    if call.ids[1] not in keys:
        raise func_keys.no_key(call.ids[1], user_id=user)
    return Answer(200, _key(call, keys[call.ids[1]]))


def put_key_of_user(call: Call) -> Answer:
    with call.look() as look:
        user = call.exists(look, USERS, call.ids[0])
    body = call.json()
    call.write(lambda tx: func_keys.put(tx, func_keys.USER_KEY, {"user_id": user}, call.ids[1], body))
    return DONE


def delete_key_of_user(call: Call) -> Answer:
    def work(tx: Transaction) -> None:
        user = call.exists(tx, USERS, call.ids[0])
        func_keys.remove(tx, func_keys.USER_KEY, {"user_id": user}, call.ids[1])

    call.write(work)
    return DONE


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


def put_template(call: Call) -> Answer:
    def work(tx: Transaction) -> None:
        user, key = call.exists(tx, USERS, call.ids[0]), call.exists(tx, FUNC_KEY_TEMPLATES, call.ids[1])
        tx.update(USERS.cls, user, {"func_key_template_id": key})

    call.write(work)
    return DONE


def delete_template(call: Call) -> Answer:
    def work(tx: Transaction) -> None:
        user, key = call.exists(tx, USERS, call.ids[0]), call.exists(tx, FUNC_KEY_TEMPLATES, call.ids[1])
        if func_keys.template_of(tx, user) == key:
            tx.update(USERS.cls, user, {"func_key_template_id": 0})

    call.write(work)
    return DONE


delete_whole_template = deleter(FUNC_KEY_TEMPLATES)


def destinations(call: Call) -> Answer:
    """What keys may lead to, with the names of the arguments."""
    shown = [{"type": kind, "parameters": list(arguments)} for kind, arguments in func_keys.DESTINATIONS.items()]
    return Answer(200, shown)


# -- the server


def infos(call: Call) -> Answer:
    with call.look() as look:
        _, identity, _ = _server(look)
    return Answer(200, {"uuid": identity, "links": [{"rel": "infos", "href": f"{call.base}/infos"}]})


def live_reload(call: Call) -> Answer:
    with call.look() as look:
        _, _, enabled = _server(look)
    return Answer(200, {"enabled": bool(enabled), "links": []})


def put_live_reload(call: Call) -> Answer:
    enabled = checked(LIVE_RELOAD, call.json())["enabled"]

    def work(tx: Transaction) -> None:
        tx.update(SERVER, _server(tx)[0], {"live_reload": enabled})

    call.write(work)
    return DONE


def _server(look: Asks) -> tuple[Any, ...]:
    """(id, identity, live reload)"""
    query = queries.every(look.desk.model.cls(SERVER))
    return look.session.fetch(look.desk.store.compiler.select(query, ("id", "uuid", "live_reload")))[0]
