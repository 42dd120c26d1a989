"""What an agent does when its model does not answer as it should."""

from __future__ import annotations

from stigmer.errors import DeclarationError, declares, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    OnCutOff = Literal["fail", "warn"]

ON_CUT_OFF = ("fail", "warn")
MOST_RETRIES = 100
LONGEST_SECONDS = 3600


def check_cut_off(on_cut_off: OnCutOff) -> dict[str, object]:
    """The option, where it is not the usual one."""
    if on_cut_off not in ON_CUT_OFF:
        hint = did_you_mean(on_cut_off, ON_CUT_OFF) if isinstance(on_cut_off, str) else ""
        raise DeclarationError(f'on_cut_off must be "fail" or "warn", not {on_cut_off!r:.60}{hint}')
    return {} if on_cut_off == "fail" else {"cut_off": on_cut_off}


class Retries:
    """How often a request to the model is made again, and when.

    It is made again if there was no connection, and after HTTP statuses that pass; never after a refusal of
    the key, or when the quota is used up. A pause is twice as long as the one before, a little less by
    chance, so that many agents do not come back at once; a provider that says how long to wait
    (`Retry-After`) is obeyed. Each pause is shown. An agent that says nothing has what the provider's client
    does, two retries as a rule; a sub-agent has what its agent says.

    Args:
        count: after the first request; 0: none.
        backoff: seconds before the first of them.
        longest: seconds of one pause. If the provider asks for more, the agent fails at once.
        statuses: HTTP statuses after which the request is made again; 408, 409, 425, 429 and all from 500 on
            where nothing is said.

    Raises DeclarationError for what cannot be.

    Example:
        ```python
        patient = Agent(
            "patient",
            "You summarize long texts.",
            retries=Retries(5, backoff=2, longest=30, statuses=[429, 503, 529]),
        )
        ```
    """

    __slots__ = ("backoff", "count", "longest", "statuses")

    @declares
    def __init__(
        self,
        count: int = 2,
        *,
        backoff: float = 0.5,
        longest: float = 60,
        statuses: Sequence[int] | None = None,
    ) -> None:
        if type(count) is not int or not 0 <= count <= MOST_RETRIES:
            raise DeclarationError(
                f"count must be a whole number from 0 to {MOST_RETRIES}, not {count!r:.60}"
            )
        self.count = count
        self.backoff = _seconds("backoff", backoff)
        self.longest = _seconds("longest", longest)
        self.statuses = None if statuses is None else _statuses(statuses)

    def __repr__(self) -> str:
        return f"Retries({self.count}, backoff={self.backoff!r}, longest={self.longest!r})"

    def as_json(self) -> dict[str, object]:
        said: dict[str, object] = {
            "count": self.count,
            "backoff_seconds": self.backoff,
            "longest_seconds": self.longest,
        }
        return said if self.statuses is None else {**said, "statuses": self.statuses}


def check_retries(retries: Retries | int | None) -> dict[str, object]:
    """The option; empty if nothing is said."""
    if retries is None:
        return {}
    if type(retries) is int:
        retries = Retries(retries)
    if not isinstance(retries, Retries):
        raise DeclarationError(f"retries wants Retries(5, …) or a number, not {retries!r:.60}")
    return {"retries": retries.as_json()}


def _seconds(name: str, value: float) -> float:
    if type(value) not in (int, float) or not 0 <= value <= LONGEST_SECONDS:
        raise DeclarationError(
            f"{name} must be a number of seconds from 0 to {LONGEST_SECONDS}, not {value!r:.60}"
        )
    return value


def _statuses(statuses: object) -> list[int]:
    given = list(statuses) if isinstance(statuses, list | tuple | set | frozenset | range) else []
    if not given or not all(type(each) is int and 400 <= each < 600 for each in given):
        raise DeclarationError(f"statuses must be HTTP statuses from 400 to 599, not {statuses!r:.60}")
    return sorted(set(given))
