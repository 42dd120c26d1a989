"""A world for these tests."""

from __future__ import annotations

from tests.support.fixtures import shared

__all__ = ["shared"]
