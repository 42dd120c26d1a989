"""How much one execution of an agent may use."""

from __future__ import annotations

from stigmer.errors import DeclarationError, declares

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

WHOLE = ("steps", "tokens", "tool_calls")


class Limits:
    """How much one execution of an agent may use, its sub-agents included.

    What is left out has the usual limit. A sub-agent may have limits of its own, within those of its agent.
    An execution that reaches a limit fails, and keeps all that was said and done until then.

    Args:
        steps: turns of the model; 50 where nothing is said.
        tokens: input and output together; 1,000,000 where nothing is said.
        cost: in US dollars, by the price list of genai-prices. A model without a price there is not counted,
            which is said once.
        seconds: from the start; 600 where nothing is said. Waiting for a person does not count.
        tool_calls: calls that the model asks for, also those that fail.

    Raises DeclarationError for what is not a number above zero.

    Example:
        ```python
        host = Agent(
            "host",
            "You greet guests in their language.",
            limits=Limits(steps=20, tokens=50_000, cost=0.10, seconds=120, tool_calls=30),
        )
        ```
    """

    __slots__ = ("cost", "seconds", "steps", "tokens", "tool_calls")

    @declares
    def __init__(
        self,
        *,
        steps: int | None = None,
        tokens: int | None = None,
        cost: float | None = None,
        seconds: float | None = None,
        tool_calls: int | None = None,
    ) -> None:
        self.steps = _checked("steps", steps)
        self.tokens = _checked("tokens", tokens)
        self.cost = _checked("cost", cost)
        self.seconds = _checked("seconds", seconds)
        self.tool_calls = _checked("tool_calls", tool_calls)

    def __repr__(self) -> str:
        said = (f"{name}={most!r}" for name, most in self.as_json().items())
        return f"Limits({', '.join(said)})"

    def as_json(self) -> dict[str, float]:
        """Those that are said."""
        return {name: most for name in self.__slots__ if (most := getattr(self, name)) is not None}


def limits_option(limits: Limits | None) -> dict[str, object]:
    """As an option of an agent or a sub-agent; empty if nothing is said."""
    if limits is None:
        return {}
    if not isinstance(limits, Limits):
        raise DeclarationError(f"limits wants Limits(steps=20, …), not {limits!r:.60}")
    said = limits.as_json()
    return {"limits": said} if said else {}


def beyond(own: Mapping[str, object], agent: Mapping[str, object]) -> str:
    """Which limit of a sub-agent its agent does not allow, in words; empty if it allows all."""
    mine: dict[str, float] = own.get("limits") or {}  # type: ignore[assignment]
    whole: dict[str, float] = agent.get("limits") or {}  # type: ignore[assignment]
    for name, most in mine.items():
        if name in whole and most > whole[name]:
            return f"limits.{name} is {most:g}, and the agent's {whole[name]:g} are for both together"
    return ""


def _checked(name: str, most: float | None) -> float | None:
    if most is None:
        return None
    wanted = int if name in WHOLE else (int, float)
    if isinstance(most, bool) or not isinstance(most, wanted) or not 0 < most < 1e15:
        kind = "whole number" if name in WHOLE else "number"
        raise DeclarationError(f"limits.{name} must be a {kind} above zero, not {most!r:.60}")
    return most
