"""What stored markup may hold: elements, attributes, addresses and styles.

Recorded: ``class`` stays, ``id``, ``data-*``, ``rel`` and event handlers go; ``position`` and ``background: url()``
leave a style; ``javascript:`` and ``mailto:`` links lose their address. Where nothing is recorded the lists are
generous with what only shapes text and empty of what loads, runs or covers other things.
"""

from __future__ import annotations

import re


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


VOID = frozenset({"br", "col", "hr", "img", "wbr"})
_LISTS = frozenset({"dl", "ol", "ul"})
_SECTIONS = _names(
    "address article aside blockquote center details div figcaption figure footer header main nav section summary"
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
ROW_GROUPS = frozenset({"tbody", "tfoot", "thead"})
CELLS = frozenset({"td", "th"})
TABLE = ROW_GROUPS | CELLS | {"caption", "col", "colgroup", "table", "tr"}
BLOCKS = _LISTS | _SECTIONS | HEADINGS | {"dd", "dt", "hr", "li", "p", "pre", "table"}
_INLINE = _names(
    "a abbr acronym b bdi bdo big br cite code del dfn em font i img ins kbd mark q rp rt ruby s samp small span "
    "strike strong sub sup time tt u var wbr"
)
ELEMENTS = BLOCKS | TABLE | _INLINE

# Tags without a meaning of their own in a fragment: what they hold counts as if they were not there.
TRANSPARENT = frozenset({"body", "head", "html"})

# These have no end tag: were they opened, everything behind them would go with them.
REFUSED_VOID = _names(
    "area base basefont bgsound command embed frame image input isindex keygen link meta param source track"
)

PRIORITY = (
    {name: 150 for name in _LISTS | _SECTIONS}
    | {name: 160 for name in CELLS | {"caption"}}
    | {"tr": 170, "table": 190, "colgroup": 180}
    | {name: 180 for name in ROW_GROUPS}
)
"""An end tag closes what lies above its element only when none of that ranks higher. Others rank 100."""

_EVERYWHERE = frozenset({"align", "class", "dir", "lang", "style", "title"})
_BOX = frozenset({"bgcolor", "height", "valign", "width"})
_OWN: dict[str, frozenset[str]] = {
    "a": frozenset({"href", "target"}),
    "blockquote": frozenset({"cite"}),
    "col": _BOX | {"span"},
    "colgroup": _BOX | {"span"},
    "del": frozenset({"cite", "datetime"}),
    "details": frozenset({"open"}),
    "font": frozenset({"color", "face", "size"}),
    "hr": frozenset({"noshade", "size", "width"}),
    "img": frozenset({"alt", "border", "height", "hspace", "src", "vspace", "width"}),
    "ins": frozenset({"cite", "datetime"}),
    "li": frozenset({"type", "value"}),
    "ol": frozenset({"reversed", "start", "type"}),
    "q": frozenset({"cite"}),
    "table": _BOX | {"border", "cellpadding", "cellspacing", "frame", "rules", "summary"},
    "td": _BOX | {"abbr", "colspan", "nowrap", "rowspan", "scope"},
    "th": _BOX | {"abbr", "colspan", "nowrap", "rowspan", "scope"},
    "time": frozenset({"datetime"}),
    "tr": _BOX,
    "ul": frozenset({"type"}),
} | {name: _BOX for name in ROW_GROUPS}
ATTRIBUTES = {name: _EVERYWHERE | _OWN.get(name, frozenset()) for name in ELEMENTS}

ADDRESSES = frozenset({"cite", "href", "src"})
SCHEMES = frozenset({"ftp", "ftps", "http", "https"})

_STYLES = _names(
    "background background-color border border-bottom border-collapse border-color border-left border-radius "
    "border-right border-spacing border-style border-top border-width clear color direction float font font-family "
    "font-size font-style font-variant font-weight height letter-spacing line-height list-style list-style-type margin "
    "margin-bottom margin-left margin-right margin-top max-height max-width min-height min-width padding "
    "padding-bottom padding-left padding-right padding-top table-layout text-align text-decoration text-indent "
    "text-transform vertical-align white-space width word-break word-spacing word-wrap overflow-wrap"
)
_STYLE_FUNCTIONS = frozenset({"hsl", "hsla", "rgb", "rgba"})
_STYLE_VALUE = re.compile(r"[\w #%.,+\-!'\"/()]+")
_NOT_IN_NAME = re.compile(r"[^\w-]")
_IGNORED_IN_ADDRESS = re.compile(r"[\t\n]")
_BEFORE_PATH = re.compile(r"[^/?#\\]*")


def attribute(element: str, name: str, value: str) -> str | None:
    """The value that may be stored, or None when the attribute goes. Filtering the result again changes nothing."""
    if name not in ATTRIBUTES[element]:
        return None
    if name in ADDRESSES:
        return address(value)
    if name == "style":
        return style(value)
    return value


def address(value: str) -> str | None:
    """The address as a browser reads it (no line breaks or tabs), None for a scheme that is not in SCHEMES."""
    value = _IGNORED_IN_ADDRESS.sub("", value).strip(" ")
    head = _BEFORE_PATH.match(value)
    if head is not None and ":" in head[0] and head[0].partition(":")[0].lower() not in SCHEMES:
        return None
    return value


def style(value: str) -> str | None:
    """The harmless declarations of a style, None when none is left."""
    kept = [declaration for part in value.split(";") if _harmless(declaration := part.strip())]
    return "; ".join(kept) or None


def _harmless(declaration: str) -> bool:
    name, colon, value = declaration.partition(":")
    if not colon or name.strip().lower() not in _STYLES or not _STYLE_VALUE.fullmatch(value):
        return False
    called = (_NOT_IN_NAME.split(before.rstrip(" "))[-1].lower() for before in value.split("(")[:-1])
    return _STYLE_FUNCTIONS.issuperset(called)
