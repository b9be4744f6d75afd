"""Rich text: what is kept of the markup that callers send, and how it reads as plain text.

* ``clean``         markup (or plain text) in, the markup to store out. Safe to show, and stable: cleaning twice
                    changes nothing more.
* ``to_text``       stored markup in, its plain text out.
* ``text_to_html``  plain text in, markup that shows it out.

All three are pure, raise nothing for any text, and take time in proportion to its length, however deeply it is nested.
The results are those recorded from the reference (conformance ``11_html_and_case_logs``, ``22_other_classes``,
``itop_events`` 05, 07, 08, 17). Two library parsers were measured for this and did not fit: nh3 (html5ever) adds
``<tbody>`` where the reference does not and turns 20 kB of misnested markup into 22 MB; libxml2 stops at 256 levels
and loses the rest. nh3 is the independent judge of the output in the tests.
"""

from interdesk.desk.html.cleaning import clean
from interdesk.desk.html.plain import text_to_html, to_text

__all__ = ["clean", "text_to_html", "to_text"]
