"""The call of a tool that is at work: what its server asks meanwhile is about it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stigmerd.agents.mcp.inbound.sampling import Sampler


@dataclass(frozen=True, kw_only=True, eq=False)
class ServerCall:
    """One call. While somebody is asked, its time stands still."""

    tool: str
    id: str  # as it is reported
    paused: Callable[[], AbstractContextManager[None]]
    sampler: Sampler | None  # the model of whoever makes it
