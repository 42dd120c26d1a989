"""How much an execution may use: said by a flag, by the agent, by variables, or by nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from stigmer_api.agent_limits import KINDS, LIMITS_ANNOTATION, MOST, checked, limits_of_run
from stigmerd.agents.problems import AgentProblem
from stigmerd.store.json import Json

OPTION: Final = "limits"
VARIABLES: Final = {
    "steps": "STIGMER_AGENT_MAX_STEPS",
    "tokens": "STIGMER_AGENT_MAX_TOKENS",
    "cost": "STIGMER_AGENT_MAX_COST",
    "seconds": "STIGMER_AGENT_TIMEOUT_SECONDS",
    "tool_calls": "STIGMER_AGENT_MAX_TOOL_CALLS",
}
FLAG, DECLARED, CALLER, DEFAULT = "flag", "declared", "caller", "default"


@dataclass(frozen=True, kw_only=True)
class AgentLimits:
    """What one execution may use up if nobody says anything else, sub-agents included."""

    steps: int = 50  # model turns
    tokens: int = 1_000_000
    cost: float | None = None  # US dollars
    seconds: float = 600
    tool_calls: int | None = None


def allowed(
    defaults: AgentLimits,
    *,
    options: Mapping[str, Json],
    of_run: Mapping[str, float],
    caller_seconds: float | None,
    variables: Mapping[str, str],
) -> dict[str, Json]:
    """By its name, how much each limit is (`most`), and who says so (`by`).

    A flag wins over the agent, the agent over variables, these over the defaults; the time is at most what
    a workflow that calls the agent allows. Raises AgentProblem.
    """
    found = {
        name: {"most": most, "by": DEFAULT} for name, most in asdict(defaults).items() if most is not None
    }
    for name, variable in VARIABLES.items():
        if text := variables.get(variable):
            found[name] = {"most": _number(variable, text, whole=KINDS[name].whole), "by": variable}
    found |= {name: {"most": most, "by": DECLARED} for name, most in declared(options).items()}
    found |= {name: {"most": most, "by": FLAG} for name, most in of_run.items()}
    if caller_seconds and (found["seconds"]["by"] == DEFAULT or caller_seconds < found["seconds"]["most"]):
        found["seconds"] = {"most": caller_seconds, "by": CALLER}
    return found


def declared(options: Mapping[str, Json]) -> dict[str, float]:
    """What an agent, or a sub-agent, says of itself. Raises AgentProblem."""
    try:
        return checked(options.get(OPTION) or {}, OPTION)
    except ValueError as error:
        raise AgentProblem(str(error), code="E1285") from None


def own_limits(options: Mapping[str, Json]) -> dict[str, Json]:
    """Of a sub-agent: only what it declares; for the rest, those of its agent hold. Raises AgentProblem."""
    return {name: {"most": most, "by": DECLARED} for name, most in declared(options).items()}


def said_for_run(execution: Any, *names: str) -> dict[str, float]:
    """By flags of the run, for an agent with one of these names. Raises AgentProblem."""
    try:
        return limits_of_run(execution.metadata.annotations.get(LIMITS_ANNOTATION, ""), *names)
    except ValueError as error:
        raise AgentProblem(str(error), code="E1285") from None


def _number(variable: str, text: str, *, whole: bool) -> float:
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        number = 0
    if not 0 < number < MOST:
        kind = "whole number" if whole else "number"
        raise AgentProblem(f"{variable} must be a {kind} above zero, not {text!r}")
    return number
