"""Function keys of users and of templates. A user's own key hides the one that his template has at its position."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from interdesk.telephony.checks import checked, plain_text
from interdesk.telephony.errors import InputError, Missing, not_found, unknown_reference, wrong_type
from interdesk.telephony.lookups import Asks, rows, rows_of, values
from interdesk.telephony.table import Field, Kind

if TYPE_CHECKING:
    from interdesk.desk import Transaction

USER, TEMPLATE = "TelephonyUser", "TelephonyFuncKeyTemplate"
USER_KEY, TEMPLATE_KEY = "TelephonyUserKey", "TelephonyTemplateKey"
CODES = ("position", "label", "blf", "type", "arguments", "target_user_id")
HIGHEST = 2**31 - 1
Key = dict[str, Any]

KEY = (
    Field("label", "label", size=128),
    Field("blf", "blf", Kind.BOOLEAN, unset=True),
    Field("inherited", "", Kind.BOOLEAN),
    Field("destination", "type", Kind.OBJECT),
)
TEMPLATE_BODY = (Field("name", "name", size=128), Field("keys", "", Kind.OBJECT))

DESTINATIONS: Mapping[str, Mapping[str, tuple[type, bool]]] = {  # type -> argument -> its type, whether it must be
    "user": {"user_id": (int, True)},
    "group": {"group_id": (int, True)},
    "queue": {"queue_id": (int, True)},
    "conference": {"conference_id": (int, True)},
    "paging": {"paging_id": (int, True)},
    "service": {"service": (str, True)},
    "custom": {"exten": (str, True)},
    "forward": {"forward": (str, True), "exten": (str, False)},
    "transfer": {"transfer": (str, True)},
    "park_position": {"position": (int, True)},
    "parking": {},
    "bsfilter": {"filter_member_id": (int, True)},
    "agent": {"action": (str, True), "agent_id": (int, True)},
    "onlinerec": {},
}
ELSEWHERE = {  # what lives in no class of ours, so that no id of it is known
    "group_id": "Group", "queue_id": "Queue", "conference_id": "Conference", "paging_id": "Paging",
    "filter_member_id": "FilterMember", "agent_id": "Agent",
}  # fmt: skip


def of_templates(tx: Asks, templates: Collection[int]) -> dict[int, dict[int, Key]]:
    """template -> position -> key"""
    return _read(tx, TEMPLATE_KEY, "template_id", templates, inherited=False)


def of_template(tx: Asks, template: int) -> dict[int, Key]:
    return of_templates(tx, [template])[template]


def own(tx: Asks, user: int) -> dict[int, Key]:
    return _read(tx, USER_KEY, "user_id", [user], inherited=False)[user]


def unified(tx: Asks, user: int) -> dict[int, Key]:
    """All keys that the user's telephone shows, by position."""
    template = template_of(tx, user)
    inherited = _read(tx, TEMPLATE_KEY, "template_id", [template], inherited=True)[template] if template else {}
    return dict(sorted({**inherited, **own(tx, user)}.items()))


def template_of(tx: Asks, user: int) -> int:
    found = values(tx, USER, user, "func_key_template_id")
    return int(found[0] or 0) if found else 0


def users_of_template(tx: Asks, template: int) -> list[int]:
    return [row[0] for row in rows(tx, USER, {"func_key_template_id": template})]


def give_template(tx: Transaction, user: int, template: int) -> None:
    tx.update(USER, user, {"func_key_template_id": template})


def take_template(tx: Transaction, user: int, template: int) -> None:
    """Nothing happens where the user has another one."""
    if template_of(tx, user) == template:
        tx.update(USER, user, {"func_key_template_id": 0})


def create_template(tx: Transaction, body: Any) -> int:
    """A template with its keys. Raises InputError."""
    given = checked(TEMPLATE_BODY, body, also=("id",))
    keys = [(_position(text), _key(tx, key)) for text, key in (given.get("keys") or {}).items()]
    template = tx.create(TEMPLATE, {"name": given.get("name") or ""})
    for position, key in keys:
        tx.create(TEMPLATE_KEY, {"template_id": template, "position": position, **key})
    return template


def put(tx: Transaction, cls: str, owner: Mapping[str, int], position: int, body: Any) -> None:
    """Sets the key at a position of its owner (``user_id`` or ``template_id``)."""
    position = _position(str(position))
    stored = _key(tx, body)
    old = rows(tx, cls, {**owner, "position": position})
    if old:
        tx.update(cls, old[0][0], stored)
    else:
        tx.create(cls, {**owner, "position": position, **stored})


def remove(tx: Transaction, cls: str, owner: Mapping[str, int], position: int) -> None:
    """Raises Missing."""
    old = rows(tx, cls, {**owner, "position": position}) if position <= HIGHEST else []
    if not old:
        raise no_key(position, **owner)
    tx.delete(cls, [old[0][0]])


def no_key(position: int, **owner: int) -> Missing:
    return not_found("FuncKey", position=position, **owner)


def _read(tx: Asks, cls: str, owner: str, owners: Collection[int], *, inherited: bool) -> dict[int, dict[int, Key]]:
    """owner -> position -> key, in the order of the positions"""
    found: dict[int, dict[int, Key]] = {key: {} for key in owners}
    every = rows_of(tx, cls, owner, owners, *CODES)
    for key, whose, position, label, blf, kind, arguments, target in sorted(every, key=lambda row: row[2]):
        if kind == "user" and not target:
            continue  # whom it called is gone
        destination = {"type": kind, **({"user_id": target} if kind == "user" else json.loads(arguments or "{}"))}
        found[whose][position] = {
            "id": key, "label": label or None, "blf": bool(blf), "inherited": inherited, "destination": destination,
        }  # fmt: skip
    return found


def _position(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 11 and 1 <= int(text) <= HIGHEST):
        raise wrong_type("position", "a positive numeric", {"position": text})
    return int(text)


def _key(tx: Transaction, body: Any) -> dict[str, Any]:
    """The attributes of a key. Raises InputError."""
    given = checked(KEY, body, also=("id",))
    destination = given.get("destination")
    if not destination:
        raise InputError("field 'destination': field is required")
    kind = destination.get("type")
    if not isinstance(kind, str) or kind not in DESTINATIONS:
        raise InputError(f"field 'type': must be one of {', '.join(DESTINATIONS)}")
    arguments = _arguments(
        tx, kind, {name: value for name, value in destination.items() if name not in ("type", "href")}
    )
    target = arguments.pop("user_id", 0)
    blf = given.get("blf")
    return {
        "label": given.get("label") or "",
        "blf": True if blf is None else blf,
        "type": kind,
        "arguments": json.dumps(arguments),
        "target_user_id": target,
    }


def _arguments(tx: Transaction, kind: str, given: dict[str, Any]) -> dict[str, Any]:
    expected = DESTINATIONS[kind]
    if unknown := [name for name in given if name not in expected]:
        raise InputError(f"unknown parameters: {', '.join(unknown)}")
    for name, (form, needed) in expected.items():
        value = given.get(name)
        if value in (None, ""):
            if needed:
                raise InputError(f"field '{name}': field is required")
            continue
        if not isinstance(value, form) or isinstance(value, bool):
            raise wrong_type(name, "an integer" if form is int else "a unicode string")
        if isinstance(value, str):
            plain_text(name, value)
        if name in ELSEWHERE:
            raise unknown_reference(name, ELSEWHERE[name])
        if name == "user_id" and not (0 < given[name] <= HIGHEST and tx.seen(USER, given[name])):
            raise unknown_reference(name, "User", {"id": value})
    return {name: value for name, value in given.items() if value is not None}
