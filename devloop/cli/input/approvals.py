"""What was said beforehand about calls that a person must approve."""

from __future__ import annotations

from devloop.cli.flags import RunFlags
from runcmd.errors import UsageError
from runcmd.request import GivenApprovals


def read_approvals(flags: RunFlags) -> GivenApprovals:
    """Raises UsageError."""
    tools = [each.strip() for text in flags.approve or () for each in text.split(",")]
    if "" in tools:
        raise UsageError(
            "--approve: a name is empty", code="E0102", hint="give names of tools, --approve read_file,fetch"
        )
    if "none" in tools and len(tools) > 1:
        raise UsageError(
            "--approve none, and others, cannot be used together", code="E0102", hint="leave out none"
        )
    named = tuple("*" if each == "all" else each for each in tools if each != "none")
    otherwise = flags.on_approval.value if flags.on_approval else "wait"
    return GivenApprovals(approve=named, otherwise=otherwise)
