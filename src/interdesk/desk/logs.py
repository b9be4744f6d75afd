"""Case log entries: what is stored of a message, and how an entry reads.

How logs are written (the shapes below are those of the REST dialect; recorded in conformance
``11_html_and_case_logs``, ``20_user_rights``, ``itop_events`` 08 and 15):

* Entries are kept and shown oldest first, in the order of writing: their dates never reorder them.
* A text appends one entry by the actor, now, in format html. An empty text appends nothing and is no change.
* ``{"add_item": {"message", "format", "date", "user_id", "user_login"}}`` appends one entry. Only ``message`` is
  needed (else ``Missing mandatory entry: 'message'``). ``format`` is html unless told. ``date`` is taken as given; an
  unreadable date is no error. ``user_login`` alone is ignored, for administrators too: the actor is the author.
* ``user_id`` (number or text of digits) makes that user the author, for administrators only; for others the write is
  refused: ``Only administrators can set the user id``. ``user_id`` 0 takes the author's name
  from ``user_login``.
* ``{"items": [...]}`` replaces the log by such items; an empty list empties it. Any other shape (number, list, null,
  other members): ``Missing 'items' elements``.
* The author is shown by the friendly name of the user's contact. A read shows the user's id as text.
* Two texts that are appended to one log within one write by one author become one entry.

This module knows the messages only: who may write what is the desk's affair, the shapes the dialect's.
"""

from __future__ import annotations

from collections.abc import Sequence

from interdesk.desk.html import clean, text_to_html
from interdesk.desk.html.tokens import tidy
from interdesk.desk.rendered import Texts
from interdesk.model.attributes import LogEntry

_TEXTS = Texts()


def stored(message: str, format: str) -> str:
    """The message to store: cleaned markup for format ``html``; otherwise the text itself."""
    return clean(message) if format == "html" else tidy(message)


def render(entry: LogEntry) -> tuple[str, str | None]:
    """Plain text and markup of an entry. A format that is neither html nor text has no markup (recorded: null)."""
    if entry.format == "html":
        return _TEXTS.text(entry.message), entry.message
    return entry.message, text_to_html(entry.message) if entry.format == "text" else None


def transcript(entries: Sequence[LogEntry]) -> str:
    """The whole log as one text, oldest entry first, each under a line with its date and author."""
    return "".join(
        f"\n========== {entry.date} : {entry.author} ({entry.user}) ============\n\n{render(entry)[0]}"
        for entry in entries
    )
