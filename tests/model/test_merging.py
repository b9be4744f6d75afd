"""Every ``_delta`` instruction, with and without its target, in lax and in strict files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model.written import checked, classes, cls, faults, field, key, loaded

BASE = f"<constants><constant id='old'>before</constant></constants>{classes(cls('Site', field('name')))}"
EXISTS, MISSING = "old", "new"
ALREADY = "could not be added : already exists"
NOT_FOUND = "could not be found or marked as removed"
NOT_MODIFIED = "could not be modified (not found)"
NOT_DELETED = "could not be deleted (not found)"
NEEDS_DELTA = "cannot be modified without _delta flag"

# instruction, mode, target -> the constant's text afterwards, None when it is absent, or the fault
RULES = [
    ("", "lax", EXISTS, "after"),
    ("", "lax", MISSING, "after"),
    ("", "strict", EXISTS, NEEDS_DELTA),
    ("", "strict", MISSING, NOT_FOUND),
    ("merge", "lax", EXISTS, "after"),
    ("merge", "lax", MISSING, "after"),
    ("merge", "strict", EXISTS, "after"),
    ("merge", "strict", MISSING, "after"),
    ("define", "lax", EXISTS, ALREADY),
    ("define", "lax", MISSING, "after"),
    ("define", "strict", EXISTS, ALREADY),
    ("define", "strict", MISSING, "after"),
    ("define_if_not_exists", "lax", EXISTS, "before"),
    ("define_if_not_exists", "strict", MISSING, "after"),
    ("redefine", "lax", EXISTS, "after"),
    ("redefine", "strict", EXISTS, "after"),
    ("redefine", "lax", MISSING, NOT_MODIFIED),
    ("force", "strict", EXISTS, "after"),
    ("force", "strict", MISSING, "after"),
    ("must_exist", "lax", EXISTS, "after"),
    ("must_exist", "lax", MISSING, NOT_FOUND),
    ("must_exist", "strict", MISSING, NOT_FOUND),
    ("if_exists", "lax", EXISTS, "after"),
    ("if_exists", "lax", MISSING, None),
    ("if_exists", "strict", MISSING, None),
    ("delete", "lax", EXISTS, None),
    ("delete", "strict", EXISTS, None),
    ("delete", "lax", MISSING, NOT_DELETED),
    ("delete_if_exists", "lax", EXISTS, None),
    ("delete_if_exists", "strict", MISSING, None),
    ("replace", "lax", EXISTS, "unexpected value for attribute _delta: 'replace'"),
]


@pytest.mark.parametrize(("instruction", "mode", "target", "outcome"), RULES)
def test_an_instruction_on_a_leaf(
    tmp_path: Path, instruction: str, mode: str, target: str, outcome: str | None
) -> None:
    delta = f'_delta="{instruction}"' if instruction else ""
    body = f'<constants><constant id="{target}" {delta}>after</constant></constants>'
    found = checked(tmp_path, BASE, body, load=mode)
    if outcome in (None, "before", "after"):
        assert found.model is not None
        assert found.model.constants.get(target) == outcome
    else:
        (fault,) = found.faults
        assert fault.text.startswith(str(outcome))
        assert (fault.file, fault.line) == (str(tmp_path / "part1.xml"), 1)
        assert fault.path == f"/itop_design/constants/constant[{target}]"
        assert fault.cure


# instruction, whether the class is there -> the fields of Site afterwards
BRANCHES = [
    ("", True, ["name", "code"]),
    ("merge", True, ["name", "code"]),
    ("must_exist", True, ["name", "code"]),
    ("if_exists", True, ["name", "code"]),
    ("define_if_not_exists", True, ["name"]),
    ("redefine", True, ["code"]),
    ("force", True, ["code"]),
    ("define", False, ["code"]),
    ("force", False, ["code"]),
    ("define_if_not_exists", False, ["code"]),
    ("if_exists", False, []),
    ("", False, ["code"]),
]


@pytest.mark.parametrize(("instruction", "there", "expected"), BRANCHES)
def test_an_instruction_on_a_class(tmp_path: Path, instruction: str, there: bool, expected: list[str]) -> None:
    delta = f'_delta="{instruction}"' if instruction else ""
    added = '<field id="code" xsi:type="AttributeString" _delta="define"/>'
    body = f'<class id="Site" {delta}><parent>cmdbAbstractObject</parent><fields>{added}</fields></class>'
    model = loaded(tmp_path, BASE if there else "<classes/>", classes(body))
    own = (
        [code for code in model.classes["Site"].attributes if code != "friendlyname"] if "Site" in model.classes else []
    )
    assert own == expected


def test_what_was_deleted_can_be_defined_again(tmp_path: Path) -> None:
    delete = '<constants><constant id="old" _delta="delete"/></constants>'
    define = '<constants><constant id="old" _delta="define">again</constant></constants>'
    assert loaded(tmp_path, BASE, delete, define).constants["old"] == "again"


def test_a_second_deletion_says_that_it_is_one(tmp_path: Path) -> None:
    delete = '<constants><constant id="old" _delta="delete"/></constants>'
    assert faults(tmp_path, BASE, delete, delete) == ["could not be deleted (already marked as deleted)"]


def test_deleting_a_class_deletes_those_below(tmp_path: Path) -> None:
    tree = classes(cls("A"), cls("B", parent="A"), cls("C", parent="B"), cls("D"))
    model = loaded(tmp_path, tree, classes('<class id="A" _delta="delete"/>'))
    assert list(model.classes) == ["D"]


def test_a_strict_file_makes_nothing_on_the_way_unless_told_to_merge(tmp_path: Path) -> None:
    body = '<class id="Site"{}><relations><relation id="impacts"/></relations></class>'
    base = classes(cls("Site", field("name")))
    assert faults(tmp_path, base, classes(body.format("")), load="strict") == [NOT_FOUND]
    assert faults(tmp_path, base, classes(body.format(' _delta="merge"')), load="strict") == []


def test_an_empty_leaf_changes_nothing(tmp_path: Path) -> None:
    assert loaded(tmp_path, BASE, '<constants><constant id="old"/></constants>').constants["old"] == "before"


def test_instructions_inside_a_defined_branch_mean_nothing(tmp_path: Path) -> None:
    body = cls("Site", '<field id="a" xsi:type="AttributeString" _delta="must_exist"/>')
    assert "a" in loaded(tmp_path, classes(body)).classes["Site"].attributes


def test_lists_without_ids_are_taken_whole(tmp_path: Path) -> None:
    path = "".join(f"<state_ref>{code}</state_ref>" for code in ("new", "assigned"))
    body = (
        '<class id="T"><parent>cmdbAbstractObject</parent><properties><fields_semantic>'
        "<state_attribute>status</state_attribute></fields_semantic></properties><fields>"
        '<field id="status" xsi:type="AttributeEnum"><values><value id="new"/><value id="assigned"/><value id="done"/>'
        "</values><default_value>new</default_value></field></fields><lifecycle><states>"
        '<state id="new"/><state id="assigned"/><state id="done"><initial_state_path>'
        f"{path}</initial_state_path></state></states></lifecycle></class>"
    )
    cycle = loaded(tmp_path, classes(body)).classes["T"].lifecycle
    assert cycle is not None and cycle.states["done"].initial_path == ("new", "assigned")


def test_a_field_gets_a_new_id(tmp_path: Path) -> None:
    rename = (
        '<class id="Site" _delta="must_exist"><fields>'
        '<field id="title" _rename_from="name" _delta="if_exists"><is_null_allowed>true</is_null_allowed></field>'
        "</fields></class>"
    )
    attributes = loaded(tmp_path, BASE, classes(rename)).classes["Site"].attributes
    assert "name" not in attributes
    assert attributes["title"].null_allowed


def test_a_new_id_that_is_taken_is_a_fault(tmp_path: Path) -> None:
    base = classes(cls("Site", field("name") + field("title")))
    rename = '<class id="Site"><fields><field id="title" _rename_from="name" _delta="if_exists"/></fields></class>'
    assert faults(tmp_path, base, classes(rename)) == ["cannot be renamed from 'name': 'title' already exists"]


def test_renaming_what_is_not_there_is_skipped_when_asked(tmp_path: Path) -> None:
    rename = '<class id="Site"><fields><field id="b" _rename_from="a" _delta="if_exists"/></fields></class>'
    assert "b" not in loaded(tmp_path, BASE, classes(rename)).classes["Site"].attributes


def test_nested_classes_are_flattened(tmp_path: Path) -> None:
    floor = field("floor", "AttributeInteger")
    inner = f'<class id="Room"><fields>{floor}</fields><class id="Cell"/></class>'
    body = f'<class id="Place" _delta="define"><parent>cmdbAbstractObject</parent>{inner}</class>'
    model = loaded(tmp_path, classes(body))
    assert [(c.name, c.parent) for c in model.classes.values()] == [
        ("Place", None),
        ("Room", "Place"),
        ("Cell", "Room"),
    ]
    assert "floor" in model.classes["Cell"].attributes


def test_a_class_nested_in_a_defined_one_replaces_its_namesake(tmp_path: Path) -> None:
    base = classes(cls("Room", field("old")))
    body = '<class id="Place" _delta="define"><parent>cmdbAbstractObject</parent><class id="Room"/></class>'
    assert "old" not in loaded(tmp_path, base, classes(body)).classes["Room"].attributes


@pytest.mark.parametrize("instruction", ["if_exists", "define_if_not_exists"])
def test_a_class_nested_in_a_conditional_one_is_a_fault(tmp_path: Path, instruction: str) -> None:
    body = f'<class id="Place" _delta="{instruction}"><parent>cmdbAbstractObject</parent><class id="Room"/></class>'
    assert faults(tmp_path, classes(body)) == [f"a class cannot be nested in a class with _delta={instruction!r}"]


def test_a_changed_parent_moves_the_class_behind_it(tmp_path: Path) -> None:
    base = classes(cls("Child", field("a")), cls("Late", field("b")))
    move = classes('<class id="Child"><parent _delta="redefine">Late</parent></class>')
    model = loaded(tmp_path, base, move)
    assert list(model.classes) == ["Late", "Child"]
    assert list(model.classes["Child"].attributes)[:2] == ["b", "a"]


def test_another_type_given_to_a_merge_is_noted(tmp_path: Path) -> None:
    change = classes('<class id="Site"><fields><field id="name" xsi:type="AttributeText"/></fields></class>')
    found = checked(tmp_path, BASE, change)
    assert found.model is not None
    assert found.model.classes["Site"].attributes["name"].type_name == "AttributeString"
    assert any("is not applied by a merge" in report for report in found.reports)


def test_a_field_added_to_a_class_of_another_file(tmp_path: Path) -> None:
    added = f'<class id="Site" _delta="must_exist"><fields>{key("owner_id", "Site")}</fields></class>'
    attributes = loaded(tmp_path, BASE, classes(added)).classes["Site"].attributes
    assert list(attributes) == ["name", "owner_id", "friendlyname", "owner_id_friendlyname"]


LENIENT = [
    '<presentation><list _delta="redefine"><items><item id="name"/></items></list></presentation>',
    '<presentation><details><items><item id="name" _delta="delete"/></items></details></presentation>',
    '<methods><method id="Go" _delta="redefine"><code>x</code></method></methods>',
    '<event_listeners><event_listener id="l" _delta="must_exist"><rank>2</rank></event_listener></event_listeners>',
    '<fields><field id="name"><is_null_allowed _delta="redefine">true</is_null_allowed></field></fields>',
    '<fields><field id="name"><sql _delta="must_exist">title</sql></field></fields>',
]


@pytest.mark.parametrize("mode", ["lax", "strict"])
@pytest.mark.parametrize("inside", LENIENT)
def test_a_delta_for_a_stock_design_may_speak_to_console_php_and_defaults(
    tmp_path: Path, inside: str, mode: str
) -> None:
    body = f'<class id="Site" _delta="must_exist">{inside}</class>'
    found = checked(tmp_path, BASE, classes(body), load=mode)
    assert found.model is not None, found.faults
    assert any("the target is not in the design" in report for report in found.reports)


def test_a_lenient_instruction_still_has_its_effect(tmp_path: Path) -> None:
    entry = "<entry id='Class:Site' _delta='redefine'>A site</entry>"
    texts = f"<dictionaries><dictionary id='EN US'><entries>{entry}</entries></dictionary></dictionaries>"
    nullable = '<field id="name"><is_null_allowed _delta="redefine">true</is_null_allowed></field>'
    site = loaded(tmp_path, BASE, texts + classes(f'<class id="Site"><fields>{nullable}</fields></class>')).classes[
        "Site"
    ]
    assert site.label == "A site"
    assert site.attributes["name"].null_allowed
