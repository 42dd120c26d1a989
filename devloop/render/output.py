"""The choices of `--output`."""

from __future__ import annotations

from enum import Enum


class Output(Enum):
    """How a run is shown."""

    AUTO = "auto"  # live on a terminal that can, else plain
    LIVE = "live"
    PLAIN = "plain"
    JSON = "json"
    QUIET = "quiet"

    @property
    def for_people(self) -> bool:
        """Lines that say what happens. The others are what was asked for."""
        return self in (Output.AUTO, Output.LIVE, Output.PLAIN)

    @property
    def may_draw(self) -> bool:
        """What is under way is drawn again and again, where that can be."""
        return self in (Output.AUTO, Output.LIVE)
