"""REGEXP: the automaton finds what Python's ``re`` finds, in linear time; PostgreSQL gets an equal pattern."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interdesk.store.compile.regexp import for_postgres, found
from tests.store.compile.loaded import Loaded

ATOMS = st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", "\\d", "\\W", "[a-c0-9]", "1", "\\."])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{2,}", "*?"])).map(
            lambda pair: f"({pair[0]}){pair[1]}"
        ),
        inner.map(lambda part: f"(^{part})"),
        inner.map(lambda part: f"({part}$)"),
        inner.map(lambda part: f"\\b{part}"),
    ),
    max_leaves=6,
)
TEXTS = st.text("abc1. ", max_size=8)


@settings(max_examples=300, deadline=None)
@given(PATTERNS, TEXTS)
def test_it_finds_what_re_finds(pattern: str, text: str) -> None:
    assert found(text, pattern) == int(re.search(pattern.replace("$", "\\Z"), text) is not None)


@pytest.mark.parametrize("empty", ["postgresql"], indirect=True)
@settings(max_examples=100, deadline=None)
@given(pattern=PATTERNS, text=TEXTS)
def test_postgresql_finds_the_same(empty: Loaded, pattern: str, text: str) -> None:
    answer = empty.connection.execute("SELECT %s::text ~* %s::text", (text, for_postgres(pattern))).fetchone()
    assert int(answer[0]) == found(text, pattern)


@pytest.mark.parametrize("pattern", ["(a*)*(a*)*b", "(a|a)*b", "(a+)+$b", "a*a*a*a*a*a*b"])
def test_no_pattern_takes_more_than_linear_time(pattern: str) -> None:
    """With backtracking these would not come to an end."""
    assert found("a" * 20_000, pattern) == 0
