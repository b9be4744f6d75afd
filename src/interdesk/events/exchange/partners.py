"""The desks with which a desk exchanges tickets, as they are stored."""

from __future__ import annotations

from dataclasses import dataclass, field

from interdesk.desk import Transaction, queries
from interdesk.errors import InterdeskError

CLASS = "ExchangePartner"
PROVIDER, CUSTOMER = "provider", "customer"  # a provider takes our tickets, a customer hands us his
PROFILES = {PROVIDER: 1100, CUSTOMER: 1101}  # of the module ``exchange``
REST_PATH = "webservices/rest.php"
FIELDS = ("id", "name", "role", "known_as", "organization_id", "connection_id", "user_id")


class ExchangeError(InterdeskError):
    """A partner cannot be added as asked; the message tells why."""

    code = "events.exchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What both sides must agree on. ``login`` and ``password`` are ours at the partner, ``user`` his here."""

    name: str
    role: str
    known_as: str  # the name of our organization at the partner
    url: str
    login: str
    password: str = field(repr=False)
    user: str
    user_password: str = field(repr=False)

    def __post_init__(self) -> None:
        for text in (self.name, self.known_as, self.login, self.user):
            if not text.strip() or "$" in text:
                raise ExchangeError(f"{text!r} cannot be a name here: it needs letters, and no $")
        if not self.url.startswith(("http://", "https://")):
            raise ExchangeError(f"{self.url!r} is no address: write it with http:// or https://")

    @property
    def endpoint(self) -> str:
        """The address of the REST interface, from that of the desk or of the interface itself."""
        return self.url if self.url.endswith(".php") else f"{self.url.rstrip('/')}/{REST_PATH}"


@dataclass(frozen=True, slots=True)
class Partner:
    """A stored partner; ids are 0 where something is not there."""

    id: int
    name: str
    role: str
    known_as: str
    organization: int
    connection: int
    user: int


def partners(tx: Transaction) -> list[Partner]:
    """All partners. Raises ExchangeError when the design lacks the module."""
    cls = tx.desk.model.classes.get(CLASS)
    if cls is None:
        raise ExchangeError(
            "The design lacks the module exchange: add it to the setting design, then run interdesk migrate"
        )
    rows = tx.session.fetch(tx.desk.store.compiler.select(queries.every(cls), FIELDS), {})
    return [Partner(*row) for row in rows]
