"""The examples of the facts, and the queries of the recorded behaviour, against the bundled design."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from interdesk import oql
from interdesk.model import Model
from interdesk.model.design import bundled, load
from interdesk.oql import resolved
from tests.oql.examples import INVALID, VALID

RECORDED = Path(__file__).parents[1] / "conformance" / "itop"
WRAPPED = re.compile(r"Error: Query failed to execute: query = (.*), exception_class = (\w+), exception_message = (.*)")
EXCEPTION_KINDS = {
    "OQLParserSyntaxErrorException": {"syntax"},
    "UnknownClassOqlException": {"unknown_class"},
    "OqlNormalizeException": {"normalize"},
    "OQLException": {"query"},
    "Exception": {"lexer", "other"},
}
HOLES = {"any": r"[\s\S]*", "digits": r"\d+", "word": r"[\w ]+"}


@pytest.fixture(scope="module")
def model() -> Model:
    return load(bundled())


def pattern(message: str) -> str:
    """A recorded message as a regular expression; other holes are filled with what the query holds there."""
    parts = re.split(r"\$\{(any|digits|word)\}", message)
    return "".join(HOLES[part] if i % 2 else re.escape(part) for i, part in enumerate(parts))


def fill(text: str) -> str:
    """Keys become 7, names become x."""
    text = re.sub(r"\$\{(?:uid|login)\}", "x", text)
    return re.sub(r"\$\{(?!any|digits|word)\w+(?::\w+)?\}", "7", text)


def recorded_errors() -> list[tuple[str, str, str]]:
    found = []
    for path in sorted(RECORDED.glob("*.json")):
        for step in json.loads(path.read_text(encoding="utf-8"))["steps"]:
            body = step["expect"].get("body")
            message = body.get("message") if isinstance(body, dict) else None
            if isinstance(message, str) and (match := WRAPPED.fullmatch(fill(message))):
                found.append((match[1], match[2], match[3]))
    return found


def recorded_queries() -> list[str]:
    """The keys of successful requests that are queries."""
    found = {}
    for path in sorted(RECORDED.glob("*.json")):
        for step in json.loads(path.read_text(encoding="utf-8"))["steps"]:
            body = step["expect"].get("body")
            request = step["request"].get("json")
            if isinstance(body, dict) and body.get("code") == 0 and isinstance(request, dict):
                text = str(request.get("key", ""))
                if text.startswith("SELECT"):
                    found[fill(text)] = None
    return list(found)


def test_there_are_as_many_examples_as_the_facts_give() -> None:
    assert (len(VALID), len(INVALID)) == (67, 35)


@pytest.mark.parametrize("text", VALID)
def test_a_valid_example_resolves(text: str, model: Model) -> None:
    found = oql.query(text, model)
    assert isinstance(found, (resolved.Select, resolved.Union))
    assert hash(found) == hash(oql.resolve(oql.parse(text), model))


@pytest.mark.parametrize("text", VALID)
def test_a_valid_example_is_printed_so_that_it_means_the_same(text: str) -> None:
    tree = oql.parse(text)
    assert oql.parse(oql.to_text(tree)) == tree


@pytest.mark.parametrize(("text", "message"), INVALID)
def test_an_invalid_example_is_refused(text: str, message: str, model: Model) -> None:
    with pytest.raises(oql.OqlError) as caught:
        oql.query(text, model)
    assert re.match(".*".join(map(re.escape, message.split("…"))), str(caught.value))


@pytest.mark.parametrize("text", recorded_queries())
def test_a_recorded_query_resolves(text: str, model: Model) -> None:
    assert oql.query(text, model).cls.name in model.classes


@pytest.mark.parametrize(("text", "exception", "message"), recorded_errors())
def test_a_recorded_error_is_told_in_the_same_words(text: str, exception: str, message: str, model: Model) -> None:
    with pytest.raises(oql.OqlError) as caught:
        oql.query(text, model)
    assert re.fullmatch(pattern(message), str(caught.value))
    assert caught.value.kind in EXCEPTION_KINDS[exception]


def test_enough_was_recorded() -> None:
    assert len(recorded_errors()) > 40
    assert len(recorded_queries()) > 120
