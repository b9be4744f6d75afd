"""What was acknowledged is there after the process was killed; what was not finished is not."""

from __future__ import annotations

import os
import subprocess
import sys

from interdesk.store import Store
from tests.support.databases import Databases
from tests.support.models import desk_model

WRITER = """
import sys, threading
from interdesk.store import Store
from tests.support.models import desk_model

store = Store.open(sys.argv[1], desk_model())
lock = threading.Lock()

def work(number):
    while True:
        with store.write() as session:
            key = session.insert("Organization", {"name": "half"})
            session.update("Organization", key, {"name": "whole", "parent_id": key - 1})
        with lock:
            print(key, flush=True)

for number in range(4):
    threading.Thread(target=work, args=(number,)).start()
"""


def test_acknowledged_writes_survive_the_process(databases: Databases, dialect: str) -> None:
    url = databases.with_schema(dialect, desk_model())
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    writer = subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, env=environment)
    assert writer.stdout is not None
    try:
        acknowledged = [int(writer.stdout.readline()) for _ in range(40)]
    finally:
        writer.kill()
        rest = writer.stdout.read()
        writer.stdout.close()
        writer.wait()
    acknowledged += [int(line) for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]
    store = Store.open(url, desk_model())
    with store.read() as session:
        rows = session.connection.rows('SELECT id, name FROM "Organization"')
        assert set(acknowledged) <= {key for key, _ in rows}
        assert {name for _, name in rows} == {"whole"}
        selves = session.connection.rows('SELECT descendant FROM "tree_Organization_parent_id" WHERE depth = 0')
        assert {key for (key,) in selves} == {key for key, _ in rows}
    store.close()
    databases.drop(url)
