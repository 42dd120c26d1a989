"""Kinds of calls that this server cannot perform yet."""

from __future__ import annotations

from collections.abc import Mapping

from stigmerd.effects import JournalledEffects
from stigmerd.records import Json
from stigmerd.workflow.failure import failed


class Unsupported:
    def __init__(self, kind: str) -> None:
        self._kind = kind

    async def __call__(self, key: str, arguments: Mapping[str, Json], effects: JournalledEffects) -> Json:
        raise failed("unsupported", f"this server cannot perform {self._kind} tasks", status=501)
