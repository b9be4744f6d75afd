"""Orders for other servers: placed in a transaction, carried out after it, once.

A call that is made inside a transaction could not be taken back with it, so an order is an object first. A job carries
it out; one that was interrupted is not tried again by itself, since nobody knows how far it came.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from interdesk.client.confd import Confd
from interdesk.desk import SYSTEM, Desk, queries
from interdesk.errors import InterdeskError
from interdesk.telephony.errors import InputError
from interdesk.telephony.lookups import rows, values
from interdesk.telephony.provisioning import Provisioned, Wanted
from interdesk.telephony.remote import There, provision_there

if TYPE_CHECKING:
    from interdesk.desk import Transaction

ORDER, REMOTE = "TelephonyOrder", "TelephonyRemote"
INTERRUPTED = "It was interrupted: look on the server what is there already"
COMMENT = "Telephony order"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an order; ``done`` None: ``reason`` tells why not. ``step``: of the flow that placed it."""

    step: int
    done: Provisioned | None
    reason: str = ""


Settle = Callable[["Transaction", Outcome], None]


def place(tx: Transaction, server: str, asked: Wanted, step: int = 0) -> int:
    """A new order for the server of that name. Raises InputError."""
    found = rows(tx, REMOTE, {"name": server})
    if not found:
        raise InputError(f"field 'server': there is no {REMOTE} of the name {server}")
    wanted = tx.desk.vault.seal(json.dumps(asdict(asked)))
    return tx.create(ORDER, {"remote_id": found[0][0], "placed": tx.now, "wanted": wanted, "flow_step": step})


def carry_out(desk: Desk, settle: Settle) -> int:
    """Carries out what waits, one order after the other; how many. Nobody else may do so at the same time.

    ``settle`` hears of each outcome in the transaction that stores it.
    """
    if ORDER not in desk.model.classes:
        return 0
    with desk.reading() as reader:
        left = reader.keys(queries.by_criteria(desk.model.cls(ORDER), {"status": "running"}), {})
        waiting = reader.keys(queries.by_criteria(desk.model.cls(ORDER), {"status": "waiting"}), {})
    for key, _ in left:
        _finish(desk, settle, key, None, INTERRUPTED)
    for key in sorted(key for key, _ in waiting):
        _carry_out(desk, settle, key)
    return len(waiting)


def _carry_out(desk: Desk, settle: Settle, key: int) -> None:
    with desk.transaction(SYSTEM, comment=COMMENT) as tx:
        sealed, remote = values(tx, ORDER, key, "wanted", "remote_id") or ("", 0)
        tx.update(ORDER, key, {"status": "running"})
        server = tx.reader.whole(desk.model.cls(REMOTE), remote)
    try:
        asked = Wanted(**json.loads(desk.vault.reveal(sealed)))
        done = provision_there(There(_confd(desk, server)), asked)
    except InterdeskError as problem:
        _finish(desk, settle, key, None, problem.message)
    else:
        _finish(desk, settle, key, done, "")


def _confd(desk: Desk, server: Mapping[str, Any]) -> Confd:
    """Raises InputError for an address or a certificate that cannot be used."""
    try:
        context = ssl.create_default_context(cadata=server["certificate"]) if server["certificate"] else None
        return Confd(
            server["url"],
            username=server["login"] or "",
            password=desk.vault.reveal(server["password"]),
            token=desk.vault.reveal(server["token"]),
            modern=bool(server["modern"]),
            context=context,
        )
    except (ValueError, OSError) as problem:
        raise InputError(f"{server['name']}: {problem}") from problem


def _finish(desk: Desk, settle: Settle, key: int, done: Provisioned | None, reason: str) -> None:
    def work(tx: Transaction) -> None:
        (step,) = values(tx, ORDER, key, "flow_step") or (0,)
        told = f"user {done.user}, line {done.line}, number {done.exten}" if done else reason
        tx.update(ORDER, key, {"status": "done" if done else "failed", "message": told})
        settle(tx, Outcome(step or 0, done, reason))

    desk.write(SYSTEM, work, comment=COMMENT)
