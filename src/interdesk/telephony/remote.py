"""Provisioning on another server that speaks confd: a XiVO, a Wazo, another desk.

It knows no transactions, so what was made before a step failed is taken back by the calls that undo it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interdesk.client.confd import Confd, ConfdError
from interdesk.errors import DeskError
from interdesk.telephony.errors import InputError
from interdesk.telephony.provisioning import NEXT, Body, Provisioned, Wanted, full_name, provision

Undo = tuple[str, Callable[[], object]]


class RemoteRefused(DeskError):
    """The other server refused a step, or cannot be reached; the message also tells what could not be taken back."""

    code = "desk.telephony.remote"


class There:
    """Another server. Its calls raise ConfdError. ``undo`` has a way back for each thing made, the last one last."""

    def __init__(self, confd: Confd) -> None:
        self._confd = confd
        self.undo: list[Undo] = []

    def _made(self, what: str, back: Callable[[], object]) -> None:
        self.undo.append((what, back))

    def user(self, body: Body, person: str) -> tuple[int, str]:
        if person:
            raise InputError("field 'person': persons are known to this desk only")
        return self._create("user", self._confd.users, body), full_name(body)

    def _create(self, what: str, collection: Any, body: Body) -> int:
        made: int = collection.create(body)["id"]
        self._made(f"{what} {made}", lambda: collection.delete(made))
        return made

    def line(self, body: Body) -> tuple[int, str]:
        made = self._confd.lines_sip.create(body)
        self._made(f"line {made['id']}", lambda: self._confd.lines_sip.delete(made["id"]))
        return made["id"], made.get("provisioning_extension") or ""

    def extension(self, exten: str, context: str) -> tuple[int, str]:
        if exten == NEXT:
            raise InputError("field 'exten': the ranges of the other server are not known here, so name a number")
        return self._create("extension", self._confd.extensions, {"exten": exten, "context": context}), exten

    def voicemail(self, body: Body) -> int:
        return self._create("voicemail", self._confd.voicemails, body)

    def device(self, mac: str) -> str:
        for found in self._confd.devices.list(search=mac)["items"]:
            if (found["mac"] or "").lower() == mac:
                return str(found["id"])
        made = self._confd.devices.create({"mac": mac})["id"]
        self._made(f"device {made}", lambda: self._confd.devices.delete(made))
        return str(made)

    def connect_line(self, user: int, line: int) -> None:
        self._confd.connect_line(user, line)
        self._made(f"user {user} and line {line}", lambda: self._confd.disconnect_line(user, line))

    def connect_extension(self, line: int, extension: int) -> None:
        self._confd.connect_extension(line, extension)
        back = f"line {line} and extension {extension}"
        self._made(back, lambda: self._confd.disconnect_extension(line, extension))

    def connect_voicemail(self, user: int, voicemail: int) -> None:
        self._confd.connect_voicemail(user, voicemail)
        self._made(f"user {user} and voicemail {voicemail}", lambda: self._confd.disconnect_voicemail(user))

    def connect_device(self, line: int, device: str) -> None:
        self._confd.connect_device(line, device)
        self._made(f"line {line} and device {device}", lambda: self._confd.disconnect_device(line, device))

    def take_back(self, down_to: int = 0) -> list[str]:
        """Undoes what was made, the last thing first; what could not be undone, with the reason."""
        left = []
        while len(self.undo) > down_to:
            what, back = self.undo.pop()
            try:
                back()
            except ConfdError as problem:
                left.append(f"{what} ({problem})")
        return left


def provision_there(there: There, asked: Wanted) -> Provisioned:
    """All or nothing, as far as the other server lets it. Raises RemoteRefused, InputError."""
    before = len(there.undo)
    try:
        return provision(there, asked)
    except InputError:
        there.take_back(before)
        raise
    except ConfdError as problem:
        left = there.take_back(before)
        still = f"; still there: {', '.join(left)}" if left else ""
        raise RemoteRefused(f"{problem}{still}") from problem
