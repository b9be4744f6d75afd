"""Mentions: hyperlinks to objects of this application in new log entries. Source: scenario 05."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from interdesk.desk import Transaction
from interdesk.desk.drafts import Draft
from interdesk.desk.logs import stored
from interdesk.events.subjects import Subject

_LINK = re.compile(r'<a\b[^>]*\bhref="([^"]*)"')
_OBJECT = re.compile(r"&class=(\w+)&id=(\d{1,18})")


def mentioned(draft: Draft, tx: Transaction, root: str) -> Iterator[Subject]:
    """The objects that the new entries of each log link to, once for each log, logs in the order of the class."""
    for code in draft.cls.attributes:
        change = draft.logs.get(code)
        if change is None:
            continue
        texts = [stored(entry.message, "html") for entry in change.entries if entry.format == "html"]
        for name, key in dict.fromkeys(place for text in texts for place in _places(text, root)):
            final = tx.final_class(name, key) if name in tx.desk.model.classes else None
            if final is not None:
                yield Subject(tx, tx.desk.model.cls(final), key)


def _places(text: str, root: str) -> Iterator[tuple[str, int]]:
    for link in _LINK.finditer(text):
        address = html.unescape(link[1])
        if address.startswith(root) and (found := _OBJECT.search(address)):
            yield found[1], int(found[2])
