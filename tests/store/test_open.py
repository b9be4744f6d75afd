"""A store opens a database that was made for its model, and says what to do about any other."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from interdesk.errors import SchemaMismatch, StoreError, Unavailable
from interdesk.model.attributes import String
from interdesk.store import Store, create_schema
from interdesk.store.database import open_database
from tests.support.models import attribute, declarations, desk_model, model


def test_another_label_needs_no_migration(database_url: str) -> None:
    create_schema(database_url, desk_model())
    Store.open(database_url, model(declarations(), "another fingerprint")).close()


def test_a_database_for_another_model_is_refused(database_url: str) -> None:
    create_schema(database_url, desk_model())
    changed = declarations()
    changed[0].attributes.append(attribute(String, "phone"))
    with pytest.raises(SchemaMismatch, match="interdesk migrate"):
        Store.open(database_url, model(changed))


def test_a_database_of_somebody_else_is_refused(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).touch()
    database = open_database(database_url, 10)
    with database.write() as connection:
        connection.change("CREATE TABLE meta (key text, value text)")
    database.close()
    with pytest.raises(SchemaMismatch, match="not Interdesk's"):
        Store.open(database_url, desk_model())
    with pytest.raises(SchemaMismatch, match="not empty"):
        create_schema(database_url, desk_model())


def test_an_empty_database_is_refused(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        with pytest.raises(Unavailable, match="interdesk (init|migrate)"):
            Store.open(database_url, desk_model())
        Path(database_url.removeprefix("sqlite:///")).touch()
    with pytest.raises(SchemaMismatch, match="interdesk (init|migrate)"):
        Store.open(database_url, desk_model())


def test_a_schema_is_made_once(database_url: str) -> None:
    create_schema(database_url, desk_model())
    with pytest.raises(SchemaMismatch, match="not empty"):
        create_schema(database_url, desk_model())


@pytest.mark.parametrize("url", ["", "mysql://host/db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "nonsense"])
def test_urls_of_other_forms_are_refused(url: str) -> None:
    with pytest.raises(StoreError, match="URL must look like"):
        Store.open(url, desk_model())


def test_a_new_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    create_schema(f"sqlite:///{tmp_path}/desk.db", desk_model())
    assert stat.S_IMODE((tmp_path / "desk.db").stat().st_mode) == 0o600


def test_a_folder_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be made"):
        create_schema(f"sqlite:///{tmp_path}/absent/desk.db", desk_model())
