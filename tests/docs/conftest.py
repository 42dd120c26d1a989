"""Pages are tried in a world of their own; programs of the SDK, in this process."""

from __future__ import annotations

from tests.stigmer.programs import declare
from tests.support.fixtures import shared, world

__all__ = ["declare", "shared", "world"]
