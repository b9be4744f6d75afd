"""Rules of telephone users: caller id, line, voicemail, client. Source: facts ``xivo_confd_api.md`` 5 and 6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk.desk.drafts import Draft
from interdesk.desk.methods import AFTER, CHECK, COMPUTE, method
from interdesk.model import Issue
from interdesk.telephony import callerid
from interdesk.telephony.errors import Breach, ResourceError
from interdesk.telephony.lookups import INCOMING, internal_extension, rows, values

if TYPE_CHECKING:
    from interdesk.desk import Transaction

USER, LINE = "TelephonyUser", "TelephonyLine"
NAME = ("firstname", "lastname")


@method(USER, COMPUTE)
def fill_in(draft: Draft, tx: Transaction) -> None:
    """The caller id that follows from the name, and who is the main user of a line."""
    own = draft.values
    before = draft.before.get("caller_id") or ""
    given = callerid.quoted(own["caller_id"]) if own["caller_id"] else ""
    if given and given != before:
        own["caller_id"] = given
    elif not given or any(draft.changed(code) for code in NAME):
        own["caller_id"] = callerid.of_name(own["firstname"], own["lastname"])
    if not own["line_id"]:
        own["main_user"] = 0
    elif draft.changed("line_id"):
        tx.session.serialise("telephony users of a line", [own["line_id"]])
        own["main_user"] = int(not _others(draft, tx, own["line_id"]))
    elif draft.changed("main_user"):
        own["main_user"] = draft.before["main_user"]  # nobody is promoted


def _others(draft: Draft, tx: Transaction, line: int) -> list[int]:
    return [row[0] for row in rows(tx, USER, {"line_id": line}) if row[0] != draft.key]


@method(USER, CHECK)
def rules_of_users(draft: Draft, tx: Transaction) -> list[Issue]:
    """One line and one voicemail at most, each taken and left by the rules; and nobody is lost who is called."""
    return [
        Breach(error) for error in (_line(draft, tx), _voicemail(draft), _client(draft), _person(draft, tx)) if error
    ]


def _line(draft: Draft, tx: Transaction) -> ResourceError | None:
    old, new = draft.before.get("line_id") or 0, draft.values["line_id"]
    if old == new or not old:
        return None
    if new:
        return ResourceError("User is associated with a Line", {"line_id": old, "user_id": draft.key})
    return line_may_be_left(draft, tx, old)


def line_may_be_left(draft: Draft, tx: Transaction, line: int) -> ResourceError | None:
    """The main user leaves last, and nobody leaves while a telephone uses the line."""
    found = values(tx, LINE, line, "device_id", "device_key")
    if found and found[0]:
        return ResourceError("Line is associated with a Device", {"line_id": line, "device_id": found[1]})
    if draft.before["main_user"] and _others(draft, tx, line):
        return ResourceError("There are secondary users associated to the line", {"line_id": line})
    return None


def _voicemail(draft: Draft) -> ResourceError | None:
    old, new = draft.before.get("voicemail_id") or 0, draft.values["voicemail_id"]
    if old == new or not new:
        return None
    if old:
        return ResourceError("User is associated with a Voicemail", {"voicemail_id": old, "user_id": draft.key})
    if not draft.values["line_id"]:
        return ResourceError("User must be associated with a Line", {"user_id": draft.key})
    return None


def _client(draft: Draft) -> ResourceError | None:
    own = draft.values
    if own["cti_enabled"] and not (own["username"] and own["password"]):
        text = "User must have a username and password to enable a CtiProfile"
        return ResourceError(text, {"user_id": draft.key})
    return None


def _person(draft: Draft, tx: Transaction) -> ResourceError | None:
    """A person whose telephone rings does not go: only who writes the key himself may empty it then."""
    line = draft.values["line_id"]
    if draft.values["person_id"] or not draft.before.get("person_id") or not line or "person_id" in draft.given:
        return None
    name = (values(tx, LINE, line, "username") or ("",))[0]
    number = internal_extension(tx, line)
    shown = f"{name}, number {number[1]}" if number else name
    return ResourceError(f"The person has a telephone line ({shown}): disconnect it first")


@method(USER, AFTER)
def follow(draft: Draft, tx: Transaction) -> None:
    """The line is called after its main user; the voicemail after its user; nothing stays on a line without user."""
    old, new = draft.before.get("line_id") or 0, draft.values["line_id"]
    if old and old != new:
        tx.tasks.add(lambda: _left(tx, old))
    if new and draft.values["main_user"]:
        tx.tasks.add(lambda: callerid.refresh(tx, new))
    voicemail = draft.values["voicemail_id"]
    if voicemail and not draft.is_new and any(draft.changed(code) for code in NAME):
        name = callerid.full_name(draft.values["firstname"], draft.values["lastname"])
        tx.tasks.add(lambda: _rename(tx, voicemail, name))


def _left(tx: Transaction, line: int) -> None:
    if rows(tx, USER, {"line_id": line}):
        return
    callerid.refresh(tx, line, cleared=True)
    # Incoming calls go to the main user: without one their numbers are free again.
    for key, kind in rows(tx, "TelephonyExtension", {"line_id": line}, "context_type"):
        if kind == INCOMING:
            tx.change("TelephonyExtension", key, {"line_id": 0})


def _rename(tx: Transaction, voicemail: int, name: str) -> None:
    if tx.final_class("TelephonyVoicemail", voicemail):
        tx.change("TelephonyVoicemail", voicemail, {"name": name})
