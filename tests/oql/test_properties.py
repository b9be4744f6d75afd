"""What holds for every tree and every text."""

from __future__ import annotations

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from interdesk import oql
from interdesk.oql import resolved, suggest, tree
from interdesk.oql.lexer import FUNCTIONS, SYMBOLS, TREE_OPERATORS, UNITS, WORDS
from tests.oql.models import small_model

MODEL = small_model()

# -- random trees

_plain = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=6)
_reserved = st.sampled_from([*WORDS, "NOT", "STRICT", "STRICTLY", "IS"])
_odd = st.text(min_size=1, max_size=6).filter(lambda text: "`" not in text)
names = st.one_of(_plain, _plain, _reserved, _odd)
_identifiers = st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_]{0,6}\Z")

_literals = st.builds(tree.Literal, st.one_of(st.integers(-(2**63) + 1, 2**63 - 1), st.text(max_size=8), st.none()))
_hexadecimals = st.builds(lambda n: tree.Hexadecimal(hex(n)), st.integers(0, 2**63 - 1))
_params = st.builds(tree.Param, _identifiers, st.one_of(st.none(), _identifiers))
_fields = st.builds(tree.Field, names, st.one_of(st.none(), names))
_operators = st.sampled_from(
    ["AND", "OR", "+", "-", "*", "/", "=", "!=", "<", ">", "<=", ">=", "LIKE", "NOT LIKE", "REGEXP", "MATCHES", "|",
     "&", "^", "<<", ">>"]
)  # fmt: skip


def _selects(conditions: st.SearchStrategy[tree.Expr]) -> st.SearchStrategy[tree.Select]:
    sources = st.builds(tree.Source, names, st.one_of(st.none(), names))
    sides = st.builds(tree.Field, names, st.one_of(st.none(), names))
    joins = st.builds(tree.Join, sources, sides, st.sampled_from(["=", *TREE_OPERATORS]), sides)
    return st.builds(
        tree.Select,
        st.lists(st.builds(tree.Name, names), max_size=3).map(tuple),
        sources,
        st.lists(joins, max_size=2).map(tuple),
        st.one_of(st.none(), conditions),
    )


def _queries(conditions: st.SearchStrategy[tree.Expr]) -> st.SearchStrategy[tree.Query]:
    selects = _selects(conditions)
    unions = st.builds(tree.Union, st.lists(selects, min_size=2, max_size=3).map(tuple))
    return st.one_of(selects, selects, unions)


def _compound(inner: st.SearchStrategy[tree.Expr]) -> st.SearchStrategy[tree.Expr]:
    intervals = st.builds(tree.Interval, inner, st.sampled_from(sorted(UNITS)))
    args = st.lists(st.one_of(inner, intervals), max_size=3).map(tuple)
    items = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(tree.Binary, _operators, inner, inner),
        st.builds(tree.Binary, _operators, inner, inner),
        st.builds(tree.Call, st.sampled_from(sorted(FUNCTIONS)), args),
        st.builds(tree.InList, inner, items, st.booleans()),
        st.builds(tree.InQuery, inner, _queries(inner), st.booleans()),
    )


expressions = st.recursive(st.one_of(_fields, _literals, _hexadecimals, _params), _compound, max_leaves=12)
queries = _queries(expressions)


@given(queries)
def test_a_printed_query_parses_to_the_same_tree(query: tree.Query) -> None:
    assert oql.parse(oql.to_text(query)) == query


@given(expressions)
def test_a_printed_condition_parses_to_the_same_tree(expr: tree.Expr) -> None:
    text = oql.to_text(expr)
    found = oql.parse_expression(text)
    assert found == expr
    assert oql.to_text(found) == text


# -- random texts

_words = [
    *WORDS, *SYMBOLS, "Person", "Organization", "UserRequest", "p", "o", "name", "org_id", "id", "status",
    "tto_75_passed", "'x'", '"y"', "'", '"', "`a b`", "`", "0x1F", "0x", "12", "9" * 25, ":this->id", ":list", ":",
    "NOT", "!", ";", "é", "\n", "\\",
]  # fmt: skip
_soup = st.lists(st.sampled_from(_words), max_size=25).map(" ".join)
_tight = st.lists(st.sampled_from(_words), max_size=25).map("".join)
_alike = st.lists(st.sampled_from(_words), max_size=12).map(lambda words: "SELECT Person WHERE " + " ".join(words))


@settings(max_examples=300)
@given(st.one_of(st.text(), _soup, _tight, _alike))
def test_any_text_is_understood_or_refused_with_a_reason(text: str) -> None:
    try:
        found = oql.query(text, MODEL)
    except oql.OqlError as fault:
        assert str(fault)
        told = fault.kind == "query" or "End of Input" in fault.issue  # these find no word of the text
        if fault.word is not None and not told:
            place = text.encode()[fault.position :]
            assert place.startswith((fault.word.encode(), b"`" + fault.word.encode()))
    else:
        assert isinstance(found, (resolved.Select, resolved.Union))
        hash(found)


@given(queries)
def test_any_tree_is_resolved_or_refused_with_a_reason(query: tree.Query) -> None:
    try:
        oql.resolve(query, MODEL)
    except oql.OqlError as fault:
        assert str(fault)


@given(st.text("abc", max_size=5), st.text("abc", max_size=5), st.text("abc", max_size=5))
def test_distance_is_a_metric(a: str, b: str, c: str) -> None:
    assert (suggest.distance(a, b) == 0) is (a == b)
    assert suggest.distance(a, b) == suggest.distance(b, a)
    assert suggest.distance(a, c) <= suggest.distance(a, b) + suggest.distance(b, c)
