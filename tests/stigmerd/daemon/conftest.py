"""Places for daemons; whatever is started in one is stopped at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stigmerd.daemon import client
from stigmerd.daemon.place import DaemonPlace

PATIENCE_SECONDS = 30


@pytest.fixture
def place(short_dir: Path) -> Iterator[DaemonPlace]:
    place = DaemonPlace.of(short_dir / "data")
    yield place
    client.stop(place)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
