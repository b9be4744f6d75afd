"""The files of an Asterisk: SIP accounts (pjsip), dialplan, voicemail boxes. Made to be included by its own files.

Names stand in the dialplan only as SIP accounts and numbers, never as free text; see ``texts``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from interdesk.telephony.export.snapshot import Line, Mailbox, Number, Snapshot
from interdesk.telephony.export.texts import EMAIL, NAME, LeftOut, caller_id, digits, name, plain, secret, value

RING_SECONDS = 30
Tell = Callable[[str], None]
PJSIP, DIALPLAN, VOICEMAIL = "pjsip.conf", "extensions.conf", "voicemail.conf"
HEAD = "; Made by interdesk telephony export. Changes made here are lost.\n"
CODECS = "opus,g722,alaw,ulaw"


def files(snapshot: Snapshot, tell: Tell) -> dict[str, str]:
    """name -> text. ``tell`` hears what had to be left out, and why."""
    lines = [line for line in snapshot.lines if _usable(line, tell)]
    boxes = [box for box in snapshot.mailboxes if _usable_box(box, tell)]
    kept = {box.number for box in boxes}
    return {
        PJSIP: HEAD + "".join(_account(line, kept) for line in lines),
        DIALPLAN: HEAD + _dialplan(lines, kept),
        VOICEMAIL: HEAD + _mailboxes(boxes),
    }


def _usable(line: Line, tell: Tell) -> bool:
    try:
        name(line.name, "the SIP name")
        name(line.context, "the context")
        secret(line.secret, f"the secret of {line.name}")
        for number in (*line.incoming, *([line.internal] if line.internal else [])):
            _number(number)
    except LeftOut as reason:
        tell(f"line {line.key} is left out: {reason}")
        return False
    return True


def _usable_box(box: Mailbox, tell: Tell) -> bool:
    try:
        _number(box.number)
        if box.password:
            digits(box.password, "the password")
    except LeftOut as reason:
        # A password is told to nobody, not even a wrong one.
        told = "its password is no number" if "password" in str(reason) else str(reason)
        tell(f"voicemail {plain(box.name)!r} is left out: {told}")
        return False
    return True


def _number(number: Number) -> None:
    digits(number.exten, "the extension")
    name(number.context, "the context")


def _sections(entries: Iterable[tuple[str, str]]) -> str:
    """Entries under a heading for each section, both in order."""
    by_section: dict[str, list[str]] = {}
    for section, entry in sorted(entries):
        by_section.setdefault(section, []).append(entry)
    return "".join(f"\n[{section}]\n" + "".join(entries) for section, entries in by_section.items())


# -- SIP accounts


def _account(line: Line, boxes: set[Number]) -> str:
    shown, number = caller_id(line.caller_id)
    endpoint = {
        "type": "endpoint",
        "context": line.context,
        "disallow": "all",
        "allow": CODECS,
        "auth": line.name,
        "aors": line.name,
        "callerid": value(f'"{shown}" <{number}>' if number else f'"{shown}"') if shown or number else "",
        "mailboxes": _box(line, boxes),
        **_of_owner(line),
    }
    auth = {"type": "auth", "auth_type": "userpass", "username": line.name, "password": value(line.secret)}
    aor = {"type": "aor", "max_contacts": "1", "remove_existing": "yes"}
    return "".join(
        f"\n[{line.name}]\n" + "".join(f"{option} = {given}\n" for option, given in section.items() if given)
        for section in (endpoint, auth, aor)
    )


def _of_owner(line: Line) -> dict[str, str]:
    owner = line.owner
    if owner is None:
        return {}
    given = {"language": owner.language, "moh_suggest": owner.music}
    return {option: text for option, text in given.items() if NAME.fullmatch(text)}


def _box(line: Line, boxes: set[Number]) -> str:
    """``number@context`` of the mailbox that takes the calls of a line."""
    box = line.owner.mailbox if line.owner else None
    return f"{box.number.exten}@{box.number.context}" if box and box.number in boxes else ""


# -- dialplan


def _dialplan(lines: Iterable[Line], boxes: set[Number]) -> str:
    entries = []
    for line in lines:
        calls = _calls(line, boxes)
        if line.internal:
            exten = line.internal.exten
            hint = f"exten => {exten},hint,PJSIP/{line.name}\n"
            entries.append((line.internal.context, f"exten => {exten},1,NoOp()\n{calls}{hint}"))
        for number in line.incoming:
            entries.append((number.context, f"exten => {number.exten},1,NoOp()\n{_incoming(line, calls)}"))
    return _sections(entries)


def _incoming(line: Line, calls: str) -> str:
    """To the internal number, so that both behave alike; a line without one rings by itself."""
    return f" same => n,Goto({line.internal.context},{line.internal.exten},1)\n" if line.internal else calls


def _calls(line: Line, boxes: set[Number]) -> str:
    """What happens to a call for a line, behind its first step."""
    steps = []
    if line.owner and NAME.fullmatch(subroutine := line.owner.subroutine):
        steps.append(f"ExecIf(${{DIALPLAN_EXISTS({subroutine},s,1)}}?Gosub({subroutine},s,1))")
    steps.append(f"Dial(PJSIP/{line.name},{RING_SECONDS})")
    if box := _box(line, boxes):
        steps.append(f'ExecIf($["${{DIALSTATUS}}" = "BUSY"]?VoiceMail({box},b):VoiceMail({box},u))')
    steps.append("Hangup()")
    return "".join(f" same => n,{step}\n" for step in steps)


# -- voicemail boxes


def _mailboxes(boxes: Iterable[Mailbox]) -> str:
    return _sections((box.number.context, _mailbox(box)) for box in boxes)


def _mailbox(box: Mailbox) -> str:
    options = {
        "attach": "yes" if box.attach else "no",
        "delete": "yes" if box.delete else "no",
        "tz": box.timezone if NAME.fullmatch(box.timezone) else "",
        "language": box.language if NAME.fullmatch(box.language) else "",
        "maxmsg": str(box.most) if box.most is not None else "",
    }
    given = "|".join(f"{option}={text}" for option, text in options.items() if text)
    addresses = (text if EMAIL.fullmatch(text) else "" for text in (box.email, box.pager))
    fields = (box.password, _between_commas(box.name), *addresses, given)
    return f"{box.number.exten} => {','.join(fields)}\n"


def _between_commas(text: str) -> str:
    return value(text.replace(",", " ").replace("|", " ").replace('"', ""))
