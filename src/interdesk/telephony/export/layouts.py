"""One file for each telephone, named after its MAC address, in the layout of its maker or in a plain one.

Sources: the administrators' guides of Aastra/Mitel 6700 and of Yealink T series, by the names of their parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from interdesk.telephony.checks import MAC
from interdesk.telephony.export.asterisk import Tell
from interdesk.telephony.export.snapshot import Key, Line, Snapshot, Telephone
from interdesk.telephony.export.texts import DIALLED, LeftOut, caller_id, name, plain, secret

Pairs = Iterable[tuple[str, str]]
SIP_PORT = 5060
HIGHEST_SLOT, HIGHEST_KEY = 48, 200
TAKEN_BY_FILES = '"#'  # what could end a value or begin a comment


@dataclass(frozen=True, slots=True)
class Registrar:
    """Where telephones log in."""

    host: str
    port: int = SIP_PORT


@dataclass(frozen=True, slots=True)
class Layout:
    """``file`` names a telephone's file by the digits of its address in lower case."""

    file: Callable[[str], str]
    write: Callable[[Telephone, Registrar], str]


def telephones(snapshot: Snapshot, registrar: Registrar, tell: Tell) -> dict[str, str]:
    """name -> text, for every telephone that has a line. ``tell`` hears what had to be left out, and why."""
    found = {}
    for telephone in snapshot.telephones:
        if not MAC.fullmatch(telephone.mac):
            names = ", ".join(plain(line.name) for line in telephone.lines)
            tell(f"the telephone of {names} is left out: it has no MAC address, after which its file is named")
            continue
        telephone.lines = _usable(telephone, tell)
        if telephone.lines:
            layout = LAYOUTS.get(telephone.vendor.strip().lower(), PLAIN)
            digits = telephone.mac.replace(":", "").lower()
            found[layout.file(digits)] = layout.write(telephone, registrar)
    return found


def _usable(telephone: Telephone, tell: Tell) -> list[Line]:
    kept: dict[int, Line] = {}
    for line in telephone.lines:
        try:
            name(line.name, "the SIP name")
            if any(letter in secret(line.secret, "its secret") for letter in TAKEN_BY_FILES):
                raise LeftOut('its secret has a " or a #')
            if line.slot > HIGHEST_SLOT:
                raise LeftOut(f"no telephone has a position {line.slot}")
            if line.slot in kept:
                raise LeftOut(f"position {line.slot} has another line")
        except LeftOut as reason:
            tell(f"line {line.key} is left out of {telephone.mac}: {reason}")
            continue
        kept[line.slot] = line
    return list(kept.values())


def shown(line: Line) -> str:
    """The name on the display."""
    text, number = caller_id(line.caller_id)
    return _harmless(text) or number or line.name


def number(line: Line) -> str:
    return line.internal.exten if line.internal else ""


def keys(telephone: Telephone) -> list[Key]:
    """Those of the first line's user that call something."""
    return [key for key in telephone.lines[0].keys if key.position <= HIGHEST_KEY and DIALLED.fullmatch(key.dialled)]


def _harmless(text: str) -> str:
    return plain(text.translate({ord(letter): None for letter in TAKEN_BY_FILES}))


def _plain(telephone: Telephone, registrar: Registrar) -> str:
    def pairs() -> Pairs:
        yield "mac", telephone.mac.lower()
        yield "registrar.host", registrar.host
        yield "registrar.port", str(registrar.port)
        for line in telephone.lines:
            at = f"line.{line.slot}"
            yield f"{at}.username", line.name
            yield f"{at}.password", line.secret
            yield f"{at}.display_name", shown(line)
            yield f"{at}.number", number(line)
        for key in keys(telephone):
            at = f"key.{key.position}"
            yield f"{at}.type", "blf" if key.watches else "speeddial"
            yield f"{at}.number", key.dialled
            yield f"{at}.label", _harmless(key.label)

    return _text(" = ", pairs())


def _aastra(telephone: Telephone, registrar: Registrar) -> str:
    def pairs() -> Pairs:
        for line in telephone.lines:
            at = f"sip line{line.slot}"
            yield f"{at} auth name", line.name
            yield f"{at} password", line.secret
            yield f"{at} user name", line.name
            yield f"{at} display name", shown(line)
            yield f"{at} screen name", shown(line)
            yield f"{at} screen name 2", number(line)
            for server in ("proxy", "registrar"):
                yield f"{at} {server} ip", registrar.host
                yield f"{at} {server} port", str(registrar.port)
        for key in keys(telephone):
            at = f"prgkey{key.position}"
            yield f"{at} type", "blf" if key.watches else "speeddial"
            yield f"{at} value", key.dialled
            yield f"{at} label", _harmless(key.label)
            yield f"{at} line", str(telephone.lines[0].slot)

    return _text(": ", pairs())


def _yealink(telephone: Telephone, registrar: Registrar) -> str:
    def pairs() -> Pairs:
        for line in telephone.lines:
            at = f"account.{line.slot}"
            yield f"{at}.enable", "1"
            yield f"{at}.label", number(line) or shown(line)
            yield f"{at}.display_name", shown(line)
            yield f"{at}.auth_name", line.name
            yield f"{at}.user_name", line.name
            yield f"{at}.password", line.secret
            yield f"{at}.sip_server.1.address", registrar.host
            yield f"{at}.sip_server.1.port", str(registrar.port)
        for key in keys(telephone):
            at = f"linekey.{key.position}"
            yield f"{at}.type", "16" if key.watches else "13"
            yield f"{at}.line", str(telephone.lines[0].slot)
            yield f"{at}.value", key.dialled
            yield f"{at}.label", _harmless(key.label)

    return "#!version:1.0.0.1\n" + _text(" = ", pairs())


def _text(between: str, pairs: Pairs) -> str:
    return "".join(f"{parameter}{between}{value}\n" for parameter, value in pairs if value)


PLAIN = Layout(lambda digits: f"{digits}.cfg", _plain)
AASTRA = Layout(lambda digits: f"{digits.upper()}.cfg", _aastra)
YEALINK = Layout(lambda digits: f"{digits}.cfg", _yealink)
LAYOUTS = {"aastra": AASTRA, "mitel": AASTRA, "yealink": YEALINK}
