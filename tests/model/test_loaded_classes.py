"""What a loaded class knows beyond its own fields: inherited and derived attributes, names, rules, life cycles."""

from __future__ import annotations

from pathlib import Path

import pytest

from interdesk.model import EVERYTHING, Flag, LifeCycle, Naming, Neighbour, Param
from interdesk.model.attributes import ArchiveFlag, Enum
from tests.model.written import classes, cls, enum, field, key, loaded

EXTERNAL = "<extkey_attcode>{}</extkey_attcode><target_attcode>{}</target_attcode>"


def texts(**entries: str) -> str:
    listed = "".join(
        f'<entry id="Class:{name.replace("__", "/Attribute:")}">{text}</entry>' for name, text in entries.items()
    )
    return f'<dictionaries><dictionary id="EN US"><entries>{listed}</entries></dictionary></dictionaries>'


def seen(code: str, through: str, target: str) -> str:
    return field(code, "AttributeExternalField", EXTERNAL.format(through, target))


FAMILY = classes(
    cls(
        "Thing",
        field("name") + key("owner_id", "Owner"),
        properties="<obsolescence><condition>name = 'owner_id' OR owner_id_friendlyname = ''</condition>"
        "</obsolescence>",
    ),
    cls("Box", field("size") + seen("boss_id", "owner_id", "boss_id"), parent="Thing"),
    cls("Owner", field("name") + key("boss_id", "Owner") + key("thing_id", "Thing")),
)


def test_attributes_come_inherited_own_then_derived(tmp_path: Path) -> None:
    model = loaded(tmp_path, FAMILY)
    assert list(model.classes["Box"].attributes) == [
        "name", "owner_id", "size", "boss_id",
        "finalclass", "friendlyname", "obsolescence_flag", "obsolescence_date",
        "owner_id_friendlyname", "boss_id_friendlyname",
    ]  # fmt: skip
    assert list(model.classes["Owner"].attributes) == [
        "name", "boss_id", "thing_id",
        "friendlyname",
        "boss_id_friendlyname", "thing_id_friendlyname", "thing_id_finalclass_recall", "thing_id_obsolescence_flag",
    ]  # fmt: skip


def test_derived_attributes_say_where_they_come_from(tmp_path: Path) -> None:
    attributes = loaded(tmp_path, FAMILY).classes["Box"].attributes
    told = {code: (found.defined_in, found.depends_on) for code, found in attributes.items()}
    assert told["finalclass"] == ("Thing", ())
    assert told["friendlyname"] == ("Box", ())
    assert told["obsolescence_flag"] == ("Box", ("name", "owner_id_friendlyname"))
    assert told["obsolescence_date"] == ("Thing", ())
    assert told["owner_id_friendlyname"] == ("Thing", ("owner_id",))
    assert told["boss_id_friendlyname"] == ("Box", ("owner_id",))
    assert attributes["finalclass"].default == "Box"
    assert not any(attributes[code].writable for code in ("finalclass", "friendlyname", "owner_id_friendlyname"))


def test_a_whole_family_can_be_obsolete_when_one_class_can(tmp_path: Path) -> None:
    condition = "<obsolescence><condition>name = ''</condition></obsolescence>"
    model = loaded(tmp_path, classes(cls("A", field("name")), cls("B", parent="A", properties=condition)))
    assert "obsolescence_flag" in model.classes["A"].attributes
    assert (model.classes["A"].obsolescence, model.classes["B"].obsolescence) == (None, "name = ''")


def test_an_archived_family_has_flag_and_date(tmp_path: Path) -> None:
    archive = "<archive><enabled>true</enabled></archive>"
    model = loaded(tmp_path, classes(cls("A", field("name"), properties=archive), cls("B", key("a_id", "A"))))
    assert model.classes["A"].archivable and not model.classes["B"].archivable
    assert isinstance(model.classes["A"].attributes["archive_flag"], ArchiveFlag)
    assert "archive_date" in model.classes["A"].attributes
    assert "a_id_archive_flag" in model.classes["B"].attributes


def test_an_external_field_may_be_empty_when_its_target_may(tmp_path: Path) -> None:
    inside = "<is_null_allowed>true</is_null_allowed>"
    fields = field("nick", inside=inside) + field("name") + key("a_id", "A")
    fields += seen("a_nick", "a_id", "nick") + seen("a_name", "a_id", "name") + seen("a_a_nick", "a_id", "a_nick")
    attributes = loaded(tmp_path, classes(cls("A", fields))).classes["A"].attributes
    assert [attributes[code].null_allowed for code in ("a_nick", "a_name", "a_a_nick")] == [True, False, True]


def test_labels_come_from_the_nearest_class(tmp_path: Path) -> None:
    model = loaded(
        tmp_path,
        FAMILY,
        texts(Thing="A thing", Thing__name="Name", Box__name="Box name", Thing__finalclass="Sort of thing"),
    )
    box, thing = model.classes["Box"], model.classes["Thing"]
    assert (thing.label, box.label) == ("A thing", "Box")
    assert (thing.attributes["name"].label, box.attributes["name"].label) == ("Name", "Box name")
    assert thing.attributes["owner_id"] is box.attributes["owner_id"]
    assert model.classes["Owner"].attributes["thing_id_finalclass_recall"].label == "thing_id->Sort of thing"


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("owner_id", "owner id"),  # without an entry: the code with blanks
        ("owner_id_friendlyname", "owner_id_friendlyname"),
        ("boss_id", "owner_id->boss_id"),
        ("boss_id_friendlyname", "owner_id->boss_id_friendlyname"),
        ("friendlyname", "Full name"),
        ("obsolescence_flag", "Obsolete"),
        ("obsolescence_date", "Obsolescence date"),
        ("finalclass", "finalclass"),
    ],
)
def test_labels_without_an_entry(tmp_path: Path, code: str, label: str) -> None:
    assert loaded(tmp_path, FAMILY).classes["Box"].attributes[code].label == label


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("owner_id_friendlyname", "Owner"),
        ("boss_id", "Owner->Boss"),
        ("boss_id_friendlyname", "Owner->Boss"),
    ],
)
def test_labels_through_a_key(tmp_path: Path, code: str, label: str) -> None:
    model = loaded(tmp_path, FAMILY, texts(Thing__owner_id="Owner", Owner__boss_id="Boss"))
    assert model.classes["Box"].attributes[code].label == label


def test_values_have_labels_that_a_sub_class_may_change(tmp_path: Path) -> None:
    entries = texts(**{"A__status/Value:on": "On", "B__status/Value:on": "Lit"})
    model = loaded(tmp_path, classes(cls("A", enum("status", "on", "off")), cls("B", parent="A")), entries)
    values = [found.values for c in "AB" if isinstance(found := model.classes[c].attributes["status"], Enum)]
    assert values == [{"on": "On", "off": "off"}, {"on": "Lit", "off": "off"}]


NAMED = "<naming><attributes><attribute id='a'/><attribute id='b'/></attributes></naming>"


def test_names_are_joined_or_formatted_or_inherited(tmp_path: Path) -> None:
    two = field("a") + field("b")
    body = classes(
        cls("Plain", two),
        cls("Joined", two, properties=NAMED),
        cls("Formatted", two, properties=NAMED),
        cls("Child", parent="Formatted"),
        cls("Other", parent="Formatted"),
    )
    entries = texts(**{"Formatted/Name": "%2$s (%1$s)", "Other/Name": "%1$s"})
    model = loaded(tmp_path, body, entries)
    assert {name: found.naming for name, found in model.classes.items()} == {
        "Plain": Naming(),
        "Joined": Naming("%1$s %2$s", ("a", "b")),
        "Formatted": Naming("%2$s (%1$s)", ("a", "b")),
        "Child": Naming("%2$s (%1$s)", ("a", "b")),
        "Other": Naming("%1$s", ("a", "b")),
    }
    assert model.classes["Formatted"].attributes["friendlyname"].depends_on == ("b", "a")


def test_order_reconciliation_and_indexes(tmp_path: Path) -> None:
    rules = (
        "<order><columns><column id='a' ascending='false'/><column id='b' ascending='true'/></columns></order>"
        "<reconciliation><attributes><attribute id='b'/></attributes></reconciliation>"
        "<indexes><index id='1'><attributes><attribute id='a'/><attribute id='b'/></attributes></index></indexes>"
        "<naming><complementary_attributes><attribute id='b'/></complementary_attributes></naming>"
    )
    model = loaded(tmp_path, classes(cls("A", field("a") + field("b"), properties=rules), cls("B", parent="A")))
    child = model.classes["B"]
    assert child.order == (("a", False), ("b", True))
    assert child.reconciliation == ("b",)
    assert child.complementary_naming == ("b",)
    assert model.classes["A"].indexes == (("a", "b"),)


def test_a_child_may_soften_a_uniqueness_rule(tmp_path: Path) -> None:
    rule = (
        "<uniqueness_rules><rule id='u'><attributes><attribute id='a'/></attributes><filter>a != ''</filter></rule>"
        "</uniqueness_rules>"
    )
    softer = "<disabled>true</disabled><is_blocking>false</is_blocking>"
    soft = f"<uniqueness_rules><rule id='u'>{softer}</rule></uniqueness_rules>"
    body = classes(cls("A", field("a"), properties=rule), cls("B", parent="A", properties=soft), cls("C", parent="B"))
    model = loaded(tmp_path, body)
    told = {
        name: (r.disabled, r.blocking, r.defined_on) for name, c in model.classes.items() for r in c.uniqueness.values()
    }
    assert told == {"A": (False, True, "A"), "B": (True, False, "A"), "C": (True, False, "A")}
    assert model.classes["A"].uniqueness["u"].filter == "a != ''"


def test_neighbours_are_inherited(tmp_path: Path) -> None:
    relation = (
        "<relations><relation id='impacts'><neighbours><neighbour id='own'><attribute>a_id</attribute></neighbour>"
        "<neighbour id='far'><query_down>SELECT A</query_down><direction>down</direction></neighbour></neighbours>"
        "</relation></relations>"
    )
    model = loaded(tmp_path, classes(cls("A", key("a_id", "A"), rest=relation), cls("B", parent="A")))
    assert model.classes["B"].neighbours == (
        Neighbour("impacts", "own", "A", attribute="a_id"),
        Neighbour("impacts", "far", "A", query_down="SELECT A", direction="down"),
    )


LIFE = "<fields_semantic><state_attribute>status</state_attribute></fields_semantic>"
CYCLE = """<lifecycle>
  <stimuli>
    <stimulus id="ev_go" xsi:type="StimulusUserAction"/><stimulus id="ev_auto" xsi:type="StimulusInternal"/>
  </stimuli>
  <states>
    <state id="new">
      <flags><attribute id="a"><mandatory/><must_prompt/></attribute><attribute id="b"><hidden/></attribute></flags>
      <transitions><transition id="ev_go"><target>done</target>
        <actions>
          <action><verb>SetCurrentDate</verb><params><param xsi:type="attcode">a</param></params></action>
          <action><verb>Old</verb></action>
        </actions>
        <flags><attribute id="b"><must_change/></attribute></flags>
      </transition></transitions>
    </state>
    <state id="done">
      <inherit_flags_from>new</inherit_flags_from>
      <flags><attribute id="b"/><attribute id="status"><read_only/></attribute></flags>
    </state>
  </states>
</lifecycle>"""
STATED = field("a") + field("b") + enum("status", "new", "done", "lost", default="new")


def cycle_of(tmp_path: Path, name: str, *bodies: str) -> LifeCycle:
    found = loaded(tmp_path, *bodies).classes[name].lifecycle
    assert found is not None
    return found


def test_a_life_cycle(tmp_path: Path) -> None:
    body = classes(cls("T", STATED, properties=LIFE, rest=CYCLE))
    entries = texts(**{"T/Stimulus:ev_go": "Go", "T__status/Value:new": "New"})
    cycle = cycle_of(tmp_path, "T", body, entries)
    assert (cycle.attribute, cycle.initial_state) == ("status", "new")
    assert list(cycle.states) == ["new", "done"]
    assert (cycle.states["new"].label, cycle.states["done"].label) == ("New", "done")
    assert cycle.states["new"].flags == {"a": Flag.MANDATORY | Flag.MUST_PROMPT, "b": Flag.HIDDEN}
    assert cycle.states["done"].flags == {"a": Flag.MANDATORY | Flag.MUST_PROMPT, "status": Flag.READ_ONLY}
    assert cycle.mandatory("done") == ("a",)
    assert [(s.code, s.kind, s.label) for s in cycle.stimuli.values()] == [
        ("ev_go", "StimulusUserAction", "Go"),
        ("ev_auto", "StimulusInternal", "ev_auto"),
    ]
    transition = cycle.transitions["new", "ev_go"]
    assert (transition.target, transition.flags) == ("done", {"b": Flag.MUST_CHANGE})
    assert [(action.verb, action.params) for action in transition.actions] == [
        ("SetCurrentDate", (Param("attcode", "a"),)),
        ("Old", None),
    ]


def test_a_sub_class_inherits_or_extends_the_life_cycle(tmp_path: Path) -> None:
    more = (
        '<lifecycle><states><state id="new"><flags><attribute id="a"/></flags></state><state id="lost"/>'
        '<state id="done"><transitions><transition id="ev_auto"><target>lost</target></transition></transitions>'
        "</state></states></lifecycle>"
    )
    body = classes(
        cls("T", STATED, properties=LIFE, rest=CYCLE), cls("Same", parent="T"), cls("More", parent="T", rest=more)
    )
    same, extended = cycle_of(tmp_path, "Same", body), cycle_of(tmp_path, "More", body)
    assert list(same.transitions) == [("new", "ev_go")]
    assert same.states["new"].flags["b"] is Flag.HIDDEN
    assert list(extended.states) == ["new", "done", "lost"]
    assert list(extended.transitions) == [("new", "ev_go"), ("done", "ev_auto")]
    assert extended.states["new"].flags == {}


def test_a_state_attribute_without_life_cycle_has_the_values_as_states(tmp_path: Path) -> None:
    cycle = cycle_of(tmp_path, "T", classes(cls("T", STATED, properties=LIFE)))
    assert (list(cycle.states), cycle.initial_state) == (["new", "done", "lost"], "new")
    assert not cycle.transitions and not cycle.stimuli


def test_rights_constants_and_parameters(tmp_path: Path) -> None:
    body = (
        classes(cls("A"))
        + "<user_rights><groups><group id='G'><classes><class id='A'/></classes></group></groups><profiles>"
        "<profile id='7'><name>P</name><description>D</description><groups>"
        "<group id='G'><actions><action id='action:bulk write'>allow</action><action id='stimulus:ev_x'>deny</action>"
        "</actions></group><group id='*'><actions><action id='action:read'>allow</action></actions></group></groups>"
        "</profile></profiles></user_rights>"
        "<constants><constant id='K' xsi:type='string'> SELECT A </constant></constants>"
        "<module_parameters><parameters id='m'><size>3</size><list><one>1</one></list></parameters></module_parameters>"
    )
    model = loaded(tmp_path, body)
    assert model.groups["G"].classes == ("A",)
    profile = model.profiles[7]
    assert (profile.name, profile.description) == ("P", "D")
    assert profile.grants == {"G": {"bulk write": True, "stimulus:ev_x": False}, EVERYTHING: {"read": True}}
    assert model.profiles[1].name == "Administrator"
    assert model.constants == {"K": "SELECT A"}
    assert model.parameters == {"m": {"size": "3", "list/one": "1"}}


def test_a_model_cannot_be_changed(tmp_path: Path) -> None:
    model = loaded(tmp_path, FAMILY)
    for mapping in (model.classes, model.classes["Box"].attributes, model.dictionaries, model.profiles):
        assert not hasattr(mapping, "__setitem__")
