"""What an MCP server may be given beyond the contract: checked here, and kept as JSON with its agent."""

from __future__ import annotations

from stigmer.approvals import required
from stigmer.errors import DeclarationError, did_you_mean, listed
from stigmer.names import check_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Literal, TypedDict

    Level = Literal["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]

    Policy = Literal["ask", "allow", "deny"]

    class CommonOptions(TypedDict, total=False):
        """Keywords that each kind of server takes."""

        log_level: Level  # the least severe of its log messages that is shown; `info`
        sampling: Policy  # may it ask for completions of the agent's model? "ask": a person decides
        elicitation: Literal["ask", "deny"]  # may it ask a person to fill in forms? "ask"
        resources: bool  # the agent may list and read what the server has to read; False
        prompts: bool  # a turn may begin with what one of its prompts says; False
        tool_timeouts: Mapping[str, float]  # the same for single tools, by their names
        shared: bool  # whether one process may serve several executions; if its tools only read
        requires_approval: bool | Sequence[str]  # tools that a person must approve, by name; True: all
        roots: Sequence[str]  # the folders that it is told to work in; the project's

    class StartedOptions(CommonOptions, total=False):
        """Keywords of a server that is started here; for others the contract has a timeout."""

        timeout: float  # seconds that a call of a tool may take without progress; 60


LEVELS = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
LONGEST_SECONDS = 24 * 3600


def checked(kind: str, given: dict[str, object], own: Iterable[str]) -> dict[str, object]:
    """As JSON. Raises DeclarationError for a name that is no argument, and for a value that is none of it.

    Args:
        kind: the class of the server.
        own: its other arguments.
    """
    said = {}
    for name, value in given.items():
        if name not in CHECKS:
            raise DeclarationError(f'{kind} has no argument "{name}"{did_you_mean(name, [*own, *CHECKS])}')
        said[name] = CHECKS[name](name, value)
    return said


def one_of(*allowed: str) -> Callable[[str, object], object]:
    """Makes a check."""

    def check(name: str, value: object) -> object:
        if value not in allowed:
            hint = did_you_mean(value, allowed) if isinstance(value, str) else ""
            raise DeclarationError(f"{name} must be one of {listed(allowed)}, not {value!r:.60}{hint}")
        return value

    return check


def yes_or_no(name: str, value: object) -> object:
    if not isinstance(value, bool):
        raise DeclarationError(f"{name} must be True or False, not {value!r:.60}")
    return value


def folders(name: str, value: object) -> object:
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise DeclarationError(f"{name} must be a list of folders, not {value!r:.60}")
    return [check_text(f"an item of {name}", item, empty=False) for item in value]


def seconds(name: str, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST_SECONDS:
        raise DeclarationError(
            f"{name} must be a number of seconds, above 0 and at most {LONGEST_SECONDS}, not {value!r:.60}"
        )
    return value


def seconds_by_tool(name: str, value: object) -> object:
    if not isinstance(value, dict) or not all(isinstance(tool, str) for tool in value):
        raise DeclarationError(f"{name} must be a dict of seconds by the names of tools, not {value!r:.60}")
    return {tool: seconds(f"{name}[{tool!r}]", each) for tool, each in value.items()}


CHECKS: dict[str, Callable[[str, object], object]] = {
    "log_level": one_of(*LEVELS),
    "requires_approval": required,
    "sampling": one_of("ask", "allow", "deny"),
    "elicitation": one_of("ask", "deny"),
    "resources": yes_or_no,
    "prompts": yes_or_no,
    "roots": folders,
    "shared": yes_or_no,
    "timeout": seconds,
    "tool_timeouts": seconds_by_tool,
}
