"""How long the engine waits, how often it tries, and how much a workflow may take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from stigmerd.expressions import ExpressionLimits
from stigmerd.workflow import WorkflowLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    attempts: int = 5
    first_seconds: float = 1
    longest_seconds: float = 60

    def pause(self, attempt: int) -> float:
        return min(self.first_seconds * 2.0 ** (attempt - 1), self.longest_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLimits:
    subscriber_wait_seconds: float = 0.005  # for the one who is about to watch
    pause_seconds: float = 2  # between two attempts while the store cannot be written
    workflow: WorkflowLimits = field(default_factory=WorkflowLimits)
    expressions: ExpressionLimits = field(default_factory=ExpressionLimits)
    http_retries: Retries = field(default_factory=Retries)


STANDARD: Final = EngineLimits()
