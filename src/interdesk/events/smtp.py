"""E-mail: one message through the mail server of the settings, over the same guarded connection as everything else."""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from interdesk.desk.html import to_text
from interdesk.events import addresses, sender
from interdesk.events.addresses import Policy, Resolver
from interdesk.events.requests import Email
from interdesk.events.sender import Bounds, Timed

NONE, STARTTLS, TLS = "none", "starttls", "tls"
SECURITY = (NONE, STARTTLS, TLS)
# The administrator has named the server: it may be anywhere.
ANYWHERE = Policy.of("0.0.0.0/0 ::/0")
IMPORTANCE = {"low": ("low", "5"), "high": ("high", "1")}
PERMANENT = range(500, 600)


class MailFailed(Exception):
    """The message was not taken. ``hopeless``: it would not be taken later either."""

    def __init__(self, reason: str, *, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.hopeless = reason, hopeless


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The way to the mail server. Safe to use from many threads: each message has its own connection."""

    host: str
    port: int = 25
    security: str = NONE
    user: str = ""
    password: str = field(default="", repr=False)
    default_sender: str = ""
    bounds: Bounds = field(default_factory=Bounds)
    resolver: Resolver = addresses.resolve
    context: ssl.SSLContext = field(default_factory=sender.default_tls, repr=False)

    def send(self, email: Email, delivery: str, attempt: int) -> str:
        """Sends a message; what there is to say about it ('' when all got it). Raises MailFailed."""
        try:
            message = composed(email, self.default_sender, delivery, attempt)
        except (ValueError, UnicodeError) as problem:
            raise MailFailed(f"The message cannot be written: {problem}", hopeless=True) from problem
        try:
            with _Connection(self) as connection:
                refused = connection.send_message(message, to_addrs=[*email.to, *email.cc, *email.bcc])
        except smtplib.SMTPRecipientsRefused as problem:
            codes = [code for code, _ in problem.recipients.values()]
            hopeless = all(code in PERMANENT for code in codes)
            raise MailFailed(f"No recipient was taken: {_refusals(problem.recipients)}", hopeless=hopeless) from problem
        except smtplib.SMTPResponseException as problem:
            said = _text(problem.smtp_error)
            hopeless = problem.smtp_code in PERMANENT and not isinstance(problem, smtplib.SMTPAuthenticationError)
            raise MailFailed(f"The mail server answered {problem.smtp_code} {said}", hopeless=hopeless) from problem
        except TimeoutError as problem:
            raise MailFailed("The mail server did not answer in time") from problem
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            raise MailFailed(f"The mail server cannot be used: {problem}") from problem
        return f"Not taken: {_refusals(refused)}" if refused else ""


class _Connection(smtplib.SMTP):
    """smtplib over a connection of ``sender.connect``: pinned to the address it found, and with an end."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._deadline = time.monotonic() + post.bounds.seconds
        super().__init__(local_hostname=socket.gethostname() or "localhost")

    def __enter__(self) -> _Connection:
        code, said = self.connect(self._post.host, self._post.port)
        try:
            if code != 220:
                raise smtplib.SMTPConnectError(code, said)
            self.ehlo_or_helo_if_needed()
            if self._post.security == STARTTLS:
                self._secure()
            if self._post.user:
                self.login(self._post.user, self._post.password)
        except BaseException:
            self.close()
            raise
        return self

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        connection, _ = sender.connect(
            host,
            port,
            policy=ANYWHERE,
            resolver=self._post.resolver,
            deadline=self._deadline,
            connect_seconds=self._post.bounds.connect_seconds,
            tls=self._post.context if self._post.security == TLS else None,
        )
        return connection

    def _secure(self) -> None:
        """STARTTLS, or nothing is sent: a server that no longer offers it may not be ours."""
        code, said = self.docmd("STARTTLS")
        if code != 220:
            raise smtplib.SMTPNotSupportedError(f"it does not offer STARTTLS ({code} {_text(said)})")
        plain: Any = self.sock
        raw = self._post.context.wrap_socket(plain.raw, server_hostname=self._post.host)
        self.sock = Timed(raw, self._deadline)  # type: ignore[assignment] # all that smtplib asks of a socket
        self.file = None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False
        self.ehlo_or_helo_if_needed()


def composed(email: Email, default_sender: str, delivery: str, attempt: int) -> EmailMessage:
    """The message as it is sent. Its Message-ID is the same at each attempt. Raises ValueError."""
    message = EmailMessage(policy=SMTP)
    message["From"] = email.sender or default_sender
    for name, value in (
        ("Reply-To", email.reply_to),
        ("To", ", ".join(email.to)),
        ("Cc", ", ".join(email.cc)),
        ("Subject", email.subject),
        ("Message-ID", f"<{email.message_id or delivery + '@interdesk'}>"),
        ("References", f"<{email.references}>" if email.references else ""),
        ("X-Interdesk-Delivery", delivery),
        ("X-Interdesk-Attempt", str(attempt)),
    ):
        if value:
            message[name] = value
    if email.importance in IMPORTANCE:
        importance, priority = IMPORTANCE[email.importance]
        message["Importance"], message["X-Priority"] = importance, priority
    message["Date"] = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(to_text(email.body))
    message.add_alternative(email.body, subtype="html")
    return message


def _refusals(refused: dict[str, tuple[int, bytes]]) -> str:
    return ", ".join(f"{address} ({code} {_text(said)})" for address, (code, said) in refused.items())


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:500]
