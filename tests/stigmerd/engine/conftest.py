"""An engine on a real store, and a web server for it to call."""

from __future__ import annotations

from tests.stigmerd.engine.bench import bench, web

__all__ = ["bench", "web"]
