"""How a choice is written: its kind, its name and what it is for, in the room that there is."""

from __future__ import annotations

from devloop.terminal.cells import cells, cut, squeezed
from devloop.terminal.visible import visible
from runcmd.resolve import Candidate

TITLE = "Select resource to run:"
LEAST_DESCRIPTION = 5  # columns


def label(candidate: Candidate, columns: int = 1000) -> str:
    """`[Agent] name - description`, in at most so many columns."""
    kind = f"[{candidate.kind.title}] "
    name = squeezed(visible(candidate.name), max(1, columns - len(kind)))
    said = visible(" ".join(candidate.description.split()))
    left = columns - cells(f"{kind}{name} - ")
    return f"{kind}{name} - {cut(said, left)}" if said and left > LEAST_DESCRIPTION else f"{kind}{name}"
