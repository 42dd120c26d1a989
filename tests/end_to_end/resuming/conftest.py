"""A project whose tasks write down what they did, and fail where a file says so."""

from __future__ import annotations

from tests.end_to_end.resuming.steps import steps
from tests.support.fixtures import shared, world

__all__ = ["shared", "steps", "world"]
