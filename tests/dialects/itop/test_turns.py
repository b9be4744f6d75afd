"""One user's slow requests leave threads to the others."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from interdesk.desk import SYSTEM, Desk
from interdesk.desk.bootstrap import add_user
from interdesk.dialects import itop
from interdesk.dialects.itop.endpoint import FRESH_SECONDS
from interdesk.dialects.itop.errors import RestError
from interdesk.dialects.itop.operations import Call
from interdesk.dialects.itop.turns import Turns

THREADS = 4


def test_an_account_works_on_its_share_and_the_rest_waits_in_turn() -> None:
    async def play() -> list[str]:
        turns, told, go_on = Turns(2), [], asyncio.Event()

        async def work(account: str, name: str) -> None:
            async with turns.turn(account):
                told.append(f"{name} begins")
                await go_on.wait()
                told.append(f"{name} ends")

        tasks = [
            asyncio.create_task(work(*given)) for given in [("ann", "1"), ("Ann", "2"), ("ann", "3"), ("bob", "4")]
        ]
        await asyncio.sleep(0)
        begun = list(told)
        go_on.set()
        await asyncio.gather(*tasks)
        assert sorted(told[3:]) == ["1 ends", "2 ends", "3 begins", "3 ends", "4 ends"]
        return begun

    assert asyncio.run(play()) == ["1 begins", "2 begins", "4 begins"]


def test_too_many_waiting_requests_are_refused() -> None:
    async def play() -> None:
        turns, go_on = Turns(1, waiting=1), asyncio.Event()

        async def work() -> None:
            async with turns.turn("ann"):
                await go_on.wait()

        tasks = [asyncio.create_task(work()) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(RestError, match="Too many requests of this user are waiting"):
            await work()
        go_on.set()
        await asyncio.gather(*tasks)
        await work()

    asyncio.run(play())


def test_others_are_answered_while_one_user_keeps_the_desk_busy(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        for login in ("ann", "bob"):
            add_user(tx, login, login)
    go_on = threading.Event()

    def hold(call: Call) -> dict[str, Any]:
        assert go_on.wait(60)
        return {"code": 0, "message": "held"}

    async def play(endpoint: itop.Endpoint) -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(endpoint), base_url="http://desk") as client:

            async def call(login: str, operation: str, **data: Any) -> Any:
                form = {
                    "auth_user": login,
                    "auth_pwd": login,
                    "version": "1.3",
                    "json_data": json.dumps({"operation": operation, "comment": "", **data}),
                }
                return (await client.post("/webservices/rest.php", data=form)).json()

            slow = [asyncio.create_task(call("ann", "test/hold")) for _ in range(2 * THREADS)]
            try:
                fields = {"name": "Acme"}
                created = await asyncio.wait_for(
                    call("bob", "core/create", **{"class": "Organization", "fields": fields}), 30
                )
            finally:
                go_on.set()
            assert created["code"] == 0
            assert {(await task)["message"] for task in slow} == {"held"}

    with ThreadPoolExecutor(THREADS) as executor:
        endpoint = itop.Endpoint(bundled_desk, executor, 100_000, itop.Access(), THREADS // 2)
        endpoint.service.offer("test/hold", "Waits", hold)
        asyncio.run(play(endpoint))


def test_a_user_who_is_disabled_while_his_request_waits_is_refused(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        ann = add_user(tx, "ann", "ann")
    begun, go_on = threading.Event(), threading.Event()

    def hold(call: Call) -> dict[str, Any]:
        begun.set()
        assert go_on.wait(60)
        return {"code": 0, "message": "held"}

    async def play(endpoint: itop.Endpoint) -> list[Any]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(endpoint), base_url="http://desk") as client:

            async def call(operation: str) -> Any:
                form = {"auth_user": "ann", "auth_pwd": "ann", "version": "1.3"}
                form["json_data"] = json.dumps({"operation": operation})
                return (await client.post("/webservices/rest.php", data=form)).json()["message"]

            await call("list_operations")  # from here on her password is remembered
            first = asyncio.create_task(call("test/hold"))
            await asyncio.to_thread(begun.wait, 60)
            second = asyncio.create_task(call("test/hold"))
            await asyncio.sleep(2 * FRESH_SECONDS)
            with bundled_desk.transaction(SYSTEM) as tx:
                tx.update("UserLocal", ann, {"status": "disabled"})
            go_on.set()
            return [await first, await second]

    with ThreadPoolExecutor(THREADS) as executor:
        endpoint = itop.Endpoint(bundled_desk, executor, 100_000, itop.Access(), 1)
        endpoint.service.offer("test/hold", "Waits", hold)
        assert asyncio.run(play(endpoint)) == ["held", "Error: Invalid login"]
