"""A summary is made once: later executions of the session begin with it. Read by the daemon, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from stigmerd.agents.problems import AgentProblem
from stigmerd.store.json import Json

COMPACTED: Final = "compacted"
SUMMARY: Final = "summary"
LEFT: Final = "left"  # so many of the turns before the one that has the summary are still told whole
VARIABLE: Final = "STIGMER_LLM_CONTEXT_WINDOW"
LEAST_WINDOW: Final = 1000


def said_window(variables: Mapping[str, str]) -> int | None:
    """What somebody says about the model's window, in tokens. Raises AgentProblem."""
    text = variables.get(VARIABLE, "").replace("_", "")
    if not text:
        return None
    if not text.isdigit() or int(text) < LEAST_WINDOW:
        raise AgentProblem(
            f"{VARIABLE} must be a whole number of tokens, {LEAST_WINDOW} or more, not {text!r:.40}",
            code="E1343",
        )
    return int(text)


def with_summary(turns: Sequence[Mapping[str, Json]]) -> list[Mapping[str, Json]]:
    """Of a session: the newest summary, and the turns that it does not cover."""
    for number in range(len(turns) - 1, -1, -1):
        kept = turns[number].get(COMPACTED)
        if kept is not None:
            return [{SUMMARY: kept[SUMMARY]}, *turns[max(0, number - kept[LEFT]) :]]
    return list(turns)
