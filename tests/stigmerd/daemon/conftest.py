"""Places for daemons."""

from __future__ import annotations

from tests.support.fixtures import place, small_disk

__all__ = ["place", "small_disk"]
