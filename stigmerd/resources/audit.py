"""Who made a resource and when; the backend is the only one who writes it."""

from __future__ import annotations

import time
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

SYSTEM = "system"


def stamp_created(resource: Any) -> None:
    """Replaces whatever status a client sent."""
    at = _now()
    resource.ClearField("status")
    for info in (resource.status.audit.spec_audit, resource.status.audit.status_audit):
        info.event = "created"
        info.created_by.id = info.updated_by.id = SYSTEM
        info.created_at.CopyFrom(at)
        info.updated_at.CopyFrom(at)


def stamp_updated(resource: Any) -> None:
    at = _now()
    for info in (resource.status.audit.spec_audit, resource.status.audit.status_audit):
        info.event = "updated"
        info.updated_by.id = SYSTEM
        info.updated_at.CopyFrom(at)


def _now() -> Timestamp:
    """With microseconds: the text form has no more."""
    stamp = Timestamp()
    stamp.FromMicroseconds(time.time_ns() // 1000)
    return stamp
