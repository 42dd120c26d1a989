"""Places for daemons."""

from __future__ import annotations

from tests.support.fixtures import place

__all__ = ["place"]
