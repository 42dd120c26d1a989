"""Backends: one in this process, and one that does as the test says."""

from __future__ import annotations

from tests.support.fixtures import connect, server

__all__ = ["connect", "server"]
