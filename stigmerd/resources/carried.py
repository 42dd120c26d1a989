"""What an execution was told of its agents holds for those that come of it."""

from __future__ import annotations

from typing import Any, Final

from stigmer_api.agent_limits import LIMITS_ANNOTATION
from stigmer_api.facts import MODELS_ANNOTATION

CARRIED: Final = (MODELS_ANNOTATION, LIMITS_ANNOTATION)


def carry(origin: Any, execution: Any, *more: str) -> None:
    """The models that they ask, and how much they may use. `more`: other annotations."""
    for name in (*CARRIED, *more):
        if said := origin.metadata.annotations.get(name, ""):
            execution.metadata.annotations[name] = said
