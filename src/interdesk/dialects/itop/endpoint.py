"""``/webservices/rest.php``: parameters from query and body, credentials, JSON-P. Source: facts 1 to 9, 01 to 03."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from interdesk.desk import Desk
from interdesk.dialects.itop.errors import INTERNAL_ERROR, INVALID_JSON, RestError
from interdesk.dialects.itop.service import Service

PATH = "/webservices/rest.php"
HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store, no-cache, must-revalidate"}
PREFLIGHT = {
    **HEADERS,
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Auth-Token",
    "Access-Control-Max-Age": "86400",
}
CALLBACK = re.compile(r"[A-Za-z0-9_\- ]+")
MAX_PARAMETERS = 100
ENCODE = msgspec.json.Encoder().encode

Parameters = dict[str, str | bytes]


class Endpoint:
    """Answers requests on worker threads of ``executor``; ``max_body`` is in bytes."""

    def __init__(self, desk: Desk, executor: Executor, max_body: int) -> None:
        self._desk, self._executor, self._max_body = desk, executor, max_body
        self.service = Service(desk)

    async def handle(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=PREFLIGHT)
        callback: str | bytes | None = None
        try:
            parameters = await self._parameters(request)
            callback = parameters.get("callback")
            body = await self._answer(request, parameters)
        except RestError as problem:
            body = problem.body()
        except ClientDisconnect:
            return Response(status_code=400)
        return rendered(body, _text(callback))

    async def _answer(self, request: Request, parameters: Parameters) -> dict[str, Any]:
        login, password = _credentials(request, parameters)
        address = request.client.host if request.client else ""
        credentials = self._desk.credentials
        if wait := credentials.delay(login, address):
            await asyncio.sleep(wait)
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, self._run, login, password, address, parameters)
        except RestError as problem:
            return problem.body()

    def _run(self, login: str, password: str, address: str, parameters: Parameters) -> dict[str, Any]:
        credentials = self._desk.credentials
        try:
            actor = self.service.authenticate(login, password)
        except RestError as problem:
            if problem.message == "Invalid login":
                credentials.failed(login, address)
            raise
        credentials.succeeded(login, address)
        return self.service.run(actor, _text(parameters.get("version")), parameters.get("json_data"))

    async def _parameters(self, request: Request) -> Parameters:
        """Query first, then the body's, which win. Raises RestError when the body is too large or malformed."""
        parameters: Parameters = _pairs(request.url.query)
        if request.method != "POST":
            return parameters
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            parameters.update(await self._multipart(request))
            return parameters
        body = await self._body(request)
        if kind in ("", "application/x-www-form-urlencoded"):
            parameters.update(_pairs(body.decode("utf-8", "replace")))
        return parameters

    async def _body(self, request: Request) -> bytes:
        self._check_announced(request)
        chunks: list[bytes] = []
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > self._max_body:
                raise self._too_large()
            chunks.append(chunk)
        return b"".join(chunks)

    async def _multipart(self, request: Request) -> Parameters:
        self._check_announced(request)
        if "content-length" not in request.headers:
            raise RestError(INTERNAL_ERROR, "An upload needs a Content-Length")
        form = await request.form(max_files=4, max_fields=MAX_PARAMETERS, max_part_size=self._max_body)
        try:
            return {
                name: await value.read() if isinstance(value, UploadFile) else value
                for name, value in form.multi_items()
            }
        finally:
            await form.close()

    def _check_announced(self, request: Request) -> None:
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > self._max_body:
            raise self._too_large()

    def _too_large(self) -> RestError:
        return RestError(INVALID_JSON, f"The request is too large (limited to {self._max_body} bytes)")


def rendered(body: Mapping[str, Any], callback: str | None) -> Response:
    """JSON, or JSON-P when the callback's name is harmless; another name is ignored, as recorded."""
    content = ENCODE(body)
    if callback and CALLBACK.fullmatch(callback):
        content = callback.encode() + b"(" + content + b");"
        return Response(content, headers={**HEADERS, "Content-Type": "application/javascript"})
    return Response(content, headers={**HEADERS, "Content-Type": "application/json"})


def _pairs(text: str) -> Parameters:
    if not text:
        return {}
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS))
    except ValueError:
        raise RestError(INTERNAL_ERROR, f"Too many parameters (limited to {MAX_PARAMETERS})") from None


def _credentials(request: Request, parameters: Parameters) -> tuple[str, str]:
    login, password = _text(parameters.get("auth_user")), _text(parameters.get("auth_pwd"))
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if not login and scheme.lower() == "basic":
        try:
            login, _, password = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
    return login or "", password or ""


def _text(value: str | bytes | None) -> str | None:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
