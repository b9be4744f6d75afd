"""Life cycles as drawings: one layout, rendered as text or as SVG."""

from interdesk.model.drawing.layout import Layout
from interdesk.model.drawing.svg import as_svg
from interdesk.model.drawing.text import as_text

__all__ = ["Layout", "as_svg", "as_text"]
