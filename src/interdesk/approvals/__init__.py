"""Approvals: flows, the engine that walks them, and the tickets that the desk keeps of them."""
