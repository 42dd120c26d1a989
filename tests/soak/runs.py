"""A run, as its events tell it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.soak.disk import Content
from tests.soak.variables import in_words

EXIT_BACKEND = 4

Event = Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class Run:
    """What is known of it."""

    gen: int
    began: float
    cause: str
    digest: str = ""
    possible: frozenset[str | None] = frozenset()  # the variables that it may have got
    variables: str | None = None  # those that it did get, or must have got; None: nobody knows
    execution: str = ""
    superseded_at: float | None = None
    superseded_by: int = 0  # the generation
    reconnecting: int = 0  # attempts
    torn: bool = False
    outcome: str = ""
    lost: bool = False  # it ended because it lost sight of its execution

    @property
    def superseded(self) -> bool:
        return self.superseded_at is not None

    @property
    def might_have_got(self) -> list[str]:
        """Its possible variables, for people."""
        return sorted(map(str, self.possible))

    @property
    def content(self) -> Content:
        return self.digest, self.variables


def moment_of(event: Event) -> float:
    return datetime.fromisoformat(event["at"]).timestamp()


def executed(answer: str) -> Content:
    """What an execution says that it was: the digest of its program, and its variables."""
    try:
        said = json.loads(answer)
        return said["digest"], in_words({name: each["value"] for name, each in said["env"].items()})
    except (ValueError, KeyError, TypeError):
        return answer, None
