"""The wire: each dialect turns its own shapes into desk calls and back, and decides nothing."""
