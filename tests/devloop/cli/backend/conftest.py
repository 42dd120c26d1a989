"""Worlds and servers for these tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.fixtures import world
from tests.support.weak_server import WeakServer

__all__ = ["plain_server", "world"]


@pytest.fixture
async def plain_server(short_dir: Path) -> AsyncIterator[WeakServer]:
    """One without any of our extensions."""
    server = WeakServer(short_dir / "sock")
    server.lists = server.cancels = False
    await server.start()
    yield server
    await server.stop()
