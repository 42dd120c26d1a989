"""A backend in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runcmd.backend.address import Address
from runcmd.pipeline import Connect
from stigmerd.server import ServerSettings, open_server


@pytest.fixture
async def connect(short_dir: Path) -> AsyncIterator[Connect]:
    settings = ServerSettings(data_dir=None, addresses=(f"unix:{short_dir / 'sock'}",))
    async with open_server(settings) as server:

        async def connect() -> Address:
            return Address(target=server.addresses[0])

        yield connect
