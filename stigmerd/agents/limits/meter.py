"""What an agent or a helper has used: counted turn by turn, stopped at its limits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final

from pydantic_ai.messages import ModelResponse

from stigmer_api.agent_limits import KINDS
from stigmerd.agents.limits.allowed import CALLER, DECLARED, DEFAULT, FLAG
from stigmerd.agents.problems import AgentProblem
from stigmerd.store.json import Json

NO_PRICE: Final = "no price is known for the model {model}: the limit of cost does not count what it costs"


class LimitReached(AgentProblem):
    """Whoever `meter` counts has used what it may."""

    code = "E0831"

    def __init__(self, text: str, meter: Meter) -> None:
        super().__init__(text)
        self.meter = meter


@dataclass(kw_only=True)
class Used:
    """Of one execution so far; `cost` in US dollars, as far as prices are known."""

    steps: int = 0
    tokens: int = 0
    cost: float = 0
    seconds: float = 0  # until this process took it over
    tool_calls: int = 0


@dataclass(kw_only=True)
class Meter:
    """Counts for one agent or helper; what a helper uses, its agent (`above`) uses, too.

    pydantic-ai's own UsageLimits count one run each: not a helper apart from its agent, not calls that
    failed, and nothing from before a restart.
    """

    whose: str  # `agent host`
    limits: Mapping[str, Mapping[str, Json]]  # as `allowed` gives them
    above: Meter | None = None
    used: Used = field(default_factory=Used)
    warn: Callable[[str], None] = lambda text: None
    _began: float = field(default_factory=time.monotonic)
    _paused_seconds: float = 0
    _timer: asyncio.Timeout | None = None
    _warned: bool = False
    _pauses: int = 0
    _paused_at: float = 0
    _deadline: float | None = None

    def check_turn(self) -> None:
        """Before the model is asked. Raises LimitReached."""
        for meter in self._chain():
            meter._check("steps", meter.used.steps + 1)

    def add(self, response: ModelResponse, cost: float | None, *, calls: int = 0) -> None:
        """What a turn took, and how many tools it wants to call. `cost` None: nobody knows."""
        for meter in self._chain():
            used = meter.used
            used.steps += 1
            used.tokens += response.usage.total_tokens
            used.cost += cost or 0
            used.tool_calls += calls
            if cost is None and "cost" in meter.limits and not meter._warned:
                meter._warned = True
                meter.warn(NO_PRICE.format(model=response.model_name or "of this turn"))

    def check(self) -> None:
        """Before tools are called. Raises LimitReached."""
        for meter in self._chain():
            meter._check("tokens", meter.used.tokens)
            meter._check("cost", meter.used.cost)
            meter._check("tool_calls", meter.used.tool_calls)

    @property
    def root(self) -> Meter:
        """That of the execution."""
        return self if self.above is None else self.above.root

    def as_json(self) -> dict[str, Json]:
        """All that the execution used up to now, for the message that is recorded: a restart counts on."""
        used = self.root.used
        return {
            "requests": used.steps,
            "total_tokens": used.tokens,
            "cost_usd": used.cost,
            "tool_calls": used.tool_calls,
            "seconds": round(self.root.elapsed(), 3),
        }

    def elapsed(self) -> float:
        """Seconds of work, those before a restart too."""
        return self.used.seconds + time.monotonic() - self._began - self._paused_seconds

    @asynccontextmanager
    async def timed(self) -> AsyncIterator[None]:
        """Cancels what is inside when the time is over. Raises LimitReached then."""
        limit = self.limits.get("seconds")
        left = limit["most"] - self.elapsed() if limit else None
        try:
            async with asyncio.timeout(left) as self._timer:
                yield
        except TimeoutError:
            assert self._timer is not None
            if self._timer.expired():
                raise self._reached("seconds", limit["most"] if limit else 0) from None
            raise
        finally:
            self._timer = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Inside, somebody else is waited for: that time does not count."""
        meters = list(self._chain())
        for meter in meters:
            meter._pause()
        try:
            yield
        finally:
            for meter in meters:
                meter._go_on()

    def _chain(self) -> Iterator[Meter]:
        """The innermost first: a helper that reaches its own limit does not end its agent."""
        meter: Meter | None = self
        while meter is not None:
            yield meter
            meter = meter.above

    def _check(self, name: str, wanted: float) -> None:
        if name in self.limits and wanted > self.limits[name]["most"]:
            raise self._reached(name, wanted)

    def _reached(self, name: str, wanted: float) -> LimitReached:
        limit = self.limits[name]
        return LimitReached(
            f"{_stopped(name, limit['most'], wanted)} {self._advice(name, limit['by'])}", self
        )

    def _advice(self, name: str, by: str) -> str:
        flag = KINDS[name].flag
        for_one_run = f", or for one run with {flag}" if flag else ""
        if by == FLAG:
            return f"({flag}): allow more"
        if by == DECLARED:
            return f"(limits.{name} of {self.whose}): raise it there{'' if self.above else for_one_run}"
        if by == CALLER:
            return "(the timeout of the workflow's call): raise it there"
        if by == DEFAULT:
            return f"(the default): raise limits.{name} of {self.whose}{for_one_run}"
        return f"({by}): raise it{for_one_run}"

    def _pause(self) -> None:
        self._pauses += 1
        if self._pauses > 1:
            return
        self._paused_at = time.monotonic()
        self._deadline = self._timer.when() if self._timer is not None else None
        if self._timer is not None and not self._timer.expired():
            self._timer.reschedule(None)

    def _go_on(self) -> None:
        self._pauses -= 1
        if self._pauses:
            return
        waited = time.monotonic() - self._paused_at
        self._paused_seconds += waited
        if self._timer is not None and self._deadline is not None and not self._timer.expired():
            self._timer.reschedule(self._deadline + waited)


def _stopped(name: str, most: float, wanted: float) -> str:
    match name:
        case "steps":
            return f"stopped after {_count(most, 'model turn')}"
        case "tokens":
            return f"stopped after {wanted:,.0f} tokens, more than {most:,.0f}"
        case "cost":
            return f"stopped after ${wanted:.4g}, more than ${most:.4g}"
        case "seconds":
            return f"stopped after {most:g} s"
    return f"stopped before {_count(wanted - most, 'tool call')} more than {most:,.0f}"


def _count(number: float, what: str) -> str:
    return f"{number:,.0f} {what}{'' if number == 1 else 's'}"
