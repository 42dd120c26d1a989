"""A real server with played agents, and a client."""

from __future__ import annotations

from tests.stigmerd.services.served import api, open_world, refused, world

__all__ = ["api", "open_world", "refused", "world"]
