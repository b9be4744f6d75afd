"""Operations beside the resources: telephones' commands, the server itself."""

from __future__ import annotations

from typing import Any

from interdesk.desk import Transaction, queries
from interdesk.dialects.confd.answers import Answer, Item, linked
from interdesk.dialects.confd.call import Call
from interdesk.telephony import associations
from interdesk.telephony.checks import checked
from interdesk.telephony.lookups import Asks
from interdesk.telephony.setup import SERVER
from interdesk.telephony.table import DEVICES, LIVE_RELOAD, Field

DONE = Answer(204)
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
