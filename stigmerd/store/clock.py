"""What time is it, as it is written in rows and records?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp


def now() -> str:
    return rfc3339(datetime.now(UTC))


def rfc3339(time: datetime) -> str:
    """`time` is in UTC. Always with six digits, so that texts sort like times."""
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def text_of(stamp: Timestamp) -> str:
    """The same for a time in a message."""
    return rfc3339(stamp.ToDatetime(UTC))
