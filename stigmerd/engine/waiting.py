"""That an execution waits, and for what, is told as long as it does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stigmer_api.devloop_pb2 import Note
from stigmerd.executions.notes import Notes


@contextmanager
def waiting(
    notes: Notes,
    execution_id: str,
    task: str,
    on: str,
    text: str,
    *,
    hint: str = "",
    seconds: float | None = None,
) -> Iterator[None]:
    """
    Args:
        task: the path of the task that waits.
        on: what for, in a word or two; its end is told with the same.
        hint: the command that ends it.
        seconds: that it takes.
    """
    note = Note()
    note.wait.on, note.wait.task, note.wait.text, note.wait.hint = on, task, text, hint
    if seconds is not None:
        note.wait.seconds = seconds
    notes.tell(execution_id, note)
    try:
        yield
    finally:
        over = Note()
        over.wait_over.on, over.wait_over.task = on, task
        notes.tell(execution_id, over)
