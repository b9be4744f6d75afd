"""Rules of function keys: arguments that can be read, and a position that is there once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk.desk.drafts import Draft
from interdesk.desk.methods import CHECK, method
from interdesk.model import Issue
from interdesk.telephony.checks import is_object
from interdesk.telephony.errors import Breach, ResourceError, TelephonyError, wrong_type
from interdesk.telephony.lookups import taken

if TYPE_CHECKING:
    from interdesk.desk import Transaction

OWNERS = {"TelephonyUserKey": "user_id", "TelephonyTemplateKey": "template_id"}


@method("TelephonyFuncKey", CHECK)
def rules_of_keys(draft: Draft, tx: Transaction) -> list[Issue]:
    """Arguments that are an object, and one key for each position."""
    own, errors = draft.values, list[TelephonyError]()
    if own["arguments"] and draft.changed("arguments") and not is_object(own["arguments"]):
        errors.append(wrong_type("arguments", "a dict-like structure"))
    owner = OWNERS[draft.cls.name]
    place = {owner: own[owner], "position": own["position"]}
    if any(draft.changed(code) for code in place) and taken(tx, draft.cls.name, place, draft.key):
        errors.append(ResourceError("FuncKey already exists", place))
    return [Breach(error) for error in errors]
