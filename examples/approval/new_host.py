"""What the node "Create the host" of the flow in ``new_host.json`` does.

interdesk demo --extension examples/approval/new_host.py
interdesk flow import examples/approval/new_host.json --data var/demo
"""

from interdesk.extensions import Extension, Task, TaskFailed

extension = Extension("New host")


@extension.task("hosts/create")
def create(task: Task) -> dict[str, int]:
    """A server of the organization that the ticket belongs to."""
    name = task.inputs["name"]
    if not name.isalnum():
        raise TaskFailed(f"{name!r} is no name for a host: letters and digits only")
    organization = task.inputs["organization"]
    return {"host": task.tx.create("Server", {"name": name, "org_id": organization})}
