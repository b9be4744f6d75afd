"""Rules of telephones: identity, addresses, and what configures them. Source: facts ``xivo_confd_api.md`` 5."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from interdesk.desk.drafts import Draft
from interdesk.desk.methods import CHECK, COMPUTE, method
from interdesk.model import Issue
from interdesk.telephony.checks import RULES, is_object
from interdesk.telephony.errors import Breach, ResourceError, TelephonyError, unknown_reference, wrong_type
from interdesk.telephony.lookups import rows, taken

if TYPE_CHECKING:
    from interdesk.desk import Transaction

DEVICE = "TelephonyDevice"
KEY_BYTES = 16


@method(DEVICE, COMPUTE)
def make_up(draft: Draft, tx: Transaction) -> None:
    """The identifier, one writing of the MAC address, and a name to find the telephone by in the CMDB."""
    own = draft.values
    own["device_key"] = draft.before.get("device_key") or own["device_key"] or secrets.token_hex(KEY_BYTES)
    own["mac"] = (own["mac"] or "").lower()
    if not own["name"] or own["name"] in (draft.before.get("mac"), draft.before.get("device_key")):
        own["name"] = own["mac"] or own["device_key"]


@method(DEVICE, CHECK)
def rules_of_devices(draft: Draft, tx: Transaction) -> list[Issue]:
    """Options that are an object, well-formed addresses, known plugins and templates, one device for a MAC address."""
    errors: list[TelephonyError] = []
    own = draft.values
    if own["options"] and draft.changed("options") and not is_object(own["options"]):
        errors.append(wrong_type("options", "a dict-like structure"))
    for code in ("ip", "mac"):
        if own[code] and draft.changed(code) and (error := RULES[code](code, own[code])):
            errors.append(error)
    for code, name, kind, cls in (
        ("plugin", "plugin", "Plugin", "TelephonyPlugin"),
        ("template", "template_id", "DeviceTemplate", "TelephonyDeviceTemplate"),
    ):
        if own[code] and draft.changed(code) and not rows(tx, cls, {"name": own[code]}):
            errors.append(unknown_reference(name, kind))
    if own["mac"] and draft.changed("mac") and taken(tx, DEVICE, {"mac": own["mac"]}, draft.key):
        errors.append(ResourceError("Device already exists", {"mac": own["mac"]}))
    return [Breach(error) for error in errors]
