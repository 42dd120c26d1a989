"""The body of a FOR: of a loop that was resumed, the first rounds may have another one."""

from __future__ import annotations

from stigmerd.workflow.model import For, Task


def body_of(loop: For, number: int) -> tuple[Task, ...]:
    """What the round with this number, from 0, does."""
    return loop.rounds[number] if number < len(loop.rounds) else loop.do
