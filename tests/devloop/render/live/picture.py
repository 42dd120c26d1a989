"""A screen as a picture."""

from __future__ import annotations

from html import escape

from pyte.screens import Char

WIDTH, HEIGHT = 9, 18
COLOURS = {
    "default": "#d0d0d0",
    "red": "#ff6b6b",
    "green": "#69db7c",
    "brown": "#ffd43b",
    "blue": "#74c0fc",
    "cyan": "#66d9e8",
    "magenta": "#da77f2",
    "brightblue": "#91c9ff",
    "brightblack": "#868e96",
    "brightgreen": "#8ce99a",
}
Rows = list[list[Char]]


def picture(name: str, rows: Rows) -> str:
    """An SVG with a text for each run of characters of one style."""
    columns = max(map(len, rows))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{columns * WIDTH + 20}"'
        f' height="{len(rows) * HEIGHT + 40}" font-family="DejaVu Sans Mono" font-size="14">',
        '<rect width="100%" height="100%" fill="#1e1e1e"/>',
        f'<text x="10" y="18" fill="#868e96">{escape(name)}</text>',
    ]
    for row, characters in enumerate(rows):
        for column, each in enumerate(characters):
            if each.data.strip():
                weight = ' font-weight="bold"' if each.bold else ""
                colour = COLOURS.get(each.fg, COLOURS["default"])
                x, y = 10 + column * WIDTH, 40 + row * HEIGHT
                parts.append(f'<text x="{x}" y="{y}" fill="{colour}"{weight}>{escape(each.data)}</text>')
    return "\n".join([*parts, "</svg>"])
