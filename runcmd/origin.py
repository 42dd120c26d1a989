"""What an execution has to do with others: by its annotations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from stigmer_api.facts import (
    ONLY_ANNOTATION,
    RESUMED_ANNOTATION,
    RESUMED_AT_ANNOTATION,
    RESUMED_BY_ANNOTATION,
    VALUES_ANNOTATION,
)


class Origin(TypedDict):
    """Fields of an event or of a line of the history."""

    resumed_from: str
    resumed_at: str
    only_task: str
    values_of: str


def origin_of(annotations: Mapping[str, str]) -> Origin:
    """All of it is empty for an execution that began as usual."""
    return Origin(
        resumed_from=annotations.get(RESUMED_ANNOTATION, ""),
        resumed_at=annotations.get(RESUMED_AT_ANNOTATION, ""),
        only_task=annotations.get(ONLY_ANNOTATION, ""),
        values_of=annotations.get(VALUES_ANNOTATION, ""),
    )


def resumed_by(annotations: Mapping[str, str]) -> tuple[str, ...]:
    """The executions that went on with this one, the oldest first."""
    return tuple(filter(None, annotations.get(RESUMED_BY_ANNOTATION, "").split(",")))
