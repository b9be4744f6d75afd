"""The optional module, what the users of an exchange may do, and messages that come twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from interdesk.desk import SYSTEM, Actor, Desk, queries
from interdesk.desk.actors import REST_USER
from interdesk.dialects.itop import Service
from interdesk.errors import Refused
from interdesk.events.exchange import CUSTOMER, PROVIDER, ExchangeError, Invitation, establish, missing, partners
from interdesk.events.upkeep import forget_messages
from interdesk.server import load_model, open_desk
from interdesk.settings import Settings
from interdesk.store import create_schema
from interdesk.store.migrations import apply, make_plan
from interdesk.telemetry.exchange import Exchange, entered


def invitation(role: str, **more: Any) -> Invitation:
    given = {
        "name": "Beta", "role": role, "known_as": "Acme", "url": "https://desk.beta.example",
        "login": "acme-desk", "password": "there-1-There", "user": f"{role}-desk", "user_password": "here-1-Here",
    }  # fmt: skip
    return Invitation(**given | more)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    settings = Settings(data=str(tmp_path_factory.mktemp("desk")), design=["exchange"])
    model = load_model(settings)
    create_schema(settings.database_url, model)
    desk = open_desk(settings, model)
    with closing(desk.store):
        yield desk


@pytest.mark.parametrize("role", [PROVIDER, CUSTOMER])
def test_what_is_made_is_found_whole_and_made_again_without_harm(desk: Desk, role: str) -> None:
    for _ in range(2):
        with desk.transaction(SYSTEM) as tx:
            partner = establish(tx, invitation(role))
            assert missing(tx, partner) == []
    with desk.transaction(SYSTEM) as tx:
        assert [one.role for one in partners(tx)].count(role) == 1


def test_what_was_changed_or_deleted_is_told(desk: Desk) -> None:
    with desk.transaction(SYSTEM) as tx:
        partner = establish(tx, invitation(PROVIDER))
        (action,) = [key for key, _ in tx.find(_named(desk, "ActioniTopWebhook", "name", "hand over"))]
        tx.update("ActioniTopWebhook", action, {"status": "disabled"})
        (trigger,) = [key for key, _ in tx.find(_named(desk, "TriggerOnObjectUpdate", "description", "public_log"))]
        tx.delete("TriggerOnObjectUpdate", [trigger])
        faults = missing(tx, partner)
    assert [fault.partition(":")[0] for fault in faults] == [
        "ActioniTopWebhook", "there is no TriggerOnObjectUpdate 'Exchange with Beta",
    ]  # fmt: skip


def _named(desk: Desk, cls: str, code: str, rule: str) -> Any:
    return queries.by_criteria(desk.model.cls(cls), {code: f"Exchange with Beta: {rule}"})


def test_a_login_of_somebody_else_is_left_alone(desk: Desk) -> None:
    with pytest.raises(ExchangeError, match="somebody else"), desk.transaction(SYSTEM) as tx:
        establish(tx, invitation(PROVIDER))
        establish(tx, invitation(CUSTOMER, name="Gamma", user="provider-desk"))


@pytest.mark.parametrize("change", [{"name": ""}, {"known_as": "$this$"}, {"url": "desk.example"}])
def test_names_and_addresses_that_cannot_work_are_refused(change: dict[str, str]) -> None:
    with pytest.raises(ExchangeError):
        invitation(PROVIDER, **change)


def test_a_provider_writes_only_to_what_it_was_given(desk: Desk) -> None:
    with desk.transaction(SYSTEM) as tx:
        partner = establish(tx, invitation(PROVIDER))
        org = tx.create("Organization", {"name": "Own"})
        common = {"org_id": org, "title": "t", "description": "d"}
        caller = tx.create("Person", {"org_id": org, "name": "A", "first_name": "B"})
        given, other = (
            tx.create("UserRequest", {**common, "caller_id": caller, "partner_id": whose})
            for whose in (partner.organization, 0)
        )
    actor = Actor(partner.user, "provider-desk", "provider-desk", profiles=frozenset({1100, REST_USER}))
    with desk.transaction(actor) as tx:
        assert tx.update("UserRequest", given, {"title": "u"})
    with pytest.raises(Refused, match="not handed over"), desk.transaction(actor) as tx:
        tx.update("UserRequest", other, {"title": "u"})
    with pytest.raises(Refused, match="not handed over"), desk.transaction(actor) as tx:
        tx.update("UserRequest", other, {"partner_id": partner.organization})


def test_core_operations_go_without_prefix_and_unlisted(desk: Desk) -> None:
    service = Service(desk)
    listed = service.run(SYSTEM, "1.3", '{"operation": "list_operations"}')
    assert listed is not None and "apply_stimulus" not in [one["verb"] for one in listed["operations"]]
    short, full = (
        service.run(SYSTEM, "1.3", f'{{"operation": "{name}", "comment": "c", "class": "Nope"}}')
        for name in ("apply_stimulus", "core/apply_stimulus")
    )
    assert short == full and short is not None and short["code"] == 100


def test_a_message_that_comes_again_is_answered_and_not_done_again(desk: Desk) -> None:
    service = Service(desk)
    text = '{"operation":"core/create","comment":"c","class":"Organization","fields":{"name":"Once"}}'
    answers = []
    for message in ("msg_1", "msg_1", "msg_2"):
        entered(Exchange("", message=message))
        answers.append(service.run(SYSTEM, "1.3", text))
    entered(Exchange(""))
    first, again, other = (next(iter(answer["objects"])) for answer in answers if answer)
    assert first == again != other


def test_a_desk_without_the_module_is_told_the_cure(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path))
    model = load_model(settings)
    create_schema(settings.database_url, model)
    desk = open_desk(settings, model)
    with closing(desk.store), pytest.raises(ExchangeError, match="interdesk migrate"), desk.transaction(SYSTEM) as tx:
        partners(tx)


def test_old_messages_are_forgotten(desk: Desk) -> None:
    with desk.transaction(SYSTEM) as tx:
        values = {"message_id": "msg_old", "user_id": 0, "received": "2001-01-01 00:00:00", "answer": "{}"}
        tx.session.insert("ReceivedMessage", values)
    assert forget_messages(desk, 0) == 0
    assert forget_messages(desk, 90) == 1


def test_a_desk_that_exists_gets_the_module_by_a_migration(tmp_path: Path) -> None:
    plain, more = (Settings(data=str(tmp_path), design=design) for design in ([], ["exchange"]))
    create_schema(plain.database_url, load_model(plain))
    model = load_model(more)
    plan = make_plan(more.database_url, model)
    assert plan.grows and not plan.destructive
    apply(more.database_url, model, plan, with_backup=False)
    desk = open_desk(more, model)
    with closing(desk.store), desk.transaction(SYSTEM) as tx:
        assert missing(tx, establish(tx, invitation(CUSTOMER))) == []
