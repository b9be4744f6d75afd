"""A client of confd 1.1: of Interdesk itself, of a XiVO, and, with the later associations, of a Wazo.

confd = Confd("https://pbx.example:9486/1.1", username="provisioner", password="secret")
user = confd.users.create({"firstname": "Ann", "lastname": "Lee"})
line = confd.lines_sip.create({"context": "default", "device_slot": 1})
confd.connect_line(user["id"], line["id"])
"""

from __future__ import annotations

import hashlib
import json
import secrets
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]
SECONDS = 10.0
PAGE = 200


class ConfdError(Exception):
    """A refusal. ``status``: of HTTP, 0 when the server cannot be reached; ``texts`` are the server's words."""

    def __init__(self, status: int, texts: list[str]) -> None:
        self.status, self.texts = status, texts
        super().__init__(". ".join(texts) or f"HTTP status {status}")


class Collection:
    """The objects of one resource."""

    def __init__(self, confd: Confd, path: str) -> None:
        self._confd, self._path = confd, path

    def list(self, **parameters: Any) -> Json:
        """``{"items": [...], "total": N}``; parameters: search, order, direction, limit, skip, view."""
        found = self._confd.call("GET", self._path, query=parameters)
        assert isinstance(found, dict)
        return found

    def every(self, **parameters: Any) -> Iterator[Json]:
        """All objects, read page by page."""
        skip = 0
        while True:
            page = self.list(**parameters, limit=PAGE, skip=skip)
            yield from page["items"]
            skip += PAGE
            if skip >= page["total"] or len(page["items"]) < PAGE:
                return

    def get(self, key: int | str) -> Json:
        found = self._confd.call("GET", f"{self._path}/{_quoted(key)}")
        assert isinstance(found, dict)
        return found

    def create(self, body: Mapping[str, Any]) -> Json:
        made = self._confd.call("POST", self._path, body)
        assert isinstance(made, dict)
        return made

    def update(self, body: Mapping[str, Any]) -> None:
        """``body`` has the id, and the members to change; links are left out."""
        changed = {name: value for name, value in body.items() if name != "links"}
        self._confd.call("PUT", f"{self._path}/{_quoted(body['id'])}", changed)

    def delete(self, key: int | str) -> None:
        self._confd.call("DELETE", f"{self._path}/{_quoted(key)}")


class Confd:
    """``base``: the address with the version. Give a user name and a password (Digest), or a token.

    ``modern``: connects in the later way, by PUT. ``context``: what TLS trusts. Every call may raise ConfdError.
    Not to be shared between threads.
    """

    def __init__(
        self,
        base: str,
        *,
        username: str = "",
        password: str = "",
        token: str = "",
        modern: bool = False,
        context: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        if not base.startswith(("http://", "https://")):
            raise ValueError(f"{base!r} is no address of http or https")
        self._base, self._modern, self._seconds = base.rstrip("/"), modern, seconds
        self._username, self._password, self._token = username, password, token
        self._challenge: dict[str, str] = {}
        self._count = 0
        handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
        if context is not None:
            handlers.append(urllib.request.HTTPSHandler(context=context))
        self._opener = urllib.request.build_opener(*handlers)
        self.users, self.lines, self.lines_sip = (self._of(name) for name in ("users", "lines", "lines_sip"))
        self.extensions, self.devices = self._of("extensions"), self._of("devices")
        self.voicemails, self.cti_profiles = self._of("voicemails"), self._of("cti_profiles")
        self.templates = self._of("funckeys/templates")

    def _of(self, path: str) -> Collection:
        return Collection(self, path)

    # -- what is connected with what

    def connect_line(self, user: int, line: int) -> None:
        self._connect(f"users/{user}/lines", "line_id", line)

    def disconnect_line(self, user: int, line: int) -> None:
        self.call("DELETE", f"users/{user}/lines/{line}")

    def connect_extension(self, line: int, extension: int) -> None:
        self._connect(f"lines/{line}/extensions", "extension_id", extension)

    def disconnect_extension(self, line: int, extension: int) -> None:
        self.call("DELETE", f"lines/{line}/extensions/{extension}")

    def connect_device(self, line: int, device: str) -> None:
        self.call("PUT", f"lines/{line}/devices/{_quoted(device)}")

    def disconnect_device(self, line: int, device: str) -> None:
        self.call("DELETE", f"lines/{line}/devices/{_quoted(device)}")

    def connect_voicemail(self, user: int, voicemail: int) -> None:
        if self._modern:
            self.call("PUT", f"users/{user}/voicemails/{voicemail}")
        else:
            self.call("POST", f"users/{user}/voicemail", {"voicemail_id": voicemail})

    def disconnect_voicemail(self, user: int) -> None:
        self.call("DELETE", f"users/{user}/voicemail{'s' if self._modern else ''}")

    def autoprov(self, device: str) -> None:
        self.call("GET", f"devices/{_quoted(device)}/autoprov")

    def _connect(self, path: str, name: str, key: int) -> None:
        if self._modern:
            self.call("PUT", f"{path}/{key}")
        else:
            self.call("POST", path, {name: key})

    # -- calls

    def call(self, method: str, path: str, body: object = None, query: Mapping[str, Any] | None = None) -> Any:
        """What the server answers, None where it answers nothing. Raises ConfdError."""
        url = f"{self._base}/{path}"
        if given := {name: value for name, value in (query or {}).items() if value is not None}:
            url += "?" + urllib.parse.urlencode(given)
        try:
            return self._send(method, url, body)
        except urllib.error.HTTPError as problem:
            if problem.code == 401 and self._username and not self._token and self._learn(problem):
                problem.close()
                return self._again(method, url, body)
            raise _refused(problem) from problem
        except (urllib.error.URLError, OSError) as problem:
            raise ConfdError(0, [f"{self._base} cannot be reached: {problem}"]) from problem

    def _again(self, method: str, url: str, body: object) -> Any:
        try:
            return self._send(method, url, body)
        except urllib.error.HTTPError as problem:
            raise _refused(problem) from problem

    def _send(self, method: str, url: str, body: object) -> Any:
        headers = {"Accept": "application/json"}
        if method in ("POST", "PUT"):
            headers["Content-Type"] = "application/json"
        if self._token:
            headers["X-Auth-Token"] = self._token
        elif self._challenge:
            headers["Authorization"] = self._proof(method, url)
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers, method=method)
        with self._opener.open(request, timeout=self._seconds) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def _learn(self, problem: urllib.error.HTTPError) -> bool:
        """Takes over the challenge of a refusal; False when it is none that can be met."""
        scheme, _, rest = (problem.headers.get("WWW-Authenticate") or "").partition(" ")
        if scheme.lower() != "digest":
            return False
        parts = (part.partition("=") for part in urllib.request.parse_http_list(rest))
        self._challenge = {name.strip().lower(): value.strip('"') for name, _, value in parts}
        self._count = 0
        return "nonce" in self._challenge and self._challenge.get("algorithm", "MD5").upper() == "MD5"

    def _proof(self, method: str, url: str) -> str:
        """The header of HTTP Digest, with a count where the server wants that."""
        told, parts = self._challenge, urllib.parse.urlsplit(url)
        uri = parts.path + (f"?{parts.query}" if parts.query else "")
        realm, nonce = told.get("realm", ""), told["nonce"]
        first, second = _md5(f"{self._username}:{realm}:{self._password}"), _md5(f"{method}:{uri}")
        header = f'Digest username="{self._username}", realm="{realm}", nonce="{nonce}", uri="{uri}"'
        if "opaque" in told:
            header += f', opaque="{told["opaque"]}"'
        if "auth" not in told.get("qop", "").replace(" ", "").split(","):
            return f'{header}, response="{_md5(f"{first}:{nonce}:{second}")}"'
        self._count += 1
        count, own = f"{self._count:08x}", secrets.token_hex(8)
        response = _md5(f"{first}:{nonce}:{count}:{own}:auth:{second}")
        return f'{header}, response="{response}", qop=auth, nc={count}, cnonce="{own}"'


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Credentials go to nobody else."""

    def redirect_request(self, *args: Any, **more: Any) -> None:
        return None


def _refused(problem: urllib.error.HTTPError) -> ConfdError:
    with problem:
        content = problem.read()
    try:
        texts = json.loads(content)
    except ValueError:
        texts = []
    return ConfdError(problem.code, [str(text) for text in texts] if isinstance(texts, list) else [])


def _quoted(key: object) -> str:
    return urllib.parse.quote(str(key), safe="")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
