"""What the reference stored and showed: from the recordings itop 11, 15, 22 and itop_events 05, 07, 08, 17."""

from __future__ import annotations

LINK = "https://desk.example/pages/UI.php?operation=details"
MENTION = f'<a href="{LINK}&amp;class=Person&amp;id=3">@bob</a>'

# sent, stored
STORED = [
    ("", ""),
    ("d", "<p>d</p>"),
    ("just text", "<p>just text</p>"),
    ("just text, one line", "<p>just text, one line</p>"),
    ("line 1\nline 2", "<p>line 1\nline 2</p>"),
    ("a < b & c > d", "<p>a &lt; b &amp; c &gt; d</p>"),
    ("<p>Hello <b>you</b></p>", "<p>Hello <b>you</b></p>"),
    ("<p>x</p><script>alert(1)</script>", "<p>x</p>"),
    ('<p onclick="x()">y</p>', "<p>y</p>"),
    (
        '<a href="javascript:x()">a</a> <a href="http://x.org/" target="_blank" rel="z">b</a>',
        '<a>a</a> <a href="http://x.org/" target="_blank">b</a>',
    ),
    ('<img src="http://x.org/i.png" onerror="x" width="3">', '<img src="http://x.org/i.png" width="3">'),
    ('<p style="color: red; position: fixed">s</p>', '<p style="color: red">s</p>'),
    ("<p>one<p>two<br>three", "<p>one</p><p>two<br>three</p>"),
    ("&eacute;&nbsp;&lt;b&gt; é", "<p>é\xa0&lt;b&gt; é</p>"),
    (
        '<table border="1"><tr><td colspan="2">c</td></tr></table>',
        '<table border="1"><tr><td colspan="2">c</td></tr></table>',
    ),
    ("<!-- c --><p>x</p>", "<p>x</p>"),
    ("<foo>bar</foo><p>z</p>", "<p>z</p>"),
    ('<iframe src="http://x.org"></iframe><p>z</p>', "<p>z</p>"),
    ("<ul><li>a</li><li>b</li></ul>", "<ul><li>a</li><li>b</li></ul>"),
    ("<pre>a\n  b</pre>", "<pre>a\n  b</pre>"),
    ('<span class="c" data-x="1" id="i">t</span>', '<span class="c">t</span>'),
    ("first <b>entry</b>", "<p>first <b>entry</b></p>"),
    ("<p>h</p><script>x</script>", "<p>h</p>"),
    ("<p>a</p><script>b</script>", "<p>a</p>"),
    ("private ünï €", "<p>private ünï €</p>"),
    ("first & more\nsecond line", "<p>first &amp; more\nsecond line</p>"),
    (f"<p>hello {MENTION}</p>", f"<p>hello {MENTION}</p>"),
    (
        "Automatically resolved from [[UserRequest:12|R-000012]]",
        "<p>Automatically resolved from [[UserRequest:12|R-000012]]</p>",
    ),
    (
        '<p>Hello <b>bold</b> &amp; <a href="https://example.org/?a=1&amp;b=2">link</a></p><ul><li>one</li><li>two</li></ul>',
        '<p>Hello <b>bold</b> &amp; <a href="https://example.org/?a=1&amp;b=2">link</a></p><ul><li>one</li><li>two</li></ul>',
    ),
    ("<p>two <b>bold</b> &amp; <i>it</i></p><p>para</p>", "<p>two <b>bold</b> &amp; <i>it</i></p><p>para</p>"),
    ("<h1>Head</h1><p>a &lt; b</p>", "<h1>Head</h1><p>a &lt; b</p>"),
]

# stored markup, its plain text
TEXTS = [
    ("", ""),
    ("<p>first <b>entry</b></p>", "first entry"),
    ("<p>second\nline</p>", "second line"),
    ("<p>first &amp; more\nsecond line</p>", "first & more second line"),
    ("<p>two <b>bold</b> &amp; <i>it</i></p><p>para</p>", "two bold & it\n\npara"),
    ("<h1>Head</h1><p>a &lt; b</p>", "Head\n\na < b"),
    (
        '<p>Hello <b>bold</b> &amp; <a href="https://example.org/?a=1&amp;b=2">link</a></p><ul><li>one</li><li>two</li></ul>',
        "Hello bold & [link](https://example.org/?a=1&b=2)\n\n- one\n- two",
    ),
    (f"<p>hello {MENTION}</p>", f"hello [@bob]({LINK}&class=Person&id=3)"),
]

# message, format, message and message_html as read
ENTRIES = [
    ("first <b>entry</b>", "html", "first entry", "<p>first <b>entry</b></p>"),
    ("second\nline", "html", "second line", "<p>second\nline</p>"),
    ("a\n<b>b</b> & c", "text", "a\n<b>b</b> & c", "a<br/>&lt;b&gt;b&lt;/b&gt; &amp; c"),
    ("text & <b>not bold</b>\nnext", "text", "text & <b>not bold</b>\nnext",
     "text &amp; &lt;b&gt;not bold&lt;/b&gt;<br/>next"),
    ("two\nlines", "text", "two\nlines", "two<br/>lines"),
    ("<p>h</p><script>x</script>", "html", "h", "<p>h</p>"),
    ("x", "markdown", "x", None),
]  # fmt: skip
