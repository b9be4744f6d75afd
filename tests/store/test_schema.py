"""The tables of a model: which columns they have, what happens when codes or names clash."""

from __future__ import annotations

import pytest

from interdesk.errors import UnknownAttribute, UnknownClass
from interdesk.model.attributes import Enum, ExternalKey, Integer, String, Text
from interdesk.store.schema import Schema
from tests.support.models import Declared, attribute, declarations, desk_model, model


@pytest.fixture(scope="module")
def schema() -> Schema:
    return Schema.of(desk_model())


def names(schema: Schema, cls: str, code: str) -> list[str]:
    return [column.name for column in schema.columns(cls, code)]


def test_one_table_serves_a_family(schema: Schema) -> None:
    assert schema.table("Person") is schema.table("Team") is schema.table("Contact")
    assert schema.table("Person").name == "Contact"
    assert schema.table("Organization").name == "Organization"


@pytest.mark.parametrize(
    ("cls", "code", "expected"),
    [
        ("Person", "name", ["name"]),
        ("Person", "id", ["id"]),
        ("Team", "finalclass", ["finalclass"]),
        ("Person", "picture", ["picture_digest", "picture_mimetype", "picture_filename", "picture_downloads"]),
        ("Person", "org_name", []),
        ("Person", "friendlyname", []),
        ("UserRequest", "public_log", []),
    ],
)
def test_columns_of_an_attribute(schema: Schema, cls: str, code: str, expected: list[str]) -> None:
    assert names(schema, cls, code) == expected


def test_unknown_names_are_told(schema: Schema) -> None:
    with pytest.raises(UnknownClass):
        schema.table("Nothing")
    with pytest.raises(UnknownAttribute):
        schema.columns("Person", "nothing")


def test_columns_of_sub_classes_allow_null(schema: Schema) -> None:
    assert not schema.table("Contact").c.name.nullable
    assert schema.table("Contact").c.first_name.nullable


def test_siblings_share_columns_of_one_kind(schema: Schema) -> None:
    assert schema.columns("UserRequest", "status") == schema.columns("Incident", "status")


def test_a_code_declared_with_another_storage_gets_columns_of_its_own() -> None:
    schema = Schema.of(
        model(
            [
                Declared("Item", attributes=[attribute(String, "name")]),
                Declared("Box", "Item", attributes=[attribute(Integer, "size")]),
                Declared("Shirt", "Item", attributes=[attribute(Enum, "size", values={"s": "S", "m": "M"})]),
                Declared("Blouse", "Shirt"),
            ]
        )
    )
    assert names(schema, "Box", "size") == ["size"]
    assert names(schema, "Shirt", "size") == names(schema, "Blouse", "size") == ["size__Shirt"]


def test_a_sub_class_that_allows_null_loosens_the_shared_column() -> None:
    schema = Schema.of(
        model(
            [
                Declared("Item", attributes=[attribute(String, "kind")]),
                Declared("Box", "Item", attributes=[attribute(Enum, "kind", values={"a": "A"})]),
            ]
        )
    )
    assert names(schema, "Box", "kind") == ["kind"]
    assert schema.table("Item").c.kind.nullable


def test_codes_that_differ_in_case_only_do_not_share() -> None:
    schema = Schema.of(model([Declared("Item", attributes=[attribute(String, "Name"), attribute(String, "name")])]))
    assert names(schema, "Item", "Name") != names(schema, "Item", "name")
    assert len({column.name.lower() for column in schema.table("Item").columns}) == 4


def test_class_names_never_meet_the_shared_tables() -> None:
    schema = Schema.of(model([Declared("Blob"), Declared("Meta"), Declared("META")]))
    tables = [name.lower() for name in schema.metadata.tables]
    assert len(set(tables)) == len(tables) == 6


def test_long_names_fit_into_postgresql() -> None:
    long = "a_very_long_name_that_somebody_thought_would_be_a_good_idea_at_the_time"
    schema = Schema.of(
        model(
            [
                Declared(
                    long.title(),
                    attributes=[
                        attribute(String, long + "_1"),
                        attribute(String, long + "_2"),
                        attribute(ExternalKey, long + "_id", target_class=long.title()),
                    ],
                    naming=(long + "_1", long + "_2"),
                )
            ]
        )
    )
    for table in schema.metadata.tables.values():
        every = [table.name, *(column.name for column in table.columns), *(str(index.name) for index in table.indexes)]
        assert len(set(every)) == len(every)
        assert all(len(name.encode()) <= 63 for name in every)


def test_indexes_follow_keys_names_and_object_keys(schema: Schema) -> None:
    contact = {index.name for index in schema.table("Contact").indexes}
    assert contact == {
        "ix_Contact_finalclass",
        "ix_Contact_finalclass_fold_first_name_name",
        "ix_Contact_finalclass_fold_name",
        "ix_Contact_org_id_finalclass_fold_first_name_name",
        "ix_Contact_org_id_finalclass_fold_name",
        "ix_Contact_manager_id",
        "ix_Contact_fold_name",
        "ix_Contact_fold_first_name",
    }
    assert {index.name for index in schema.table("Change").indexes} == {"ix_Change_objclass_objkey"}


def test_long_texts_are_not_indexed() -> None:
    note = Declared("Note", attributes=[attribute(Text, "body")], naming=("body",))
    assert not Schema.of(model([note])).table("Note").indexes


def test_the_fingerprint_follows_the_tables_only() -> None:
    original = Schema.of(desk_model())
    assert Schema.of(model(declarations(), "another")).fingerprint == original.fingerprint
    changed = declarations()
    changed[0].attributes.append(attribute(String, "phone"))
    assert Schema.of(model(changed)).fingerprint != original.fingerprint
    assert Schema.of(model([*declarations(), Declared("Robot", "Contact")])).fingerprint != original.fingerprint
