"""One agent host for all tests: importing its libraries takes seconds."""

from __future__ import annotations

from tests.stigmerd.agents.stage import _stage_home, anyio_backend, stage

__all__ = ["_stage_home", "anyio_backend", "stage"]
