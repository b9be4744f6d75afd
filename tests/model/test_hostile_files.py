"""Files that are broken, hostile or no design are refused with one clear fault each, and nothing of them is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from interdesk.errors import DesignError
from interdesk.model.design import check, load
from interdesk.model.design.source import Unreadable, read
from tests.model.written import classes, cls, write

LAUGHS = (
    '<!DOCTYPE itop_design [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<itop_design version="3.2"><constants><constant id="x">&b;</constant></constants></itop_design>'
)
OUTSIDE = (
    '<!DOCTYPE itop_design [<!ENTITY file SYSTEM "file:///etc/hostname">]>'
    '<itop_design version="3.2"><constants><constant id="x">&file;</constant></constants></itop_design>'
)

REFUSED = [
    (LAUGHS, "a document type declaration or an entity is not accepted"),
    (OUTSIDE, "a document type declaration or an entity is not accepted"),
    ('<!DOCTYPE itop_design SYSTEM "http://localhost/x.dtd"><itop_design version="3.2"/>', "a document type"),
    ('<itop_design version="3.2"><a>&nothing;</a></itop_design>', "the file is not well-formed XML: undefined entity"),
    ('<itop_design version="3.2"><a></itop_design>', "the file is not well-formed XML: mismatched tag"),
    ("", "the file is not well-formed XML: no element found"),
    ("<design/>", "the root is <design>, not <itop_design>"),
    ('<itop_design version="9.9"/>', "unknown version '9.9' of the language"),
    ("<itop_design/>", "unknown version '' of the language"),
    ('<itop_design version="3.2" load="loose"/>', "unknown load mode 'loose'"),
    ('<?xml version="1.0" encoding="klingon"?><itop_design version="3.2"/>', "the encoding cannot be read"),
    ('<itop_design version="3.2">' + "<a>" * 200 + "</a>" * 200 + "</itop_design>", "nodes are nested deeper than 100"),
]


@pytest.mark.parametrize(("text", "expected"), REFUSED)
def test_a_bad_file_is_one_fault(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "bad.xml"
    path.write_text(text, encoding="utf-8")
    (fault,) = check([path]).faults
    assert fault.text.startswith(expected)
    assert fault.file == str(path) and fault.cure


def test_a_declaration_hidden_by_its_encoding_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "wide.xml"
    path.write_bytes(('<?xml version="1.0" encoding="UTF-16"?>' + LAUGHS).encode("utf-16"))
    (fault,) = check([path]).faults
    assert fault.text.startswith("a document type declaration")


def test_size_and_number_of_nodes_are_bounded(tmp_path: Path) -> None:
    path = write(tmp_path, "big.xml", "<constants>" + "<constant/>" * 50 + "</constants>")
    with pytest.raises(Unreadable, match="larger than 100 bytes"):
        read(path, max_bytes=100)
    with pytest.raises(Unreadable, match="more than 20 nodes"):
        read(path, max_nodes=20)
    assert len(read(path).children[0]) == 50


def test_an_absent_file_is_a_fault(tmp_path: Path) -> None:
    (fault,) = check([tmp_path / "nowhere.xml"]).faults
    assert fault.text == "the file cannot be read: No such file or directory"


def test_faults_of_several_files_come_together(tmp_path: Path) -> None:
    broken = tmp_path / "broken.xml"
    broken.write_text("<", encoding="utf-8")
    good = write(tmp_path, "good.xml", classes(cls("A")))
    with pytest.raises(DesignError) as caught:
        load([broken, good, tmp_path / "nowhere.xml"])
    assert len(caught.value.faults) == 2


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "lines.xml"
    filler = "\n" * 70_000
    path.write_text(
        f'<itop_design version="3.2">{filler}<classes>\n<class id="A"/></classes></itop_design>', encoding="utf-8"
    )
    (fault,) = check([path]).faults
    assert (fault.line, fault.path) == (70_002, "/itop_design/classes/class[A]")
    assert str(fault).startswith(f"{path}:70002: /itop_design/classes/class[A]: class 'A' has no parent. Cure: ")
