"""HTTP Digest: nonces are the server's, get stale, and cannot be replayed. Source: facts 1."""

from __future__ import annotations

import hashlib
import os
import re

import pytest

from interdesk.dialects.confd import NONCE_BYTES, Nonces
from tests.support.confd import LOGIN, PASSWORD, Confd

REALM = "Authentication Required"


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def challenge(confd: Confd) -> dict[str, str]:
    confd.client.auth = None
    answer = confd.client.get("/1.1/infos")
    assert (answer.status_code, answer.text) == (401, "Unauthorized Access")
    return dict(re.findall(r'(\w+)="?([^",]+)"?', answer.headers["www-authenticate"]))


def proof(nonce: str, *, count: int = 0, password: str = PASSWORD, uri: str = "/1.1/infos") -> str:
    """The header for a nonce; with a count, as clients write it that count."""
    first, second = md5(f"{LOGIN}:{REALM}:{password}"), md5(f"GET:{uri}")
    told = f'Digest username="{LOGIN}", realm="{REALM}", nonce="{nonce}", uri="{uri}"'
    if not count:
        return f'{told}, response="{md5(f"{first}:{nonce}:{second}")}"'
    nc = f"{count:08x}"
    response = md5(f"{first}:{nonce}:{nc}:abc:auth:{second}")
    return f'{told}, response="{response}", qop=auth, nc={nc}, cnonce="abc"'


def status(confd: Confd, header: str) -> int:
    return confd.client.get("/1.1/infos", headers={"Authorization": header}).status_code


def test_the_challenge_has_the_recorded_form(confd: Confd) -> None:
    told = challenge(confd)
    assert told["realm"] == REALM
    assert re.fullmatch("[0-9a-f]{32}", told["nonce"])
    assert re.fullmatch("[0-9a-f]{32}", told["opaque"])


def test_a_nonce_serves_clients_that_do_not_count_many_times(confd: Confd) -> None:
    nonce = challenge(confd)["nonce"]
    assert [status(confd, proof(nonce)) for _ in range(3)] == [200, 200, 200]


def test_a_count_is_taken_once(confd: Confd) -> None:
    nonce = challenge(confd)["nonce"]
    assert [status(confd, proof(nonce, count=count)) for count in (1, 3, 2, 3, 1)] == [200, 200, 200, 401, 401]


def test_a_replayed_request_is_told_that_its_nonce_is_stale(confd: Confd) -> None:
    nonce = challenge(confd)["nonce"]
    header = {"Authorization": proof(nonce, count=1)}
    assert confd.client.get("/1.1/infos", headers=header).status_code == 200
    answer = confd.client.get("/1.1/infos", headers=header)
    assert answer.status_code == 401
    assert "stale=true" in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "header",
    [
        proof("0" * 32),
        proof("not hexadecimal"),
        "Digest",
        "Digest username",
        'Digest username="provisioner"',
        "Basic !!!",
        "Basic " + "w6k6" + "=" * 3,
        "Bearer x",
    ],
)
def test_what_proves_nothing_is_refused(shared_confd: Confd, header: str) -> None:
    shared_confd.client.auth = None
    assert status(shared_confd, header) == 401


def test_a_wrong_password_or_another_address_is_refused(confd: Confd) -> None:
    nonce = challenge(confd)["nonce"]
    assert status(confd, proof(nonce, password="guess")) == 401
    assert status(confd, proof(nonce, uri="/1.1/users")) == 401
    assert status(confd, proof(nonce)) == 200


def test_a_nonce_is_forgotten_after_its_life_time() -> None:
    nonces = Nonces(lifetime=0.0)
    assert not nonces.accept(nonces.issue())


def test_counts_are_remembered_within_a_window() -> None:
    nonces = Nonces()
    nonce = nonces.issue()
    assert nonces.accept(nonce, "64")
    assert nonces.accept(nonce, "63")
    assert not nonces.accept(nonce, "63")
    assert not nonces.accept(nonce, "1")  # too far behind to be remembered
    assert not nonces.accept(nonce, "0")
    assert not nonces.accept(nonce, "-1")


def test_workers_know_the_nonces_of_each_other() -> None:
    memory = os.memfd_create("nonces")
    os.ftruncate(memory, NONCE_BYTES)
    one, other = Nonces(memory=memory), Nonces(memory=memory)
    nonce = one.issue()
    assert other.accept(nonce, "1")
    assert not one.accept(nonce, "1")
    os.close(memory)
