"""Keeping: tables from the model, compiled statements, rows, logs, blobs, migrations."""

from interdesk.store.compile import PRESENCE, By, Compiler, Ids, Plan
from interdesk.store.create import create_schema, is_empty
from interdesk.store.database import shown
from interdesk.store.overlay import overlaid
from interdesk.store.session import Session
from interdesk.store.store import Store
from interdesk.store.trees import TreeLoop
from interdesk.store.writing import WriteSession

__all__ = [
    "PRESENCE",
    "By",
    "Compiler",
    "Ids",
    "Plan",
    "Session",
    "Store",
    "TreeLoop",
    "WriteSession",
    "create_schema",
    "is_empty",
    "overlaid",
    "shown",
]
