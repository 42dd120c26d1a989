"""A store with resources in it."""

from __future__ import annotations

from tests.stigmerd.resources.bench import bench

__all__ = ["bench"]
