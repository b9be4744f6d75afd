"""Rich text: whatever is sent, what is stored holds nothing harmful, stays as it is, and costs little."""

from __future__ import annotations

import re

import lxml.html
import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interdesk.desk.html import clean, text_to_html, to_text

PERMITTED = {
    "a", "abbr", "acronym", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br",
    "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt",
    "em", "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i",
    "img", "ins", "kbd", "li", "main", "mark", "nav", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp",
    "section", "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot",
    "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
FORBIDDEN = {
    "script", "iframe", "form", "svg", "math", "style", "object", "embed", "applet", "base", "link", "meta",
    "input", "button", "select", "option", "textarea", "title", "template", "noscript", "noembed", "noframes",
    "xmp", "plaintext", "frameset", "frame", "audio", "video", "source", "canvas", "foo", "marquee",
}  # fmt: skip


NAMES = st.sampled_from(sorted(PERMITTED | FORBIDDEN | {"html", "body", "head", "sCript"}))
ATTRIBUTES = st.sampled_from(
    [
        "",
        " ",
        "/",
        ' class="c"',
        " id=i",
        " data-x=1",
        " onclick=x()",
        "/onload='x'",
        ' style="color:red;position:fixed"',
        " style='background:url(x)'",
        ' href="javascript:x"',
        " href=http://x/",
        " src=' data:x'",
        ' title="<script>"',
        ' a="',
        " title='\"><script>'",
        ' title="&quot;&amp;lt;"',
        " href=java\tscript:x",
        ' style="font:a\'b"',
        " =x",
        " xlink:href=javascript:x",
    ]
)
FRAGMENTS = st.one_of(
    st.builds("<{}{}{}".format, NAMES, ATTRIBUTES, st.sampled_from([">", "/>", ""])),
    st.builds("</{}>".format, NAMES),
    st.sampled_from(
        [
            "<!--",
            "-->",
            "<!-->",
            "<![CDATA[",
            "]]>",
            "<?php",
            "<",
            ">",
            "&",
            "&lt;",
            "&#60;script&#62;",
            "&ltscript>",
            "\r",
            "\n",
            "\x00",
            "&#13;",
            "&#x3c",
            "</",
            "</>",
            "&nbsp;",
            "`",
            '"',
            "'",
            "a",
            " ",
        ]
    ),
    st.text(max_size=4),
)
MARKUP = st.lists(FRAGMENTS, max_size=25).map("".join)


@settings(deadline=None)
@given(MARKUP)
def test_cleaning_twice_changes_nothing(markup: str) -> None:
    once = clean(markup)
    assert clean(once) == once


@settings(deadline=None)
@given(MARKUP)
def test_a_browser_finds_nothing_forbidden(markup: str) -> None:
    """html5ever, the parser inside nh3, reads as browsers do; here it is told to keep everything."""
    seen: list[tuple[str, str, str]] = []
    read = nh3.clean(
        clean(markup),
        tags=PERMITTED | FORBIDDEN,
        clean_content_tags=set(),
        generic_attribute_prefixes=set("abcdefghijklmnopqrstuvwxyz=\"'<"),
        strip_comments=False,
        link_rel=None,
        attribute_filter=lambda element, name, value: seen.append((element, name, value)) or value,
    )
    assert set(re.findall(r"</?([^ />]+)", read)) <= PERMITTED
    for _, name, value in seen:
        assert_harmless(name, value)


@settings(deadline=None)
@given(MARKUP)
def test_another_parser_finds_nothing_forbidden(markup: str) -> None:
    for element in lxml.html.document_fromstring(f"<html><body><div>{clean(markup)}</div></body></html>").iter():
        assert element.tag in PERMITTED | {"html", "body"}
        for name, value in element.attrib.items():
            assert_harmless(name, value)


def assert_harmless(name: str, value: str) -> None:
    assert not name.startswith(("on", "data-", "xlink")) and name != "id"
    if name in ("href", "src", "cite"):
        scheme = re.match(r"[\x00-\x20]*([a-z][a-z0-9+.\-\s]*):", value, re.IGNORECASE)
        assert scheme is None or scheme[1].lower() in ("http", "https", "ftp", "ftps")
    if name == "style":
        assert not re.search(r"url|position|expression|[\\@:]\s*:", value, re.IGNORECASE)


@settings(deadline=None)
@given(st.text())
def test_plain_text_survives_cleaning_and_reading(text: str) -> None:
    """Only what no text should hold goes; blanks become single ones."""
    shown = to_text(clean(text_to_html(text)))
    assert re.findall(r"[^\s\x00-\x20\ud800-\udfff\ufffd]", shown) == re.findall(
        r"[^\s\x00-\x20\ud800-\udfff\ufffd]", text
    )


COUNT = 100_000


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<div>" * COUNT + "x" + "</div>" * COUNT + "<p>tail</p>", "x\n\ntail"),
        ("<foo>" * COUNT + "x" + "</foo>" * COUNT + "tail", "tail"),
        ("<div>" * COUNT + "</foo>" * COUNT + "x", "x"),
        ("<script>" + "</script x" * COUNT + ">", ""),
        ('<p style="color:' + "a" * COUNT + '">x</p>', "x"),
        ("".join(f"<b title=a{number}><p>" for number in range(COUNT // 10)) + "x", "x"),
    ],
    ids=["deep", "deep and unknown", "ends of nothing", "ends that do not end", "long style", "misnested"],
)
def test_monstrous_markup_is_read_without_harm(markup: str, text: str) -> None:
    cleaned = clean(markup)
    assert len(cleaned) <= 2 * len(markup)
    assert to_text(cleaned) == text
    assert clean(cleaned) == cleaned
