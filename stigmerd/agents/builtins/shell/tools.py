"""The tool for commands, as a model sees it."""

from __future__ import annotations

from pydantic_ai import Tool, ToolReturn
from pydantic_ai.exceptions import ToolFailed

from stigmerd.agents.asking.approval import REQUIRED
from stigmerd.agents.builtins.confining import confined_by
from stigmerd.agents.builtins.shell.run import CommandEnded, Surroundings, run
from stigmerd.agents.calls import CallFacts


def shell_tool(around: Surroundings, *, requires_approval: bool) -> Tool[None]:
    async def run_command(command: str) -> ToolReturn:
        """Run a command of the shell in the workspace, and get what it writes and its exit status.

        It has no input, and what it leaves running in the background ends with it.

        Args:
            command: as one types it, for bash where there is one.
        """
        if "\0" in command or not command.strip():
            raise ToolFailed("a command has words, and no zero byte")
        try:
            finished = await run(command, around)
        except OSError as error:
            raise ToolFailed(f"the command did not start: {error.strerror}") from error
        facts = CallFacts(sandbox=confined_by() or "none")
        if finished.status is not None:
            facts["exit_status"] = finished.status
        return ToolReturn(return_value=_told(finished, around.seconds), metadata=facts)

    return Tool(run_command, takes_ctx=False, metadata={REQUIRED: requires_approval})


def _told(finished: CommandEnded, seconds: float) -> str:
    if finished.status is None:
        end = f"(ended after {seconds:g} s, its time limit)"
    elif finished.status < 0:
        end = f"(killed by signal {-finished.status})"
    else:
        end = f"(exit status {finished.status})"
    output = finished.output.rstrip("\n")
    return f"{output}\n{end}" if output else end
