"""Worlds for these tests."""

from __future__ import annotations

from tests.support.fixtures import small_disk, world

__all__ = ["small_disk", "world"]
