"""How long a call of a tool may take: progress gives it more time, an answer that is none takes it away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final

from stigmerd.agents.mcp.inbound.progress import heard_progress
from stigmerd.agents.mcp.options import OptionProblem
from stigmerd.store.json import Json

DEFAULT_SECONDS: Final = 60.0
LONGEST_SECONDS: Final = 24 * 3600
DOUBTFUL_SECONDS: Final = 5.0  # for an answer, once a server has printed what is none


@dataclass(frozen=True, kw_only=True)
class CallLimits:
    """Of the tools of one server, in seconds. `said`: its agent has chosen them."""

    seconds: float = DEFAULT_SECONDS
    of_tools: Mapping[str, float] = field(default_factory=dict)
    said: bool = False

    def of(self, tool: str) -> float:
        return self.of_tools.get(tool, self.seconds)

    def patient(self, tool: str) -> bool:
        """Whether somebody meant it to take so long, whatever it prints meanwhile."""
        return self.said or tool in self.of_tools


def call_limits(server: str, said: Mapping[str, Json], timeout: float = 0) -> CallLimits:
    """`timeout`: what the contract says, of an HTTP server; 0: nothing. Raises OptionProblem."""
    seconds = said.get("timeout", timeout or DEFAULT_SECONDS)
    of_tools = said.get("tool_timeouts", {})
    if not isinstance(of_tools, dict):
        raise OptionProblem(server, "tool_timeouts", of_tools, "seconds by the names of tools")
    for name, value in {"timeout": seconds, **of_tools}.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST_SECONDS:
            wanted = f"a number of seconds, above 0 and at most {LONGEST_SECONDS}"
            raise OptionProblem(server, name if name == "timeout" else f"tool_timeouts.{name}", value, wanted)
    return CallLimits(seconds=seconds, of_tools=of_tools, said="timeout" in said or bool(timeout))


class Clock:
    """Of one call."""

    def __init__(self, seconds: float, *, patient: bool) -> None:
        self.seconds = seconds
        self._patient = patient
        self._timeout = asyncio.timeout(seconds)
        self.printed = ""  # instead of an answer
        self._pauses = 0
        self._left = seconds  # when it goes on

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Clock]:
        """Raises TimeoutError when it is over; then `expired`."""
        async with self._timeout:
            with heard_progress(self._progressed):
                yield self

    @property
    def left(self) -> float:
        """So many seconds, while it is running."""
        return (self._timeout.when() or 0) - asyncio.get_running_loop().time()

    @property
    def expired(self) -> bool:
        return self._timeout.expired()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Inside, the server waits for somebody else: that time does not count."""
        if not self._pauses:
            self._left = self.left
        self._pauses += 1
        self._reschedule(None)
        try:
            yield
        finally:
            self._pauses -= 1
            if not self._pauses:
                self._reschedule(asyncio.get_running_loop().time() + self._left)

    def _reschedule(self, when: float | None) -> None:
        if not self.expired and self._timeout.when() != when:
            self._timeout.reschedule(when)

    def doubt(self, printed: str) -> None:
        """Something was printed where the answer should come."""
        self.printed = printed
        until = self._timeout.when()
        if not self._patient and until is not None and not self.expired:  # no time runs while it is paused
            self._timeout.reschedule(min(until, asyncio.get_running_loop().time() + DOUBTFUL_SECONDS))

    def _progressed(self, *_: object) -> None:
        self.printed = ""
        if self._pauses:
            self._left = self.seconds
        else:
            self._reschedule(asyncio.get_running_loop().time() + self.seconds)

    def words(self, server: str, tool: str) -> str:
        """What is said of a call that has taken too long."""
        if self.printed and not self._patient:
            return (
                f'the MCP server "{server}" did not answer the call of {tool}: on its standard output it '
                f"wrote what is no message of MCP, and then nothing: {self.printed} (print to standard error "
                "instead; a timeout of the server in the agent's declaration lets it take longer)"
            )
        return (
            f'the MCP server "{server}" did not answer the call of {tool} within {self.seconds:g} s, '
            f"and was told to stop (timeout and tool_timeouts of the server set how long a call may take)"
        )
