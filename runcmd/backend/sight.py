"""What a client sees of an execution at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcmd.backend.messages import Execution
from runcmd.frozen import Frozen

if TYPE_CHECKING:
    from stigmer_api.devloop_pb2 import Note, TokenUsage


class Sight(Frozen):
    """The whole execution, and what it told since the last time."""

    execution: Execution | None  # None: as it was
    notes: tuple[Note, ...] = ()
    requests: tuple[Note, ...] = ()  # likewise, if they are wanted
    usage: TokenUsage | None = None  # up to now; None: the server does not count it
