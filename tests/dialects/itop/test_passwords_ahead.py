"""Hashing a password keeps nobody waiting who wants to write."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from argon2 import PasswordHasher

from interdesk.desk import Desk, Vault
from interdesk.desk.bootstrap import prepare
from interdesk.model import Model
from interdesk.store import Store
from tests.support.people import GOOD, KEY, SUPPORT, add, bundled_model
from tests.support.rest import serving


class SlowHasher(PasswordHasher):
    """While it hashes a password, somebody else writes, and hashing ends when that is done."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.meanwhile: Callable[[], Any] | None = None
        self.hashed = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        if self.meanwhile is not None:
            self.hashed += 1
            with ThreadPoolExecutor(1) as other:
                other.submit(self.meanwhile).result(30)
        return super().hash(password, salt=salt)


@pytest.mark.parametrize("stated", ["UserLocal", "User"])
def test_others_write_while_a_password_is_hashed(open_store: Callable[[Model], Store], stated: str) -> None:
    hasher = SlowHasher()
    desk = Desk(open_store(bundled_model()), Vault(KEY, hasher))
    prepare(desk)
    with serving(desk) as rest:
        hasher.meanwhile = lambda: add(desk, "Organization", name=f"Org {hasher.hashed}")
        profiles = [{"profileid": SUPPORT}]
        user = rest.create("UserLocal", login="ann", password=GOOD, profile_list=profiles)
        changed = rest.call("core/update", cls=stated, key=user, fields={"password": GOOD + "2"}, output_fields="id")
        assert changed["code"] == 0, changed["message"]
        assert hasher.hashed == 2
        found = rest.call("core/check_credentials", user="ann", password=GOOD + "2")
        assert found["authorized"] is True
        weak = rest.call("core/update", cls=stated, key=user, fields={"password": "x"}, output_fields="id")
        assert weak["code"] != 0
