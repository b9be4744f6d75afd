"""Folding: what is equal, and that Python and both databases agree on it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interdesk.store.compile.fold import fold
from tests.store.compile.loaded import Loaded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""), ("Ann", "ann"), ("ÉLÉONORE  ", "eleonore"), (" a", " a"), ("Ünïcödé", "unicode"), ("ﬁn", "fin"),
        ("Ωμέγα", "ωμεγα"), ("ЙОД", "иод"), ("Straße", "straße"), ("Ａ１", "a1"), ("tab\t", "tab\t"), (None, None),
    ],
)  # fmt: skip
def test_a_text_is_folded(empty: Loaded, text: str | None, expected: str | None) -> None:
    mark = "?" if empty.dialect == "sqlite" else "%s::text"
    assert fold(text) == expected
    assert empty.connection.execute(f"SELECT fold({mark})", (text,)).fetchone()[0] == expected


LETTERS = st.characters(min_codepoint=1, max_codepoint=0x1FFF, exclude_categories=("Cs", "Cn"))


@pytest.mark.parametrize("empty", ["postgresql"], indirect=True)
@settings(max_examples=200, deadline=None)
@given(text=st.text(LETTERS, max_size=10))
def test_postgresql_folds_like_python(empty: Loaded, text: str) -> None:
    assert empty.connection.execute("SELECT fold(%s::text)", (text,)).fetchone()[0] == fold(text)
