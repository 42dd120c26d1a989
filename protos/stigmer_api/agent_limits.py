"""How much an agent may use: the names of the limits, what each may be, and those of one run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from stigmer_api.facts import ANNOTATION_PREFIX

LIMITS_ANNOTATION: Final = ANNOTATION_PREFIX + "limits"  # of an execution: those of this run
MOST: Final = 1e15  # of anything
EVERY_AGENT: Final = ""  # in place of an agent's name


class LimitKind(NamedTuple):
    """What a limit counts. `flag`: of `stigmer run`; empty where there is none."""

    counts: str
    whole: bool
    flag: str


KINDS: Final = {
    "steps": LimitKind("model turns", True, "--max-steps"),
    "tokens": LimitKind("tokens", True, "--max-tokens"),
    "cost": LimitKind("US dollars", False, "--max-cost"),
    "seconds": LimitKind("seconds", False, ""),
    "tool_calls": LimitKind("tool calls", True, "--max-tool-calls"),
}


def checked(said: object, where: str) -> dict[str, float]:
    """Limits as JSON has them. Raises ValueError, with a sentence that begins with `where`."""
    if not isinstance(said, Mapping):
        raise ValueError(f"{where} must be an object of limits: {', '.join(KINDS)}")
    found: dict[str, float] = {}
    for name, most in said.items():
        if name not in KINDS:
            raise ValueError(f'{where} has no "{name}": there are {", ".join(KINDS)}')
        if most is None:
            continue
        whole = KINDS[name].whole
        if (
            isinstance(most, bool)
            or not isinstance(most, int if whole else int | float)
            or not 0 < most < 1e15
        ):
            kind = "whole number" if whole else "number"
            raise ValueError(f"{where}.{name} must be a {kind} above zero, not {most!r:.60}")
        found[name] = most
    return found


def encoded(limits: Mapping[str, Mapping[str, float]]) -> str:
    """As the annotation of an execution; by the names of agents."""
    return json.dumps({name: dict(each) for name, each in limits.items()}, sort_keys=True)


def limits_of_run(annotation: str, *names: str) -> dict[str, float]:
    """For an agent with one of these names; what is said for it wins over what is said for every one.

    Raises ValueError for an annotation that is not what `encoded` writes.
    """
    if not annotation:
        return {}
    known: Any = json.loads(annotation)
    if not isinstance(known, dict):
        raise ValueError(f"the annotation {LIMITS_ANNOTATION} must be an object")
    found: dict[str, float] = {}
    for name in (EVERY_AGENT, *names):
        found |= checked(known.get(name, {}), f"the annotation {LIMITS_ANNOTATION}")
    return found
