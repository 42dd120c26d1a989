"""What a tool changed in a file, and how its command ended, below the call."""

from __future__ import annotations

from devloop.terminal.stream import Style, Terminal
from runcmd.events import ToolCallChanged

MOST_LINES = 60  # of a diff; all of it is in `-o json` and in the transcript
HEADS = ("--- ", "+++ ")


def show_facts(out: Terminal, call: ToolCallChanged, indent: str = "   ") -> None:
    """Nothing for a call that neither changed a file nor ran a command."""
    if call.exit_status:
        out.line(f"{indent}exit status {call.exit_status}", Style.WARN)
    show_diff(out, call.diff, indent)


def show_diff(out: Terminal, diff: str, indent: str = "   ") -> None:
    """The beginning of a long one."""
    lines = diff.splitlines()
    for number, line in enumerate(lines[:MOST_LINES]):
        out.line(f"{indent}{line}", _style(line, is_head=number < len(HEADS)))
    if (more := len(lines) - MOST_LINES) > 0:
        out.line(f"{indent}… {more:,} more lines", Style.DIM)


def _style(line: str, *, is_head: bool) -> Style | None:
    if is_head and line.startswith(HEADS):
        return Style.BOLD
    if line.startswith("@@"):
        return Style.DIM
    return {"+": Style.GOOD, "-": Style.BAD}.get(line[:1])
