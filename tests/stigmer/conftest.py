"""Programs that use the SDK."""

from __future__ import annotations

from tests.stigmer.programs import declare, user

__all__ = ["declare", "user"]
