"""A picture in the language of Mermaid, which code forges and wikis draw."""

from __future__ import annotations

import re
from collections.abc import Iterator

from devloop.cli.graph.picture import Arrow, Box, BoxKind, Frame

SHAPES = {
    BoxKind.START: ("([", "])"),
    BoxKind.END: ("([", "])"),
    BoxKind.CHOICE: ("{", "}"),
    BoxKind.FAILURE: ("[/", "/]"),
    BoxKind.AGENT: ("([", "])"),
    BoxKind.WORKFLOW: ("[[", "]]"),
    BoxKind.SERVER: ("[(", ")]"),
    BoxKind.SKILL: (">", "]"),
}
RECTANGLE = ("[", "]")
# Fill and line, which read well on light and dark pages.
COLOURS = {
    BoxKind.AGENT: "fill:#ede9fe,stroke:#7c3aed,color:#1f2937",
    BoxKind.WORKFLOW: "fill:#dbeafe,stroke:#2563eb,color:#1f2937",
    BoxKind.CHOICE: "fill:#fef3c7,stroke:#d97706,color:#1f2937",
    BoxKind.FAILURE: "fill:#fee2e2,stroke:#dc2626,color:#1f2937",
    BoxKind.SERVER: "fill:#dcfce7,stroke:#16a34a,color:#1f2937",
    BoxKind.OUTSIDE: "fill:#f3f4f6,stroke:#9ca3af,color:#1f2937,stroke-dasharray:4 3",
}


def mermaid(picture: Frame) -> str:
    """The whole text of a flowchart."""
    lines = ["---", f"title: {_title(picture.title)}", "---", "flowchart TD"]
    lines += (f"  {line}" for line in _inside(picture))
    used = {each.look for frame in picture.frames() for each in frame.items if isinstance(each, Box)}
    lines += (f"  classDef {look.value} {colours}" for look, colours in COLOURS.items() if look in used)
    return "\n".join(lines) + "\n"


def _inside(frame: Frame) -> Iterator[str]:
    for each in frame.items:
        if isinstance(each, Box):
            yield _box(each)
        else:
            yield f'subgraph {each.id}["{escaped(each.title)}"]'
            yield from (f"  {line}" for line in _inside(each))
            yield "end"
    for arrow in frame.arrows:
        yield _arrow(arrow)


def _box(box: Box) -> str:
    left, right = SHAPES.get(box.look, RECTANGLE)
    about = f"<br/>{escaped(box.about)}" if box.about else ""
    mark = f":::{box.look.value}" if box.look in COLOURS else ""
    return f'{box.id}{left}"{escaped(box.title)}{about}"{right}{mark}'


def _arrow(arrow: Arrow) -> str:
    line = "-.->" if arrow.dashed else "-->"
    label = f'|"{escaped(arrow.label)}"|' if arrow.label else ""
    return f"{arrow.source} {line}{label} {arrow.target}"


def escaped(text: str) -> str:
    """Inside of quotes: what the language, or the HTML that it makes, would take for its own."""
    return re.sub(r'["#<>&`\\\[\]{}|;]', lambda found: f"#{ord(found[0])};", " ".join(text.split())) or " "


def _title(text: str) -> str:
    """In the YAML above."""
    import json

    return json.dumps(" ".join(text.split()), ensure_ascii=False)
