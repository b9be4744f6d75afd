"""A life cycle as an SVG document: no scripts, no fonts of its own, readable on light and dark ground."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from interdesk.model.drawing.layout import LEFT, RIGHT, Box, Lane, Layout, line_of, title_of

LINE = 22  # pixels from one line to the next
LANE = 14  # from one lane to the next
LETTER = 7.9  # an upper bound for the width of a letter
MARGIN = 16
ARROW = 7
COLOURS = ("#1b6ca8", "#b3541e", "#3b7d3a", "#8a2f74", "#8a6d00", "#00716b", "#a3282d", "#5b5ea6", "#5f6b2d", "#6b4f3f")


def as_svg(layout: Layout, title: str) -> str:
    """The drawing; ``title`` is shown above it, and read out by screen readers."""
    inside = [text for box in layout.boxes for text in _texts(box)]
    wide = max(map(len, inside), default=0) * LETTER + 24
    left = MARGIN + (layout.width(LEFT) + 1) * LANE
    width = left + wide + (layout.width(RIGHT) + 1) * LANE + MARGIN
    height = layout.lines * LINE + 2 * MARGIN + LINE
    colours = {box.state.code: COLOURS[place % len(COLOURS)] for place, box in enumerate(layout.boxes)}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label={quoteattr(title)}>',
        f"<title>{escape(title)}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="{left:.1f}" y="{MARGIN + 12}" font-family="sans-serif" font-size="15" font-weight="bold" '
        f'fill="#222222">{escape(title)}</text>',
        *(_lane(lane, left, left + wide, colours[lane.target]) for lane in layout.lanes),
        *(_box(box, left, wide, colours) for box in layout.boxes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _y(line: int) -> float:
    """The middle of a line."""
    return MARGIN + LINE + line * LINE + LINE / 2


def _lane(lane: Lane, left: float, right: float, colour: str) -> str:
    edge = right if lane.side == RIGHT else left
    x = edge + lane.side * LANE * (lane.place + 1)
    ways = [f"M{x:.1f} {_y(lane.top):.1f}V{_y(lane.bottom):.1f}"]
    ways += [f"M{edge:.1f} {_y(line):.1f}H{x:.1f}" for line in lane.sources]
    tip, y = edge, _y(lane.title)
    back = tip + lane.side * ARROW
    ways.append(f"M{x:.1f} {y:.1f}H{back:.1f}")
    arrow = f"M{tip:.1f} {y:.1f}L{back:.1f} {y - 4:.1f}V{y + 4:.1f}Z"
    joints = "".join(
        f'<circle cx="{x:.1f}" cy="{_y(line):.1f}" r="2.4" fill="{colour}"/>'
        for line in lane.sources
        if lane.top < line < lane.bottom
    )
    return (
        f'<path d="{"".join(ways)}" fill="none" stroke="{colour}" stroke-width="1.5" stroke-linecap="square"/>'
        f'<path d="{arrow}" fill="{colour}"/>{joints}'
    )


def _box(box: Box, left: float, wide: float, colours: dict[str, str]) -> str:
    top = _y(box.title) - LINE / 2 - 3
    height = (len(box.transitions) + 1) * LINE + 6
    colour = colours[box.state.code]
    parts = [
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{height:.1f}" rx="5" fill="#f7f7f7" '
        f'stroke="{colour}" stroke-width="{2.5 if box.first else 1.5}"/>'
    ]
    for line, text in enumerate(_texts(box), box.title):
        is_title = line == box.title
        fill = colour if is_title else colours[box.transitions[line - box.title - 1].target]
        weight = ' font-weight="bold"' if is_title else ""
        parts.append(
            f'<text x="{left + (8 if is_title else 20):.1f}" y="{_y(line) + 4:.1f}" font-family="monospace" '
            f'font-size="12.5"{weight} fill="{fill}">{escape(text)}</text>'
        )
    return "\n".join(parts)


def _texts(box: Box) -> list[str]:
    title = f"● {title_of(box)}" if box.first else title_of(box)
    return [title, *(line_of(transition, "→") for transition in box.transitions)]
