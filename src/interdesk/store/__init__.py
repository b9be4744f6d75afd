"""Keeping: tables from the model, compiled statements, rows, logs, blobs, migrations."""

from interdesk.store.compile import Plan
from interdesk.store.create import create_schema
from interdesk.store.session import Session
from interdesk.store.store import Store
from interdesk.store.trees import TreeLoop
from interdesk.store.writing import WriteSession

__all__ = ["Plan", "Session", "Store", "TreeLoop", "WriteSession", "create_schema"]
