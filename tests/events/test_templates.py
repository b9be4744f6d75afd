"""JSON templates: whatever a ticket holds, the result is JSON; what is no JSON is told by line and column."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interdesk.events import templates
from interdesk.events.markup import Addresses
from interdesk.events.placeholders import Placeholder, Scene, expand
from interdesk.events.values import Value, number, textual

ADDRESSES = Addresses("https://desk.example/")
TEXTS = st.text(max_size=40) | st.sampled_from(
    ['"', "\\", "\n", '","x":"', "$this->title$", "$this->ref$", "\u2028", "\x00"]
)


class Fixed(Scene):
    """A scene whose placeholders have given values, by what stands between the signs."""

    def __init__(self, **values: Value) -> None:
        super().__init__({}, {}, ADDRESSES, "EN US")
        self._values = values

    def value(self, placeholder: Placeholder) -> Value | None:
        return self._values.get(placeholder.path[-1] if placeholder.path else placeholder.name)


@given(TEXTS)
def test_any_text_inside_a_string_arrives_as_it_is(text: str) -> None:
    document = templates.expand_json('{"a": "$this->title$", "b": ["<$this->title$>"]}', Fixed(title=textual(text)))
    assert json.loads(document) == {"a": text, "b": [f"<{text}>"]}


@given(TEXTS)
def test_any_text_outside_of_a_string_arrives_as_it_is(text: str) -> None:
    assert json.loads(templates.expand_json("[1, $this->title$]", Fixed(title=textual(text)))) == [1, text]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON_VALUES, TEXTS, st.booleans())
@settings(deadline=None)
def test_every_document_is_a_template_and_no_value_breaks_it(document: object, text: str, ascii_only: bool) -> None:
    template = json.dumps([document, "$this->title$", {"$this->title$": 0}], ensure_ascii=ascii_only)
    assert templates.fault(template) is None
    found = json.loads(templates.expand_json(template, Fixed(title=textual(text))))
    assert found[1:] == [text, {text: 0}]


@given(st.text(alphabet='{}[]",: \\\n$1ae->thistl', max_size=30), TEXTS)
@settings(deadline=None)
def test_a_template_without_fault_gives_json_and_one_with_a_fault_gives_nothing(template: str, text: str) -> None:
    scene = Fixed(title=textual(text), id=number("7"))
    if templates.fault(template) is None:
        try:
            json.loads(templates.expand_json(template, scene))
        except templates.BrokenTemplate as problem:
            assert "has no value" in str(problem)
    else:
        with pytest.raises(templates.BrokenTemplate):
            templates.expand_json(template, scene)


@pytest.mark.parametrize(
    ("value", "literal"),
    [(number("12"), 12), (number(""), None), (textual(""), ""), (textual('"'), '"'), (Value("1", "true"), True)],
)
def test_literals(value: Value, literal: object) -> None:
    document = json.loads(templates.expand_json('{"v": $this->v$, "s": "$this->v$"}', Fixed(v=value)))
    assert document == {"v": literal, "s": value.text}


SEED = """{
  "operation":"core/create",
  "fields":
  {
    "title":"$this->title$",
    "description":"$this->description$"
    "public_log":"$this->private_log$"
  }
}"""


@pytest.mark.parametrize(
    ("template", "line", "column"),
    [
        (SEED, 7, 5),
        ('{"a": $this->title$ "b": 2}', 1, 21),
        ('{"a": "$this->caller_id->name$" "b": 2}', 1, 33),
        ('{"a": 1,}', 1, 9),
        ("", 1, 1),
        ("{'a': 1}", 1, 2),
        ('{"a": 1} // c', 1, 10),
        ('{"a": NaN}', 1, 7),
        ("hello", 1, 1),
    ],
)
def test_faults_are_told_by_line_and_column(template: str, line: int, column: int) -> None:
    fault = templates.fault(template)
    assert fault is not None
    assert (fault.line, fault.column) == (line, column)
    with pytest.raises(templates.BrokenTemplate) as caught:
        templates.expand_json(template, Fixed(title=textual("t")))
    assert f"line {line}, column {column}" in str(caught.value)


def test_placeholder_without_a_value_stays_in_a_string_and_is_a_fault_outside() -> None:
    assert templates.expand_json('["$this->nope$"]', Fixed()) == '["$this->nope$"]'
    with pytest.raises(templates.BrokenTemplate, match=r"\$this->nope\$ has no value at line 2, column 2"):
        templates.expand_json("[\n $this->nope$]", Fixed())


def test_deep_nesting_is_a_fault() -> None:
    assert templates.fault("[" * 100_000 + "]" * 100_000) is not None


def test_everything_but_placeholders_stays_sign_by_sign() -> None:
    template = '{ "a" :\t1.50,\n\n "a": "\\u00e9\\/",  "b":[ ]}'
    assert templates.expand_json(template, Fixed()) == template


@given(st.text(max_size=60))
def test_text_without_values_stays_as_it_is(text: str) -> None:
    assert expand(text, Fixed()) == text
