"""What a backend forgot."""

from __future__ import annotations

from runcmd.frozen import Frozen


class PruneResult(Frozen):
    """Counted."""

    executions: int
    sessions: int
    bytes_before: int  # of the database
    bytes_after: int
