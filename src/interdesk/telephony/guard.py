"""What may not be deleted while something else needs it, whichever dialect asks. Source: facts 5 and 6."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from interdesk.telephony.errors import InUse, ResourceError
from interdesk.telephony.lookups import INCOMING, rows, values

if TYPE_CHECKING:
    from interdesk.desk import Transaction
    from interdesk.desk.drafts import Draft


class Guard:
    """An observer of the desk."""

    def written(self, tx: Transaction, draft: Draft, changes: list[str]) -> None:
        """Writes are judged by the rules of the classes."""

    def deleting(self, tx: Transaction, doomed: Sequence[tuple[str, int]]) -> None:
        """Raises InUse."""
        for cls, key in doomed:
            if cls in HINDRANCES and (error := HINDRANCES[cls](tx, key)):
                raise InUse(error)

    def deleted(self, tx: Transaction, draft: Draft) -> None:
        """Nothing is left to judge."""

    def concerned(self, tx: Transaction, name: str) -> bool:
        return name in HINDRANCES


def _user(tx: Transaction, key: int) -> ResourceError | None:
    line, voicemail = values(tx, "TelephonyUser", key, "line_id", "voicemail_id") or (0, 0)
    if voicemail:
        return ResourceError("User is associated with a Voicemail", {"voicemail_id": voicemail, "user_id": key})
    return ResourceError("User is associated with a Line", {"line_ids": (line,)}) if line else None


def _line(tx: Transaction, key: int) -> ResourceError | None:
    used = any(rows(tx, cls, {"line_id": key}) for cls in ("TelephonyUser", "TelephonyExtension"))
    return ResourceError("Line is associated with a Resource", {"line_id": key}) if used else None


def _extension(tx: Transaction, key: int) -> ResourceError | None:
    line, kind = values(tx, "TelephonyExtension", key, "line_id", "context_type") or (0, "")
    if not line:
        return None
    if kind == INCOMING:
        details = {"associated_id": str(line), "extension_id": key}
        return ResourceError("Extension is associated with a incall", details)
    return ResourceError("Extension is associated with a Line", {"line_id": line, "extension_id": key})


def _device(tx: Transaction, key: int) -> ResourceError | None:
    lines = tuple(row[0] for row in rows(tx, "TelephonyLine", {"device_id": key}))
    if not lines:
        return None
    (identifier,) = values(tx, "TelephonyDevice", key, "device_key") or ("",)
    return ResourceError("Device is associated with a Line", {"line_ids": lines, "device_id": identifier})


def voicemail_in_use(tx: Transaction, key: int) -> ResourceError | None:
    used = rows(tx, "TelephonyUser", {"voicemail_id": key})
    return ResourceError("Voicemail is associated with a User") if used else None


HINDRANCES: dict[str, Callable[[Transaction, int], ResourceError | None]] = {
    "TelephonyUser": _user,
    "TelephonyLine": _line,
    "TelephonyExtension": _extension,
    "TelephonyDevice": _device,
    "TelephonyVoicemail": voicemail_in_use,
}
