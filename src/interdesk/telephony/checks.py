"""Checks of what a body gives, before anything is looked up. Order and texts: facts ``xivo_confd_api.md`` 3."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from interdesk.telephony.errors import InputError, TelephonyError, unknown_reference, wrong_type
from interdesk.telephony.table import Field, Kind

MOBILE = re.compile(r"\+?[0-9*#]+")
MAC = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")
DIGITS = re.compile(r"[0-9]+")
SHORTEST_PASSWORD = 4
LARGEST = 2**31 - 1  # of what the store keeps
Values = Mapping[str, Any]


def checked(fields: Sequence[Field], body: Any, *, partial: bool = False, also: Collection[str] = ()) -> dict[str, Any]:
    """The members of a body by name, once they are known, of the right type and plausible.

    ``partial``: what is absent keeps its value (an edit). ``also``: names that are let through unread.
    Raises InputError.
    """
    if not isinstance(body, dict):
        raise InputError("the body must be a JSON object")
    known = {field.name: field for field in fields}
    unknown = [name for name in body if name not in known and name not in also]
    if unknown:
        raise InputError(f"unknown parameters: {', '.join(unknown)}")
    given = {name: value for name, value in body.items() if name in known}
    for field in fields:
        if field.name in given:
            _type(field, given[field.name], partial)
    missing = [
        field.name
        for field in fields
        if field.required and given.get(field.name) in (None, "") and not (partial and field.name not in given)
    ]
    if missing:
        raise InputError(f"missing parameters: {', '.join(missing)}")
    for field in fields:
        if given.get(field.name) not in (None, ""):
            _value(field, given[field.name])
    return given


def _type(field: Field, value: Any, partial: bool) -> None:
    """None clears a field, except a boolean whose empty value the wire does not know."""
    if value is None:
        if partial and not field.clearable:
            raise wrong_type(field.name, "a boolean")
        return
    match field.kind:
        case Kind.INTEGER if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type(field.name, "an integer")
        case Kind.BOOLEAN if not isinstance(value, bool):
            raise wrong_type(field.name, "a boolean")
        case Kind.OBJECT if not isinstance(value, dict):
            raise wrong_type(field.name, "a dict-like structure")
        case Kind.TEXT | Kind.SECRET | Kind.CONTEXT if not isinstance(value, str):
            raise wrong_type(field.name, "a unicode string")


def _value(field: Field, value: Any) -> None:
    if isinstance(value, str):
        plain_text(field.name, value)
        if len(value) > field.size:
            raise InputError(f"field '{field.name}': must have a maximum length of {field.size}")
    if field.rule in RULES and (problem := RULES[field.rule](field.name, value)):
        raise problem
    if field.values and value not in field.values:
        raise unknown_reference(field.name, field.reference)
    if field.kind is Kind.INTEGER and not -LARGEST <= value <= LARGEST:
        raise InputError(f"field '{field.name}': must be a number of at most {LARGEST}")


def plain_text(name: str, value: str) -> None:
    """Raises InputError for characters that no database keeps."""
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise InputError(f"field '{name}': has characters that cannot be stored")


def is_object(text: str) -> bool:
    """True for the JSON of an object, as ``options`` of telephones and ``arguments`` of function keys are kept."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _password(name: str, value: str) -> TelephonyError | None:
    short = len(value) < SHORTEST_PASSWORD
    return InputError(f"field '{name}': must have a minimum length of {SHORTEST_PASSWORD}") if short else None


def _phone(name: str, value: str) -> TelephonyError | None:
    return None if MOBILE.fullmatch(value) else wrong_type(name, "a numeric phone number")


def _digits(name: str, value: str) -> TelephonyError | None:
    return None if DIGITS.fullmatch(value) else wrong_type(name, "a numeric string")


def _slot(name: str, value: int) -> TelephonyError | None:
    return None if value >= 1 else wrong_type(name, "a positive numeric", {name: value})


def _count(name: str, value: int) -> TelephonyError | None:
    return None if value >= 0 else wrong_type(name, "a positive numeric", {name: value})


def _filled(name: str, value: str) -> TelephonyError | None:
    return None if value.strip() else InputError(f"missing parameters: {name}")


def _ip(name: str, value: str) -> TelephonyError | None:
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        return wrong_type(name, "a IP address", {name: value})
    return None


def _mac(name: str, value: str) -> TelephonyError | None:
    return None if MAC.fullmatch(value) else wrong_type(name, "a MAC address", {name: value})


def _options(name: str, value: Mapping[str, Any]) -> TelephonyError | None:
    if "switchboard" in value and not isinstance(value["switchboard"], bool):
        return wrong_type("switchboard", "a boolean")
    return None


RULES: Mapping[str, Callable[[str, Any], TelephonyError | None]] = {
    "password": _password,
    "phone": _phone,
    "digits": _digits,
    "slot": _slot,
    "count": _count,
    "filled": _filled,
    "ip": _ip,
    "mac": _mac,
    "options": _options,
}
