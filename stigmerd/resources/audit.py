"""Who made a resource and when; the backend is the only one who writes it."""

from __future__ import annotations

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

SYSTEM = "system"


def stamp_created(resource: Any, at: Timestamp) -> None:
    """Replaces whatever status a client sent."""
    resource.ClearField("status")
    for info in (resource.status.audit.spec_audit, resource.status.audit.status_audit):
        info.event = "created"
        info.created_by.id = info.updated_by.id = SYSTEM
        info.created_at.CopyFrom(at)
        info.updated_at.CopyFrom(at)


def stamp_updated(resource: Any, at: Timestamp) -> None:
    for info in (resource.status.audit.spec_audit, resource.status.audit.status_audit):
        info.event = "updated"
        info.updated_by.id = SYSTEM
        info.updated_at.CopyFrom(at)
