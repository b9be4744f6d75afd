"""Rules of lines: what is made up, and when a telephone may take one. Source: facts ``xivo_confd_api.md`` 5 and 6."""

from __future__ import annotations

import secrets
import string
from functools import partial
from typing import TYPE_CHECKING

from interdesk.desk.drafts import Draft
from interdesk.desk.methods import AFTER, CHECK, COMPUTE, method
from interdesk.model import Issue
from interdesk.telephony.errors import Breach, ResourceError, wrong_type
from interdesk.telephony.lookups import internal_extension, rows, taken, values

if TYPE_CHECKING:
    from interdesk.desk import Transaction

LINE, DEVICE = "TelephonyLine", "TelephonyDevice"
LETTERS, CODE_DIGITS = string.ascii_lowercase + string.digits, "12345678"
NAME_LENGTH, CODE_LENGTH = 8, 6
ATTEMPTS = 100


@method(LINE, COMPUTE)
def make_up(draft: Draft, tx: Transaction) -> None:
    """A SIP account and the code by which a telephone can ask for the line."""
    own = draft.values
    if not own["username"]:
        own["username"] = _free(tx, "username", LETTERS, NAME_LENGTH)
    if not own["secret"]:
        own["secret"] = tx.desk.vault.seal(_random(LETTERS, NAME_LENGTH))
    if not own["provisioning_extension"]:
        own["provisioning_extension"] = _free(tx, "provisioning_extension", CODE_DIGITS, CODE_LENGTH)


def _random(letters: str, length: int) -> str:
    return "".join(secrets.choice(letters) for _ in range(length))


def _free(tx: Transaction, code: str, letters: str, length: int) -> str:
    for _ in range(ATTEMPTS):
        found = _random(letters, length)
        if not taken(tx, LINE, {code: found}, 0):
            return found
    raise ResourceError(f"no {code} is free any more")


@method(LINE, CHECK)
def rules_of_lines(draft: Draft, tx: Transaction) -> list[Issue]:
    """A position from 1 on, a SIP name of its own, and a telephone only with an internal number."""
    own, found = draft.values, []
    if own["device_slot"] is not None and own["device_slot"] < 1:
        found.append(wrong_type("device_slot", "a positive numeric", {"device_slot": own["device_slot"]}))
    errors: list[ResourceError] = []
    if draft.changed("username") and taken(tx, LINE, {"username": own["username"]}, draft.key):
        errors.append(ResourceError("Line already exists", {"username": own["username"]}))
    if own["device_id"] and draft.changed("device_id"):
        errors += _telephone(draft, tx)
    return [Breach(error) for error in (*found, *errors)]


def _telephone(draft: Draft, tx: Transaction) -> list[ResourceError]:
    before = values(tx, DEVICE, draft.before.get("device_id") or 0, "device_key")
    if before:
        return [ResourceError("Line is associated with a Device", {"line_id": draft.key, "device_id": before[0]})]
    if internal_extension(tx, draft.key) is None:
        return [ResourceError("Line must be associated with a Extension", {"line_id": draft.key})]
    return []


@method(LINE, AFTER)
def tell_telephone(draft: Draft, tx: Transaction) -> None:
    """A telephone is configured while it has a line, and shows the number of the first one."""
    old, new = draft.before.get("device_id") or 0, draft.values["device_id"]
    if old != new:
        for device in (old, new):
            if device:
                tx.tasks.add(partial(settle, tx, device))


def settle(tx: Transaction, device: int) -> None:
    """Brings the state of a telephone in line with the lines that it has."""
    found = values(tx, DEVICE, device, "plugin", "provisioning_status")
    if found is None:
        return
    lines = sorted(rows(tx, LINE, {"device_id": device}, "device_slot"), key=lambda row: (row[1], row[0]))
    number = internal_extension(tx, lines[0][0]) if lines else None
    status = "configured" if lines else waiting(found[0])
    tx.change(DEVICE, device, {"provisioning_status": status, "phonenumber": number[1] if number else ""})


def waiting(plugin: str) -> str:
    """The state of a telephone without line: a plugin gives it an automatic configuration."""
    return "autoprov" if plugin else "not_configured"
