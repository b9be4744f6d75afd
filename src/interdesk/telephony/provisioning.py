"""Everything that a working telephone needs, in one go: user, line, numbers, voicemail, telephone.

``provision`` walks through the same steps on this desk (``Here``) and on another server (``remote.There``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Protocol

from interdesk.desk import queries
from interdesk.telephony import associations, callerid, writing
from interdesk.telephony.checks import DIGITS, MAC
from interdesk.telephony.errors import InputError, ResourceError, unknown_reference, wrong_type
from interdesk.telephony.lookups import rows
from interdesk.telephony.table import DEVICES, EXTENSIONS, LINES_SIP, USERS, VOICEMAILS

if TYPE_CHECKING:
    from interdesk.desk import Transaction

NEXT = "next"  # instead of an extension: the lowest number that is free
SAME = "same"  # instead of a voicemail's number: that of the extension
USER_RANGES = "user"
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody shall get; '' for what he shall not. ``user``: members as ``POST /users`` takes them.

    ``exten``: a number or ``NEXT``; ``voicemail``: a number or ``SAME``. ``device``: the MAC address of a telephone,
    which is made when there is none. ``person``: the e-mail address or the id of the Person that the
    user is; his name is the user's unless ``user`` has one.
    """

    user: Mapping[str, Any]
    exten: str = ""
    context: str = "default"
    incoming: str = ""
    incoming_context: str = "from-extern"
    device: str = ""
    slot: int = 1
    voicemail: str = ""
    voicemail_password: str = ""
    person: str = ""


COLUMNS = (*(field.name for field in USERS.writable), *(field.name for field in fields(Wanted) if field.name != "user"))


@dataclass(frozen=True, slots=True)
class Provisioned:
    """Ids of what was made, and the numbers; None and '' for what was not wanted. ``name``: of the user. ``code``:
    dialled on a telephone that waits, it takes the line."""

    user: int
    name: str
    line: int | None = None
    exten: str = ""
    incoming: str = ""
    device: str = ""
    voicemail: int | None = None
    code: str = ""


class Target(Protocol):
    """Where things are made. All may raise what is said of the target."""

    def user(self, body: Body, person: str) -> tuple[int, str]:
        """(id, name)"""

    def line(self, body: Body) -> tuple[int, str]:
        """(id, provisioning code)"""

    def extension(self, exten: str, context: str) -> tuple[int, str]:
        """(id, number)"""

    def voicemail(self, body: Body) -> int: ...

    def device(self, mac: str) -> str:
        """The identifier of the telephone."""

    def connect_line(self, user: int, line: int) -> None: ...

    def connect_extension(self, line: int, extension: int) -> None: ...

    def connect_voicemail(self, user: int, voicemail: int) -> None: ...

    def connect_device(self, line: int, device: str) -> None: ...


def wanted(given: Mapping[str, Any]) -> Wanted:
    """From a flat set of texts, such as a row or a form, by the names in ``COLUMNS``. Raises InputError."""
    found = {}
    for name, value in given.items():
        if not isinstance(value, str | None):
            raise wrong_type(name, "a unicode string")
        if value and value.strip():
            found[name] = value.strip()
    if unknown := [name for name in given if name not in COLUMNS]:
        raise InputError(f"unknown parameters: {', '.join(unknown)}")
    if "firstname" not in found and "person" not in found:
        raise InputError("missing parameters: firstname")
    user = {field.name: found.pop(field.name) for field in USERS.writable if field.name in found}
    slot = found.pop("slot", "1")
    if not (DIGITS.fullmatch(slot) and len(slot) < 4 and int(slot) >= 1):
        raise wrong_type("slot", "a positive numeric", {"slot": slot})
    asked = Wanted(user, slot=int(slot), **found)
    if not asked.exten and (asked.incoming or asked.device or asked.voicemail):
        raise InputError("missing parameters: exten")
    if asked.exten not in ("", NEXT) and not DIGITS.fullmatch(asked.exten):
        raise wrong_type("exten", "a numeric string")
    if asked.device and not MAC.fullmatch(asked.device):
        raise wrong_type("device", "a MAC address", {"device": asked.device})
    return asked


def provision(target: Target, asked: Wanted) -> Provisioned:
    """Makes and connects it all. Raises what the target raises; what was made by then is the target's to undo."""
    user, name = target.user(dict(asked.user), asked.person)
    if not asked.exten:
        return Provisioned(user, name)
    line, code = target.line({"context": asked.context, "device_slot": asked.slot})
    extension, exten = target.extension(asked.exten, asked.context)
    target.connect_line(user, line)
    target.connect_extension(line, extension)
    if asked.incoming:
        incoming, _ = target.extension(asked.incoming, asked.incoming_context)
        target.connect_extension(line, incoming)
    voicemail = _voicemail(target, asked, user, name, exten) if asked.voicemail else None
    device = ""
    if asked.device:
        device = target.device(asked.device.lower())
        target.connect_device(line, device)
    return Provisioned(user, name, line, exten, asked.incoming, device, voicemail, code)


def full_name(body: Mapping[str, Any]) -> str:
    return callerid.full_name(body["firstname"], body.get("lastname") or "")


def _voicemail(target: Target, asked: Wanted, user: int, name: str, exten: str) -> int:
    number = exten if asked.voicemail == SAME else asked.voicemail
    body = {"name": name, "number": number, "context": asked.context}
    if asked.voicemail_password:
        body["password"] = asked.voicemail_password
    made = target.voicemail(body)
    target.connect_voicemail(user, made)
    return made


class Here:
    """This desk, in one transaction. Its calls raise what ``writing`` and the rules raise."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._organization = 0  # of the person, who gets the telephone

    def user(self, body: Body, person: str) -> tuple[int, str]:
        if not person:
            return int(writing.create(self._tx, USERS, body)["id"]), full_name(body)
        key, first, last, self._organization = person_of(self._tx, person)
        body = _with_name(body, first, last)
        user = int(writing.create(self._tx, USERS, body)["id"])
        self._tx.update(USERS.cls, user, {"person_id": key})
        return user, full_name(body)

    def line(self, body: Body) -> tuple[int, str]:
        made = writing.create(self._tx, LINES_SIP, body)
        return made["id"], made["provisioning_extension"]

    def extension(self, exten: str, context: str) -> tuple[int, str]:
        number = next_number(self._tx, context) if exten == NEXT else exten
        made = writing.create(self._tx, EXTENSIONS, {"exten": number, "context": context})
        return made["id"], number

    def voicemail(self, body: Body) -> int:
        return int(writing.create(self._tx, VOICEMAILS, body)["id"])

    def device(self, mac: str) -> str:
        if found := rows(self._tx, DEVICES.cls, {"mac": mac}, "device_key"):
            return str(found[0][1])
        return str(writing.create(self._tx, DEVICES, {"mac": mac}, organization=self._organization)["id"])

    def connect_line(self, user: int, line: int) -> None:
        associations.add_line(self._tx, user, line)

    def connect_extension(self, line: int, extension: int) -> None:
        associations.add_extension(self._tx, line, extension)

    def connect_voicemail(self, user: int, voicemail: int) -> None:
        associations.add_voicemail(self._tx, user, voicemail)

    def connect_device(self, line: int, device: str) -> None:
        (found,) = rows(self._tx, DEVICES.cls, {"device_key": device})
        associations.add_device(self._tx, line, found[0])


def person_of(tx: Transaction, given: str) -> tuple[int, str, str, int]:
    """(id, first name, last name, organization) of whoever has this e-mail address or id, if the actor may see him.

    Raises InputError.
    """
    cls = tx.desk.model.cls("Person")
    by_id = given.isascii() and given.isdecimal()
    query = tx.desk.visible(tx.actor, queries.by_id(cls) if by_id else queries.by_criteria(cls, {"email": given}))
    plan = tx.desk.store.compiler.select(query, ("id", "first_name", "name", "org_id"), ordered=False)
    found = tx.session.fetch(plan, {"id": int(given[:9])} if by_id else {})
    if not found:
        raise unknown_reference("person", "Person")
    if len(found) > 1:
        raise InputError(f"field 'person': {len(found)} persons have this address")
    key, first, last, organization = found[0]
    return key, first or "", last or "", organization or 0


def _with_name(body: Body, first: str, last: str) -> Body:
    return body if "firstname" in body else {**body, "firstname": first or last, "lastname": last if first else ""}


def named(tx: Transaction, asked: Wanted) -> Wanted:
    """The same without the person, for a server that knows none: the name takes the person's place."""
    if not asked.person:
        return asked
    _, first, last, _ = person_of(tx, asked.person)
    return replace(asked, user=_with_name(dict(asked.user), first, last), person="")


def next_number(tx: Transaction, context: str) -> str:
    """The lowest number for users that is free in a context. Raises InputError, ResourceError.

    Whoever asks the same waits until the end of this transaction.
    """
    found = [key for key, name in rows(tx, "TelephonyContext", {"name": context}, "name") if name == context]
    if not found:
        raise unknown_reference("context", "Context")
    tx.session.serialise("telephony next number", [context])
    used = {exten for _, exten in rows(tx, EXTENSIONS.cls, {"context_id": found[0]}, "exten")}
    ends = rows(tx, "TelephonyRange", {"context_id": found[0], "kind": USER_RANGES}, "first_number", "last_number")
    for first, last in sorted((first, last) for _, first, last in ends):
        if not (DIGITS.fullmatch(first) and DIGITS.fullmatch(last)):
            continue
        # One more candidate than there are numbers in use is enough.
        for number in range(int(first), min(int(last), int(first) + len(used)) + 1):
            if (exten := str(number).zfill(len(first))) not in used:
                return exten
    raise ResourceError(f"no number of the context '{context}' is free")
