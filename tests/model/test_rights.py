"""What a profile grants: groups, sub-classes, link classes, the group of everything; refusals win."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import pytest

from interdesk.model import Model, Profile, effective
from interdesk.model.design import bundled, load


@functools.cache
def model() -> Model:
    return load(bundled())


def says(cls: str, action: str, grants: Mapping[str, Mapping[str, bool]]) -> bool | None:
    return effective(model(), Profile(99, "Some", "", grants), cls, action)


GENERAL = {"General": {"write": True}}  # Organization, Location, Contact


@pytest.mark.parametrize(
    ("cls", "grants", "answer"),
    [
        ("Organization", {}, None),
        ("Organization", GENERAL, True),
        ("Person", GENERAL, True),  # a Contact
        ("Server", GENERAL, None),
        ("lnkPersonToTeam", GENERAL, True),  # links two contacts
        ("lnkContactToTicket", GENERAL, True),  # one side is enough
        ("lnkSLAToSLT", GENERAL, None),
        ("lnkPersonToTeam", {"Configuration": {"write": True}}, None),  # its role does not take it along
        ("WorkOrder", {"Change": {"write": True}}, None),  # has a key to its ticket but is no link class
        ("Server", {"*": {"write": True}}, True),
        ("User", {"*": {"write": True}}, None),  # no business class
        ("User", {"User": {"write": True}}, True),
        ("UserLocal", {"User": {"write": True}}, True),
        ("Person", {"*": {"write": True}, "General": {"write": False}}, False),
        ("Person", {"*": {"write": False}, "General": {"write": True}}, False),
        ("lnkContactToTicket", {"General": {"write": False}}, False),
        ("lnkContactToService", {"General": {"write": False}, "Service": {"write": True}}, True),
        ("lnkContactToService", {"General": {"write": True}, "*": {"write": False}}, False),
        ("Person", {"General": {"bulk write": True}}, None),
        ("Person", {"Unknown": {"write": True}}, None),
    ],
)
def test_effective_grant(cls: str, grants: Mapping[str, Mapping[str, bool]], answer: bool | None) -> None:
    assert says(cls, "write", grants) is answer


def test_stimuli_are_granted_like_actions() -> None:
    grants = {"Change": {"stimulus:ev_approve": True}}
    assert says("Change", "stimulus:ev_approve", grants) is True
    assert says("Change", "stimulus:ev_finish", grants) is None
