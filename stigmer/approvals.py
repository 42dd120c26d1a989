"""Which tools a person must approve before they are called."""

from __future__ import annotations

from stigmer.errors import DeclarationError, declares

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

ALL = "*"


class Approval:
    """A person must approve the calls of these tools. The execution waits, also over a restart.

    A call that is denied is not made; the model reads so, with the reason, and goes on. Tools may say by
    themselves that they need it (`requires_approval`); an agent's rule is also that of its sub-agents,
    unless they have their own.

    Args:
        tools: True for all, or their names, in which `*` stands for anything.
        timeout: seconds until a call that nobody has decided on counts as denied; without one it waits.

    Raises DeclarationError for what is neither.

    Example:
        ```python
        clerk = Agent(
            "clerk",
            "You keep the files in order.",
            mcp_servers=[StdioServer("files", "python", ["files.py"], requires_approval=["delete_*"])],
            approval=Approval(["send_mail"], timeout=3600),
        )
        ```
    """

    __slots__ = ("timeout", "tools")

    @declares
    def __init__(self, tools: bool | Sequence[str] = True, *, timeout: float | None = None) -> None:
        self.tools = required("the tools of an approval", tools)
        if timeout is not None and (
            isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout < 1e9
        ):
            raise DeclarationError(
                f"the timeout of an approval must be a number of seconds above zero, not {timeout!r:.60}"
            )
        self.timeout = timeout

    def __repr__(self) -> str:
        return f"Approval({self.tools!r}, timeout={self.timeout!r})"


def approval_option(approval: Approval | bool | Sequence[str] | None) -> dict[str, object]:
    """As an option of an agent or a sub-agent; empty if nothing is said."""
    if approval is None:
        return {}
    if not isinstance(approval, Approval):
        approval = Approval(approval)
    said: dict[str, object] = {"tools": [ALL] if approval.tools is True else approval.tools or []}
    if approval.timeout is not None:
        said["timeout"] = approval.timeout
    return {"approval": said}


def required(what: str, tools: object) -> bool | list[str]:
    """True, False, or names. Raises DeclarationError."""
    if isinstance(tools, bool):
        return tools
    if isinstance(tools, list | tuple) and all(isinstance(each, str) and each for each in tools):
        return list(tools)
    raise DeclarationError(f"{what} must be a list of names, True or False, not {tools!r:.60}")
