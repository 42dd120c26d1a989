"""Parts that the tests of runs share."""

from __future__ import annotations

from tests.runcmd.running import make_project
from tests.support.fixtures import connect, server

__all__ = ["connect", "make_project", "server"]
