"""What was agreed for an object: how many seconds its stop watches may count, and in which hours they do.

Source of the targets: facts ``itop_rights_and_deletion.md`` 7, scenario ``itop/21_services_and_contracts``.
Coverage windows are Interdesk's own; without one an agreement counts around the clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from interdesk import oql
from interdesk.desk.drafts import Draft
from interdesk.desk.open_hours import OpenHours
from interdesk.desk.reading import Reader
from interdesk.desk.working_time import AROUND_THE_CLOCK, DEFAULT, WorkingTime, hours
from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import StopWatch

METRICS = {"ResponseTicketTTO": "tto", "ResponseTicketTTR": "ttr"}  # the goal computers of the standard model
SECONDS = {"minutes": 60, "hours": 3_600, "days": 86_400}
INPUTS = ("org_id", "service_id", "priority", "request_type")  # what of a ticket its targets depend on

TARGETS = """
SELECT lnkSLAToSLT AS agreed
JOIN SLT AS target ON agreed.slt_id = target.id
JOIN SLA AS agreement ON agreed.sla_id = agreement.id
JOIN lnkCustomerContractToService AS in_contract ON in_contract.sla_id = agreement.id
JOIN CustomerContract AS contract ON in_contract.customercontract_id = contract.id
WHERE contract.org_id = :org_id AND in_contract.service_id = :service_id
AND target.request_type = :request_type AND target.priority = :priority
"""
TARGET_CLASSES = ("lnkSLAToSLT", "SLT", "SLA", "lnkCustomerContractToService", "CustomerContract")
TARGET_FIELDS = ("slt_metric", "slt_value", "slt_value_unit", "sla_id", "sla_name", "slt_name")

INTERVALS = """
SELECT CoverageInterval AS hours
JOIN CoverageWindow AS window ON hours.coveragewindow_id = window.id
JOIN lnkSLAToCoverageWindow AS chosen ON chosen.coveragewindow_id = window.id
WHERE chosen.sla_id = :sla
"""
HOLIDAYS = """
SELECT Holiday AS day
JOIN HolidayCalendar AS calendar ON day.holidaycalendar_id = calendar.id
JOIN CoverageWindow AS window ON window.holidaycalendar_id = calendar.id
JOIN lnkSLAToCoverageWindow AS chosen ON chosen.coveragewindow_id = window.id
WHERE chosen.sla_id = :sla
"""
HOURS_CLASSES = ("CoverageInterval", "CoverageWindow", "lnkSLAToCoverageWindow", "HolidayCalendar", "Holiday")


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """The smallest target of a metric, and the agreement that it is part of."""

    seconds: int
    sla: int
    sla_name: str
    name: str


class Goals:
    """The goals of one object with these values: one query, when the first is asked for, serves all its watches."""

    def __init__(self, cls: ObjectClass, values: Mapping[str, Any], reader: Reader, model: Model) -> None:
        self._cls, self._values, self._reader, self._model = cls, values, reader, model
        self._targets: dict[str, Target] | None = None
        self._hours: dict[int, WorkingTime] = {}

    def of(self, watch: StopWatch) -> int | None:
        """The goal in seconds, None when nothing was agreed."""
        target = self.target(watch)
        return target.seconds if target is not None else None

    def target(self, watch: StopWatch) -> Target | None:
        metric = METRICS.get(watch.goal)
        return self.targets.get(metric) if metric is not None else None

    def hours(self, computer: str, watch: StopWatch | None = None) -> WorkingTime:
        """The working time that a computer of the design means for the object, looked up when it is first used.

        The default computer follows the agreement: that of the watch's own target, else that of another one.
        """
        return _Agreed(self, watch) if computer == DEFAULT else hours(computer)

    def agreed_hours(self, watch: StopWatch | None) -> WorkingTime:
        target = self.target(watch) if watch is not None else None
        target = target or self.targets.get("ttr") or self.targets.get("tto")
        if target is None:
            return AROUND_THE_CLOCK
        if target.sla not in self._hours:
            self._hours[target.sla] = self._hours_of(target.sla)
        return self._hours[target.sla]

    @property
    def targets(self) -> Mapping[str, Target]:
        """Metric -> its smallest target."""
        if self._targets is None:
            self._targets = self._looked_up()
        return self._targets

    def _looked_up(self) -> dict[str, Target]:
        args = {code: self._values.get(code) for code in INPUTS}
        args["request_type"] = args["request_type"] or self._request_type()
        if not all(args.values()) or not self._has(TARGET_CLASSES):
            return {}
        found: dict[str, Target] = {}
        for metric, value, unit, sla, sla_name, name in self._rows(TARGETS, TARGET_FIELDS, args):
            if metric and value is not None and unit in SECONDS:
                target = Target(int(value) * SECONDS[unit], sla, sla_name, name)
                found[metric.lower()] = min(target, found.get(metric.lower(), target))
        return found

    def _hours_of(self, sla: int) -> WorkingTime:
        """A window without hours is none."""
        if not self._has(HOURS_CLASSES):
            return AROUND_THE_CLOCK
        intervals = self._rows(INTERVALS, ("weekday", "start_time", "end_time"), {"sla": sla})
        if not intervals:
            return AROUND_THE_CLOCK
        holidays = [dt.date.fromisoformat(row[0]) for row in self._rows(HOLIDAYS, ("date",), {"sla": sla})]
        return OpenHours([(row[0], row[1], row[2]) for row in intervals], holidays)

    def _has(self, classes: Sequence[str]) -> bool:
        return all(name in self._model.classes for name in classes)

    def _rows(self, query: str, fields: tuple[str, ...], args: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        (table,) = self._reader.page(oql.query(query, self._model), fields, args).tables
        places = [table.positions[code][0] for code in fields]
        return [tuple(row[place] for place in places) for row in table.rows]

    def _request_type(self) -> str | None:
        """Incidents are of one type by their class."""
        incident = "Incident" in self._model.classes and self._model.is_a(self._cls.name, "Incident")
        return "incident" if incident else None


@dataclass(frozen=True, slots=True)
class _Agreed:
    """The hours of an agreement, looked up only when there is something to count."""

    goals: Goals
    watch: StopWatch | None

    def deadline(self, start: dt.datetime, seconds: int) -> dt.datetime:
        return self.goals.agreed_hours(self.watch).deadline(start, seconds)

    def elapsed(self, start: dt.datetime, end: dt.datetime) -> int:
        return self.goals.agreed_hours(self.watch).elapsed(start, end)


def may_differ(draft: Draft, watch: StopWatch) -> bool:
    """True when the write changes what the goal of the watch depends on."""
    if watch.goal not in METRICS:
        return False
    return any(code in draft.values and draft.changed(code) for code in INPUTS)
