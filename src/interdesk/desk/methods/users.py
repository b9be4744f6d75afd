"""Users: one login is one user. Source: facts ``itop_rights_and_deletion.md`` 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk.desk import queries
from interdesk.desk.drafts import Draft
from interdesk.desk.methods import CHECK, method
from interdesk.model import Issue
from interdesk.oql.resolved import Binary, Literal

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction


@method("User", CHECK)
def unique_login(draft: Draft, tx: Transaction) -> list[Issue]:
    """Logins are unique over all sorts of users, without regard to case."""
    if not draft.changed("login"):
        return []
    users = tx.desk.model.cls("User")
    others = Binary("!=", queries.field(users, "id"), Literal(draft.key))
    query = queries.and_where(queries.by_criteria(users, {"login": draft.values["login"]}), others)
    if not tx.reader.count(query, {}):
        return []
    return [Issue("unique", f'Login must be unique - "{draft.values["login"]}" is already being used.')]
