"""The models that a job has: of the agent and of its helpers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def choices_of(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """In the order in which they are asked."""
    yield entry["model"]
    yield from entry["fallback"]


def all_choices(job: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Also those of its helpers."""
    for entry in (job, *job["sub_agents"]):
        yield from choices_of(entry)
