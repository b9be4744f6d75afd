"""Writing case logs: who wrote an entry, when, and what of it is kept. Source: scenario ``11_html_and_case_logs``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk.desk.drafts import Draft
from interdesk.desk.logs import stored
from interdesk.desk.values import NewEntry
from interdesk.errors import Forbidden
from interdesk.model import WrongValue
from interdesk.model.attributes import LogEntry
from interdesk.model.attributes.dates import DATETIME_FORMAT, exact

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction


def write_logs(draft: Draft, tx: Transaction) -> None:
    """Appends or replaces the entries that the draft brings; empty messages leave no entry.

    Raises Forbidden when somebody but an administrator names another author.
    """
    root = draft.cls.root
    for code, change in draft.logs.items():
        entries = [_entry(entry, tx) for entry in change.entries if entry.message]
        if change.replace:
            tx.session.replace_log(root, draft.key, code, entries)
            count = len(entries)
        elif entries:
            tx.session.append_log(root, draft.key, code, entries)
            count = len(tx.session.logs(root, code, [draft.key]).get(draft.key, ()))
        else:
            continue
        if not draft.is_new:
            tx.history.logged(draft, code, max(0, count - 1))


def _entry(entry: NewEntry, tx: Transaction) -> LogEntry:
    author, user = tx.actor.name, tx.actor.user
    named = entry.author is not None or (entry.user is not None and entry.user != user)
    if named and not tx.actor.is_administrator:
        raise Forbidden("set the author of a log entry", "User")
    if entry.user is not None and entry.user != user:
        user = entry.user
        author = tx.desk.user_name(tx.session, user) or author
    if entry.author:
        author, user = entry.author, 0
    return LogEntry(_date(entry.date) or tx.now, author, user, stored(entry.message, entry.format), entry.format)


def _date(text: str | None) -> str | None:
    """A date that cannot be understood counts as none, as recorded."""
    if not text:
        return None
    try:
        return exact(text, DATETIME_FORMAT)
    except WrongValue:
        return None
