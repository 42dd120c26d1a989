"""What a review of security and faults found: one file for each finding, D1 to D20."""

from __future__ import annotations

from tests.stigmerd.engine.bench import bench, web
from tests.stigmerd.services.served import open_world, refused
from tests.support.fixtures import place, shared, small_disk, world

__all__ = ["bench", "open_world", "place", "refused", "shared", "small_disk", "web", "world"]
