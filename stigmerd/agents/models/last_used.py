"""Which providers the last executions asked: their libraries are imported ahead, when agents start."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from stigmer_api.model_providers import KNOWN, SCRIPTED
from stigmerd.agents.models.choices_of_job import all_choices
from stigmerd.store.json import Json

FILE = "providers"  # in the directory of agents; names, and nothing else


def note(directory: Path, body: Mapping[str, Json]) -> None:
    """Where it cannot be written, the next start imports later."""
    names = sorted({choice["provider"] for choice in all_choices(body)} - {SCRIPTED})
    if names and names != noted(directory):
        with contextlib.suppress(OSError):
            (directory / FILE).write_text(" ".join(names), "utf-8")


def noted(directory: Path) -> list[str]:
    """Sorted; empty if nobody knows."""
    try:
        words = (directory / FILE).read_text("utf-8").split()
    except (OSError, ValueError):
        return []
    return [name for name in words if name in KNOWN]
