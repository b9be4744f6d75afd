"""What is provisioned, read in one moment: lines with their numbers, telephones with their lines, voicemails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from interdesk.telephony.lookups import INCOMING, INTERNAL, Asks, rows

SIP = "sip"


@dataclass(frozen=True, slots=True)
class Number:
    """What is dialled, and the context that it is dialled in."""

    exten: str
    context: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A voicemail as the call server needs it."""

    number: Number
    name: str
    password: str
    email: str
    pager: str
    timezone: str
    language: str
    most: int | None
    attach: bool
    delete: bool


@dataclass(frozen=True, slots=True)
class Owner:
    """The main user of a line. ``mailbox``: an enabled one."""

    language: str
    music: str
    subroutine: str
    mailbox: Mailbox | None


@dataclass(frozen=True, slots=True)
class Key:
    """A function key. ``dialled``: what it calls, '' when that is known to the call server alone."""

    position: int
    label: str
    watches: bool
    dialled: str


@dataclass(slots=True)
class Line:
    """A line with its SIP account, numbers and owner."""

    key: int
    name: str
    secret: str
    context: str
    caller_id: str
    slot: int
    owner: Owner | None = None
    internal: Number | None = None
    incoming: list[Number] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)


@dataclass(slots=True)
class Telephone:
    """``lines`` in the order of their positions."""

    mac: str
    vendor: str
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``lines`` in the order of their names; ``telephones`` have lines, and are in the order of their addresses."""

    lines: list[Line]
    mailboxes: list[Mailbox]
    telephones: list[Telephone]


def take(look: Asks) -> Snapshot:
    """Seven statements, however much there is. Numbers that are out of service are left out."""
    mailboxes = _mailboxes(look)
    users = _users(look, mailboxes)
    owners = {user.line: user.owner for user in users.values() if user.is_main}
    lines: dict[int, Line] = {}
    devices: dict[int, list[Line]] = {}
    codes = ("username", "secret", "context_name", "callerid", "device_slot", "device_id")
    for key, name, secret, context, caller_id, slot, device in rows(look, "TelephonyLine", {"protocol": SIP}, *codes):
        revealed = look.desk.vault.reveal(secret)
        line = Line(key, name or "", revealed, context, caller_id or "", slot, owners.get(key))
        lines[key] = line
        devices.setdefault(device or 0, []).append(line)
    _numbers(look, lines)
    _keys(look, lines, users)
    found = sorted(lines.values(), key=lambda line: (line.name, line.key))
    return Snapshot(found, [mailboxes[key] for key in sorted(mailboxes)], _telephones(look, devices))


def _mailboxes(look: Asks) -> dict[int, Mailbox]:
    codes = (
        "number", "context_name", "name", "password", "email", "pager", "timezone", "language",
        "max_messages", "attach_audio", "delete_messages",
    )  # fmt: skip
    found = {}
    for key, number, context, name, password, *texts, most, attach, delete in rows(
        look, "TelephonyVoicemail", {}, *codes
    ):
        email, pager, timezone, language = (text or "" for text in texts)
        secret = look.desk.vault.reveal(password)
        found[key] = Mailbox(
            Number(number, context), name, secret, email, pager, timezone, language, most, bool(attach), bool(delete)
        )
    return found


@dataclass(frozen=True, slots=True)
class _User:
    line: int
    is_main: bool
    template: int
    owner: Owner


def _users(look: Asks, mailboxes: Mapping[int, Mailbox]) -> dict[int, _User]:
    codes = (
        "line_id", "main_user", "func_key_template_id", "language", "music_on_hold", "preprocess_subroutine",
        "voicemail_id", "voicemail_enabled",
    )  # fmt: skip
    found = {}
    for key, line, main, template, language, music, subroutine, voicemail, enabled in rows(
        look, "TelephonyUser", {}, *codes
    ):
        mailbox = mailboxes.get(voicemail or 0) if enabled else None
        owner = Owner(language or "", music or "", subroutine or "", mailbox)
        found[key] = _User(line or 0, bool(main), template or 0, owner)
    return found


def _numbers(look: Asks, lines: Mapping[int, Line]) -> None:
    codes = ("exten", "context_name", "context_type", "commented", "line_id")
    for _, exten, context, kind, commented, line in rows(look, "TelephonyExtension", {}, *codes):
        if commented or line not in lines:
            continue
        if kind == INTERNAL:
            lines[line].internal = Number(exten, context)
        elif kind == INCOMING:
            lines[line].incoming.append(Number(exten, context))


def _keys(look: Asks, lines: Mapping[int, Line], users: Mapping[int, _User]) -> None:
    """Keys of main users. A user's own key hides the one of his template."""
    codes = ("position", "label", "blf", "type", "arguments", "target_user_id")

    def key(position: int, label: str, blf: int, kind: str, arguments: str, target: int) -> Key:
        called = lines.get(users[target].line) if target in users else None
        dialled = called.internal.exten if kind == "user" and called and called.internal else ""
        if kind == "custom":
            dialled = str(json.loads(arguments or "{}").get("exten") or "")
        return Key(position, label or "", bool(blf), dialled)

    of_templates: dict[int, dict[int, Key]] = {}
    for _, template, *values in rows(look, "TelephonyTemplateKey", {}, "template_id", *codes):
        of_templates.setdefault(template, {})[values[0]] = key(*values)
    own: dict[int, dict[int, Key]] = {}
    for _, user, *values in rows(look, "TelephonyUserKey", {}, "user_id", *codes):
        own.setdefault(user, {})[values[0]] = key(*values)
    for number, user in users.items():
        if user.is_main and user.line in lines:
            both = {**of_templates.get(user.template, {}), **own.get(number, {})}
            lines[user.line].keys = [both[position] for position in sorted(both)]


def _telephones(look: Asks, lines: Mapping[int, list[Line]]) -> list[Telephone]:
    found = []
    for key, mac, vendor in rows(look, "TelephonyDevice", {}, "mac", "vendor"):
        if own := lines.get(key):
            found.append(Telephone(mac or "", vendor or "", sorted(own, key=lambda line: (line.slot, line.key))))
    return sorted(found, key=lambda telephone: telephone.mac)
