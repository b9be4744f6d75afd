"""Lists are sorted, paged and searched as one whole, wherever that is done."""

from __future__ import annotations

from typing import Any

import pytest

from interdesk.store.compile.fold import folded
from tests.support.confd import Confd

NAMES = (  # first and last name
    ("Zoé", "Ábel"), ("zoe", "abel"), ("Ann", "Lee"), ("ann", ""), ("Bo", "Öz"), ("Éva", "Lee"), ("Ann-Marie", "Lee"),
)  # fmt: skip


@pytest.fixture(scope="module")
def people(shared_confd: Confd) -> Confd:
    for number, (first, last) in enumerate(NAMES):
        shared_confd.create("/users", firstname=first, lastname=last, userfield=f"room {number % 3}")
    for mac in ("00:00:00:00:00:02", "00:00:00:00:00:01", None):
        shared_confd.create("/devices", mac=mac, ip="10.0.0.9" if mac else "10.0.0.10")
    return shared_confd


def listed(confd: Confd, path: str, **query: object) -> list[dict[str, Any]]:
    status, found = confd.call("GET", path, params=query)
    assert status == 200, found
    items: list[dict[str, Any]] = found["items"]
    return items


KEYS = {
    "firstname": lambda user: folded(user["firstname"]),
    "userfield": lambda user: folded(user["userfield"]),
    "fullname": lambda user: (folded(user["firstname"]), folded(user["lastname"])),
}


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("order", KEYS)
def test_users_are_sorted_without_regard_to_case_and_accents(people: Confd, order: str, direction: str) -> None:
    users = listed(people, "/users", order=order, direction=direction)
    keys = [KEYS[order](user) for user in users]
    assert keys == sorted(keys, reverse=direction == "desc")
    assert len(users) == len(NAMES)


@pytest.mark.parametrize(
    "query", [{}, {"order": "userfield"}, {"order": "fullname", "direction": "desc"}, {"search": "e"}]
)
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_make_up_the_whole(people: Confd, query: dict[str, str], limit: int) -> None:
    whole = listed(people, "/users", **query)
    pages = [listed(people, "/users", **query, limit=limit, skip=skip) for skip in range(0, len(whole) + limit, limit)]
    assert [user for page in pages for user in page] == whole
    assert pages[-1] == []
    assert listed(people, "/users", **query, skip=2) == whole[2:]


def test_the_direction_turns_the_usual_order_round(people: Confd) -> None:
    users = listed(people, "/users")
    assert listed(people, "/users", direction="desc") == users[::-1]
    assert [user["lastname"] for user in users][:1] == [""]


def test_telephones_are_sorted_by_address_as_text(people: Confd) -> None:
    assert [device["ip"] for device in listed(people, "/devices")] == ["10.0.0.10", "10.0.0.9", "10.0.0.9"]
    macs = [device["mac"] for device in listed(people, "/devices", order="mac", direction="desc")]
    assert macs == ["00:00:00:00:00:02", "00:00:00:00:00:01", None]
    keys = [device["id"] for device in listed(people, "/devices", order="id")]
    assert keys == sorted(keys)


def test_accents_count_in_a_search_and_case_does_not(people: Confd) -> None:
    assert [user["firstname"] for user in listed(people, "/users", search="ZOÉ")] == ["Zoé"]
    assert [user["firstname"] for user in listed(people, "/users", search="zoe")] == ["zoe"]
    assert len(listed(people, "/users", search="oom _", order="firstname")) == len(NAMES)
