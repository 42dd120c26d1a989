"""A picture as SVG: made here, without a browser, a network or another program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from devloop.cli.graph.layers import Link, Placed, Size, Spot, place
from devloop.cli.graph.picture import Arrow, Box, BoxKind, Frame
from devloop.terminal.cells import cells

LETTER = 7.6  # the widest that a letter is on the average, at 13 px
SMALL_LETTER = 6.5
MARGIN = 24.0
INSIDE = 16.0
TITLE = 24.0
LINE = 17.0
SHOWN = 46  # characters
STYLE = """
  .page { fill: #ffffff } text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: #1f2937 }
  .about { font-size: 11.5px; fill: #4b5563 } .head { font-size: 15px; font-weight: 600 }
  .box, .frame { stroke: #6b7280; fill: #f9fafb; stroke-width: 1.2 }
  .frame { fill: #9ca3af; fill-opacity: .10; stroke-opacity: .55 }
  .frame-title { font-size: 12px; fill: #4b5563 }
  .start, .end { fill: #e5e7eb } .choice { fill: #fef3c7; stroke: #d97706 }
  .failure { fill: #fee2e2; stroke: #dc2626 } .agent { fill: #ede9fe; stroke: #7c3aed }
  .workflow { fill: #dbeafe; stroke: #2563eb } .server { fill: #dcfce7; stroke: #16a34a }
  .skill, .tool { fill: #ffedd5; stroke: #ea580c } .outside { stroke-dasharray: 4 3 }
  .arrow { fill: none; stroke: #6b7280; stroke-width: 1.4 } .dashed { stroke-dasharray: 5 4 }
  .tip { fill: #6b7280 } .label { font-size: 11.5px; paint-order: stroke; stroke: #ffffff; stroke-width: 4px }
  @media (prefers-color-scheme: dark) {
    .page { fill: #111827 } .head, .frame-title { fill: #d1d5db } .label { fill: #e5e7eb; stroke: #111827 }
    .arrow { stroke: #9ca3af } .tip { fill: #9ca3af }
  }"""


def svg(picture: Frame) -> str:
    """The whole document."""
    whole = _Drawn(picture)
    width = max(whole.inner.width, cells(picture.title) * 9) + 2 * MARGIN
    height = whole.inner.height + 2 * MARGIN + TITLE
    left = (width - whole.inner.width) / 2
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{_safe(picture.title)}">',
        f"<title>{_safe(picture.title)}</title>",
        f"<style>{STYLE}\n</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto-start-reverse"><path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>',
        f'<rect class="page" width="{width:.0f}" height="{height:.0f}"/>',
        f'<text class="head" x="{MARGIN:.0f}" y="{MARGIN + 8:.0f}">{_safe(picture.title)}</text>',
        *whole.lines(Spot(left, MARGIN + TITLE)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


class _Drawn:
    """A frame whose contents have their places."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._within = {each.id: _Drawn(each) for each in frame.items if isinstance(each, Frame)}
        sizes = {
            each.id: self._within[each.id].size if isinstance(each, Frame) else _size(each)
            for each in frame.items
        }
        links = [
            Link(each.source, each.target, cells(_cut(each.label)) * SMALL_LETTER) for each in frame.arrows
        ]
        self._placed: Placed = place(sizes, links)
        self._sizes = sizes
        self.inner = self._placed.size

    @property
    def size(self) -> Size:
        """With its title and its border."""
        title = cells(_cut(self._frame.title)) * SMALL_LETTER + INSIDE
        return Size(max(self.inner.width, title) + 2 * INSIDE, self.inner.height + TITLE + 1.5 * INSIDE)

    def lines(self, at: Spot) -> Iterator[str]:
        """What is within, from this corner."""
        for each in self._frame.items:
            corner = self._placed.corners[each.id]
            here = Spot(at.x + corner.x, at.y + corner.y)
            if isinstance(each, Box):
                yield from _box(each, here, self._sizes[each.id])
            else:
                yield from self._within[each.id]._framed(here)
        for arrow, way in zip(self._frame.arrows, self._placed.ways, strict=True):
            yield from _arrow(arrow, [Spot(at.x + each.x, at.y + each.y) for each in way])

    def _framed(self, at: Spot) -> Iterator[str]:
        size = self.size
        yield f'<rect class="frame" {_rectangle(at, size)} rx="8"/>'
        title = _safe(_cut(self._frame.title))
        yield f'<text class="frame-title" x="{at.x + 10:.1f}" y="{at.y + 16:.1f}">{title}</text>'
        left = (size.width - self.inner.width) / 2
        yield from self.lines(Spot(at.x + left, at.y + TITLE + INSIDE / 2))


def _size(box: Box) -> Size:
    width = max(cells(_cut(box.title)) * LETTER, cells(_cut(box.about)) * SMALL_LETTER)
    extra = 64.0 if box.look is BoxKind.CHOICE else 28.0
    return Size(max(width + extra, 64.0), 18.0 + LINE * (2 if box.about else 1))


def _box(box: Box, at: Spot, size: Size) -> Iterator[str]:
    middle = at.x + size.width / 2
    yield f"<g><title>{_safe(f'{box.title}: {box.about}' if box.about else box.title)}</title>"
    yield _shape(box.look, at, size)
    baseline = at.y + size.height / 2 + (-3.0 if box.about else 4.5)
    yield f'<text text-anchor="middle" x="{middle:.1f}" y="{baseline:.1f}">{_safe(_cut(box.title))}</text>'
    if box.about:
        yield (
            f'<text class="about" text-anchor="middle" x="{middle:.1f}" y="{baseline + LINE - 1:.1f}">'
            f"{_safe(_cut(box.about))}</text>"
        )
    yield "</g>"


def _shape(look: BoxKind, at: Spot, size: Size) -> str:
    kind = f'class="box {look.value}"'
    if look is BoxKind.CHOICE:
        side, half = 22.0, size.height / 2
        corners = [
            (at.x, at.y + half),
            (at.x + side, at.y),
            (at.x + size.width - side, at.y),
            (at.x + size.width, at.y + half),
            (at.x + size.width - side, at.y + size.height),
            (at.x + side, at.y + size.height),
        ]
        return f'<polygon {kind} points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in corners)}"/>'
    radius = size.height / 2 if look in (BoxKind.START, BoxKind.END, BoxKind.AGENT) else 6
    return f'<rect {kind} {_rectangle(at, size)} rx="{radius:.0f}"/>'


def _arrow(arrow: Arrow, way: Sequence[Spot]) -> Iterator[str]:
    path = f"M{way[0].x:.1f} {way[0].y:.1f}"
    for one, other in pairwise(way):
        bend = (other.y - one.y) / 2
        path += (
            f" C{one.x:.1f} {one.y + bend:.1f} {other.x:.1f} {other.y - bend:.1f} {other.x:.1f} {other.y:.1f}"
        )
    dashed = " dashed" if arrow.dashed else ""
    yield f'<path class="arrow{dashed}" d="{path}" marker-end="url(#tip)"/>'
    if arrow.label:
        x, y = _label_place(way)
        label = _safe(_cut(arrow.label))
        yield f'<text class="label" text-anchor="middle" x="{x:.1f}" y="{y:.1f}">{label}</text>'


def _label_place(way: Sequence[Spot]) -> tuple[float, float]:
    """Near the first bend's end: there the ways from one box have parted."""
    first, second = next(((a, b) for a, b in pairwise(way) if a.x != b.x), (way[0], way[1]))
    if len(way) > 4 and first.x != second.x:
        return second.x, second.y + 12
    return first.x + (second.x - first.x) * 0.62, first.y + (second.y - first.y) * 0.55 + 4


def _rectangle(at: Spot, size: Size) -> str:
    return f'x="{at.x:.1f}" y="{at.y:.1f}" width="{size.width:.1f}" height="{size.height:.1f}"'


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _safe(text: str) -> str:
    """As text of XML, which has no control characters."""
    return escape("".join(each if each.isprintable() else "�" for each in text))
