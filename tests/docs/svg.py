"""Rows of a terminal as SVG: one picture, or one frame after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from xml.sax.saxutils import escape, unescape

from tests.docs.film import COLUMNS, Cell, Row

CELL, LINE, EDGE, BAR = 8.4, 19, 16, 34  # pixels
SIZE = 14
WRITTEN = re.compile(r'<text x="[^"]*" y="([^"]*)"[^>]*>([^<]*)</text>')
FONT = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
LIGHT: Mapping[str, str] = {
    "paper": "#fbfbfd", "edge": "#d6d8de", "default": "#24292f", "dim": "#6e7781", "red": "#c62a2f",
    "green": "#1f7a3d", "brown": "#8a6100", "yellow": "#8a6100", "blue": "#0a5cc2", "magenta": "#8239b5",
    "cyan": "#0b7285", "black": "#6e7781", "brightblack": "#6e7781", "white": "#57606a",
}  # fmt: skip
DARK: Mapping[str, str] = {
    "paper": "#1b1e24", "edge": "#3a3f4a", "default": "#d7dae0", "dim": "#8b93a1", "red": "#ff7b72",
    "green": "#7ee08f", "brown": "#e3b341", "yellow": "#e3b341", "blue": "#79b8ff", "magenta": "#d2a8ff",
    "cyan": "#76d9e6", "black": "#8b93a1", "brightblack": "#8b93a1", "white": "#f0f3f6",
}  # fmt: skip
SCHEMES: Mapping[str, Mapping[str, str]] = {"light": LIGHT, "dark": DARK}


def picture(rows: Sequence[Row], scheme: str, title: str) -> str:
    """Everything at once."""
    return _window([*_lines(rows, SCHEMES[scheme])], len(rows), scheme, title, "")


def film(frames: Sequence[tuple[str, Sequence[Row], float]], height: int, scheme: str, title: str) -> str:
    """Frames with a caption and their seconds, over and over; the last rows of each, `height` of them.

    Who wants no motion sees the last frame.
    """
    colours = SCHEMES[scheme]
    whole = sum(seconds for _, _, seconds in frames)
    body, style, start = [], [], 0.0
    for number, (caption, rows, seconds) in enumerate(frames):
        begin, end = 100 * start / whole, 100 * (start + seconds) / whole
        style.append(_visible(number, begin, end, whole))
        y = BAR + (height + 1.4) * LINE
        said = (
            f'<text x="{EDGE}" y="{y:g}" fill="{colours["dim"]}" font-style="italic">{escape(caption)}</text>'
        )
        body += [f'<g class="f{number}">', *_lines(rows[-height:], colours), said, "</g>"]
        start += seconds
    last = len(frames) - 1
    others = ", ".join(f".f{number}" for number in range(last))
    style.append(
        f"@media (prefers-reduced-motion: reduce) {{ {others} {{ animation: none; visibility: hidden }} "
        f".f{last} {{ animation: none; visibility: visible }} }}"
    )
    return _window(body, height + 2, scheme, title, "\n".join(style))


def lines_of(svg: str) -> set[str]:
    """What it shows, without the order and without spaces."""
    by_row: dict[tuple[int, str], str] = {}
    for frame, part in enumerate(svg.split("<g ")):
        for y, text in WRITTEN.findall(part):
            by_row[frame, y] = by_row.get((frame, y), "") + "".join(unescape(text).split())
    return set(by_row.values())


def _visible(number: int, begin: float, end: float, seconds: float) -> str:
    """Hidden, shown, hidden again: at once, without fading."""
    hidden = f"0% {{ visibility: hidden }} {begin:.3f}% {{ visibility: visible }} " if begin else ""
    after = f"{end:.3f}%, 100% {{ visibility: hidden }}" if end < 100 else ""
    first = "" if begin else "0% { visibility: visible } "
    return (
        f"@keyframes k{number} {{ {first}{hidden}{after} }} "
        f".f{number} {{ visibility: hidden; animation: k{number} {seconds:g}s step-end infinite }}"
    )


def _window(body: Sequence[str], rows: int, scheme: str, title: str, style: str) -> str:
    colours = SCHEMES[scheme]
    width, height = COLUMNS * CELL + 2 * EDGE, rows * LINE + BAR + EDGE
    dots = "".join(
        f'<circle cx="{EDGE + 6 + 18 * at}" cy="17" r="5.5" fill="{fill}"/>'
        for at, fill in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            'role="img" xml:space="preserve">',
            f"<title>{escape(title)}</title>",
            f"<style>text {{ font: {SIZE}px {FONT}; white-space: pre }}\n{style}</style>",
            f'<rect x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="8" '
            f'fill="{colours["paper"]}" stroke="{colours["edge"]}"/>',
            dots,
            *body,
            "</svg>",
            "",
        ]
    )


def _lines(rows: Sequence[Row], colours: Mapping[str, str]) -> Iterator[str]:
    for number, row in enumerate(rows):
        y = BAR + (number + 0.8) * LINE
        for column, cells in _runs(row):
            text = "".join(cell.text for cell in cells).rstrip()
            indent = len(text) - len(text.lstrip())
            if text:
                yield _text(cells[0], text[indent:], EDGE + (column + indent) * CELL, y, colours)


def _runs(row: Row) -> Iterator[tuple[int, list[Cell]]]:
    """Cells of one style, from which column on. What is wide stands alone: fonts disagree about it."""
    column = 0
    numbered = [(cell, number if _is_wide(row, number) else -1) for number, cell in enumerate(row)]
    for _, group in groupby(numbered, lambda each: (each[0].colour, each[0].bold, each[1])):
        cells = [cell for cell, _ in group]
        yield column, cells
        column += len(cells)


def _is_wide(row: Row, number: int) -> bool:
    followed = number + 1 < len(row) and row[number + 1].text == ""
    return followed or (not row[number].text.isascii() and row[number].text not in "─│├└╰╭· …›")


def _text(style: Cell, text: str, x: float, y: float, colours: Mapping[str, str]) -> str:
    fill = colours.get(style.colour, f"#{style.colour}" if len(style.colour) == 6 else colours["default"])
    bold = ' font-weight="bold"' if style.bold else ""
    length = f' textLength="{len(text) * CELL:g}"' if len(text) > 1 else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{fill}"{bold}{length}>{escape(text)}</text>'
