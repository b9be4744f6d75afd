"""Two desks work on one ticket: what each needs for that, made and checked in one step. Source: seed 002."""

from interdesk.events.exchange.partners import CUSTOMER, PROVIDER, ExchangeError, Invitation, Partner, partners
from interdesk.events.exchange.setup import establish, missing

__all__ = ["CUSTOMER", "PROVIDER", "ExchangeError", "Invitation", "Partner", "establish", "missing", "partners"]
