"""Documents come in base64, read as PHP reads it."""

from __future__ import annotations

import base64

import pytest

from tests.support.rest import Rest

READ = [
    ("aGVsbG8=", b"hello"),
    ("aGVsbG8", b"hello"),
    (" aGVs\r\nbG8= \n", b"hello"),
    ("aG!V%s-b_G8=é", b"hello"),
    ("aGVs=bG8=", b"hello"),
    ("aGVsbG8=d29ybGQ=", base64.b64decode("aGVsbG8d29ybGQ==")),
    ("aGVsb", b"hel"),
    ("=aGVsbG8", b"hello"),
]
EMPTY = ["%%%", "a", "====", "", "é"]


def store(rest: Rest, data: str) -> dict[str, str]:
    org = rest.create("Organization", name="Acme")
    document = {"data": data, "mimetype": "text/plain", "filename": "a.txt"}
    key = rest.create("DocumentFile", org_id=org, name="a", file=document)
    found: dict[str, str] = rest.get("DocumentFile", key, "file")["file"]
    return found


@pytest.mark.parametrize(("data", "expected"), READ)
def test_what_is_outside_the_alphabet_is_skipped(shared_rest: Rest, data: str, expected: bytes) -> None:
    assert base64.b64decode(store(shared_rest, data)["data"]) == expected


@pytest.mark.parametrize("data", EMPTY)
def test_what_makes_no_byte_is_an_empty_document(shared_rest: Rest, data: str) -> None:
    assert store(shared_rest, data)["data"] == ""
