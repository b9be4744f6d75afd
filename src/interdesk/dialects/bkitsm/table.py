"""The calls of the dialect, and the paths under which each is reached. Source: facts 1 and 3."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from interdesk.dialects.bkitsm import asking, library_calls, listing, making, operating
from interdesk.dialects.bkitsm.call import Call

NATIVE, ESB, GATEWAY = "native", "esb", "gateway"
ROOTS = {NATIVE: "/openapi/", ESB: "/api/c/compapi/v2/itsm/", GATEWAY: "/v2/itsm/"}


@dataclass(frozen=True, slots=True)
class Api:
    """``wrapped``: how the original answers what it did not expect; see ``errors``.

    ``quick``: a small read, which the event loop does itself when the database lets it.
    """

    name: str
    method: str
    run: Callable[[Call], Any]
    wrapped: bool = True
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a path leads: the call, and what the path itself says."""

    style: str
    api: Api


def _apis() -> dict[str, tuple[Api, str, str]]:
    """Native path -> (call, name at the ESB, name at the gateway); without a name there it is not reached there."""
    post, get = "POST", "GET"
    found: dict[str, tuple[Api, str, str]] = {}

    def add(
        path: str, method: str, run: Callable[[Call], Any], *, esb: str | None = None, gateway: str | None = None,
        wrapped: bool = True, quick: bool = False,
    ) -> None:  # fmt: skip
        name = path.rpartition("/")[2]
        found[path] = (
            Api(run.__name__, method, run, wrapped, quick),
            name if esb is None else esb,
            name if gateway is None else gateway,
        )

    add("ticket/create_ticket", post, making.create_ticket)
    add("ticket/ticket_approval_result", post, asking.ticket_approval_result, wrapped=False)
    add("ticket/get_ticket_status", get, asking.get_ticket_status, wrapped=False, quick=True)
    add("ticket/get_ticket_info", get, asking.get_ticket_info, wrapped=False)
    add("ticket/get_ticket_logs", get, asking.get_ticket_logs, wrapped=False)
    add("ticket/callback_failed_ticket", get, asking.callback_failed_ticket)
    add("ticket/token/verify", post, asking.token_verify, esb="token/verify", gateway="token/verify", quick=True)
    add("ticket/operate_ticket", post, operating.operate_ticket)
    add("ticket/operate_node", post, operating.operate_node)
    add("ticket/approve", post, operating.approve, esb="")
    add("ticket/proceed_approval", post, operating.proceed_approval, esb="")
    add("ticket/edit_field", post, operating.edit_field, esb="", wrapped=False)
    add("ticket/add_follower", post, operating.add_follower, esb="")
    add("ticket/get_approver", get, operating.get_approver, esb="")
    add("ticket/get_approve_node_result", get, operating.get_approve_node_result, esb="")
    add("ticket/comment", post, operating.comment_ticket, esb="comment_ticket")
    add("ticket/get_tickets", post, listing.get_tickets, wrapped=False)
    add("ticket/get_tickets_by_user", get, listing.get_tickets_by_user, esb="")
    add("service/get_services", get, library_calls.get_services)
    add("service/get_service_detail", get, library_calls.get_service_detail)
    add("service/get_service_roles", get, library_calls.get_service_roles)
    add("service/get_service_catalogs", get, library_calls.get_service_catalogs)
    add("service/import_service", post, library_calls.import_service)
    add("service/update_service", post, library_calls.update_service)
    add("service_catalog", post, library_calls.create_service_catalog, **_both("create_service_catalog"))
    add("workflow/get_workflow_detail", get, library_calls.get_workflow_detail, wrapped=False)
    return found


def _both(name: str) -> dict[str, Any]:
    return {"esb": name, "gateway": name}


def paths() -> Mapping[str, Reached]:
    """Path, with the slash at its end -> what is reached there, in which style."""
    found: dict[str, Reached] = {}
    for native, (api, esb, gateway) in _apis().items():
        found[f"{ROOTS[NATIVE]}{native}/"] = Reached(NATIVE, api)
        if esb:
            found[f"{ROOTS[ESB]}{esb}/"] = Reached(ESB, api)
        if gateway:
            found[f"{ROOTS[GATEWAY]}{gateway}/"] = Reached(GATEWAY, api)
    return found
