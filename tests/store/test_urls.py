"""Database URLs as people read them."""

from __future__ import annotations

import pytest

from interdesk.store import shown


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("sqlite:////var/lib/interdesk.db", "sqlite:////var/lib/interdesk.db"),
        ("postgresql://desk@/desk?host=/run/postgresql", "postgresql://desk@/desk?host=/run/postgresql"),
        ("postgresql://desk:pa:ss@db.example.com:5432/desk", "postgresql://desk:***@db.example.com:5432/desk"),
        ("postgresql://:secret@localhost/desk", "postgresql://:***@localhost/desk"),
        ("postgresql:///desk?user=a&password=secret&port=1", "postgresql:///desk?user=a&password=***&port=1"),
    ],
)
def test_a_password_is_not_shown(url: str, text: str) -> None:
    assert shown(url) == text
