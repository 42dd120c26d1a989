"""What there is to draw: boxes, boxes around them, and arrows."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from runcmd.frozen import Frozen


class BoxKind(Enum):
    """What a box stands for."""

    START = "start"
    END = "end"
    TASK = "task"
    CHOICE = "choice"
    FAILURE = "failure"
    AGENT = "agent"
    WORKFLOW = "workflow"
    SERVER = "server"
    TOOL = "tool"
    SKILL = "skill"
    OUTSIDE = "outside"  # not of this project


class Box(Frozen):
    """One thing: its name, and below it what it does."""

    id: str
    look: BoxKind
    title: str
    about: str = ""


class Arrow(Frozen):
    """From one box or frame to another one beside it."""

    source: str
    target: str
    label: str = ""
    dashed: bool = False


class Frame(Frozen):
    """A box around others, with the arrows between them."""

    id: str
    title: str
    items: tuple[Box | Frame, ...]
    arrows: tuple[Arrow, ...] = ()

    def frames(self) -> Iterator[Frame]:
        """It and all within."""
        yield self
        for each in self.items:
            if isinstance(each, Frame):
                yield from each.frames()


class Ids:
    """Names that no format could take for something else, as it would `end`."""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        self._count += 1
        return f"n{self._count}"


def joined(arrows: list[Arrow]) -> tuple[Arrow, ...]:
    """One arrow where several lead from the same box to the same box."""
    labels: dict[tuple[str, str, bool], list[str]] = {}
    for each in arrows:
        labels.setdefault((each.source, each.target, each.dashed), []).append(each.label)
    return tuple(
        Arrow(source=source, target=target, label=" / ".join(filter(None, words)), dashed=dashed)
        for (source, target, dashed), words in labels.items()
    )
