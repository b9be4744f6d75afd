"""Tags: their class tells where they belong; a tag set takes known ones only."""

from __future__ import annotations

import pytest

from interdesk.desk import SYSTEM, Desk
from interdesk.errors import Refused
from tests.support.people import add

TAGS = "TagSetFieldDataFor_FAQ__domains"


def test_a_tag_knows_its_tag_set(bundled_desk: Desk) -> None:
    key = add(bundled_desk, TAGS, code="mail", label="Mail")
    with bundled_desk.reading() as reader:
        table = reader.one(bundled_desk.model.cls(TAGS), key, ("obj_class", "obj_attcode"))
    assert [table.rows[0][table.positions[code][0]] for code in table.fields] == ["FAQ", "domains"]


def test_a_tag_set_takes_known_tags_only(bundled_desk: Desk) -> None:
    category = add(bundled_desk, "FAQCategory", name="General")
    add(bundled_desk, TAGS, code="mail", label="Mail")
    with bundled_desk.transaction(SYSTEM) as tx:
        key = tx.create("FAQ", {"title": "t", "category_id": category, "domains": ["mail"]})
    with pytest.raises(Refused, match="Value not allowed \\[post\\]"), bundled_desk.transaction(SYSTEM) as tx:
        tx.update("FAQ", key, {"domains": ["mail", "post"]})
