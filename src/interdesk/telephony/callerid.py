"""Names as telephones show them. Rules: facts ``xivo_confd_api.md`` 5 and 6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk.telephony.lookups import internal_extension, rows

if TYPE_CHECKING:
    from interdesk.desk import Transaction


def of_name(firstname: str, lastname: str) -> str:
    """With the blank behind a first name that has no last name, as the original keeps it."""
    return f'"{firstname} {lastname}"'


def quoted(given: str) -> str:
    return '"' + given.strip('"') + '"'


def full_name(firstname: str, lastname: str) -> str:
    return f"{firstname} {lastname}".strip()


def refresh(tx: Transaction, line: int, *, cleared: bool = False) -> None:
    """Gives a line the name of its main user and its internal number; nothing without user unless ``cleared``."""
    if tx.final_class("TelephonyLine", line) is None:
        return
    users = rows(tx, "TelephonyUser", {"line_id": line, "main_user": 1}, "firstname", "lastname")
    if not users:
        if cleared:
            tx.change("TelephonyLine", line, {"callerid": ""})
        return
    _, firstname, lastname = users[0]
    shown = f'"{full_name(firstname, lastname)}"'
    if extension := internal_extension(tx, line):
        shown += f" <{extension[1]}>"
    tx.change("TelephonyLine", line, {"callerid": shown})
