"""What may be done: the rules of an object's life, the same for every dialect."""

from interdesk.desk.actors import SYSTEM, Actor
from interdesk.desk.desk import Desk, Observer
from interdesk.desk.limits import Limits
from interdesk.desk.reading import Page, Reader, Table
from interdesk.desk.secrets import Vault
from interdesk.desk.transaction import Transaction

__all__ = ["SYSTEM", "Actor", "Desk", "Limits", "Observer", "Page", "Reader", "Table", "Transaction", "Vault"]
