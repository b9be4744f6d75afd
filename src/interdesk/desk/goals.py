"""Goals of stop watches: how many seconds an object's agreements allow.

Source: facts ``itop_rights_and_deletion.md`` 7, scenario ``itop/21_services_and_contracts``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk import oql
from interdesk.desk.drafts import Draft
from interdesk.model import Model
from interdesk.model.attributes import StopWatch

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction

METRICS = {"ResponseTicketTTO": "tto", "ResponseTicketTTR": "ttr"}  # the goal computers of the standard model
SECONDS = {"minutes": 60, "hours": 3_600, "days": 86_400}
INPUTS = ("org_id", "service_id", "priority", "request_type")  # what of a ticket its targets depend on
CLASSES = ("SLT", "SLA", "lnkSLAToSLT", "lnkCustomerContractToService", "CustomerContract")

TARGETS = """
SELECT SLT AS target
JOIN lnkSLAToSLT AS in_agreement ON in_agreement.slt_id = target.id
JOIN SLA AS agreement ON in_agreement.sla_id = agreement.id
JOIN lnkCustomerContractToService AS in_contract ON in_contract.sla_id = agreement.id
JOIN CustomerContract AS contract ON in_contract.customercontract_id = contract.id
WHERE contract.org_id = :org_id AND in_contract.service_id = :service_id
AND target.request_type = :request_type AND target.priority = :priority
"""


class Goals:
    """The goals of one draft: one query, when the first is asked for, serves all its watches."""

    def __init__(self, draft: Draft, tx: Transaction) -> None:
        self._draft, self._tx = draft, tx
        self._found: dict[str, int] | None = None

    def may_differ(self, watch: StopWatch) -> bool:
        """True when the write changes what the goal depends on."""
        if watch.goal not in METRICS:
            return False
        return any(code in self._draft.values and self._draft.changed(code) for code in INPUTS)

    def of(self, watch: StopWatch) -> int | None:
        """The goal in seconds, None when nothing was agreed."""
        metric = METRICS.get(watch.goal)
        if metric is None:
            return None
        if self._found is None:
            self._found = self._looked_up()
        return self._found.get(metric)

    def _looked_up(self) -> dict[str, int]:
        """Metric -> seconds: the smallest target of each."""
        model, values = self._tx.desk.model, self._draft.values
        args = {code: values.get(code) for code in INPUTS}
        args["request_type"] = args["request_type"] or self._request_type(model)
        if not all(args.values()) or any(name not in model.classes for name in CLASSES):
            return {}
        fields = ("metric", "value", "unit")
        (table,) = self._tx.reader.page(oql.query(TARGETS, model), fields, args).tables
        found: dict[str, int] = {}
        for row in table.rows:
            metric, value, unit = (row[table.positions[code][0]] for code in fields)
            if metric and value is not None and unit in SECONDS:
                seconds = int(value) * SECONDS[unit]
                found[metric.lower()] = min(seconds, found.get(metric.lower(), seconds))
        return found

    def _request_type(self, model: Model) -> str | None:
        """Incidents are of one type by their class."""
        incident = "Incident" in model.classes and model.is_a(self._draft.cls.name, "Incident")
        return "incident" if incident else None
