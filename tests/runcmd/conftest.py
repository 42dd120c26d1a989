"""Parts that the tests of runs share."""

from __future__ import annotations

from tests.runcmd.running import project
from tests.support.fixtures import connect, server

__all__ = ["connect", "project", "server"]
