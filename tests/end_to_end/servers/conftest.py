"""Worlds for the tests of other servers."""

from __future__ import annotations

from tests.support.fixtures import shared, world

__all__ = ["shared", "world"]
