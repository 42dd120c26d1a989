"""A world in memory for the interpreter."""

from __future__ import annotations

from tests.stigmerd.workflow.world import world

__all__ = ["world"]
