"""Older shapes of the language, and the compiled file of a running iTop."""

from __future__ import annotations

from pathlib import Path

import pytest

from interdesk.model.attributes import Enum
from interdesk.model.design import check, load
from interdesk.model.design.source import VERSIONS
from tests.model.written import XSI, classes, cls, field, key, write

OLD = """<classes><class id="T" _delta="define"><parent>cmdbAbstractObject</parent>
  <properties><category>bizmodel, searchable</category><icon>images/t.png</icon><display_template/></properties>
  <fields><field id="status" xsi:type="AttributeEnum"><values><value id="new">new</value><value>done</value></values>
    <default_value>new</default_value></field></fields>
  <lifecycle><attribute>status</attribute>
    <stimuli><stimulus id="ev_go" xsi:type="StimulusUserAction"/></stimuli>
    <states><state id="new"><transitions><transition id="ev_go"><target>done</target></transition></transitions></state>
      <state id="done"/></states></lifecycle>
</class></classes>"""


@pytest.mark.parametrize("version", VERSIONS)
def test_old_shapes_are_understood_in_any_version(tmp_path: Path, version: str) -> None:
    found = load([write(tmp_path, "old.xml", OLD, version=version)]).classes["T"]
    assert isinstance(found.attributes["status"], Enum)
    assert list(found.attributes["status"].values) == ["new", "done"]
    assert found.state_attribute == "status"
    assert found.lifecycle is not None and found.lifecycle.transitions["new", "ev_go"].target == "done"
    assert found.categories == {"bizmodel", "searchable"}


def test_an_old_delta_changes_a_new_design(tmp_path: Path) -> None:
    base = write(tmp_path, "base.xml", OLD, version="1.7")
    delta = write(
        tmp_path,
        "delta.xml",
        '<classes><class id="T" _delta="must_exist"><properties><icon _delta="force">other.png</icon></properties>'
        '<fields><field id="status" _delta="must_exist"><values _delta="must_exist">'
        '<value id="lost" _delta="define">lost</value></values></field></fields></class></classes>',
        version="1.3",
        load="strict",
    )
    status = load([base, delta]).classes["T"].attributes["status"]
    assert isinstance(status, Enum) and list(status.values) == ["new", "done", "lost"]


COMPILED = f"""<itop_design {XSI} version="3.2">
  <loaded_modules>
    <loaded_module id="itop-config-mgmt" _created_in="itop-config-mgmt"><label>CMDB</label></loaded_module>
  </loaded_modules>
  <classes>
    <class id="Site" _created_in="itop-config-mgmt" _altered_in="our-module">
      <parent>cmdbAbstractObject</parent>
      <php_parent><name>_Site</name><file>main.php</file></php_parent>
      <properties><category>bizmodel</category></properties>
      <fields>
        <field id="name" xsi:type="AttributeString" _created_in="itop-config-mgmt"/>
        <field id="user_id" xsi:type="AttributeExternalKey" _created_in="our-module">
          <target_class>User</target_class><is_null_allowed>true</is_null_allowed></field>
      </fields>
      <methods><method id="Go"><code><![CDATA[ return 1 < 2; ]]></code></method></methods>
      <presentation><list><items><item id="name"><rank>10</rank></item></items></list></presentation>
    </class>
    <class id="Removed" _alteration="removed"><parent>cmdbAbstractObject</parent></class>
  </classes>
  <menus><menu id="Welcome" xsi:type="TemplateMenuNode" _created_in="itop-welcome"><rank>1</rank></menu></menus>
  <portals><portal id="legacy"><url>portal/index.php</url></portal></portals>
  <user_rights><groups><group id="G" _created_in="x"><classes><class id="Site"/></classes></group></groups>
    <profiles><profile id="7" _created_in="x"><name>Theirs</name></profile></profiles></user_rights>
  <dictionaries><dictionary id="EN US"><entries>
    <entry id="Class:Site/Attribute:name"><![CDATA[Their name]]></entry></entries></dictionary></dictionaries>
  <module_parameters><parameters id="m" _created_in="m"><days type="int">5</days></parameters></module_parameters>
  <meta><classes><class id="DBObject"/></classes></meta>
</itop_design>"""

OURS = classes(cls("User", field("login")), cls("Site", field("old") + key("site_id", "Site"))) + (
    "<user_rights><groups><group id='Own'><classes><class id='User'/></classes></group></groups><profiles>"
    "<profile id='7'><name>Ours</name></profile><profile id='8'><name>Kept</name></profile></profiles></user_rights>"
    "<dictionaries><dictionary id='EN US'><entries><entry id='Class:Site'>A site</entry>"
    "<entry id='Class:Site/Attribute:name'>Our name</entry></entries></dictionary></dictionaries>"
)


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    path = tmp_path / "datamodel-production.xml"
    path.write_text(COMPILED, encoding="utf-8")
    return path


def test_a_compiled_file_replaces_what_it_defines_and_keeps_the_rest(tmp_path: Path, compiled: Path) -> None:
    model = load([write(tmp_path, "ours.xml", OURS), compiled])
    assert list(model.classes) == ["User", "Site"]
    site = model.classes["Site"]
    assert list(site.attributes) == ["name", "user_id", "friendlyname", "user_id_friendlyname"]
    assert (site.label, site.attributes["name"].label) == ("A site", "Their name")
    assert {number: profile.name for number, profile in model.profiles.items()} == {
        1: "Administrator", 7: "Theirs", 8: "Kept",
    }  # fmt: skip
    assert set(model.groups) == {"Own", "G"}
    assert model.parameters["m"] == {"days": "5"}
    assert site.methods["Go"].body == " return 1 < 2; "
    assert any("PHP of Site::Go" in line for line in model.opaque)
    assert any("menus: 1 entries are kept" in line for line in model.opaque)


def test_a_compiled_file_alone_lacks_the_classes_that_the_original_writes_in_php(compiled: Path) -> None:
    (fault,) = check([compiled]).faults
    assert fault.text == "unknown class 'User'"


def test_a_delta_comes_after_a_compiled_file(tmp_path: Path, compiled: Path) -> None:
    added = '<field id="code" xsi:type="AttributeString" _delta="define"/>'
    delta = f'<class id="Site" _delta="must_exist"><fields>{added}</fields></class>'
    files = [write(tmp_path, "ours.xml", OURS), compiled, write(tmp_path, "delta.xml", classes(delta), load="strict")]
    assert "code" in load(files).classes["Site"].attributes
