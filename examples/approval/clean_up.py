"""A web service that asks for an approval before it acts.

python clean_up.py http://127.0.0.1:8080 8090

curl -d zhangsan http://127.0.0.1:8090/ask     asks zhangsan whether the logs may be deleted; answers the number
curl http://127.0.0.1:8090/deleted             the numbers of the tickets after which they were
"""

import json
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DESK, PORT = sys.argv[1].rstrip("/"), int(sys.argv[2])
APP = {"bk_app_code": "demo_app", "bk_app_secret": "demo_secret"}
deleted: list[str] = []


def call(name: str, **parameters: object) -> dict:
    """One call of the desk; what it has to tell."""
    request = urllib.request.Request(
        f"{DESK}/api/c/compapi/v2/itsm/{name}/",
        data=json.dumps(parameters).encode(),
        headers={"Content-Type": "application/json", "X-Bkapi-Authorization": json.dumps(APP)},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        answer = json.load(response)
    if not answer["result"]:
        raise RuntimeError(answer["message"])
    return answer["data"]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/ask":
            title = {"key": "title", "value": "Delete old logs"}
            who = {"key": "APPROVER", "value": body.decode()}
            why = {"key": "APPROVAL_CONTENT", "value": "The disk is nearly full."}
            meta = {"callback_url": f"http://127.0.0.1:{PORT}/decided"}
            made = call("create_ticket", creator="requester", fast_approval=True, fields=[title, who, why], meta=meta)
            self.answer(made["sn"])
        elif self.path == "/decided":
            told = json.loads(body)
            # Anybody could call here: only a token that the desk knows proves who did.
            if call("token/verify", token=told["token"])["is_passed"] and told["approve_result"]:
                deleted.append(told["sn"])
            self.answer({"result": True, "code": 0, "message": "success", "data": None})

    def do_GET(self) -> None:
        self.answer(deleted)

    def answer(self, value: object) -> None:
        content = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
