"""Rules of voicemails: a known time zone, and a number that is there once in a context.

Source: facts ``xivo_confd_api.md`` 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk.desk.drafts import Draft
from interdesk.desk.methods import CHECK, method
from interdesk.model import Issue
from interdesk.telephony.errors import Breach, ResourceError, unknown_reference
from interdesk.telephony.lookups import rows, taken, values

if TYPE_CHECKING:
    from interdesk.desk import Transaction

VOICEMAIL = "TelephonyVoicemail"


@method(VOICEMAIL, CHECK)
def rules_of_voicemails(draft: Draft, tx: Transaction) -> list[Issue]:
    """A known time zone, and a number that its context has just once."""
    timezone = draft.values["timezone"]
    if timezone and draft.changed("timezone") and not rows(tx, "TelephonyTimezone", {"name": timezone}):
        return [Breach(unknown_reference("timezone", "Timezone"))]
    number, context = draft.values["number"], draft.values["context_id"]
    if not (draft.changed("number") or draft.changed("context_id")):
        return []
    if not taken(tx, VOICEMAIL, {"number": number, "context_id": context}, draft.key):
        return []
    name = (values(tx, "TelephonyContext", context, "name") or ("",))[0]
    return [Breach(ResourceError("Voicemail already exists", {"number": number, "context": name}))]
