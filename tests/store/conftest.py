"""The databases of the store's tests."""

from tests.support.databases import database_url, databases, dialect, open_store, store

__all__ = ["database_url", "databases", "dialect", "open_store", "store"]
