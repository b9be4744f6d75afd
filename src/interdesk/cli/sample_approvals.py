"""What the sample desk has for approvals: an application, and people who ask, approve and do."""

from __future__ import annotations

from interdesk.approvals import apps
from interdesk.desk import SYSTEM, Desk
from interdesk.desk.actors import PORTAL_USER
from interdesk.desk.values import LinkChange

APP, SECRET = "demo_app", "demo_secret"
ORGANIZATION, LEADER = "Flow team", "leader1"
PEOPLE = (LEADER, "requester", "zhangsan", "lisi", "wangwu", "ops1", "ops2", "outsider")


def add_app(desk: Desk) -> None:
    with desk.transaction(SYSTEM, comment="Sample application") as tx:
        apps.add(tx, APP, "Demo application", SECRET)


def add_people(desk: Desk) -> None:
    """Persons with external logins of those names; all but one have the leader as their manager."""
    with desk.transaction(SYSTEM, comment="Sample people for approvals") as tx:
        organization = tx.create("Organization", {"name": ORGANIZATION, "code": "FLOW"})
        leader = 0
        for name in PEOPLE:
            values = {"first_name": name, "name": "Flow", "org_id": organization, "manager_id": leader}
            person = tx.create("Person", values | {"email": f"{name}@flow.example"})
            profile = LinkChange([("URP_UserProfile", {"profileid": PORTAL_USER})])
            login = {"login": name, "contactid": person, "language": "EN US", "profile_list": profile}
            tx.create("UserExternal", login)
            leader = leader or person
