"""Whether the next task of an execution may begin: one that is paused holds it back."""

from __future__ import annotations

import asyncio
from typing import Final

from stigmerd.executions.journal import Journal
from stigmerd.executions.notes import Notes
from stigmerd.executions.waiting import waiting
from stigmerd.store.journal import MISSING

PAUSED: Final = "engine/paused"  # in the journal: the reason; null: not any more


class Gate:
    """Open until somebody closes it. What has begun goes on; what comes next waits."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._reason = ""

    @property
    def closed(self) -> bool:
        return not self._open.is_set()

    def close(self, reason: str) -> None:
        self._reason = reason
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    async def passed(self, notes: Notes, execution_id: str, task: str) -> None:
        """Returns when the task may begin, and tells of the wait."""
        while self.closed:
            why = f"paused: {self._reason}" if self._reason else "paused"
            with waiting(notes, execution_id, task, "pause", why):
                await self._open.wait()


def reason_kept(journal: Journal) -> str | None:
    """Why it was paused when the server stopped; None: it was not."""
    kept = journal.get(PAUSED)
    return None if kept is MISSING or kept is None else str(kept)
