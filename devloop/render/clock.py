"""What time is it, for what is on the screen? In a replay, it is the time when it happened."""

from __future__ import annotations

from datetime import UTC, datetime

_replayed: list[datetime] = []


def now() -> datetime:
    """With a time zone: UTC, or that of a replayed event."""
    return _replayed[0] if _replayed else datetime.now(UTC)


def replay(at: datetime) -> None:
    """From now on it is this time, until another one is replayed."""
    _replayed[:] = [at]
