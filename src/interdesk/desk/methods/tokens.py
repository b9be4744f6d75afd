"""Tokens: how strong one must be, and who may make one for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk.desk import queries
from interdesk.desk.actors import ADMINISTRATOR
from interdesk.desk.drafts import Draft
from interdesk.desk.methods import CHECK, method
from interdesk.model import Issue

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction

SHORTEST = 32
TOO_SHORT = f"A token must have at least {SHORTEST} characters: leave it to `interdesk token add`"
ADMINISTRATORS_ONLY = "Only an administrator may save a token of an administrator"


@method("PersonalToken", CHECK)
def rules_of_tokens(draft: Draft, tx: Transaction) -> list[Issue]:
    """A token is too long to be guessed, and raises nobody to an administrator."""
    issues = []
    secret = draft.clear.get("auth_token")
    if secret and len(secret) < SHORTEST:
        issues.append(Issue("token", TOO_SHORT))
    if not tx.actor.is_administrator:
        users = {draft.before.get("user_id"), draft.values["user_id"]} - {None}
        links = tx.desk.model.cls("URP_UserProfile")
        if any(
            tx.reader.count(queries.by_criteria(links, {"userid": user, "profileid": ADMINISTRATOR}), {})
            for user in users
        ):
            issues.append(Issue("rights", ADMINISTRATORS_ONLY))
    return issues
