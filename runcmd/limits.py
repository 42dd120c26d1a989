"""`--max-steps` and the like: how much the agents of this run may use, whatever they say themselves."""

from __future__ import annotations

from collections.abc import Sequence

from runcmd.backend.calls import Backend
from runcmd.backend.messages import Execution
from runcmd.errors import UsageError
from runcmd.request import WantedLimit
from stigmer_api.agent_limits import EVERY_AGENT, KINDS, LIMITS_ANNOTATION, MOST, encoded


def parse_limit(name: str, text: str) -> WantedLimit:
    """`20`, or `AGENT=20`. Raises UsageError."""
    kind = KINDS[name]
    agent, equals, number = text.rpartition("=")
    try:
        most = int(number) if kind.whole else float(number)
    except ValueError:
        most = 0
    if not 0 < most < MOST or (equals and not agent.strip()):
        whole = "whole number" if kind.whole else "number"
        raise UsageError(
            f'{kind.flag}: "{text}" is not a {whole} above zero',
            code="E1285",
            hint=f"write {kind.flag} N, or {kind.flag} AGENT=N for one agent",
        )
    return WantedLimit(option=kind.flag, agent=agent.strip() or EVERY_AGENT, name=name, most=most)


def limits_annotation(limits: Sequence[WantedLimit]) -> str:
    """What an execution says of them."""
    said: dict[str, dict[str, float]] = {}
    for each in limits:
        said.setdefault(each.agent, {})[each.name] = each.most
    return encoded(said)


async def with_limits(execution: Execution, limits: Sequence[WantedLimit], backend: Backend) -> Execution:
    """It says how much its agents may use. Raises UsageError where its server cannot be told."""
    if not await backend.can_cancel():  # it has none of our extensions
        raise UsageError(
            f"this server cannot limit what an agent uses: {limits[0].option}",
            code="E1288",
            hint="leave it out, or give the run a time: --timeout 5m",
        )
    execution.metadata.annotations[LIMITS_ANNOTATION] = limits_annotation(limits)
    return execution
