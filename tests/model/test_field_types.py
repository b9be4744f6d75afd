"""Every ``xsi:type``: what its elements become, and that nothing of them is lost by an export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from interdesk.model import Model
from interdesk.model.attributes import BY_TYPE, OnTargetDelete, Threshold, ThresholdAction
from interdesk.model.design import export_json, export_xml, load
from interdesk.model.design.fields import ELEMENTS
from tests.model.written import checked, classes, cls, enum, faults, field, key, loaded, write

TARGETS = classes(
    cls("Target", field("name") + key("host_id", "Host")),
    cls("Link", key("host_id", "Host") + key("target_id", "Target")),
    cls(
        "Host",
        field("scope")
        + enum("status", "open", "shut", default="open")
        + key("target_id", "Target")
        + field("watch", "AttributeStopWatch", '<thresholds><threshold id="75"/></thresholds>'),
        properties="<fields_semantic><state_attribute>status</state_attribute></fields_semantic>",
    ),
)
CHOICES = "<values><value id='a'><code>a</code></value><value id='b'><code>b</code></value></values>"
NULL = "<is_null_allowed>true</is_null_allowed>"

# type, elements, what the attribute then says
TYPES: list[tuple[str, str, dict[str, Any]]] = [
    ("AttributeString", "", {"max_size": 255, "default": "", "null_allowed": False, "pattern": None, "tracked": True}),
    ("AttributeString", "<default_value>x</default_value>" + NULL, {"default": "x", "null_allowed": True}),
    ("AttributeString", "<validation_pattern>^[a-z]+$</validation_pattern>", {"pattern": "^[a-z]+$"}),
    ("AttributeString", "<tracking_level>none</tracking_level>", {"tracked": False}),
    ("AttributeString", "<dependencies><attribute id='scope'/></dependencies>", {"depends_on": ("scope",)}),
    ("AttributeTemplateString", "", {"max_size": 255}),
    ("AttributeUserControlledTemplate", "", {}),
    ("AttributeText", "<format>html</format>", {"format": "html", "max_size": 65_535}),
    ("AttributeText", "", {"format": "text"}),
    ("AttributeLongText", "<format>html</format>", {"format": "html"}),
    ("AttributeTemplateText", "", {}),
    ("AttributeHTML", "", {"format": "html"}),
    ("AttributeTemplateHTML", "", {"format": "html"}),
    ("AttributeOQL", "", {"max_size": 65_535}),
    ("AttributeEmailAddress", "<validation_pattern>@ours$</validation_pattern>", {"pattern": "@ours$"}),
    ("AttributePhoneNumber", "", {}),
    ("AttributeURL", "<target>_self</target>", {"target": "_self", "max_size": 2_048}),
    ("AttributePassword", "", {"max_size": 64}),
    ("AttributeEncryptedString", "", {"max_size": 255}),
    ("AttributeOneWayPassword", "", {}),
    ("AttributeInteger", "<default_value>7</default_value>", {"default": 7}),
    ("AttributePercentage", "<default_value>75</default_value>", {"default": 75}),
    ("AttributeDuration", "", {"default": None}),
    (
        "AttributeDecimal",
        "<digits>8</digits><decimals>3</decimals><default_value>1.5</default_value>",
        {"digits": 8, "decimals": 3, "default": 1.5},
    ),
    ("AttributeBoolean", "<default_value>true</default_value>", {"default": True}),
    ("AttributeBoolean", "<default_value>0</default_value>", {"default": False}),
    ("AttributeDate", "<default_value>2026-01-31</default_value>", {"default": None}),
    ("AttributeDateTime", NULL, {"null_allowed": True}),
    ("AttributeDeadline", "", {}),
    ("AttributeEnum", CHOICES + "<default_value>b</default_value>", {"default": "b", "values": {"a": "a", "b": "b"}}),
    (
        "AttributeMetaEnum",
        CHOICES
        + "<default_value>a</default_value><mappings><mapping id='Host'><attcode>status</attcode><metavalues>"
        + "<metavalue id='b'><values><value id='shut'/></values></metavalue></metavalues></mapping></mappings>",
        {"default": "a", "depends_on": ("status",), "writable": False},
    ),
    ("AttributeEnumSet", CHOICES + "<max_items>2</max_items>", {"max_items": 2, "values": {"a": "a", "b": "b"}}),
    (
        "AttributeTagSet",
        "<max_items>3</max_items><tag_code_max_len>9</tag_code_max_len>",
        {"max_items": 3, "code_size": 9},
    ),
    (
        "AttributeClassAttCodeSet",
        "<class_field>scope</class_field><max_items>20</max_items>"
        "<attribute_definition_list>AttributeText, AttributeString</attribute_definition_list>"
        "<attribute_definition_exclusion_list>AttributeBlob</attribute_definition_exclusion_list>",
        {
            "class_field": "scope",
            "max_items": 20,
            "max_size": 300,
            "allowed_types": ("AttributeText", "AttributeString"),
            "excluded_types": ("AttributeBlob",),
        },
    ),
    ("AttributeQueryAttCodeSet", "<query_field>scope</query_field>", {"class_field": "scope"}),
    (
        "AttributeClass",
        "<class_category>bizmodel</class_category><more_values>User,Event</more_values>",
        {"class_category": "bizmodel", "more_values": ("User", "Event")},
    ),
    ("AttributeClassState", "<class_field>scope</class_field>", {"class_field": "scope"}),
    ("AttributeApplicationLanguage", "<default_value>EN US</default_value>", {"default": "EN US"}),
    (
        "AttributeExternalKey",
        "<target_class>Target</target_class><on_target_delete>DEL_AUTO</on_target_delete>"
        "<filter>SELECT Target</filter>",
        {"target_class": "Target", "on_target_delete": OnTargetDelete.AUTO, "filter": "SELECT Target", "default": 0},
    ),
    ("AttributeHierarchicalKey", "", {"target_class": "Host", "on_target_delete": OnTargetDelete.MANUAL}),
    ("AttributeObjectKey", "<class_attcode>scope</class_attcode>", {"class_attribute": "scope", "target_class": ""}),
    (
        "AttributeExternalField",
        "<extkey_attcode>target_id</extkey_attcode><target_attcode>name</target_attcode>",
        {"ext_key": "target_id", "target_attribute": "name", "writable": False, "depends_on": ("target_id",)},
    ),
    (
        "AttributeLinkedSet",
        "<linked_class>Target</linked_class><ext_key_to_me>host_id</ext_key_to_me><count_max>3</count_max>"
        "<tracking_level>all</tracking_level><edit_mode>in_place</edit_mode>",
        {
            "linked_class": "Target",
            "ext_key_to_me": "host_id",
            "count_max": 3,
            "tracking": "all",
            "edit_mode": "in_place",
            "null_allowed": True,
        },
    ),
    (
        "AttributeLinkedSetIndirect",
        "<linked_class>Link</linked_class><ext_key_to_me>host_id</ext_key_to_me>"
        "<ext_key_to_remote>target_id</ext_key_to_remote><duplicates>true</duplicates>",
        {"ext_key_to_remote": "target_id", "duplicates": True},
    ),
    ("AttributeCaseLog", NULL, {"null_allowed": True}),
    ("AttributeBlob", "", {}),
    ("AttributeImage", "", {}),
    ("AttributeIPAddress", "", {"max_size": 255}),
    (
        "AttributeStopWatch",
        "<states><state id='open'/></states><goal>G</goal><working_time>W</working_time><thresholds>"
        "<threshold id='75'><actions><action><verb>ApplyStimulus</verb><params><param>ev_x</param></params></action>"
        "</actions></threshold></thresholds>",
        {
            "states": ("open",),
            "goal": "G",
            "working_time": "W",
            "thresholds": {75: Threshold(75, (ThresholdAction("ApplyStimulus", ("ev_x",)),))},
        },
    ),
    (
        "AttributeSubItem",
        "<target_attcode>watch</target_attcode><item_code>75_overrun</item_code>",
        {"watch": "watch", "item": "75_overrun", "writable": False},
    ),
    (
        "AttributeRedundancySettings",
        "<relation_code>impacts</relation_code><from_class>Target</from_class><neighbour_id>n</neighbour_id>"
        "<enabled>true</enabled><enabled_mode>user</enabled_mode><min_up>50</min_up><min_up_type>percent</min_up_type>"
        "<min_up_mode>user</min_up_mode>",
        {"relation": "impacts", "neighbour": "n", "default": "50%", "writable": True},
    ),
    ("AttributeRedundancySettings", "<enabled>false</enabled>", {"default": "disabled", "writable": False}),
    ("AttributeDashboard", "<definition><cells/></definition>", {"writable": False}),
    ("AttributeCustomFields", "", {}),
    ("AttributeTable", "", {}),
    ("AttributePropertySet", "", {}),
]


def with_field(kind: str, inside: str) -> str:
    return classes(f'<class id="Host"><fields>{field("it", kind, inside)}</fields></class>')


@pytest.mark.parametrize(("kind", "inside", "expected"), TYPES)
def test_a_type_says_what_its_elements_say(tmp_path: Path, kind: str, inside: str, expected: dict[str, Any]) -> None:
    attribute = loaded(tmp_path, TARGETS, with_field(kind, inside)).classes["Host"].attributes["it"]
    assert isinstance(attribute, BY_TYPE[kind])
    assert (attribute.type_name, attribute.code, attribute.defined_in) == (kind, "it", "Host")
    assert {name: getattr(attribute, name) for name in expected} == expected


def test_every_type_has_a_row() -> None:
    assert {kind for kind, _inside, _expected in TYPES} == set(ELEMENTS)


@pytest.fixture
def everything(tmp_path: Path) -> list[Path]:
    """A design with one field for each row above."""
    fields = "".join(
        f'<field id="f{place}" xsi:type="{kind}">{inside}</field>' for place, (kind, inside, _said) in enumerate(TYPES)
    )
    host = f'<class id="Host"><fields>{fields}</fields></class>'
    texts = (
        "<dictionaries><dictionary id='EN US'><entries><entry id='Class:Host/Attribute:f0'>A &lt;b&gt; &amp; c\n"
        "]]&gt; end</entry><entry id='blank'> </entry></entries></dictionary></dictionaries>"
    )
    php = "<methods><method id='M'><code><![CDATA[ if ($a < 1) { return \"x\"; } ]]></code></method></methods>"
    rest = classes(f'<class id="Host">{php}</class>')
    return [write(tmp_path, f"{place}.xml", body) for place, body in enumerate((TARGETS, classes(host) + texts, rest))]


def told(model: Model) -> Any:
    return {name: value for name, value in export_json(model).items() if name != "kept_unread"}


def test_an_exported_design_loads_as_the_same_model(everything: list[Path], tmp_path: Path) -> None:
    model = load(everything)
    first = tmp_path / "exported.xml"
    first.write_text(export_xml(everything), encoding="utf-8")
    again = load([first])
    assert again.fingerprint == model.fingerprint
    assert told(again) == told(model)
    assert export_xml([first]) == first.read_text(encoding="utf-8")
    assert again.text("Class:Host/Attribute:f0") == "A <b> & c\n]]> end"
    assert again.text("blank") == " "
    assert again.classes["Host"].methods["M"].body == ' if ($a < 1) { return "x"; } '


def test_the_fingerprint_changes_with_the_design_only(everything: list[Path], tmp_path: Path) -> None:
    moved = tmp_path / "moved.xml"
    moved.write_bytes(everything[2].read_bytes())
    changed = write(tmp_path, "changed.xml", with_field("AttributeString", ""))
    assert load([*everything[:2], moved]).fingerprint == load(everything).fingerprint
    assert load([*everything, changed]).fingerprint != load(everything).fingerprint


def test_the_summary_is_plain_json(everything: list[Path]) -> None:
    summary = json.loads(json.dumps(export_json(load(everything))))
    assert summary["classes"]["Host"]["attributes"]["f0"]["label"] == "A <b> & c\n]]> end"
    assert summary["classes"]["Target"]["parent"] is None


def test_a_pattern_that_python_cannot_use_is_noted_and_left_out(tmp_path: Path) -> None:
    found = checked(
        tmp_path, TARGETS, with_field("AttributeString", r"<validation_pattern>^\p{L}+$</validation_pattern>")
    )
    assert found.model is not None
    assert getattr(found.model.classes["Host"].attributes["it"], "pattern", "") is None
    assert any("values are not checked by it" in report for report in found.reports)


def test_named_classes_of_letters_are_understood(tmp_path: Path) -> None:
    inside = "<validation_pattern>^[[:alpha:]][[:alnum:]_]*$</validation_pattern>"
    attribute = loaded(tmp_path, TARGETS, with_field("AttributeString", inside)).classes["Host"].attributes["it"]
    assert attribute.check("a1_b") is None
    assert attribute.check("1a") is not None


def test_values_come_in_the_order_of_their_ranks_where_asked(tmp_path: Path) -> None:
    values = "".join(
        f"<value id='{code}'><code>{code}</code><rank>{rank}</rank></value>" for code, rank in (("a", 20), ("b", 10))
    )
    for sort, expected in (("rank", ["b", "a"]), ("code", ["a", "b"])):
        inside = f"<sort_type>{sort}</sort_type><values>{values}</values>"
        attribute = loaded(tmp_path, TARGETS, with_field("AttributeEnum", inside)).classes["Host"].attributes["it"]
        assert list(getattr(attribute, "values", ())) == expected


def test_a_tag_set_brings_the_class_of_its_tags(tmp_path: Path) -> None:
    tags = classes(cls("TagSetFieldData", field("code") + field("label"), properties="<abstract>true</abstract>"))
    model = loaded(tmp_path, TARGETS, tags, with_field("AttributeTagSet", ""))
    assert model.classes["TagSetFieldDataFor_Host__it"].parent == "TagSetFieldData"


@pytest.mark.parametrize(
    ("kind", "inside", "expected"),
    [
        ("AttributeNumber", "", "unknown attribute type 'AttributeNumber'"),
        ("", "", "the field has no xsi:type"),
        ("AttributeExternalKey", "", "<target_class> is missing"),
        ("AttributeInteger", "<default_value>many</default_value>", "the default value 'many' does not suit"),
        ("AttributeDecimal", "<digits>x</digits>", "<digits> is not a whole number: 'x'"),
        ("AttributeString", "<tracking_level>some</tracking_level>", "unknown tracking level 'some'"),
        (
            "AttributeEnum",
            CHOICES + "<default_value>c</default_value>",
            "the default value 'c' is not among the values",
        ),
        ("AttributeEnum", CHOICES.replace("'b'", "'x'").replace(">b<", ">a<"), "the value 'a' exists twice"),
        ("AttributeStopWatch", "<thresholds><threshold id='x'/></thresholds>", "a threshold needs a percentage"),
        ("AttributeStopWatch", "<states><state id='x'/></states>", "the stop watch 'it' runs in unknown state 'x'"),
        (
            "AttributeExternalKey",
            "<target_class>Target</target_class><on_target_delete>DEL_X</on_target_delete>",
            "unknown rule for deletions: 'DEL_X'",
        ),
    ],
)
def test_an_element_that_makes_no_sense_is_a_fault(tmp_path: Path, kind: str, inside: str, expected: str) -> None:
    (fault,) = faults(tmp_path, TARGETS, with_field(kind, inside))
    assert fault.startswith(expected)
