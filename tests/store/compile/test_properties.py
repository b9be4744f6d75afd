"""Random queries over random data find what the naive evaluator finds, in its order."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from interdesk.model.attributes import ExternalField
from interdesk.oql.resolved import Query
from interdesk.store.compile import LIMIT, OFFSET
from tests.store.compile import sample
from tests.store.compile.loaded import Loaded
from tests.store.compile.naive import Naive
from tests.store.compile.strategies import ARGS, objects, queries

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


@dataclass(frozen=True, repr=False)
class Case:
    """Its parts are written by ``note``: a resolved query is too long to show, its SQL is not."""

    data: dict[str, list[sample.Object]]
    query: Query


CASES = st.tuples(objects(), queries()).map(lambda parts: Case(*parts))


def check(desk: Loaded, case: Case) -> None:
    desk.load(case.data)
    plan = desk.compiler.select(case.query, ("id",))
    note(f"{case.data}\n{plan.statement.sql}\n{plan.binds({'#now': sample.NOW, **ARGS})}")
    expected = Naive(desk.model, case.data, sample.NOW, ARGS).ids(case.query)
    assert [row[0] for row in desk.run(plan, **ARGS)] == expected
    assert desk.run(desk.compiler.count(case.query), **ARGS) == [(len(expected),)]
    # A page, with fields that need joins of their own.
    seen = [code for code, found in case.query.cls.attributes.items() if isinstance(found, ExternalField)]
    page = desk.compiler.select(case.query, ("id", *seen), paged=True)
    assert [row[0] for row in desk.run(page, **ARGS, **{LIMIT: 2, OFFSET: 1})] == expected[1:3]


@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
@settings(max_examples=150, deadline=None, suppress_health_check=QUIET)
@given(case=CASES)
def test_sqlite_finds_what_the_naive_evaluator_finds(empty: Loaded, case: Case) -> None:
    check(empty, case)


@pytest.mark.parametrize("empty", ["postgresql"], indirect=True)
@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(case=CASES)
def test_postgresql_finds_what_the_naive_evaluator_finds(empty: Loaded, case: Case) -> None:
    check(empty, case)
