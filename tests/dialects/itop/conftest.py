"""Fixtures of the iTop dialect."""

from tests.support.rest import rest, shared_rest

__all__ = ["rest", "shared_rest"]
