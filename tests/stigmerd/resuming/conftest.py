"""A real server with played agents, a client, and a web server that counts what it is asked."""

from __future__ import annotations

from tests.stigmerd.engine.bench import web
from tests.stigmerd.resuming.flow import flow
from tests.stigmerd.services.served import api, open_world, refused, world

__all__ = ["api", "flow", "open_world", "refused", "web", "world"]
