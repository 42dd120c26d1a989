"""Two texts, compared on the screen: side by side where it is wide enough, else one below the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from devloop.render.compare.rows import Line, LinePair, Piece, rows
from devloop.terminal.cells import cells
from devloop.terminal.stream import Style, Terminal, columns_of
from devloop.terminal.visible import visible

WIDE_COLUMNS = 90
AROUND = 2  # lines that are the same, before and after what differs
BEFORE, AFTER = "before", "now"


def show_comparison(out: Terminal, before: str, after: str) -> None:
    """Raises OSError."""
    found = rows(before, after)
    if all(row.same for row in found):
        out.line("the answers are the same", Style.DIM)
        return
    columns = columns_of(out)
    if columns is not None and columns >= WIDE_COLUMNS:
        _side_by_side(out, found, (columns - 3) // 2)
    else:
        _in_turn(out, found)


def _side_by_side(out: Terminal, found: Sequence[LinePair], width: int) -> None:
    between = " │ " if out.can_show("│") else " | "
    out.line(f"{BEFORE:{width}}{between}{AFTER}", Style.BOLD)
    for row in _folded(found):
        if isinstance(row, int):
            out.line(_left_out(row), Style.DIM)
            continue
        brackets = 0 if out.colour else 4
        left, right = (_broken(line or (), width, brackets) for line in row)
        for old, new in zip_longest(left, right, fillvalue=()):
            _pieces(out, old, Style.BAD, "[-", "-]")
            out.write(" " * max(0, width - _width(old, out)))
            out.write(between, Style.DIM)
            _pieces(out, new, Style.GOOD, "{+", "+}")
            out.write("\n")


def _in_turn(out: Terminal, found: Sequence[LinePair]) -> None:
    """As `diff` does it; of a run of lines that differ, those of before come first."""
    out.line(f"- {BEFORE}", Style.BAD)
    out.line(f"+ {AFTER}", Style.GOOD)
    held: list[Line] = []

    def release() -> None:
        for each in held:
            _marked(out, "+ ", each, Style.GOOD, "{+", "+}")
        held.clear()

    for row in _folded(found):
        if isinstance(row, int) or row.same:
            release()
        if isinstance(row, int):
            out.line(_left_out(row), Style.DIM)
        elif row.same:
            _marked(out, "  ", row.before or (), Style.DIM, "", "")
        else:
            if row.before is not None:
                _marked(out, "- ", row.before, Style.BAD, "[-", "-]")
            if row.after is not None:
                held.append(row.after)
    release()


def _folded(found: Sequence[LinePair]) -> Iterator[LinePair | int]:
    """The rows; in place of many that are the same, how many these are."""
    near = [False] * len(found)
    for at, row in enumerate(found):
        if not row.same:
            for each in range(max(0, at - AROUND), min(len(found), at + AROUND + 1)):
                near[each] = True
    skipped = 0
    for row, shown in zip(found, near, strict=True):
        if not shown:
            skipped += 1
            continue
        if skipped:
            yield skipped
        skipped = 0
        yield row
    if skipped:
        yield skipped


def _left_out(count: int) -> str:
    return f"… {count} line{'s' * (count != 1)} the same"


def _marked(out: Terminal, mark: str, line: Line, style: Style, begin: str, end: str) -> None:
    out.write(mark, style)
    _pieces(out, line, style, begin, end)
    out.write("\n")


def _pieces(out: Terminal, line: Sequence[Piece], style: Style, begin: str, end: str) -> None:
    """Without colours, words that differ stand in brackets; a line that differs as a whole needs none."""
    whole = len(line) == 1
    for piece in line:
        text = visible(piece.text, tabs=True)
        if not piece.differs:
            out.write(text)
        elif out.colour or whole:
            out.write(text, style)
        else:
            out.write(f"{begin}{text}{end}")


def _width(line: Sequence[Piece], out: Terminal) -> int:
    brackets = 0 if out.colour or len(line) == 1 else 4
    return sum(cells(visible(piece.text)) + brackets * piece.differs for piece in line)


def _broken(line: Line, width: int, brackets: int) -> list[Line]:
    """The line in parts that are no wider; broken between words where that is possible."""
    parts: list[Line] = []
    part: list[Piece] = []
    used = 0
    for text, differs in _words(line, width - brackets):
        new = not part or part[-1].differs != differs
        if used and used + cells(text) + brackets * (differs and new) > width:
            parts.append(tuple(part))
            part, used, new = [], 0, True
            text = text.lstrip(" ")
        if text:
            used += cells(text) + brackets * (differs and new)
            part[len(part) if new else -1 :] = [Piece(text if new else part[-1].text + text, differs)]
    return [*parts, tuple(part)]


def _words(line: Line, width: int) -> Iterator[Piece]:
    """Single words, with the space after them; what is wider than a column in pieces."""
    for piece in line:
        text = visible(piece.text).replace("\t", "    ")
        while text:
            end = text.find(" ") + 1 or len(text)
            word = text[: min(end, width)]
            while cells(word) > width:
                word = word[:-1]
            yield Piece(word, piece.differs)
            text = text[len(word) :]
