"""What ``interdesk demo`` has of telephony: contexts, a web service account, and what the seed tutorial shows."""

from __future__ import annotations

from interdesk.desk import SYSTEM, Desk, Transaction
from interdesk.desk.bootstrap import find_user
from interdesk.telephony import accounts, associations, setup
from interdesk.telephony.lookups import rows

LOGIN, PASSWORD = "admin", "proformatique"
USERS: tuple[tuple[str, str, dict[str, str]], ...] = (  # first name, last name, and further members
    ("Mao", "Abdoulai", {}),
    ("Mamasta", "Michel-Brunnemer", {"username": "mamasta", "password": "mamasta"}),
    (
        "Fodé",
        "Sanderson",
        {"username": "fode", "password": "fode", "language": "fr_FR", "timezone": "America/Montreal"},
    ),
)
NUMBERS = ("1000", "1001", "1002")  # internal ones of the users, in their order
INCOMING = ("1000", "1001", "2000", "3000", "4000")
WAITING = "00:08:5d:31:ef:e0"  # a telephone that nobody has taken yet
PLUGIN = "interdesk-generic"


def fill(desk: Desk, login: str, *, empty: bool) -> None:
    """Stores it all in one transaction. ``login``: the user that the account acts as."""
    with desk.transaction(SYSTEM, comment="Sample telephony") as tx:
        setup.usual_contexts(tx)
        user = find_user(tx, login)
        assert user is not None
        accounts.add(tx, LOGIN, PASSWORD, user[0])
        if not empty:
            _people(tx)


def _people(tx: Transaction) -> None:
    contexts = {name: key for key, name in rows(tx, "TelephonyContext", {}, "name")}
    for (first, last, more), number in zip(USERS, NUMBERS, strict=True):
        user = tx.create("TelephonyUser", {"firstname": first, "lastname": last, **more})
        line = tx.create("TelephonyLine", {"context_id": contexts["default"], "device_slot": 1})
        values = {"exten": number, "context_id": contexts["default"]}
        associations.add_line(tx, user, line)
        associations.add_extension(tx, line, tx.create("TelephonyExtension", values))
    for number in INCOMING:
        tx.create("TelephonyExtension", {"exten": number, "context_id": contexts["from-extern"]})
    tx.create("TelephonyPlugin", {"name": PLUGIN})
    owner = next(key for key, name in rows(tx, "Organization", {}, "name") if name == "MyOrg")
    tx.create(
        "TelephonyDevice",
        {
            "org_id": owner,
            "name": WAITING,
            "mac": WAITING,
            "plugin": PLUGIN,
            "vendor": "Aastra",
            "device_model": "6731i",
            "provisioning_status": "autoprov",
        },
    )
