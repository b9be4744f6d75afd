"""The forms of placeholders over real objects. What scenarios 07 to 10 and 18 record is tested there too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interdesk.desk.values import LinkChange
from interdesk.events.markup import Addresses
from interdesk.events.placeholders import Scene, expand, placeholders, split
from interdesk.events.subjects import Subject
from tests.support.eventful import ROOT, EventfulDesk, entry


class Case:
    """A ticket with what placeholders can lead to."""

    def __init__(self, desk: EventfulDesk) -> None:
        self.desk = desk
        self.org = desk.organization(name="Org", code="O")
        self.ann = desk.person(self.org, name="Doe", first_name="Ann", email="ann@example.org")
        self.bob = desk.person(self.org, name="Roe", first_name="Bob", manager_id=self.ann)
        server = desk.create("Server", name="S", org_id=self.org)
        other = desk.create("Server", name="A", org_id=self.org)
        links = LinkChange([("lnkFunctionalCIToTicket", {"functionalci_id": key}) for key in (server, other)])
        self.ticket = desk.ticket(
            self.org,
            self.bob,
            title="T",
            description="<p>a <b>b</b></p><p>c</p>",
            functionalcis_list=links,
            public_log=entry("<p>one</p>"),
            start_date="2024-02-03 04:05:06",
        )

    def expand(self, template: str, language: str = "EN US", **values: Any) -> str:
        with self.desk.acting() as tx:
            this = Subject(tx, self.desk.model.cls("UserRequest"), self.ticket, values)
            scalars = {"APP_URL": ROOT, "current_contact_id": "0"}
            scene = Scene({"this": lambda: this, "nobody": lambda: None}, scalars, Addresses(ROOT), language)
            scene.prepare(template)
            return expand(template, scene)


@pytest.fixture(scope="module")
def case(reading_desk: EventfulDesk) -> Iterator[Case]:
    yield Case(reading_desk)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$this->title$", "T"),
        ("$this-&gt;title$ $this→title$ %24this->title%24", "T T T"),
        ("$this->caller_id->manager_id->org_id->name$", "Org"),
        ("$this→caller_id-&gt;manager_id->email$", "ann@example.org"),
        ("$this->agent_id->name$ $this->agent_id->org_id->name$", "undefined undefined"),
        ("$this->name()$ $this->caller_id->name()$", "R-000001 Bob Roe"),
        ("$this->label(status)$/$this->status$", "New/new"),
        ("$this->text(description)$", "a b\n\nc"),
        ("$this->raw(start_date)$ $this->raw(end_date)$.", "2024-02-03 04:05:06 ."),
        ("$this->head(public_log)$ $this->head_html(public_log)$", "one <p>one</p>"),
        ("$this->functionalcis_list$", "S\nA"),
        ("$this->html(functionalcis_list)$", "<ul><li>S</li><li>A</li></ul>"),
        ("$this->url()$", f"{ROOT}pages/UI.php?operation=details&class=UserRequest&id=1"),
        ("$APP_URL$ $current_contact_id$", f"{ROOT} 0"),
        ("$$this->title$$", "$T$"),
        ("$this->title$->name$", "T->name$"),
        ("cost 5$ and $this->title$ or 6$", "cost 5$ and T or 6$"),
        ("$this->a$this->title$", "$this->a$this->title$"),
    ],
)
def test_forms(case: Case, template: str, text: str) -> None:
    assert case.expand(template) == text.replace("id=1", f"id={case.ticket}")


@pytest.mark.parametrize(
    "template",
    [
        "$this->nope$", "$this->label(nope)$", "$this->plain(title)$", "$this->raw(title)$", "$this->head(title)$",
        "$this->title->name$", "$this->org_name->name$", "$this->TITLE$", "$this-> title$", "$this->title()$",
        "$this->label()$", "$this->$", "$this$", "$nobody->name$", "$other->name$", "$THIS->title$", "$now$",
        "${this->title}", "$ this->title $", "$this.title$", "%24this-%3Etitle%24", "$this->label(public_log)$",
        "$this->url(nowhere)$", "$this->functionalcis_list->name$",
    ],
)  # fmt: skip
def test_unknown_ones_stay_as_they_are(case: Case, template: str) -> None:
    assert case.expand(f"a {template} b") == f"a {template} b"


def test_labels_come_in_the_language_of_the_action(case: Case) -> None:
    template = "$this->label(status)$, $this->label(finalclass)$"
    assert case.expand(template, "FR FR") == "Nouveau, Demande Utilisateur"
    assert case.expand(template, "DE DE") == "New, User Request"


def test_value_that_looks_like_a_placeholder_is_replaced_once_and_only_when_it_comes_later(case: Case) -> None:
    inside = "$this->ref$"
    assert case.expand("$this->title$ $this->ref$", title=inside) == "R-000001 R-000001"
    assert case.expand("$this->ref$ $this->title$", title=inside) == f"R-000001 {inside}"
    assert case.expand("$this->title$", title=inside) == inside
    grown = case.expand("$this->title$ $this->ref$", title=inside * 3, ref=inside * 3)
    assert grown == f"{inside * 9} {inside * 3}"


@given(st.text(alphabet='$%24thisle->&gt;()_ "\n', max_size=60))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_template_is_split_without_loss(template: str) -> None:
    assert "".join(piece.text for piece in split(template)) == template
    assert all(one.text in template for one in placeholders(template))


@given(st.text(max_size=80))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_in_a_ticket_arrives_in_a_plain_template(case: Case, text: str) -> None:
    assert case.expand("<$this->title$>", title=text) == f"<{text}>"


@pytest.mark.parametrize(
    ("code", "markup"),
    [
        ("title", "&lt;b&gt; &amp; &quot;q&quot;"),
        ("status", "<span>New</span>"),
        ("request_type", "<span>Undefined</span>"),
        ("agent_id", "<em>undefined</em>"),
        ("description", '<div class="HTML ibo-is-html-content" ><p>a <b>b</b></p><p>c</p></div>'),
        ("cumulatedpending", "0"),
        ("private_log", '<table style="width:100%;table-layout:fixed"><tr><td></td></tr></table>'),
    ],
)
def test_markup(case: Case, code: str, markup: str) -> None:
    assert case.expand(f"$this->html({code})$", title='<b> & "q"') == markup


def test_hyperlinks(case: Case) -> None:
    link = case.expand("$this->caller_id->hyperlink()$")
    assert f'href="{ROOT}pages/UI.php?operation=details&class=Person&id={case.bob}">Bob Roe</a>' in link
    portal = case.expand("$this->url(portal)$")
    assert portal.startswith(f"{ROOT}pages/exec.php/object/edit/UserRequest/{case.ticket}?")


def test_secrets_are_never_shown(reading_desk: EventfulDesk) -> None:
    key = reading_desk.connection("RemoteiTopConnection", auth_user="u", auth_pwd="geheim", url="http://x.example/")
    action = reading_desk.action("ActioniTopWebhook", remoteapplicationconnection_id=key, payload='"$this->auth_pwd$"')
    reading_desk.trigger("TriggerOnObjectUpdate", "t", "RemoteApplicationConnection", action)
    reading_desk.update("RemoteiTopConnection", key, auth_user="v")
    (request,) = reading_desk.outbox.take()
    assert request.body == b"version=1.3&json_data=%22%2A%2A%2A%2A%2A%22"
    assert "geheim" not in repr(request) + request.logged_headers + request.logged_payload
