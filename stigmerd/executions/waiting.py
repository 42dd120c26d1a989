"""That an execution waits, and for what, is told as long as it does."""

from __future__ import annotations

import asyncio
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
    patience: float = 0,
) -> Iterator[None]:
    """
    Args:
        task: the path of the task that waits; empty: an agent does.
        on: what for, in a word or two; its end is told with the same.
        hint: the command that ends it.
        seconds: that it takes.
        patience: what is over within so many seconds is not worth telling.
    """
    told = False

    def tell() -> None:
        nonlocal told
        told = True
        note = Note()
        note.wait.on, note.wait.task, note.wait.text, note.wait.hint = on, task, text, hint
        if seconds is not None:
            note.wait.seconds = seconds
        notes.tell(execution_id, note)

    timer = asyncio.get_running_loop().call_later(patience, tell) if patience else None
    if timer is None:
        tell()
    try:
        yield
    finally:
        if timer is not None:
            timer.cancel()
        if told:
            over = Note()
            over.wait_over.on, over.wait_over.task = on, task
            notes.tell(execution_id, over)
