"""Deleting several objects: one after the other, until one cannot go. Source: facts, quirk 29, scenario itop 17."""

from __future__ import annotations

import pytest

from interdesk.desk import SYSTEM, Desk
from interdesk.desk.deletion import Report
from tests.support.people import add


@pytest.fixture
def org(bundled_desk: Desk) -> int:
    return add(bundled_desk, "Organization", name="own")


def deleted(desk: Desk, cls: str, *keys: int) -> Report:
    with desk.transaction(SYSTEM) as tx:
        return tx.delete_in_turn(cls, list(keys))


def left(desk: Desk, cls: str, *keys: int) -> list[int]:
    with desk.reading() as reader:
        return [key for key in keys if reader.one(desk.model.cls(cls), key, ()).rows]


def shown(report: Report) -> list[tuple[int, bool]]:
    return [(found.key, found.requested) for found in report.objects]


def test_objects_that_do_not_hang_together_go_at_once(bundled_desk: Desk, org: int) -> None:
    servers = [add(bundled_desk, "Server", name=f"srv {number}", org_id=org) for number in range(3)]
    report = deleted(bundled_desk, "Server", *servers)
    assert shown(report) == [(key, True) for key in servers]
    assert (report.refusal, left(bundled_desk, "Server", *servers)) == ("", [])


def test_what_stands_before_the_obstacle_is_gone_and_the_rest_stays(bundled_desk: Desk, org: int) -> None:
    first, last = (add(bundled_desk, "Rack", name=name, org_id=org) for name in ("first", "last"))
    full = add(bundled_desk, "Rack", name="full", org_id=org)
    enclosure = add(bundled_desk, "Enclosure", name="e", org_id=org, rack_id=full)
    report = deleted(bundled_desk, "Rack", first, full, last)
    obstacle = f"Enclosure::{enclosure} Must be deleted manually"
    assert report.refusal == f"Found issue(s): target_class = Rack, target_id = {full}, issues = {obstacle}"
    assert left(bundled_desk, "Rack", first, full, last) == [full, last]


def test_the_order_decides_whether_a_requested_object_stands_in_the_way(bundled_desk: Desk, org: int) -> None:
    """An enclosure that goes before its rack is no obstacle; one that goes after it is."""
    for enclosure_first in (True, False):
        rack = add(bundled_desk, "Rack", name="rack", org_id=org)
        enclosure = add(bundled_desk, "Enclosure", name="e", org_id=org, rack_id=rack)
        order = (enclosure, rack) if enclosure_first else (rack, enclosure)
        report = deleted(bundled_desk, "PhysicalDevice", *order)
        assert (report.refusal == "") == enclosure_first
        assert left(bundled_desk, "PhysicalDevice", *order) == ([] if enclosure_first else list(order))


def test_what_went_along_with_one_before_it_is_not_an_error(bundled_desk: Desk, org: int) -> None:
    """A machine takes its web server along, which was asked for too; a rack in between has one plan each."""
    machine = add(bundled_desk, "VirtualMachine", name="vm", org_id=org, virtualhost_id=_host(bundled_desk, org))
    web = add(bundled_desk, "WebServer", name="web", org_id=org, system_id=machine)
    rack = add(bundled_desk, "Rack", name="rack", org_id=org)
    enclosure = add(bundled_desk, "Enclosure", name="e", org_id=org, rack_id=rack)
    report = deleted(bundled_desk, "FunctionalCI", machine, web, enclosure, rack)
    assert report.refusal == ""
    assert shown(report) == [(machine, True), (web, True), (enclosure, True), (rack, True)]
    assert left(bundled_desk, "FunctionalCI", machine, web, enclosure, rack) == []


def _host(desk: Desk, org: int) -> int:
    return add(desk, "Hypervisor", name="h", org_id=org)
