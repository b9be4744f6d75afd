"""Forms are read as PHP and the standard library read them, and quickly whatever they hold."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interdesk.dialects.itop.errors import RestError
from interdesk.dialects.itop.parameters import LARGE, pairs, read

ESCAPES = (b"%41", b"%c3%A9", b"%3d", b"%0a", b"%ff", b"%", b"%4", b"%zz", b"%%41")
PLAIN = (b"=", b"==", b"+", b"_", b"\r\n", b"=\n", b" ", b"a", b"41", b"\xc3\xa9", b"\xff")
PIECES = st.lists(st.sampled_from(ESCAPES + PLAIN))


@given(PIECES)
def test_escapes_are_decoded_as_the_standard_library_does(pieces: list[bytes]) -> None:
    value = b"".join(pieces)
    expected = unquote_to_bytes(value.replace(b"+", b" ")).decode("utf-8", "replace")
    assert pairs(b"a=" + value) == {"a": expected}


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=5))
def test_what_a_client_encodes_is_read(form: dict[str, str]) -> None:
    encodable = {name: value for name, value in form.items() if (name + value).isprintable()}
    assert pairs(urlencode(encodable).encode()) == encodable


def test_a_large_form_is_read_too() -> None:
    value = "é&=%+" * LARGE
    body = urlencode({"json_data": value}).encode()

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {"type": "http", "method": "POST", "query_string": b"version=1.3"}
    found = asyncio.run(read(scope, receive, {}, len(body)))
    assert found == {"version": "1.3", "json_data": value}


def test_a_large_form_with_wrong_escapes_is_refused() -> None:
    assert pairs(b"a=%%%") == {"a": "%%%"}
    with pytest.raises(RestError, match="must be written as %25"):
        pairs(b"a=" + b"%" * LARGE)
