"""Clients in Python. They import nothing else of Interdesk, and nothing beyond the standard library."""
