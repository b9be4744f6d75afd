"""What holds for tickets that are exchanged, whoever writes them."""

from __future__ import annotations

from interdesk.desk import Transaction, queries
from interdesk.desk.drafts import Draft
from interdesk.desk.methods import CHECK, COMPUTE, method
from interdesk.events.exchange.partners import CLASS, PROFILES, PROVIDER
from interdesk.model import Issue

STEP, STATE = "exchange_step", "pending_partner"
NOT_HANDED_OVER = "This ticket was not handed over to you"


@method("UserRequest", COMPUTE)
def step_of_exchange(draft: Draft, tx: Transaction) -> None:
    """The write that hands a ticket over tells its logs as a whole; only later ones tell entries one by one."""
    if STEP not in draft.cls.attributes:
        return
    if draft.values.get("status") != STATE:
        draft.values[STEP] = None
    else:
        first = draft.changed("status") and not draft.values.get("remote_ticketid")
        draft.values[STEP] = "handing_over" if first else "under_way"


@method("UserRequest", CHECK)
def only_what_was_handed_over(draft: Draft, tx: Transaction) -> list[Issue]:
    """A provider writes to the tickets that he has, and to no others."""
    if PROFILES[PROVIDER] not in tx.actor.profiles or CLASS not in tx.desk.model.classes:
        return []
    partner = draft.before.get("partner_id")
    mine = {"user_id": tx.actor.user, "role": PROVIDER, "organization_id": partner or -1}
    query = queries.by_criteria(tx.desk.model.cls(CLASS), mine)
    if draft.values.get("partner_id") == partner and tx.reader.count(query, {}):
        return []
    return [Issue("exchange", NOT_HANDED_OVER)]
