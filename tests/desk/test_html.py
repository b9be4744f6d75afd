"""Rich text: what is stored of markup, how it reads as text, and how log entries read."""

from __future__ import annotations

import pytest

from interdesk.desk.html import clean, text_to_html, to_text
from interdesk.desk.logs import render, stored, transcript
from interdesk.model.attributes import LogEntry
from tests.desk.recorded_html import ENTRIES, STORED, TEXTS


@pytest.mark.parametrize(("sent", "expected"), STORED)
def test_stores_what_the_reference_stores(sent: str, expected: str) -> None:
    assert clean(sent) == expected
    assert clean(expected) == expected


@pytest.mark.parametrize(("markup", "expected"), TEXTS)
def test_reads_as_the_reference_reads(markup: str, expected: str) -> None:
    assert to_text(markup) == expected


@pytest.mark.parametrize(("message", "format", "text", "markup"), ENTRIES)
def test_entries_read_as_recorded(message: str, format: str, text: str, markup: str | None) -> None:
    entry = LogEntry("2024-02-03 04:05:06", "Ann Doe", 7, stored(message, format), format)
    assert render(entry) == (text, markup)


def test_a_transcript_puts_each_entry_under_its_heading() -> None:
    entries = [
        LogEntry("2020-02-03 04:05:06", "Bob Roe", 5, "<p>old one</p>", "html"),
        LogEntry("2021-02-03 04:05:06", "Bob Roe", 5, "two\nlines", "text"),
    ]
    assert transcript(entries) == (
        "\n========== 2020-02-03 04:05:06 : Bob Roe (5) ============\n\nold one"
        "\n========== 2021-02-03 04:05:06 : Bob Roe (5) ============\n\ntwo\nlines"
    )
    assert transcript([]) == ""


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("if x <y then", "<p>if x &lt;y then</p>"),
        ("a <!-- b", "<p>a &lt;!-- b</p>"),
        ("one\r\ntwo\x00\ud800", "<p>one\ntwo\ufffd</p>"),
        ("text<p>more", "<p>text</p><p>more</p>"),
        ("<foo>gone</foo>text", "<p>text</p>"),
        ("<p>a<foo/>b</p>", "<p>ab</p>"),
        ("<p>a<foo>gone</p>b", "<p>a</p>b"),
        ("<form><p>gone</p></form><p>a</p>", "<p>a</p>"),
        ("<svg><p>gone<svg>x</svg></p></svg>", ""),
        ("<p>a<input>b<link>c</p>", "<p>abc</p>"),
        ("<script>a</script >text", "<p>text</p>"),
        ("<p>a</p><style>p{}", "<p>a</p>"),
        ("<html><head><title>t</title></head><body>b</body></html>", "<p>b</p>"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"),
        ("<table><tr><td>1<td>2<tr><td>3</table>", "<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>"),
        ("<dl><dt>a<dd>b</dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
        ("<h1>a<h2>b", "<h1>a</h1><h2>b</h2>"),
        ("<p><b>a<div>b</b></div>", "<p><b>a</b></p><div>b</div>"),
        ("<a href='http://a/'>a<a href=http://b/>b</a>", '<a href="http://a/">a</a><a href="http://b/">b</a>'),
        ("<a href='?a=1&copy=2'>a</a>", '<a href="?a=1&amp;copy=2">a</a>'),
        ('<p title="&quot;<b>">a</p>', '<p title="&quot;&lt;b&gt;">a</p>'),
        ('<p TITLE=a title="b" Title>x</p>', '<p title="a">x</p>'),
        ("&#" + "9" * 6000 + ";", "<p>\ufffd</p>"),
    ],
)
def test_untidy_markup_is_put_in_order(sent: str, expected: str) -> None:
    assert clean(sent) == expected


@pytest.mark.parametrize(
    "address",
    [
        "javascript:x()",
        "JaVaScRiPt:x()",
        " javascript:x()",
        "java\nscript:x()",
        "java&Tab;script:x()",
        "\x01javascript:x()",
        "javascript&colon;x()",
        "&#106;avascript:x()",
        "vbscript:x",
        "data:text/html,x",
        "mailto:a@b.org",
        "file:///x",
    ],
)
def test_links_lose_other_schemes(address: str) -> None:
    assert clean(f'<a href="{address}">a</a>') == "<a>a</a>"
    assert clean(f'<img src="{address}">') == "<img>"


@pytest.mark.parametrize(
    "address", ["http://x/", "HTTPS://x/?a=b:c", "ftp://x", "pages/UI.php?a=1", "/x:y", "#z", "//x/"]
)
def test_links_keep_harmless_addresses(address: str) -> None:
    assert clean(f'<a href="{address}">a</a>') == f'<a href="{address}">a</a>'


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("color:red;", ' style="color:red"'),
        ("color: red; background: url(http://x/)", ' style="color: red"'),
        ("color: rgb(1, 2, 3); width: 50%", ' style="color: rgb(1, 2, 3); width: 50%"'),
        ("background: u\\72l(x)", ""),
        ("width: expression(x())", ""),
        ("color: r/**/ed", ""),
        ("background: url (x); position:absolute", ""),
        ("-moz-binding: none; behavior: x", ""),
    ],
)
def test_styles_keep_harmless_declarations(style: str, expected: str) -> None:
    assert clean(f'<p style="{style}">s</p>') == f"<p{expected}>s</p>"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>a<br>b<br><br>c</p>", "a\nb\n\nc"),
        ("<div>a</div><div>b</div>c", "a\nb\nc"),
        ("<ul><li>a<ul><li>b</li></ul></li><li></li><li><p>c</p></li></ul>d", "- a\n- b\n- \n- c\n\nd"),
        ("<table><tr><th>a</th> <td>b</td></tr>\n<tr><td>c</td></tr></table>", "a\tb\nc"),
        ("<p>a</p><pre>x\n  y</pre><p>b</p>", "a\n\nx\n  y\n\nb"),
        ('<a href="http://x.org/">http://x.org/</a> <a>b</a> <a href="http://y/"></a>', "http://x.org/ b"),
        ('<p>a <img src="http://x/i.png" alt="i">b&nbsp;&eacute;</p>', "a [i]b é"),
        ("<p>a</p><hr><p>b</p>", "a\n\n" + "-" * 63 + "\n\nb"),
        ("  <p> a </p> \n <p> b</p> ", "a\n\nb"),
        ("a < b &amp;lt;", "a < b &lt;"),
    ],
)
def test_plain_text_keeps_the_lines_of_the_markup(markup: str, expected: str) -> None:
    assert to_text(markup) == expected


def test_text_becomes_markup_that_shows_it() -> None:
    assert text_to_html("a \"b\" 'c'\r\n<d> &amp;") == "a &quot;b&quot; &apos;c&apos;<br/>&lt;d&gt; &amp;amp;"
