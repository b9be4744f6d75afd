"""Telling others: triggers, placeholders and actions render requests; the outbox delivers them."""
