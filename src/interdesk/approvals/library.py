"""Services and the versions of their flows, as the desk keeps them. A version never changes, so it is read once."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

import msgspec

from interdesk.approvals.definitions import read
from interdesk.approvals.flow import Flow
from interdesk.approvals.refusals import FlowRefusal
from interdesk.approvals.rows import Row, one, only
from interdesk.desk import Reader

SERVICE = (
    "name", "description", "type", "project_id", "project_key", "catalog_id", "version_id", "enabled", "built_in",
    "display_type", "display_role", "owners", "source", "callback_attempts",
)  # fmt: skip
MOST_READ = 500  # versions that a process remembers
QUICK_SERVICE = "内置审批服务"
NO_SERVICE = "服务不存在，请联系管理员！"
NOT_ENABLED = "服务未启用，请联系管理员！"
NO_CATALOG = "服务对应的服务目录不存在，请联系管理员！"


class NoService(FlowRefusal):
    """There is no such service, or nobody may ask for it now."""


class Library:
    """Safe to use from many threads."""

    def __init__(self) -> None:
        self._flows: OrderedDict[int, Flow] = OrderedDict()
        self._lock = Lock()

    def flow(self, reader: Reader, version: int) -> Flow:
        """A version of a flow. Raises NoService when there is none."""
        with self._lock:
            if (known := self._flows.get(version)) is not None:
                self._flows.move_to_end(version)
                return known
        row = one(reader, "FlowVersion", version, ("definition",))
        if row is None:
            raise NoService(NO_SERVICE)
        flow = read(msgspec.json.decode(row["definition"]))
        with self._lock:
            self._flows[version] = flow
            while len(self._flows) > MOST_READ:
                self._flows.popitem(last=False)
        return flow

    def service(self, reader: Reader, key: int) -> Row | None:
        return one(reader, "FlowService", key, SERVICE)

    def open_service(self, reader: Reader, key: int) -> Row:
        """A service that can be asked for. Raises NoService."""
        return usable(self.service(reader, key))

    def quick_service(self, reader: Reader) -> Row:
        """The built-in service for quick approvals. Raises NoService."""
        return usable(only(reader, "FlowService", {"name": QUICK_SERVICE}, SERVICE))


def usable(service: Row | None) -> Row:
    """Raises NoService for one that is missing, switched off, or in no catalogue."""
    if service is None:
        raise NoService(NO_SERVICE)
    if not service["enabled"]:
        raise NoService(NOT_ENABLED)
    if not service["catalog_id"]:
        raise NoService(NO_CATALOG)
    return service
