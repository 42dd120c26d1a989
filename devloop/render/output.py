"""The choices of `--output`."""

from __future__ import annotations

from enum import Enum


class Output(Enum):
    """How a run is shown."""

    AUTO = "auto"
    PLAIN = "plain"
    JSON = "json"
    QUIET = "quiet"

    @property
    def for_people(self) -> bool:
        """Lines that say what happens. The others are what was asked for."""
        return self in (Output.AUTO, Output.PLAIN)
