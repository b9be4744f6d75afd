"""Names bound to a model: aliases, codes, joins, unions, sub-queries."""

from __future__ import annotations

import pytest

from interdesk import oql
from interdesk.oql import resolved
from interdesk.oql.resolved import Binary, Field, InList, InQuery, Join, Literal, Match, Param, Select
from tests.oql.models import small_model

MODEL = small_model()


def select(text: str) -> Select:
    found = oql.query(text, MODEL)
    assert isinstance(found, Select)
    return found


def field(alias: str, cls: str, code: str) -> Field:
    return Field(alias, code, MODEL.cls(cls).attribute(code))


def test_a_class_is_its_own_alias() -> None:
    query = select("SELECT Person WHERE Person.name = name")
    assert query.selected == ("Person",)
    assert query.where == Binary("=", field("Person", "Person", "name"), field("Person", "Person", "name"))


def test_an_unqualified_code_is_looked_up_in_every_alias() -> None:
    query = select("SELECT Person AS p JOIN Location AS l ON p.location_id = l.id WHERE city = first_name")
    assert query.where == Binary("=", field("l", "Location", "city"), field("p", "Person", "first_name"))


def test_id_has_no_attribute() -> None:
    assert select("SELECT Person WHERE id = 0xff").where == Binary("=", Field("Person", "id", None), Literal(255))


@pytest.mark.parametrize(
    ("code", "item"),
    [("tto", "timespent"), ("tto_started", "started"), ("tto_laststart", "laststart"), ("tto_stopped", "stopped"),
     ("tto_75_deadline", "75_deadline"), ("tto_75_passed", "75_passed"), ("tto_100_triggered", "100_triggered"),
     ("tto_100_overrun", "100_overrun"), ("tto_escalation_deadline", None)],
)  # fmt: skip
def test_a_stop_watch_is_seen_by_its_items(code: str, item: str | None) -> None:
    attribute = MODEL.cls("UserRequest").attribute("tto" if item else code)
    assert select(f"SELECT UserRequest WHERE {code}").where == Field("UserRequest", code, attribute, item)


@pytest.mark.parametrize(
    ("cls", "code"),
    [("Person", "team_list"), ("Person", "picture"), ("Person", "manager_picture"), ("UserRequest", "file"),
     ("UserLocal", "password"), ("FAQ", "finalclass"), ("Contact", "first_name"), ("UserRequest", "tto_timespent")],
)  # fmt: skip
def test_some_codes_are_not_for_queries(cls: str, code: str) -> None:
    with pytest.raises(oql.NameFault) as caught:
        oql.query(f"SELECT {cls} WHERE {code} = 1", MODEL)
    assert caught.value.issue == "Unknown filter code"
    assert caught.value.expecting is not None
    assert caught.value.expecting[-1] == "id"
    assert code not in caught.value.expecting


@pytest.mark.parametrize("code", ["org_name", "manager_org", "org_id_friendlyname", "friendlyname", "finalclass"])
def test_codes_through_keys_and_computed_ones_are_for_queries(code: str) -> None:
    assert select(f"SELECT Person WHERE {code} = 1").where == Binary("=", field("Person", "Person", code), Literal(1))


def test_a_case_log_can_be_searched() -> None:
    assert select("SELECT UserRequest WHERE public_log LIKE '%x%'").where == Binary(
        "LIKE", field("UserRequest", "UserRequest", "public_log"), Literal("%x%")
    )


def test_the_nearest_code_is_suggested() -> None:
    with pytest.raises(oql.NameFault) as caught:
        oql.query("SELECT Person WHERE frist_nam = 1", MODEL)
    assert str(caught.value).endswith("I would suggest to use 'first_name'")


# -- joins


@pytest.mark.parametrize(
    ("text", "join"),
    [
        ("SELECT Person AS p JOIN Organization AS o ON p.org_id = o.id", ("o", "p", "org_id", "o", "=", False)),
        ("SELECT Person AS p JOIN Person AS m ON p.manager_id = m.id", ("m", "p", "manager_id", "m", "=", True)),
        ("SELECT Person AS m JOIN Person AS p ON p.manager_id = m.id", ("p", "p", "manager_id", "m", "=", False)),
        ("SELECT Organization AS c JOIN Organization AS r ON c.parent_id = r.id",
         ("r", "c", "parent_id", "r", "=", True)),
        ("SELECT Organization AS c JOIN Organization AS r ON c.parent_id NOT BELOW STRICT r.id",
         ("r", "c", "parent_id", "r", "NOT BELOW STRICT", False)),
        ("SELECT Organization AS r JOIN Organization AS c ON c.parent_id ABOVE r.id",
         ("c", "c", "parent_id", "r", "ABOVE", False)),
        ("SELECT Person JOIN Organization ON Person.org_id = Organization.id",
         ("Organization", "Person", "org_id", "Organization", "=", False)),
        ("SELECT UserRequest AS u JOIN lnkFunctionalCIToTicket AS l ON l.ticket_id = u.id",
         ("l", "l", "ticket_id", "u", "=", False)),
        ("SELECT lnkFunctionalCIToTicket AS l JOIN Server AS s ON l.functionalci_id = s.id",
         ("s", "l", "functionalci_id", "s", "=", False)),
    ],
)  # fmt: skip
def test_a_join_knows_its_direction_and_whether_it_is_optional(
    text: str, join: tuple[str, str, str, str, str, bool]
) -> None:
    found = select(text).joins[0]
    assert isinstance(found, Join)
    assert (found.alias, found.left.alias, found.left.code, found.right, found.op, found.optional) == join


def test_an_object_key_tests_the_class_beside_it() -> None:
    query = select("SELECT Attachment AS a JOIN Ticket AS t ON a.item_id = t.id WHERE t.ref = 'x'")
    classes = InList(field("a", "Attachment", "item_class"), (Literal("Ticket"), Literal("UserRequest")))
    assert query.where == Binary("AND", classes, Binary("=", field("t", "Ticket", "ref"), Literal("x")))
    assert select("SELECT Ticket AS t JOIN Attachment AS a ON a.item_id = t.id").where == classes


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("JOIN Organization AS p ON p.org_id = p.id", "Duplicate class alias - found 'p' at 40"),
        ("JOIN Location ON p.location_id = Location.id JOIN Location ON p.location_id = Location.id",
         "Duplicate class name - found 'Location' at 69"),
        ("JOIN Organization AS o ON q.org_id = o.id",
         "Unknown class in join condition (left expression) - found 'q' at 45"),
        ("JOIN Organization AS o ON p.org_id = q.id",
         "Unknown class in join condition (right expression) - found 'q' at 56"),
        ("JOIN Organization AS o ON p.org_id = id",
         "Unknown class in join condition (right expression) - found '' at 56"),
        ("JOIN Location AS l ON p.manager_id = p.id",
         "Unknown class in join condition (right expression) - found 'p' at 56"),
        ("JOIN Organisation AS o ON p.org_id = o.id", "Unknown class - found 'Organisation' at 24"),
        ("JOIN Organization AS o ON p.org_name = o.id",
         "Unknown key in join condition (left expression) - found 'org_name'"),
        ("JOIN Organization AS o ON p.org_id ABOVE STRICT o.id",
         "The specified tree operator ABOVE_STRICT is not applicable to the key - found 'org_id' at 47"),
    ],
)  # fmt: skip
def test_a_wrong_join_is_refused(rest: str, message: str) -> None:
    with pytest.raises(oql.OqlError) as caught:
        oql.query(f"SELECT Person AS p {rest}", MODEL)
    assert str(caught.value).startswith(message)


def test_an_unknown_key_lists_the_keys() -> None:
    with pytest.raises(oql.NameFault) as caught:
        oql.query("SELECT Person AS p JOIN Organization AS o ON p.org = o.id", MODEL)
    assert caught.value.expecting == ("org_id", "manager_id", "location_id")
    assert caught.value.suggestion == "org_id"


# -- selected aliases, unions, sub-queries


def test_the_first_selected_alias_is_the_result() -> None:
    query = select("SELECT o, p, o FROM Person AS p JOIN Organization AS o ON p.org_id = o.id")
    assert (query.selected, query.cls.name) == (("o", "p"), "Organization")


def test_only_known_aliases_can_be_selected() -> None:
    with pytest.raises(oql.NameFault) as caught:
        oql.query("SELECT q FROM Person AS p", MODEL)
    assert str(caught.value) == (
        "Unknown class [alias] - found 'q' at 7 in 'SELECT q FROM Person AS p', "
        "expecting {p}, I would suggest to use 'p'"
    )


@pytest.mark.parametrize(
    ("text", "cls"),
    [
        ("SELECT Person UNION SELECT Team", "Contact"),
        ("SELECT Person UNION SELECT Person", "Person"),
        ("SELECT Contact UNION SELECT Team", "Contact"),
        ("SELECT Server UNION SELECT VirtualMachine UNION SELECT Server", "FunctionalCI"),
    ],
)  # fmt: skip
def test_a_union_has_the_lowest_common_class(text: str, cls: str) -> None:
    found = oql.query(text, MODEL)
    assert isinstance(found, resolved.Union)
    assert found.cls is MODEL.cls(cls)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT Person AS a UNION SELECT p, o FROM Person AS p JOIN Organization AS o ON p.org_id = o.id",
         "Too many selected classes in the subquery - found 'p' at 32"),
        ("SELECT p, o FROM Person AS p JOIN Organization AS o ON p.org_id = o.id UNION SELECT Person",
         "Too few selected classes in the subquery - found 'Person' at 84"),
        ("SELECT p, o FROM Person AS p JOIN Organization AS o ON p.org_id = o.id "
         "UNION SELECT p, q FROM Person AS p JOIN Person AS q ON p.manager_id = q.id",
         "Incompatible classes: could not find a common ancestor - found 'q' at 87"),
    ],
)  # fmt: skip
def test_members_of_a_union_select_alike(text: str, message: str) -> None:
    with pytest.raises(oql.NameFault) as caught:
        oql.query(text, MODEL)
    assert str(caught.value).startswith(message)


def test_a_sub_query_sees_the_aliases_around_it() -> None:
    where = select("SELECT Person AS p WHERE p.id IN (SELECT Person AS q WHERE q.manager_id = p.manager_id)").where
    assert isinstance(where, InQuery)
    assert isinstance(where.query, Select)
    assert where.query.where == Binary("=", field("q", "Person", "manager_id"), field("p", "Person", "manager_id"))


def test_the_own_alias_hides_the_same_alias_outside() -> None:
    where = select("SELECT Person WHERE id NOT IN (SELECT Person WHERE first_name = 'Ann')").where
    assert isinstance(where, InQuery)
    assert where.negated
    assert isinstance(where.query, Select)
    assert where.query.where == Binary("=", field("Person", "Person", "first_name"), Literal("Ann"))


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        ("SELECT Organization AS o WHERE o.nam = 1", "Unknown filter code - found 'nam' at 65 in ''"),
        ("SELECT Organization AS o WHERE x.name = 1",
         "Unknown class [alias] - found 'x' at 63 in '', expecting {o, p}"),
        ("SELECT Organization WHERE id = 1", "Ambiguous filter code - found 'id' at 58 in ''"),
        ("SELECT Organization AS o UNION SELECT Nope",
         'DBObjectSearch::__construct called for an invalid class: "Nope"'),
        ("SELECT o, q FROM Organization AS o JOIN Person AS q ON q.org_id = o.id",
         "Too many selected classes in the subquery - found 'q' at 42 in ''"),
    ],
)  # fmt: skip
def test_errors_in_a_sub_query_quote_no_text(inner: str, message: str) -> None:
    with pytest.raises(oql.OqlError) as caught:
        oql.query(f"SELECT Person AS p WHERE id IN ({inner})", MODEL)
    assert str(caught.value).startswith(message)


# -- conditions


def test_matches_takes_a_field_and_a_value() -> None:
    domains = field("FAQ", "FAQ", "domains")
    assert select("SELECT FAQ WHERE domains MATCHES 'a b'").where == Match(domains, Literal("a b"))
    assert select("SELECT FAQ WHERE domains MATCHES :tags").where == Match(domains, Param("tags"))


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("'x' MATCHES 'a'", 'Only "field MATCHES string" syntax is allowed'),
        ("domains MATCHES title",
         "Only instance of ScalarExpression or VariableExpression are allowed in MATCHES FieldOqlExpression found"),
        ("SUBSTR(title) = 1",
         "Incorrect parameter count in the call to native function 'SUBSTR' - found 'SUBSTR' at 17"),
        ("NOW(1) > title", "Incorrect parameter count in the call to native function 'NOW'"),
        ("DATE_ADD(NOW(), 1) > title", "An INTERVAL is expected as argument 2 of DATE_ADD"),
        ("CONCAT(INTERVAL 1 DAY) = 1", "No INTERVAL is expected as argument 1 of CONCAT"),
    ],
)  # fmt: skip
def test_a_condition_without_meaning_is_refused(condition: str, message: str) -> None:
    with pytest.raises(oql.OtherFault) as caught:
        oql.query(f"SELECT FAQ WHERE {condition}", MODEL)
    assert str(caught.value).startswith(message)


def test_a_long_run_of_conditions_stays_shallow() -> None:
    where = select("SELECT Person WHERE " + " OR ".join(f"id = {i}" for i in range(950))).where
    numbers = []

    def walk(node: resolved.Expr, depth: int) -> int:
        if isinstance(node, Binary) and node.op == "OR":
            return max(walk(node.left, depth + 1), walk(node.right, depth + 1))
        assert isinstance(node, Binary)
        numbers.append(node.right)
        return depth

    assert where is not None
    assert walk(where, 0) < 30
    assert numbers == [Literal(i) for i in range(950)]


def test_a_condition_speaks_of_one_object() -> None:
    person = MODEL.cls("Person")
    found = oql.condition("status = 'inactive' AND this.id != :this->id", person, MODEL)
    status, other = field("this", "Person", "status"), Field("this", "id", None)
    assert found == Binary("AND", Binary("=", status, Literal("inactive")), Binary("!=", other, Param("this", "id")))
    with pytest.raises(oql.NameFault, match="Unknown filter code - found 'nope' at 0 in 'nope = 1'"):
        oql.condition("nope = 1", person, MODEL)


def test_a_query_is_understood_once_for_each_model() -> None:
    text = "SELECT Person WHERE id = 1"
    assert oql.query(text, MODEL) is oql.query(text, MODEL)
    assert oql.query(text, small_model()) is not oql.query(text, MODEL)
