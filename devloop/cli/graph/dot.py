"""A picture in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from devloop.cli.graph.picture import Arrow, Box, BoxKind, Frame

SHAPES = {
    BoxKind.START: "oval",
    BoxKind.END: "oval",
    BoxKind.CHOICE: "diamond",
    BoxKind.FAILURE: "octagon",
    BoxKind.AGENT: "oval",
    BoxKind.WORKFLOW: "component",
    BoxKind.SERVER: "cylinder",
    BoxKind.SKILL: "note",
}


def dot(picture: Frame) -> str:
    """The whole text."""
    frames = {each.id: each for each in picture.frames()}
    lines = [f"digraph {_quoted(picture.title)} {{", "  compound=true", f"  label={_quoted(picture.title)}"]
    lines += ['  node [fontname="sans-serif"]', '  edge [fontname="sans-serif"]']
    lines += (f"  {line}" for line in _inside(picture, frames))
    return "\n".join([*lines, "}"]) + "\n"


def _inside(frame: Frame, frames: dict[str, Frame]) -> Iterator[str]:
    for each in frame.items:
        if isinstance(each, Box):
            text = f"{each.title}\n{each.about}" if each.about else each.title
            yield f"{each.id} [label={_quoted(text)}, shape={SHAPES.get(each.look, 'box')}]"
        else:
            yield f"subgraph cluster_{each.id} {{"
            yield f"  label={_quoted(each.title)}"
            yield from (f"  {line}" for line in _inside(each, frames))
            yield "}"
    for arrow in frame.arrows:
        yield _arrow(arrow, frames)


def _arrow(arrow: Arrow, frames: dict[str, Frame]) -> str:
    """Arrows lead to boxes only; at a frame around one they are cut off."""
    options = []
    source, target = _first(arrow.source, frames), _first(arrow.target, frames)
    if source != arrow.source:
        options.append(f"ltail=cluster_{arrow.source}")
    if target != arrow.target:
        options.append(f"lhead=cluster_{arrow.target}")
    if arrow.label:
        options.append(f"label={_quoted(arrow.label)}")
    if arrow.dashed:
        options.append("style=dashed")
    return f"{source} -> {target}" + (f" [{', '.join(options)}]" if options else "")


def _first(name: str, frames: dict[str, Frame]) -> str:
    """A box: itself, or the first within."""
    while name in frames and frames[name].items:
        name = frames[name].items[0].id
    return name


def _quoted(text: str) -> str:
    safe = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "\\n".join(" ".join(line.split()) for line in safe.split("\n")) + '"'
