"""Every fault that a design can have: told with its place and a cure, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from interdesk.errors import DesignError
from interdesk.model import Model
from interdesk.model.design import check, load
from tests.model.written import checked, classes, cls, enum, faults, field, key, loaded, write

SITE = cls("Site", field("name") + enum("status", "new", "done", default="new"))
LIFE = "<fields_semantic><state_attribute>status</state_attribute></fields_semantic>"


def named(section: str) -> str:
    return classes(cls("Site", field("name"), properties=section))


def ticket(lifecycle: str, properties: str = LIFE) -> str:
    fields = field("name") + enum("status", "new", "done", default="new")
    return classes(cls("T", fields, properties=properties, rest=f"<lifecycle>{lifecycle}</lifecycle>"))


STATES = "<states><state id='new'/><state id='done'/></states>"
EV = "<stimuli><stimulus id='ev_go' xsi:type='StimulusUserAction'/></stimuli>"


def transition(inside: str, id: str = "ev_go") -> str:
    return (
        f"{EV}<states><state id='new'><transitions><transition id='{id}'>{inside}</transition></transitions></state>"
        "<state id='done'/></states>"
    )


def neighbour(inside: str) -> str:
    relation = f"<relations><relation id='impacts'><neighbours><neighbour id='n'>{inside}</neighbour></neighbours>"
    return classes(cls("Site", field("name"), rest=f"{relation}</relation></relations>"))


def linked(kind: str, inside: str) -> str:
    return classes(cls("Site", field("name") + field("it", kind, inside)), cls("Other", key("site_id", "Site")))


def rights(groups: str = "", profiles: str = "") -> str:
    rights = f"<user_rights><groups>{groups}</groups><profiles>{profiles}</profiles></user_rights>"
    return classes(SITE) + rights


def grant(action: str, said: str = "allow") -> str:
    inside = f"<actions><action id='{action}'>{said}</action></actions>"
    return rights("", f"<profile id='5'><name>P</name><groups><group id='*'>{inside}</group></groups></profile>")


EXTERNAL = "<extkey_attcode>{}</extkey_attcode><target_attcode>{}</target_attcode>"
INDIRECT = (
    "<linked_class>Other</linked_class><ext_key_to_me>site_id</ext_key_to_me>"
    "<ext_key_to_remote>other_id</ext_key_to_remote>"
)

FAULTS: list[tuple[str, str, str]] = [
    # -- the tree
    (classes(cls("A", parent="Nowhere")), "invalid parent class 'Nowhere'", "/classes/class[A]/parent"),
    (classes('<class id="A"/>'), "class 'A' has no parent", "/classes/class[A]"),
    (classes("<class><parent>cmdbAbstractObject</parent></class>"), "a class has no id", "/classes/class"),
    (classes(cls("A", parent="B"), cls("B", parent="A")), "class 'B' is its own ancestor", "/class[B]/parent"),
    (classes(cls("A-B")), "'A-B' cannot be the id of a class", "/class[A-B]"),
    # -- fields
    (classes(cls("A", field("a b"))), "'a b' cannot be the id of a field", "/field[a b]"),
    (classes(cls("A", field("friendlyname"))), "'friendlyname' cannot be the id of a field", "/field[friendlyname]"),
    (classes(cls("A", field("x") + field("x"))), "field 'x' exists twice in class A", "/field[x]"),
    (classes(cls("A", "<field xsi:type='AttributeString'/>")), "a field has no id", "/fields/field"),
    (classes(cls("A", key("x_id", "X"))), "unknown class 'X'", "/field[x_id]/target_class"),
    (
        classes(cls("A", field("x", inside="<dependencies><attribute id='y'/></dependencies>"))),
        "a dependency names attribute 'y', which class A has not",
        "/dependencies/attribute[y]",
    ),
    (
        classes(cls("A", field("x", "AttributeExternalField", EXTERNAL.format("no_id", "name")))),
        "the external field names attribute 'no_id', which class A has not",
        "/extkey_attcode",
    ),
    (
        classes(cls("A", field("name") + field("x", "AttributeExternalField", EXTERNAL.format("name", "name")))),
        "'name' is no external key",
        "/extkey_attcode",
    ),
    (
        classes(cls("A", key("a_id", "A") + field("x", "AttributeExternalField", EXTERNAL.format("a_id", "title")))),
        "the external field names attribute 'title', which class A has not",
        "/target_attcode",
    ),
    (
        classes(cls("A", key("a_id", "A") + field("x", "AttributeExternalField", EXTERNAL.format("a_id", "x")))),
        "the external field shows itself",
        "/field[x]/target_attcode",
    ),
    (
        linked("AttributeLinkedSet", "<linked_class>Gone</linked_class><ext_key_to_me>x_id</ext_key_to_me>"),
        "unknown class 'Gone'",
        "/linked_class",
    ),
    (
        linked("AttributeLinkedSet", "<linked_class>Other</linked_class><ext_key_to_me>x_id</ext_key_to_me>"),
        "class Other has no external key 'x_id'",
        "/ext_key_to_me",
    ),
    (
        linked("AttributeLinkedSetIndirect", INDIRECT),
        "class Other has no external key 'other_id'",
        "/ext_key_to_remote",
    ),
    (
        linked("AttributeObjectKey", "<class_attcode>cls</class_attcode>"),
        "the field names attribute 'cls', which class Site has not",
        "/class_attcode",
    ),
    (
        linked("AttributeSubItem", "<target_attcode>name</target_attcode><item_code>started</item_code>"),
        "'name' is no stop watch",
        "/target_attcode",
    ),
    (
        classes(
            cls(
                "A",
                field("w", "AttributeStopWatch")
                + field("i", "AttributeSubItem", "<target_attcode>w</target_attcode><item_code>9_passed</item_code>"),
            )
        ),
        "the stop watch 'w' has no item '9_passed'",
        "/item_code",
    ),
    (
        classes(
            cls(
                "A",
                enum("e", "x")
                + field(
                    "m",
                    "AttributeMetaEnum",
                    "<values><value id='y'><code>y</code></value></values><mappings><mapping id='A'>"
                    "<attcode>e</attcode><metavalues><metavalue id='z'/></metavalues></mapping></mappings>",
                ),
            )
        ),
        "'z' is not among the values",
        "/metavalue[z]",
    ),
    # -- properties
    (
        named("<naming><attributes><attribute id='title'/></attributes></naming>"),
        "naming names attribute 'title', which class Site has not",
        "/naming/attributes/attribute[title]",
    ),
    (
        named("<reconciliation><attributes><attribute id='title'/></attributes></reconciliation>"),
        "reconciliation names attribute 'title', which class Site has not",
        "/reconciliation/attributes/attribute[title]",
    ),
    (
        named("<order><columns><column id='title' ascending='false'/></columns></order>"),
        "order names attribute 'title', which class Site has not",
        "/order/columns/column[title]",
    ),
    (
        named(
            "<uniqueness_rules><rule id='r'><attributes><attribute id='title'/></attributes></rule></uniqueness_rules>"
        ),
        "uniqueness rule 'r' names attribute 'title', which class Site has not",
        "/rule[r]/attributes/attribute[title]",
    ),
    (
        named("<uniqueness_rules><rule id='r'/></uniqueness_rules>"),
        "uniqueness rule 'r' has no attributes",
        "/uniqueness_rules/rule[r]",
    ),
    (
        named("<indexes><index id='1'><attributes><attribute id='title'/></attributes></index></indexes>"),
        "index '1' names attribute 'title', which class Site has not",
        "/index[1]/attributes/attribute[title]",
    ),
    # -- life cycles
    (ticket(STATES, ""), "class T has a life cycle and no state attribute", "/class[T]/lifecycle"),
    (
        ticket(STATES, LIFE.replace("status", "state")),
        "the state attribute names attribute 'state', which class T has not",
        "/state_attribute",
    ),
    (ticket("<states><state id='new'/><state id='x'/></states>"), "state 'x' is no value of", "/state[x]"),
    (ticket("<states><state id='done'/></states>"), "no state is the first one: the default value", "/lifecycle"),
    (ticket(transition("<target>gone</target>")), "unknown target state 'gone'", "/transition[ev_go]/target"),
    (ticket(transition("<target>done</target>", "ev_x")), "unknown stimulus 'ev_x'", "/transition[ev_x]"),
    (
        ticket(f"<stimuli><stimulus id='ev_x' xsi:type='Stimulus'/></stimuli>{STATES}"),
        "unknown kind of stimulus 'Stimulus'",
        "/stimulus[ev_x]",
    ),
    (
        ticket("<states><state id='new'><flags><attribute id='x'/></flags></state></states>"),
        "a flag names attribute 'x', which class T has not",
        "/flags/attribute[x]",
    ),
    (
        ticket("<states><state id='new'><flags><attribute id='name'><big/></attribute></flags></state></states>"),
        "unknown flag <big>",
        "/attribute[name]/big",
    ),
    (
        ticket("<states><state id='new'><inherit_flags_from>old</inherit_flags_from></state></states>"),
        "unknown state 'old'",
        "/inherit_flags_from",
    ),
    (
        ticket("<states><state id='new'><inherit_flags_from>new</inherit_flags_from></state></states>"),
        "state 'new' inherits its flags from itself",
        "/inherit_flags_from",
    ),
    (
        ticket(
            "<states><state id='new'><initial_state_path><state_ref>x</state_ref></initial_state_path></state></states>"
        ),
        "the initial path names unknown state 'x'",
        "/state[new]",
    ),
    (
        ticket(transition("<target>done</target><actions><action/></actions>")),
        "an action has no verb",
        "/actions/action",
    ),
    (
        ticket(
            transition(
                "<target>done</target><actions><action><verb>Reset</verb><params>"
                "<param xsi:type='attcode'>x</param></params></action></actions>"
            )
        ),
        "the action Reset names attribute 'x', which class T has not",
        "/params/param",
    ),
    (
        ticket(
            transition(
                "<target>done</target><actions><action><verb>Set</verb><params>"
                "<param xsi:type='date'>x</param></params></action></actions>"
            )
        ),
        "unknown kind of parameter 'date'",
        "/params/param",
    ),
    # -- relations
    (
        neighbour("<attribute>x</attribute>"),
        "the neighbour names attribute 'x', which class Site has not",
        "/attribute",
    ),
    (neighbour("<attribute>name</attribute>"), "'name' leads to no object", "/neighbour[n]/attribute"),
    (neighbour(""), "the neighbour has neither attribute nor query_down", "/neighbour[n]"),
    (neighbour("<query_down>SELECT Site</query_down>"), "the neighbour has no query_up", "/neighbour[n]"),
    (
        neighbour("<query_down>SELECT Site</query_down><direction>up</direction>"),
        "unknown direction 'up'",
        "/neighbour[n]",
    ),
    # -- rights
    (rights("", "<profile id='x'><name>P</name></profile>"), "a profile needs a number as id, not 'x'", "/profile[x]"),
    (rights("", "<profile id='5'/>"), "a profile has no name", "/profile[5]"),
    (
        rights("", "<profile id='5'><name>P</name><groups><group id='G'/></groups></profile>"),
        "unknown group 'G'",
        "/profile[5]/groups/group[G]",
    ),
    (grant("action:fly"), "unknown action 'action:fly'", "/action[action:fly]"),
    (grant("action:read", "maybe"), "a grant says 'maybe'", "/action[action:read]"),
]


@pytest.mark.parametrize(("body", "text", "path"), FAULTS)
def test_a_fault_tells_its_place_and_a_cure(tmp_path: Path, body: str, text: str, path: str) -> None:
    (fault,) = checked(tmp_path, body).faults
    assert fault.text.startswith(text)
    assert fault.path.endswith(path)
    assert (fault.file, fault.line) == (str(tmp_path / "part0.xml"), 1)
    assert fault.cure and str(fault).endswith(f"Cure: {fault.cure}.")


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    bodies = [body.replace('"A"', f'"A{place}"') for place, (body, _text, _path) in enumerate(FAULTS[:2])]
    paths = [write(tmp_path, f"{place}.xml", body) for place, body in enumerate(bodies)]
    with pytest.raises(DesignError) as caught:
        load(paths)
    assert len(caught.value.faults) == 2
    assert [str(fault) for fault in caught.value.faults] == str(caught.value).splitlines()


def test_a_cure_offers_the_nearest_name(tmp_path: Path) -> None:
    (fault,) = checked(tmp_path, named("<naming><attributes><attribute id='nane'/></attributes></naming>")).faults
    assert fault.cure == "write 'name', or define 'nane'"


def test_a_group_may_name_a_class_that_is_not_installed(tmp_path: Path) -> None:
    found = checked(tmp_path, rights("<group id='G'><classes><class id='Gone'/><class id='Site'/></classes></group>"))
    assert found.model is not None and found.model.groups["G"].classes == ("Site",)
    assert any("names class 'Gone'" in report for report in found.reports)


def test_oql_is_asked_of_the_hook(tmp_path: Path) -> None:
    filtered = field("it", "AttributeExternalKey", "<target_class>Site</target_class><filter>SELECT Site</filter>")
    condition = "<obsolescence><condition>name = 'x'</condition></obsolescence>"
    rule = (
        "<uniqueness_rules><rule id='r'><attributes><attribute id='name'/></attributes><filter>name != ''</filter>"
        "</rule></uniqueness_rules>"
    )
    path = write(tmp_path, "oql.xml", classes(cls("Site", field("name") + filtered, properties=condition + rule)))
    asked = []

    def ask(model: Model, name: str, kind: str, text: str) -> str | None:
        assert name in model.classes
        asked.append((kind, text))
        return "it is silly" if kind == "query" else None

    (fault,) = check([path], check_oql=ask).faults
    assert (fault.text, fault.path.rpartition("/")[2]) == ("it is silly", "filter")
    assert asked == [("query", "SELECT Site"), ("condition", "name = 'x'"), ("condition", "name != ''")]


def test_php_and_console_sections_are_reported(tmp_path: Path) -> None:
    listener = "<event_listener id='l'><event>EVENT_DB_AFTER_WRITE</event></event_listener>"
    method = "<static>true</static><access>public</access><type>Internal</type><code>x</code>"
    php = f"<event_listeners>{listener}</event_listeners><methods><method id='Go'>{method}</method></methods>"
    menus = "<menus><menu id='m' xsi:type='MenuGroup'/></menus><snippets><snippet id='s'/></snippets>"
    model = loaded(tmp_path, classes(cls("Site", rest=php)) + menus)
    told = [line.split(": ", 2)[2] for line in model.opaque]
    assert told == [
        "PHP of Site::Go (Internal) is kept and not run",
        "PHP listener 'l' of Site for EVENT_DB_AFTER_WRITE is kept and not run",
        "PHP snippet is kept and not run",
        "1 entries are kept and not used",
    ]
    found = model.classes["Site"].methods["Go"]
    assert (found.static, found.access, found.kind, found.body) == (True, "public", "Internal", "x")


def test_a_class_without_faults_has_none(tmp_path: Path) -> None:
    assert faults(tmp_path, classes(SITE)) == []
