"""What is connected with what: users with lines, lines with extensions and telephones, users with voicemails.

The rules themselves stand with the classes; here are the questions that a request asks before. ``again``: what is
connected already stays so without a complaint, as the later forms of the requests have it (facts 8).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from interdesk.desk import queries
from interdesk.telephony.errors import Missing, ResourceError, not_found, unknown_reference
from interdesk.telephony.lookups import INTERNAL, Asks, internal_extension, rows, values
from interdesk.telephony.rules_lines import waiting

if TYPE_CHECKING:
    from interdesk.desk import Transaction

USER, LINE, EXTENSION = "TelephonyUser", "TelephonyLine", "TelephonyExtension"
VOICEMAIL, DEVICE, PROFILE = "TelephonyVoicemail", "TelephonyDevice", "TelephonyCtiProfile"
Pair = dict[str, Any]


def known(tx: Transaction, cls: str, key: int, field: str, kind: str) -> int:
    """An id of a body. Raises InputError when there is no such object."""
    if not 0 < key < 2**31 or tx.seen(cls, key) is None:
        raise unknown_reference(field, kind)
    return key


# -- users and lines


def add_line(tx: Transaction, user: int, line: int, *, again: bool = False) -> Pair:
    old = _of(tx, USER, user, "line_id")
    if old == line and again:
        return line_of_user(tx, user)[0]
    if old:
        raise ResourceError("User is associated with a Line", {"line_id": line, "user_id": user})
    tx.update(USER, user, {"line_id": line})
    return line_of_user(tx, user)[0]


def remove_line(tx: Transaction, user: int, line: int) -> None:
    if _of(tx, USER, user, "line_id") != line:
        raise not_found("UserLine", line_id=line, user_id=user)
    tx.update(USER, user, {"line_id": 0})


def line_of_user(tx: Asks, user: int) -> list[Pair]:
    line, main = values(tx, USER, user, "line_id", "main_user") or (0, 0)
    return [_user_line(user, line, main)] if line else []


def lines_of_users(tx: Asks, users: Collection[int]) -> dict[int, int]:
    """user -> line, for those who have one."""
    query = queries.by_ids(tx.desk.model.cls(USER))
    found = tx.session.fetch(
        tx.desk.store.compiler.select(query, ("id", "line_id"), ordered=False), {"ids": list(users)}
    )
    return {user: line for user, line in found if line}


def users_of_line(tx: Asks, line: int) -> list[Pair]:
    """The main user first."""
    found = sorted(rows(tx, USER, {"line_id": line}, "main_user"), key=lambda row: (-(row[1] or 0), row[0]))
    return [_user_line(user, line, main) for user, main in found]


def _user_line(user: int, line: int, main: int | None) -> Pair:
    return {"user_id": user, "line_id": line, "main_user": bool(main), "main_line": True}


# -- lines and extensions


def add_extension(tx: Transaction, line: int, extension: int, *, again: bool = False) -> Pair:
    """Gives a line a number. Raises TelephonyError."""
    old, kind = values(tx, EXTENSION, extension, "line_id", "context_type") or (0, "")
    if old == line and again:
        return _line_extension(line, extension)
    if old:
        if kind == INTERNAL and (other := internal_extension(tx, line)):
            raise ResourceError("Line is associated with a Extension", {"line_id": line, "extension_id": other[0]})
        raise ResourceError("Extension is associated with a Line", {"line_id": old, "extension_id": extension})
    tx.update(EXTENSION, extension, {"line_id": line})
    return _line_extension(line, extension)


def remove_extension(tx: Transaction, line: int, extension: int) -> None:
    if _of(tx, EXTENSION, extension, "line_id") != line:
        details = {"line_id": line, "extension_id": extension}
        raise ResourceError("Line must be associated with a Extension", details)
    tx.update(EXTENSION, extension, {"line_id": 0})


def extensions_of_line(tx: Asks, line: int) -> list[Pair]:
    """The internal one first."""
    found = rows(tx, EXTENSION, {"line_id": line}, "context_type")
    found.sort(key=lambda row: (row[1] != INTERNAL, row[0]))
    return [_line_extension(line, row[0]) for row in found]


def internal_of_line(tx: Asks, line: int) -> Pair:
    """Raises Missing."""
    found = internal_extension(tx, line)
    if found is None:
        raise not_found("LineExtension", line_id=line)
    return _line_extension(line, found[0])


def line_of_extension(tx: Asks, extension: int) -> Pair:
    """Raises Missing."""
    line = _of(tx, EXTENSION, extension, "line_id")
    if not line:
        raise not_found("LineExtension", extension_id=extension)
    return _line_extension(line, extension)


def lines_of_extension(tx: Asks, extension: int) -> list[Pair]:
    return [line_of_extension(tx, extension)] if _of(tx, EXTENSION, extension, "line_id") else []


def _line_extension(line: int, extension: int) -> Pair:
    return {"line_id": line, "extension_id": extension}


# -- lines and telephones


def add_device(tx: Transaction, line: int, device: int) -> None:
    if _of(tx, LINE, line, "device_id") != device:
        tx.update(LINE, line, {"device_id": device})


def remove_device(tx: Transaction, line: int, device: int) -> None:
    if _of(tx, LINE, line, "device_id") == device:
        tx.update(LINE, line, {"device_id": 0})


def to_autoprov(tx: Transaction, device: int) -> None:
    """Back to the automatic configuration: without lines and options."""
    for line in rows(tx, LINE, {"device_id": device}):
        tx.update(LINE, line[0], {"device_id": 0})
    plugin = _of(tx, DEVICE, device, "plugin")
    tx.update(DEVICE, device, {"options": "", "provisioning_status": waiting(plugin)})


def provision(tx: Transaction, device: int, code: str) -> int | None:
    """What happens when somebody dials a line's provisioning code on a waiting telephone: it gets the line.

    Returns the line; None when the line has no internal extension: the telephone then waits on. Raises Missing for a
    code of no line.
    """
    found = rows(tx, LINE, {"provisioning_extension": code}) if code else []
    if not found:
        raise not_found("Line", provisioning_extension=code)
    line = int(found[0][0])
    if internal_extension(tx, line) is None:
        to_autoprov(tx, device)
        return None
    before = _of(tx, LINE, line, "device_id")
    if before and before != device:
        tx.update(LINE, line, {"device_id": 0})
    add_device(tx, line, device)
    return line


# -- users and voicemails


def add_voicemail(tx: Transaction, user: int, voicemail: int, *, enabled: bool = True, again: bool = False) -> Pair:
    old = _of(tx, USER, user, "voicemail_id")
    if old and not (again and old == voicemail):
        raise ResourceError("User is associated with a Voicemail", {"voicemail_id": voicemail, "user_id": user})
    tx.update(USER, user, {"voicemail_id": voicemail, "voicemail_enabled": enabled})
    return voicemail_of_user(tx, user)


def voicemail_of_user(tx: Asks, user: int) -> Pair:
    """Raises Missing."""
    voicemail, enabled = values(tx, USER, user, "voicemail_id", "voicemail_enabled") or (0, 0)
    if not voicemail:
        raise no_voicemail(user)
    return {"user_id": user, "voicemail_id": voicemail, "enabled": bool(enabled)}


def voicemails_of_user(tx: Asks, user: int) -> list[Pair]:
    return [voicemail_of_user(tx, user)] if _of(tx, USER, user, "voicemail_id") else []


def users_of_voicemail(tx: Asks, voicemail: int) -> list[Pair]:
    found = rows(tx, USER, {"voicemail_id": voicemail}, "voicemail_enabled")
    return [{"user_id": row[0], "voicemail_id": voicemail, "enabled": bool(row[1])} for row in found]


def remove_voicemail(tx: Transaction, user: int) -> None:
    voicemail_of_user(tx, user)
    tx.update(USER, user, {"voicemail_id": 0, "voicemail_enabled": False})


def no_voicemail(user: int) -> Missing:
    return not_found("UserVoicemail", user_id=user)


# -- users and their client


def cti_of_user(tx: Asks, user: int) -> Pair:
    profile, enabled = values(tx, USER, user, "cti_profile_id", "cti_enabled") or (0, 0)
    return {"user_id": user, "cti_profile_id": profile or None, "enabled": bool(enabled)}


def edit_cti(tx: Transaction, user: int, given: Pair) -> None:
    """``given``: checked members of a body."""
    changes: Pair = {}
    if "cti_profile_id" in given:
        profile = given["cti_profile_id"]
        changes["cti_profile_id"] = known(tx, PROFILE, profile, "cti_profile_id", "CtiProfile") if profile else 0
    if given.get("enabled") is not None:
        changes["cti_enabled"] = given["enabled"]
    tx.update(USER, user, changes)


def _of(tx: Asks, cls: str, key: int, code: str) -> Any:
    found = values(tx, cls, key, code)
    return found[0] if found else 0
