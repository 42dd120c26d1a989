"""A backend in this process."""

from __future__ import annotations

from tests.support.fixtures import connect

__all__ = ["connect"]
