"""What a review of security and faults found: one file for each finding, D1 to D20."""

from __future__ import annotations

from tests.support.fixtures import shared, world

__all__ = ["shared", "world"]
