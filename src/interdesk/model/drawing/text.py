"""A life cycle as lines of text: with box-drawing characters, or in plain ASCII."""

from __future__ import annotations

from interdesk.model.drawing.layout import LEFT, RIGHT, Box, Lane, Layout, line_of, title_of

STEP = 2  # characters from one lane to the next
UP, DOWN, BACK, FORTH = 1, 2, 4, 8  # where a line goes on from a cell
LINES = {
    UP: "│", DOWN: "│", UP | DOWN: "│", BACK: "─", FORTH: "─", BACK | FORTH: "─",
    DOWN | FORTH: "┌", DOWN | BACK: "┐", UP | FORTH: "└", UP | BACK: "┘",
    UP | DOWN | FORTH: "├", UP | DOWN | BACK: "┤", DOWN | BACK | FORTH: "┬", UP | BACK | FORTH: "┴",
    UP | DOWN | BACK | FORTH: "┼",
}  # fmt: skip
PLAIN = str.maketrans("│─┌┐└┘├┤┬┴┼►◄●→", "|-+++++++++><*>")


def as_text(layout: Layout, *, plain: bool = False) -> str:
    """The drawing, without a line feed at the end; ``plain``: ASCII only."""
    lines = _Grid(layout).lines()
    text = "\n".join(line.rstrip() for line in lines)
    return text.translate(PLAIN) if plain else text


class _Grid:
    """Cells of characters; lines that meet in a cell join."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        inside = [text for box in layout.boxes for text in _texts(box)]
        self._left = layout.width(LEFT) * STEP + 2
        self._right = self._left + max(map(len, inside), default=0) + 3
        width = self._right + layout.width(RIGHT) * STEP + 3
        self._ways = [[0] * width for _ in range(layout.lines)]
        self._letters: dict[tuple[int, int], str] = {}
        for box in layout.boxes:
            self._box(box)
        for lane in layout.lanes:
            self._lane(lane)

    def lines(self) -> list[str]:
        return [
            "".join(self._letters.get((y, x)) or LINES.get(ways, " ") for x, ways in enumerate(row))
            for y, row in enumerate(self._ways)
        ]

    def _box(self, box: Box) -> None:
        top, bottom = box.title - 1, box.last + 1
        for y in (top, bottom):
            self._across(y, self._left, self._right)
        for x in (self._left, self._right):
            self._down(x, top, bottom)
        for y, text in enumerate(_texts(box), box.title):
            for x, letter in enumerate(text, self._left + 2):
                self._letters[y, x] = letter

    def _lane(self, lane: Lane) -> None:
        edge = self._right if lane.side == RIGHT else self._left
        x = edge + lane.side * (STEP * (lane.place + 1))
        self._down(x, lane.top, lane.bottom)
        for y in lane.sources:
            self._across(y, *sorted((edge, x)))
        self._across(lane.title, *sorted((edge + lane.side, x)))
        self._letters[lane.title, edge + lane.side] = "◄" if lane.side == RIGHT else "►"

    def _across(self, y: int, first: int, last: int) -> None:
        for x in range(first, last):
            self._ways[y][x] |= FORTH
            self._ways[y][x + 1] |= BACK

    def _down(self, x: int, first: int, last: int) -> None:
        for y in range(first, last):
            self._ways[y][x] |= DOWN
            self._ways[y + 1][x] |= UP


def _texts(box: Box) -> list[str]:
    title = f"● {title_of(box)}" if box.first else title_of(box)
    return [title, *(f"  {line_of(transition, '→')}" for transition in box.transitions)]
