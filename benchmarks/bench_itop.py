#!/usr/bin/env python3
"""Benchmark of an iTop-compatible REST/JSON server; prints (or writes) JSON.

    bench_itop.py --url http://127.0.0.1:8000 --user admin --password admin [--out result.json]
                  [--requests 200] [--concurrency 1 8] [--pids 123,456] [--keep]

The data set is built first through the same interface, under one organization with a
unique name: 100 requests (for the list), one ticket to update, and an impact graph of
about 1,000 items (1 server, 1 hypervisor, 200 virtual machines, 200 database servers,
400 schemas, 198 application solutions).  Every connection is kept alive.
RSS is the sum over the processes given with --pids and all their descendants (Linux).
"""
import argparse, json, platform, random, statistics, sys, threading, time
from pathlib import Path

import httpx

UID = "".join(random.choices("bcdfghjklmnpqrstvwxz", k=8))


class Client:
    def __init__(self, args):
        base = args.url.rstrip("/")
        self.url = base if base.endswith(".php") else base + "/webservices/rest.php"
        self.form = {"auth_user": args.user, "auth_pwd": args.password}
        self.http = httpx.Client(timeout=300, trust_env=False)

    def call(self, **data):
        self.http.cookies.clear()
        r = self.http.post(self.url, params={"version": "1.3"}, data={**self.form, "json_data": json.dumps(data)})
        body = r.json()
        if body.get("code") != 0:
            raise SystemExit(f"{data.get('operation')} failed: {json.dumps(body)[:500]}")
        return body

    def create(self, cls, output="id", **fields):
        body = self.call(operation="core/create", comment="bench", **{"class": cls}, output_fields=output, fields=fields)
        return next(iter(body["objects"].values()))["key"]


def build(client):
    t0 = time.perf_counter()
    org = client.create("Organization", name=f"Bench {UID}")
    person = client.create("Person", org_id=org, name=f"Bench {UID}", first_name="Ann")
    tickets = [client.create("UserRequest", org_id=org, caller_id=person, title=f"Request {i}", description="Text of the request") for i in range(100)]
    server = client.create("Server", org_id=org, name=f"Srv {UID}")
    host = client.create("Hypervisor", org_id=org, name=f"Hyp {UID}", server_id=server)
    count, schemas = 2, []
    for i in range(200):
        vm = client.create("VirtualMachine", org_id=org, name=f"VM {UID} {i}", virtualhost_id=host)
        db = client.create("DBServer", org_id=org, name=f"DB {UID} {i}", system_id=vm)
        schemas += [client.create("DatabaseSchema", org_id=org, name=f"Sch {UID} {i}.{j}", dbserver_id=db) for j in (1, 2)]
        count += 4
    for i in range(198):
        client.create("ApplicationSolution", org_id=org, name=f"App {UID} {i}", functionalcis_list=[{"functionalci_id": schemas[2 * i]}, {"functionalci_id": schemas[2 * i + 1]}])
        count += 1
    return {"org": org, "person": person, "ticket": tickets[0], "server": server, "items": count, "build_s": round(time.perf_counter() - t0, 1)}


def rss_mib(pids):
    if not pids:
        return None
    parents, rss, names = {}, {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
            rest = text[text.rindex(")") + 2:].split()
            pid = int(text.split()[0])
            parents[pid], names[pid] = int(rest[1]), text[text.index("(") + 1:text.rindex(")")]
            for line in (stat.parent / "smaps_rollup").read_text().splitlines():
                if line.startswith(("Rss:", "Pss:")):
                    rss.setdefault(pid, {})[line[:3]] = int(line.split()[1]) / 1024
        except (OSError, ValueError):
            continue
    wanted = set(pids)
    while True:
        more = {p for p, parent in parents.items() if parent in wanted} - wanted
        if not more:
            break
        wanted |= more
    out = {}
    for pid in wanted:
        entry = out.setdefault(names.get(pid, "?"), {"processes": 0, "rss_mib": 0, "pss_mib": 0})
        entry["processes"] += 1
        entry["rss_mib"] = round(entry["rss_mib"] + rss.get(pid, {}).get("Rss", 0), 1)
        entry["pss_mib"] = round(entry["pss_mib"] + rss.get(pid, {}).get("Pss", 0), 1)
    return out


def measure(args, make, total, workers):
    durations, errors, lock, left = [], [], threading.Lock(), [total]
    ready = threading.Barrier(workers + 1)

    def work():
        client = Client(args)
        try:
            make(client)  # opens the connection; not counted
        finally:
            ready.wait()
        while True:
            with lock:
                if left[0] <= 0:
                    return
                left[0] -= 1
            t0 = time.perf_counter()
            try:
                make(client)
            except (SystemExit, httpx.HTTPError, ValueError) as problem:
                with lock:
                    errors.append(str(problem)[:200])
                continue
            with lock:
                durations.append(time.perf_counter() - t0)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    [t.start() for t in threads]
    ready.wait()
    t0 = time.perf_counter()
    [t.join() for t in threads]
    wall = time.perf_counter() - t0
    ms = sorted(d * 1000 for d in durations) or [0.0]
    pick = lambda q: round(ms[min(len(ms) - 1, int(q * len(ms)))], 1)
    return {"requests": len(durations), "errors": len(errors), "error": errors[:1], "req_per_s": round(len(durations) / wall, 1),
            "p50_ms": pick(.5), "p95_ms": pick(.95), "mean_ms": round(statistics.mean(ms), 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", default="admin")
    parser.add_argument("--requests", type=int, default=200, help="per case and concurrency (get_related: a twentieth, at least 8)")
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--pids", default="", help="comma separated; their memory is reported")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--cases", nargs="+", default=[], help="only these cases")
    parser.add_argument("--keep", action="store_true", help="do not delete the data set")
    args = parser.parse_args()
    pids = [int(p) for p in args.pids.split(",") if p]
    client = Client(args)
    idle = rss_mib(pids)
    data = build(client)
    number = iter(range(10**9))
    cases = {
        "get_by_id_all_fields": (1, lambda c: c.call(operation="core/get", **{"class": "UserRequest"}, key=data["ticket"], output_fields="*")),
        "get_100_requests": (1, lambda c: c.call(operation="core/get", **{"class": "UserRequest"}, key=f"SELECT UserRequest WHERE org_id = {data['org']} AND title LIKE 'Request %'", output_fields="id,friendlyname,status,org_name")),
        "create_request": (1, lambda c: c.create("UserRequest", "id,friendlyname", org_id=data["org"], caller_id=data["person"], title="Bench", description="Text of the request")),
        "update_title": (1, lambda c: c.call(operation="core/update", comment="bench", **{"class": "UserRequest"}, key=data["ticket"], output_fields="title", fields={"title": f"Request changed {next(number)}"})),
        "get_related_1000": (20, lambda c: c.call(operation="core/get_related", **{"class": "Server"}, key=data["server"], relation="impacts", direction="down", depth=20)),
    }
    wanted = lambda name: not args.cases or name in args.cases
    found = len(cases["get_related_1000"][1](client)["objects"]) if wanted("get_related_1000") else None
    listed = len(cases["get_100_requests"][1](client)["objects"])
    result = {"url": client.url, "machine": {"cpus": __import__("os").cpu_count(), "system": platform.platform()}, "data": {**data, "related_objects": found, "listed": listed},
              "cases": {}, "memory_idle": idle}
    for name, (divide, make) in cases.items():
        if not wanted(name):
            continue
        result["cases"][name] = {str(w): measure(args, make, max(8, args.requests // divide), w) for w in args.concurrency}
        print(name, json.dumps(result["cases"][name]), file=sys.stderr, flush=True)
    result["memory_after"] = rss_mib(pids)
    text = json.dumps(result, indent=1)
    args.out.write_text(text + "\n") if args.out else print(text)
    if not args.keep:
        for cls in ("UserRequest", "ApplicationSolution", "DatabaseSchema", "DBServer", "VirtualMachine", "Hypervisor", "Server", "Person"):
            client.call(operation="core/delete", comment="bench", **{"class": cls}, key=f"SELECT {cls} WHERE org_id = {data['org']}")
        client.call(operation="core/delete", comment="bench", **{"class": "Organization"}, key=data["org"])


if __name__ == "__main__":
    main()
