"""The choices of `--output`."""

from __future__ import annotations

from enum import Enum


class Output(Enum):
    """How a run is shown."""

    AUTO = "auto"
    PLAIN = "plain"
    JSON = "json"
    QUIET = "quiet"
