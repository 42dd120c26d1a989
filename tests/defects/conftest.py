"""Worlds for these tests."""

from __future__ import annotations

from tests.support.fixtures import server, shared, world

__all__ = ["server", "shared", "world"]
