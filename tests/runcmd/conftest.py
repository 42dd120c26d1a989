"""Parts that the tests of runs share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.fixtures import connect
from tests.support.weak_server import WeakServer

__all__ = ["connect", "server"]


@pytest.fixture
async def server(short_dir: Path) -> AsyncIterator[WeakServer]:
    server = WeakServer(short_dir / "sock")
    await server.start()
    yield server
    await server.stop()
