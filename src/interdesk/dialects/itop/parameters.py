"""The parameters of a request: query and form, or an uploaded file. Source: facts ``itop_rest_quirks.md`` 5, 01.

Written against plain ASGI for the usual request (a small form); uploads are left to the framework.
"""

from __future__ import annotations

import asyncio
import binascii
import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope

from interdesk.dialects.itop.errors import INTERNAL_ERROR, INVALID_JSON, RestError

MAX_PARAMETERS = 100
LARGE = 64 * 1024  # bytes of a form
BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
FORM = b"application/x-www-form-urlencoded"

Parameters = dict[str, str | bytes]
Headers = Mapping[bytes, bytes]


async def read(scope: Scope, receive: Receive, headers: Headers, max_body: int) -> Parameters:
    """The parameters of the query and of the body, which win. ``max_body`` is in bytes.

    Raises RestError for a body that is too large or malformed, ClientDisconnect.
    """
    parameters = pairs(scope["query_string"])
    if scope["method"] != "POST":
        return parameters
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > max_body:
        raise _too_large(max_body)
    kind = headers.get(b"content-type", FORM).partition(b";")[0].strip().lower()
    if kind == b"multipart/form-data":
        if not announced:
            raise RestError(INTERNAL_ERROR, "An upload needs a Content-Length")
        parameters.update(await _multipart(Request(scope, receive), max_body))
        return parameters
    body = await _body(receive, max_body)
    if kind == FORM:
        # A large form is no work for the event loop.
        parameters.update(pairs(body) if len(body) < LARGE else await asyncio.to_thread(pairs, body))
    return parameters


def pairs(form: bytes) -> Parameters:
    """A query or form as names and values; of a repeated name the last counts.

    Raises RestError for too many, and for a large form that is not encoded as forms are.
    """
    if not form:
        return {}
    if form.count(b"&") >= MAX_PARAMETERS:
        raise RestError(INTERNAL_ERROR, f"Too many parameters (limited to {MAX_PARAMETERS})")
    found: Parameters = {}
    for part in form.split(b"&"):
        name, _, value = part.partition(b"=")
        if name:
            found[_decoded(name)] = _decoded(value)
    return found


def text(value: str | bytes | None) -> str | None:
    """A parameter as text; what is not UTF-8 in an uploaded one is replaced."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _decoded(part: bytes) -> str:
    if b"+" in part:
        part = part.replace(b"+", b" ")
    if b"%" in part:
        part = _unescaped(part)
    return part.decode("utf-8", "replace")


def _unescaped(part: bytes) -> bytes:
    """Well-formed escapes become quoted-printable ones, which the standard library decodes forty times as fast."""
    if BAD_ESCAPE.search(part) is None:
        return binascii.a2b_qp(part.replace(b"=", b"=3D").replace(b"%", b"="))
    if len(part) >= LARGE:
        raise RestError(INTERNAL_ERROR, "The form cannot be read: a % that is no escape must be written as %25")
    return unquote_to_bytes(part)


async def _body(receive: Receive, max_body: int) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > max_body:
            raise _too_large(max_body)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _multipart(request: Request, max_body: int) -> Parameters:
    form = await request.form(max_files=4, max_fields=MAX_PARAMETERS, max_part_size=max_body)
    try:
        return {
            name: await value.read() if isinstance(value, UploadFile) else value for name, value in form.multi_items()
        }
    finally:
        await form.close()


def _too_large(max_body: int) -> RestError:
    return RestError(INVALID_JSON, f"The request is too large (limited to {max_body} bytes)")
