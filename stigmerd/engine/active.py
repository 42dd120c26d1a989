"""An execution at work, and why it is to stop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum

from stigmerd.engine.gate import Gate
from stigmerd.engine.reporter import TaskReporter
from stigmerd.engine.signals import Mailbox


class StopReason(Enum):
    """What a cancellation of an execution's asyncio task means."""

    NONE = "the server stops: it goes on at the next start"
    CANCELLED = "somebody asked for it"


@dataclass(slots=True, kw_only=True, eq=False)
class ActiveExecution:
    """What the engine knows of one execution at work."""

    mailbox: Mailbox = field(default_factory=Mailbox)
    ending: StopReason = StopReason.NONE
    reason: str = ""
    entered: bool = False
    watched: bool = False  # who started it is about to watch
    full_disk: bool = False  # it waits until the store can be written again
    gate: Gate = field(default_factory=Gate)
    reporter: TaskReporter | None = None
    work: asyncio.Task[None] | None = None
