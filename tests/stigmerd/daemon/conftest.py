"""Places for daemons; whatever is started in one is stopped at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stigmerd.daemon import client
from stigmerd.daemon.place import DaemonPlace


@pytest.fixture
def place(short_dir: Path) -> Iterator[DaemonPlace]:
    place = DaemonPlace.of(short_dir / "data")
    yield place
    client.stop(place)
