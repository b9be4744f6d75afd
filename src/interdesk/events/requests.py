"""What an action makes of an event: one request, complete and never changed again.

The triggers' side renders it inside the transaction of the write and hands it to ``outbox.enqueue``; the delivery
side stores, sends and logs it. Neither side knows more of the other than this module.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Headers = tuple[tuple[str, str], ...]

WEBHOOK, EMAIL, NEWS = "webhook", "email", "newsroom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """A message ready to be sent. Addresses as ``RFC 5322`` mailboxes; ``body`` is HTML."""

    sender: str = field(repr=False)
    reply_to: str = field(default="", repr=False)
    to: tuple[str, ...] = field(default=(), repr=False)
    cc: tuple[str, ...] = field(default=(), repr=False)
    bcc: tuple[str, ...] = field(default=(), repr=False)
    subject: str = field(default="", repr=False)
    body: str = field(default="", repr=False)
    importance: str = "normal"  # low, normal, high
    message_id: str = ""  # without angle brackets
    references: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A message to people within the desk. ``contacts``: their ids; ``icon``: a picture as it is stored, or nothing."""

    contacts: tuple[int, ...]
    title: str
    message: str = field(repr=False)
    priority: str
    url: str
    icon: tuple[Any, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One request of one action for one event.

    ``fault`` tells why nothing may be sent (a broken template, no connection ...): such a request is logged as it
    is and never sent; ``fault`` is the whole message of its log, without the prefix of test mode.
    ``logged_headers`` and ``logged_payload`` are what the log shows, secrets masked; all else may hold secrets.
    """

    kind: str  # WEBHOOK, EMAIL, or NEWS, which arrives in the very transaction
    trigger_id: int
    action_id: int
    action_class: str
    object_class: str
    object_id: int
    connection_id: int = 0  # 0: none
    method: str = ""  # upper case
    url: str = ""
    headers: Headers = field(default=(), repr=False)  # in order; a name may come twice
    body: bytes = field(default=b"", repr=False)
    email: Email | None = None
    news: News | None = None
    process_response: str = ""  # a callback's name or declarative lines, as the action has it
    logged_headers: str = ""
    logged_payload: str = ""
    asynchronous: str = "use_global_setting"  # or yes, no: the action's own wish
    test: bool = False
    lane: int = 0  # those of one lane share a receiver's troubles; 0: that of the connection
    most_attempts: int = 0  # tried no more often than that; 0: as the settings say
    given_up: str = ""  # the name of the function that is told when it will not be delivered
    fault: str = ""
    note: str = ""  # more about a fault for the ledger, such as its line and column

    @property
    def ordering(self) -> str:
        """Requests with the same key are delivered one after the other."""
        return f"{self.connection_id}:{self.object_class}:{self.object_id}"
