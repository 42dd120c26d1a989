"""Which lines are on a live screen of this size? State in, lines out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size

from devloop.render.live.loop_view import LoopView, seconds
from devloop.render.live.tree import Node, What
from devloop.render.live.view import RunView
from devloop.render.words import cost
from devloop.terminal.stream import Style
from devloop.terminal.visible import harmless, spelled, visible
from runcmd.events import Usage

MOST_ROWS = 40  # of the tree: who has a higher screen wants to see what is finished, too
MOST_HEADERS = 3  # of runs side by side
NARROW = 60  # columns
DEEPEST = 12  # levels that are indented
TEXT_ROWS = 3  # of each growing text, where there are several
ICONS = {
    What.TASK: "⚙",
    What.TOOL: "🔧",
    What.SUB_AGENT: "🤖",
    What.AGENT: "🤖",
    What.WORKFLOW: "▶",
    What.MESSAGE: "",
    What.THINKING: "💭",
    What.WAITING: "⏳",
}

VERDICTS_SPELLED = str.maketrans({"✓": "ok", "✗": "x", "⊘": "-", "·": "-", "─": "-"})
TALK = (What.MESSAGE, What.THINKING)
STEPS = (What.TASK, What.TOOL, What.SUB_AGENT)


class Canvas(NamedTuple):
    """What the terminal can show."""

    columns: int
    rows: int
    icons: bool = True
    guides: bool = True  # lines between what belongs together


class Span(NamedTuple):
    """Text of one style."""

    text: str
    style: Style | None = None


Spans = tuple[Span, ...]


class Live(NamedTuple):
    """All that is shown."""

    runs: dict[str, RunView]
    loop: LoopView | None


def lines(live: Live, look: Canvas, now: float, *, pinned: bool = False) -> list[Spans]:
    """From the top. `pinned`: the header of the run is not on the screen any more."""
    room = max(1, min(look.rows - 3, MOST_ROWS))
    top: list[Spans] = []
    if pinned and live.loop is not None:
        top = [
            (Span(_fit(f"── {each} ──", look), Style.BOLD),) for each in live.loop.headers()[:MOST_HEADERS]
        ]
    found = _trees(live.runs, look, now, room - len(top))
    bottom = footer(live, look, now)
    return [*top, *found, *([bottom] if bottom else [])]


def footer(live: Live, look: Canvas, now: float) -> Spans:
    """One line: how long it takes already, or how it ended; what can be pressed."""
    loop = live.loop
    if loop is None and not live.runs:
        return ()
    parts: list[str] = []
    style: Style | None = Style.DIM
    if live.runs:
        mark, run = next(iter(live.runs.items()))
        parts += [loop.number(mark) if loop else "", *_progress(run, now)]
        if len(live.runs) > 1:
            parts.append(f"{len(live.runs)} runs")
        parts.append(run.trouble)
        style = Style.WARN if run.trouble else Style.DIM
    elif loop is not None:
        icon, verdict = loop.verdict
        parts.append("" if loop.broken else verdict)
        style = Style.BAD if loop.broken else {"✓": Style.GOOD, "✗": Style.BAD}.get(icon, Style.DIM)
    if loop is None:
        ends = any(run.cancelling for run in live.runs.values())
        parts.append("Ctrl-C ends it at once" if ends else "Ctrl-C cancels")
    else:
        parts += [loop.broken or loop.changed, loop.state, "? keys" if loop.keys else ""]
    if not any(parts):
        return ()
    separator = " · " if look.guides else " - "
    return (Span(_fit(separator.join(filter(None, parts)), look), style),)


def _progress(run: RunView, now: float) -> list[str]:
    usage = Usage(cost_usd=run.cost)
    tokens = f"{run.tokens:,} tokens" if run.tokens else ""
    return [seconds(max(0.0, now - run.began)), tokens, cost(usage)]


def _trees(runs: dict[str, RunView], look: Canvas, now: float, room: int) -> list[Spans]:
    roots = [run.root for run in runs.values() if run.root is not None]
    if not roots:
        return []
    texts = _texts(roots)
    all_of_them = 1 + sum(1 for root in roots for _ in root.below())
    each = TEXT_ROWS if texts > 1 else max(TEXT_ROWS, room - all_of_them)
    if all_of_them + texts * each > room:
        each = 1
    shown: list[Spans] = []
    rows = _rows(roots, look, now, each)
    for row in rows:
        if len(shown) == room:
            last = shown.pop()
            more = 1 + sum(1 for _ in rows) + (1 if last else 0)
            dots = "…" if look.guides else "..."
            shown.append((Span(_fit(f"{dots} {more} more", look), Style.DIM),))
            break
        shown.append(row)
    return shown


def _texts(roots: Sequence[Node]) -> int:
    return sum(1 for root in roots for each in root.below() if each.text)


def _rows(roots: Sequence[Node], look: Canvas, now: float, text_rows: int) -> Iterator[Spans]:
    for root in roots:
        if root.children or root.what is What.AGENT:
            yield _row(root, "", "", look, now)
        yield from _below(root, "", look, now, text_rows)


def _below(node: Node, indent: str, look: Canvas, now: float, text_rows: int) -> Iterator[Spans]:
    fork, last_fork, bar, blank = _guides(look)
    children = list(node.children.values())
    for number, child in enumerate(children):
        last = number == len(children) - 1
        deeper = indent + (blank if last else bar)
        if child.what in TALK and not child.text.strip():
            continue
        if child.text:
            yield from _text(child, indent + (last_fork if last else fork), deeper, look, text_rows)
            continue
        yield _row(child, indent + (last_fork if last else fork), node.path, look, now)
        if child.hint:
            yield (Span(deeper, Style.DIM), Span(_cut(child.hint, look.columns - 1 - cell_len(deeper), look)))
        too_deep = cell_len(deeper) > look.columns // 3 or len(deeper) > DEEPEST * len(bar)
        yield from _below(child, indent if too_deep else deeper, look, now, text_rows)


def _guides(look: Canvas) -> tuple[str, str, str, str]:
    narrow = look.columns < NARROW
    if not look.guides:
        return ("|-", "`-", "| ", "  ") if narrow else ("|- ", "`- ", "|  ", "   ")
    return ("├ ", "└ ", "│ ", "  ") if narrow else ("├─ ", "└─ ", "│  ", "   ")


def _row(node: Node, indent: str, above: str, look: Canvas, now: float) -> Spans:
    icon = f"{ICONS[node.what]} " if look.icons else ""
    name = node.path.removeprefix(above).lstrip("/") if above and node.what is What.TASK else node.path
    what = f"{node.what.value}: " if look.columns >= NARROW and node.what in STEPS else ""
    end = f" [{node.state.capitalize()}]{_parts(node)} {_time(node, now)}"
    room = look.columns - 1 - cell_len(indent) - cell_len(icon + what) - cell_len(end)
    label = _cut(visible(name), max(4, room), look)
    left = room - cell_len(label) - 1
    note = _cut(visible(node.note), left, look) if node.note and left > 8 else ""
    return (
        Span(indent, Style.DIM),
        Span(f"{icon}{what}{label}", None if indent else Style.BOLD),
        Span(f"{end}", Style.DIM),
        *([Span(f" {note}", Style.DIM)] if note else []),
    )


def _time(node: Node, now: float) -> str:
    if node.until is not None and node.until > now:
        return f"again in {seconds(node.until - now)}"
    return seconds(max(0.0, now - node.since))


def _parts(node: Node) -> str:
    if node.parts is None:
        return ""
    done = node.done
    return f" {done} of {node.parts}" if node.parts else f" {done} done" if done else ""


def _text(node: Node, first: str, indent: str, look: Canvas, rows: int) -> Iterator[Spans]:
    """The end of what is being said, on so many rows."""
    icon = f"{ICONS[node.what]} " if look.icons and ICONS[node.what] else ""
    width = max(8, look.columns - 1 - cell_len(first) - cell_len(icon))
    end = "\n".join(node.text.rstrip("\n").split("\n")[-rows:])[-rows * width * 4 :]
    for number, line in enumerate(list(_wrapped(end, width))[-rows:]):
        start = first + icon if number == 0 else indent + " " * cell_len(icon)
        yield (Span(start, Style.DIM), Span(line))


def _wrapped(text: str, width: int) -> Iterator[str]:
    for rest in harmless(text).rstrip("\n").replace("\t", "    ").split("\n"):
        while cell_len(rest) > width:
            cut = len(chop_cells(rest[: width * 3], width)[0])
            space = rest.rfind(" ", 0, cut + 1)
            cut = space if space > width // 3 else cut
            yield rest[:cut].rstrip()
            rest = rest[cut:].lstrip()
        yield rest


def _fit(text: str, look: Canvas) -> str:
    if not look.guides:
        text = spelled(text.translate(VERDICTS_SPELLED))
    return _cut(visible(text), look.columns - 1, look)


def _cut(text: str, width: int, look: Canvas) -> str:
    if cell_len(text) <= width:
        return text
    dots = "…" if look.guides else "..."
    return set_cell_size(text, max(0, width - len(dots))).rstrip() + dots if width > len(dots) else ""
