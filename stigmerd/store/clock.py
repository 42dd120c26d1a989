"""What time is it, as it is written in rows and records?"""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    return rfc3339(datetime.now(UTC))


def rfc3339(time: datetime) -> str:
    """`time` is in UTC."""
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")
