"""Fixtures for several folders: a conftest imports those that its tests need."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from runcmd.backend.address import Address
from runcmd.pipeline import Connect
from stigmerd.daemon import client
from stigmerd.daemon.place import DaemonPlace
from stigmerd.server import ServerSettings, open_server
from tests.support.weak_server import WeakServer
from tests.support.world import World, new_world


@pytest.fixture
def world() -> Iterator[World]:
    """A world for one test."""
    with new_world() as world:
        yield world


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    """A world for all tests of a module: they share its daemon."""
    with new_world() as world:
        yield world


@pytest.fixture
async def connect(short_dir: Path) -> AsyncIterator[Connect]:
    """The way to a backend in this process, which keeps everything in memory."""
    settings = ServerSettings(data_dir=None, addresses=(f"unix:{short_dir / 'sock'}",))
    async with open_server(settings) as server:

        async def connect() -> Address:
            return Address(target=server.addresses[0])

        yield connect


@pytest.fixture
async def server(short_dir: Path) -> AsyncIterator[WeakServer]:
    """A backend without anything behind it, which does as the test says."""
    server = WeakServer(short_dir / "sock")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def place(short_dir: Path) -> Iterator[DaemonPlace]:
    """Where no daemon is yet; one that is started there is stopped at the end."""
    place = DaemonPlace.of(short_dir / "data")
    yield place
    client.stop(place)


@pytest.fixture
def small_disk(short_dir: Path) -> Iterator[Path]:
    disk = short_dir / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "none", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"no mount: {error}")
    if mounted.returncode:
        pytest.skip(f"a disk of its own needs root: {mounted.stderr.strip()}")
    yield disk
    client.stop(DaemonPlace.of(disk / "data"))
    subprocess.run(["umount", "-l", str(disk)], check=True)
