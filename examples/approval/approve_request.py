"""A user request waits for an approval: asked for by a script of iTop, decided through the BlueKing API.

python approve_request.py http://127.0.0.1:8080 [true|false]
"""

import json
import sys
import urllib.parse
import urllib.request

DESK = sys.argv[1].rstrip("/")
DECISION = sys.argv[2] if len(sys.argv) > 2 else "true"
APP = {"bk_app_code": "demo_app", "bk_app_secret": "demo_secret"}


def itop(operation: str, cls: str, **parameters: object) -> dict:
    """One operation of iTop's REST service; the fields of the object that it answers, and its ``key``."""
    data = {"operation": operation, "class": cls, "comment": "example", **parameters}
    form = {"version": "1.3", "auth_user": "admin", "auth_pwd": "admin", "json_data": json.dumps(data)}
    body = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"{DESK}/webservices/rest.php", body, timeout=10) as response:
        answer = json.load(response)
    if answer["code"] != 0:
        raise SystemExit(answer["message"])
    found = next(iter((answer["objects"] or {}).values()), None)
    return {**found["fields"], "key": found["key"]} if found else {}


def blueking(name: str, **parameters: object) -> object:
    """One call of the BlueKing ITSM API."""
    body = json.dumps({**APP, **parameters}).encode()
    request = urllib.request.Request(f"{DESK}/openapi/ticket/{name}/", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        answer = json.load(response)
    if not answer["result"]:
        raise SystemExit(answer["message"])
    return answer["data"]


# Once: user requests that wait for an approval ask leader1, with the built-in quick approval.
rule = "SELECT FlowRule WHERE name = 'Requests of users'"
if not itop("core/get", "FlowRule", key=rule, output_fields="name"):
    fields = {
        "name": "Requests of users",
        "target_class": "UserRequest",
        "target_state": "waiting_for_approval",
        "flow_service_id": "SELECT FlowService WHERE built_in = 1",
        "fields": "APPROVER = leader1\nAPPROVAL_CONTENT = $title$",
        "stimulus_approved": "ev_approve",
        "stimulus_refused": "ev_reject",
    }
    itop("core/create", "FlowRule", fields=fields, output_fields="name")

request = {
    "org_id": {"name": "MyOrg"},
    "caller_id": {"name": "xi", "first_name": "erde"},
    "title": "A second screen",
    "description": "Please.",
}
key = itop("core/create", "UserRequest", fields=request, output_fields="ref")["key"]
approver = {"approver_id": {"name": "Flow", "first_name": "leader1"}}
itop("core/apply_stimulus", "UserRequest", key=key, stimulus="ev_wait_for_approval", fields=approver)

asked = itop("core/get", "FlowTicket", key={"object_class": "UserRequest", "object_key": key}, output_fields="ref")
step = itop(
    "core/get", "FlowStep", key=f"SELECT FlowStep WHERE ticket_id = {asked['key']} AND status = 'RUNNING'",
    output_fields="node",
)  # fmt: skip
blueking("approve", sn=asked["ref"], state_id=step["node"], approver="leader1", action=DECISION, remark="as agreed")
print(itop("core/get", "UserRequest", key=key, output_fields="status")["status"])
